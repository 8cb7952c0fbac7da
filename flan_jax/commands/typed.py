"""Brings what people type into the form that the parsers read.

Flags may have dashes for underscores, and may come before the command.
"""
from collections.abc import Collection, Sequence

from flan_jax.errors import UserError, nearest

_OF_T5X_ITSELF = ('-h', '--help', '--version')


def arranged(argv: Sequence[str], commands: Collection[str]) -> list[str]:
  """The arguments with the command first and underscores in the names of flags.

  Args:
    argv: as typed.
    commands: the names of the commands.

  Raises:
    UserError: the word in place of the command is not a command.
  """
  words = [spelled(word) for word in argv]
  place = _place_of_command(words, commands)
  if place is None:
    return words
  command = words[place].replace('_', '-')
  if command not in commands:
    raise UserError(f'there is no command {argv[place]!r}', '',
                    nearest(command, commands) or 'See t5x --help.')
  return [command, *words[:place], *words[place + 1:]]


def spelled(word: str) -> str:
  """A flag with underscores in its name: '--num-examples=3' gives '--num_examples=3'."""
  if not word.startswith('--'):
    return word
  name, equals, value = word[2:].partition('=')
  return f'--{name.replace("-", "_")}{equals}{value}'


def _place_of_command(words: Sequence[str], commands: Collection[str]) -> int | None:
  """The index of the command; None if there are no words, or a flag of t5x itself comes first."""
  for place, word in enumerate(words):
    if word in _OF_T5X_ITSELF:
      return None
    # The word after a flag without '=' may be its value: '--gin_file a.gin'.
    is_value = place and words[place - 1].startswith('--') and '=' not in words[place - 1]
    if word.replace('_', '-') in commands or not (word.startswith('-') or is_value):
      return place
  if words:
    raise UserError('no command is named', '', 'See t5x --help.')
  return None
