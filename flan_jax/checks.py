"""Checks the values of configuration classes, with a rule for each field.

    def __post_init__(self):
      checks.check(self, period=checks.whole(1), keep=checks.whole(1).or_none)

A value that breaks its rule raises `BadValue`, which says what the value should be. If gin has set
the field, the configuration room replaces the field's name by that of the macro or flag.
"""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
import math
import os
import re
from typing import Any

from flan_jax.errors import UserError, nearest

_SHOWN = 80  # characters of a value that a message shows


class BadValue(UserError):
  """A field of a configuration class has a value that is not possible.

  Attributes:
    owner: the class's name.
    field: the field's name.
    value: the value.
  """

  def __init__(self, owner: str, field: str, value: Any, what: str, remedy: str = ''):
    super().__init__(what, f'{owner}.{field}', remedy)
    self.owner, self.field, self.value = owner, field, value


@dataclasses.dataclass(frozen=True)
class Rule:
  """A condition on a value.

  Attributes:
    expected: the condition, in words that follow 'use' or 'is not'.
    holds: whether a value meets it.
    remedy: further advice about a value that does not; may be empty.
  """

  expected: str
  holds: Callable[[Any], bool]
  remedy: Callable[[Any], str] = lambda value: ''

  @property
  def or_none(self) -> 'Rule':
    """The same rule, which allows None too."""
    return Rule(f'{self.expected} or None', lambda v: v is None or self.holds(v), self.remedy)


def check(config: Any, **rules: Rule) -> None:
  """Raises BadValue for the first field of a configuration whose value breaks its rule."""
  for field, rule in rules.items():
    value = getattr(config, field)
    if not rule.holds(value):
      remedy = f'Use {rule.expected}. {rule.remedy(value)}'.strip()
      raise refusal(config, field, f'{shown(value)} is not possible', remedy)


def refusal(config: Any, field: str, what: str, remedy: str = '') -> BadValue:
  """The error for a field of a configuration."""
  return BadValue(type(config).__name__, field, getattr(config, field), what, remedy)


def shown(value: Any) -> str:
  """A value as messages show it: on one line, and shortened."""
  text = getattr(value, '__name__', None) or ' '.join(repr(value).split())
  return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}...'


# ---- Numbers and truth values ----


def whole(least: int, most: int | None = None) -> Rule:
  """A whole number from `least` up to `most`."""
  # type() instead of isinstance(): True is an int for Python.
  def holds(value):
    return type(value) is int and value >= least and (most is None or value <= most)

  limits = f'of at least {least}' if most is None else f'from {least} to {most}'
  return Rule(f'a whole number {limits}', holds)


def number(least: float | None = None, *, above: float | None = None,
           below: float | None = None) -> Rule:
  """A finite number of at least `least`, above `above` and below `below`."""
  def holds(value):
    return (type(value) in (int, float) and math.isfinite(value)
            and (least is None or value >= least)
            and (above is None or value > above)
            and (below is None or value < below))

  limits = {'of at least': least, 'above': above, 'below': below}
  words = ' and '.join(f'{word} {limit:g}' for word, limit in limits.items() if limit is not None)
  return Rule(f'a number {words}'.strip(), holds)


def truth() -> Rule:
  """True or False."""
  return Rule('True or False', lambda value: isinstance(value, bool))


# ---- Texts ----


def choice(known: Sequence[str]) -> Rule:
  """One of some words."""
  return Rule(f'one of {", ".join(map(repr, known))}',
              lambda value: isinstance(value, str) and value in known,
              lambda value: _nearest(value, known))


def several(known: Sequence[str]) -> Rule:
  """One of some words, or several of them separated by commas."""
  return Rule(f'{" or ".join(map(repr, known))}, or {",".join(known)!r}',
              lambda value: isinstance(value, str) and set(value.split(',')) <= set(known))


def _nearest(value: Any, known: Sequence[str]) -> str:
  remedy = nearest(value, known) if isinstance(value, str) else ''
  return remedy if remedy.startswith('Did') else ''  # the message already lists all choices


