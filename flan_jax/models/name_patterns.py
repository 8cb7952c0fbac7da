"""Checks regular expressions for parameter names: every alternative must match some name."""
from collections.abc import Iterable, Iterator
import re

from flan_jax.errors import UserError, nearest

_FLAGS = re.compile(r'\(\?[a-zA-Z]+\)')
_KIND_OF_GROUP = re.compile(r'\?(:|=|!|<=|<!|P<\w+>|[a-zA-Z-]+:)')


def check(pattern: str, names: Iterable[str], where: str) -> None:
  """Raises UserError if the pattern, or one of its alternatives, matches no name.

  Args:
    pattern: a regular expression.
    names: such as 'encoder.layers_0.attention.query.kernel'.
    where: the macro or field that holds the pattern.
  """
  names = list(names)
  for choice, part in alternatives(pattern):
    if not any(re.search(choice, name) for name in names):
      raise UserError(f'no parameter has {part!r} in its name', where, _remedy(part, names))


def _remedy(part: str, names: list[str]) -> str:
  if 'layers_' in part and any('layers' in name.split('.') for name in names):
    return ('With SCAN_LAYERS all layers share one parameter, under .layers., and have no names of '
            'their own: set SCAN_LAYERS = False.')
  parts = sorted({piece for name in names for piece in name.split('.')})
  close = nearest(part.strip('^$.*\\'), parts)
  return close if close.startswith('Did') else (
      f"Names are such as {names[0]!r} and {names[-1]!r}; LoRA's need LORA_RANK, a prompt "
      'PROMPT_LENGTH.')


def alternatives(pattern: str) -> Iterator[tuple[str, str]]:
  """The pattern reduced to each of its alternatives, with that alternative.

  '(en|de)coder' gives '(en)coder' with 'en', and '(de)coder' with 'de'. A pattern without
  alternatives gives itself.
  """
  found = [group for group in _groups(pattern) if group[1]]
  for start, cuts, end in found:
    # A prefix of the first alternative, such as '?:' or '(?i)', that applies to all of them.
    opening = (_KIND_OF_GROUP if start else _FLAGS).match(pattern[start:end])
    front = opening.group() if opening else ''
    edges = [start + len(front) - 1, *cuts, end]
    for one, other in zip(edges, edges[1:]):
      part = pattern[one + 1 : other]
      choice = pattern[:start] + front + part + pattern[end:]
      yield (choice if _is_pattern(choice) else pattern), part
  if not found:
    yield pattern, pattern


def _groups(pattern: str) -> Iterator[tuple[int, list[int], int]]:
  """Start, positions of its own '|' and end of each group; the whole pattern comes last."""
  waiting, in_class, i = [(0, [])], False, 0
  while i < len(pattern):
    character = pattern[i]
    if character == '\\':
      i += 1
    elif in_class:
      in_class = character != ']'
    elif character == '[':
      in_class = True
      # A ']' that comes first in a class is a plain character.
      i += pattern[i + 1 : i + 2] in (']', '^')
    elif character == '(':
      waiting.append((i + 1, []))
    elif character == '|':
      waiting[-1][1].append(i)
    elif character == ')' and len(waiting) > 1:
      start, cuts = waiting.pop()
      yield start, cuts, i
    i += 1
  yield *waiting[0], len(pattern)


def _is_pattern(text: str) -> bool:
  try:
    re.compile(text)
  except re.error:
    return False
  return True