def text(noun: str = 'a text') -> Rule:
  """A text that is not empty."""
  return Rule(noun, _is_text, _quotes)


def module() -> Rule:
  """The name of a module, as in an import statement."""
  return Rule('the name of a module', lambda value: isinstance(value, str) and all(
      part.isidentifier() for part in value.split('.')), _quotes)


def path() -> Rule:
  """The path of a file or folder, local or `gs://`."""
  return Rule('a path', lambda value: isinstance(value, os.PathLike) or (
      _is_text(value) and '\0' not in value), _quotes)


def pretraining_text() -> Rule:
  """What names a text to pretrain on: files, a TFDS name, or a `documents.Text`."""
  return Rule("files, such as 'text/*.jsonl', or a TFDS name, such as 'tfds:c4/en:3.1.0'",
              lambda value: _is_text(value) or hasattr(value, 'files'))


def _is_text(value: Any) -> bool:
  return isinstance(value, str) and bool(value.strip())


def _quotes(value: Any) -> str:
  number_or_truth = isinstance(value, int | float)
  return f"If that is its name, put it in quotes: '{value}'." if number_or_truth else ''


def pattern() -> Rule:
  """A regular expression, but not the empty one, which matches every name."""
  return Rule('a regular expression', lambda value: not _fault_of_pattern(value),
              lambda value: _fault_of_pattern(value) if isinstance(value, str) else '')


def _fault_of_pattern(value: Any) -> str:
  if not isinstance(value, str):
    return 'It is not a text.'
  if not value:
    return "Write '.*' for every name."
  try:
    re.compile(value)
  except re.error as error:
    return f'Correct it: {error}.'
  return ''


# ---- Compound values ----


def names(rates: bool = False) -> Rule:
  """A name, several names separated by commas, or a list of names.

  Args:
    rates: allow a table of names and mixing rates, or a list of such pairs, too.
  """
  def is_name(value):
    return isinstance(value, str) and all(part.strip() for part in value.split(','))

  def is_pair(value):
    return isinstance(value, (list, tuple)) and len(value) == 2 and isinstance(value[0], str)

  def holds(value):
    if rates and isinstance(value, (list, tuple)) and value and all(map(is_pair, value)):
      value = dict(value)
    if rates and isinstance(value, Mapping) and not all(map(number(above=0).holds, value.values())):
      return False
    many = isinstance(value, (list, tuple, Mapping) if rates else (list, tuple))
    return bool(value) and all(map(is_name, value)) if many else is_name(value)

  table_of_rates = ", or a table of names and rates above 0" if rates else ''
  return Rule(f'a name or a list of names{table_of_rates}', holds, _quotes)


def lengths() -> Rule:
  """A table of the lengths of inputs and targets; 2 is enough for one token and the end mark."""
  def holds(value):
    return (isinstance(value, Mapping) and set(value) == {'inputs', 'targets'}
            and all(map(whole(2).holds, value.values())))

  return Rule("a table of whole numbers of at least 2 for 'inputs' and for 'targets'", holds,
              lambda value: "Set it like {'inputs': 512, 'targets': 128}.")


def table(example: str) -> Rule:
  """A dictionary. Its entries are checked where they are used."""
  return Rule('a table', lambda value: isinstance(value, Mapping),
              lambda value: f'Write {example}.')


def seed() -> Rule:
  """A seed; JAX makes keys from 32 bits."""
  return whole(0, 2**32 - 1)


def vocabulary() -> Rule:
  """A vocabulary, or a name or path that `load_vocabulary` takes."""
  return Rule("'sample', the path of a SentencePiece model or a SeqIO vocabulary",
              lambda value: text().holds(value) or hasattr(type(value), 'vocab_size'))


def instance(*kinds: type, noun: str) -> Rule:
  """An object of one of these classes."""
  return Rule(noun, lambda value: isinstance(value, kinds))


def instances(kind: type, noun: str) -> Rule:
  """A list or tuple, empty or not, of objects of a class."""
  return Rule(f'a list of {noun}', lambda value: isinstance(value, list | tuple) and all(
      isinstance(item, kind) for item in value))
