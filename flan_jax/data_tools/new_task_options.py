"""Finds the options of a new dataset's answer, and how a row says which one is right."""
from collections.abc import Callable, Iterator, Mapping, Sequence
import dataclasses
import math
import re
from typing import Any

from flan_jax.data.sources.csv_form import is_number
from flan_jax.data_tools.new_task_columns import Columns
from flan_jax.errors import UserError, nearest

FREE = 'none'  # --options=none: the answer is free text

_CHOICES = ('options', 'choices', 'candidates', 'endings', 'answer_choices', 'alternatives')
_ONE_OPTION = re.compile(
    r'(?P<outer>.*/)?(?:(?P<stem>options?|opt|op|choices?|ending|sol|solution|answer|alternative'
    r'|candidate)[_\s.-]?)?(?P<key>[a-h]|[0-9])', re.IGNORECASE | re.DOTALL)
_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
_NEARLY_ALL = 0.9  # of the rows; the user is shown the others
_SCORES = (2, 10)  # least and greatest width of a range that is rounded to whole numbers


@dataclasses.dataclass(frozen=True)
class Options:
  """The options of an answer.

  Attributes:
    fixed: the options, if all rows have the same.
    columns: the column that lists each row's options, or the columns with one option each.
    keys: the values in the answer column that stand for the options, in the options' order, or the
      column that lists these values for each row. None if the answer column holds the option.
    least: the score of the first option, if the answer is a score to be rounded.
  """

  fixed: tuple[str, ...] = ()
  columns: tuple[str, ...] = ()
  keys: tuple[Any, ...] | str | None = None
  least: int | None = None


def decide(columns: Columns, target: str, options: str, labels: Sequence[str]) -> Options | None:
  """The options of an answer; None if it is free text.

  Args:
    columns: what is known of the rows.
    target: column of the answer.
    options: what the user gave: a column of lists, columns or texts separated by commas, or 'none'.
    labels: the names that the user gave to the values of the answer column, in their order.

  Raises:
    UserError: what is given does not fit the rows, or labels are numbers without names.
  """
  if options == FREE:
    return None
  if labels:
    return _named(columns, target, tuple(labels), '--labels')
  if options:
    return _given(columns, target, options)
  for own in _own_options(columns, target):
    if found := _with_keys(columns, target, own):
      return found
  if scores := _scores(columns, target):
    return scores
  found = columns.labels.get(target)
  if found and columns.types[target] is not bool and all(map(is_number, found)):
    raise UserError(
        f'the labels in {target!r} are numbers: {", ".join(found)}', '--labels',
        f'Say what they stand for, in this order: --labels={",".join(["NAME"] * len(found))}. '
        + 'Without a name for -1, its rows are left out. ' * (found[0] == '-1')
        + f'--labels={",".join(found)} keeps the numbers; --options={FREE} makes them free text.')
  return _of_labels(columns, target, found) if found else None


# ---- Fixed options ----


def _of_labels(columns: Columns, target: str, names: tuple[str, ...]) -> Options:
  """Options named after the labels."""
  is_text = columns.types[target] is str
  return Options(names, keys=None if is_text else _label_keys(columns, target, len(names)))


def _label_keys(columns: Columns, target: str, count: int) -> tuple[Any, ...]:
  return columns.values.get(target) or tuple(range(count))


def _named(columns: Columns, target: str, names: tuple[str, ...], flag: str) -> Options:
  """Options for the distinct values of a label column, in the order of the values."""
  if target not in columns.labels:
    raise UserError(f'the values of {target!r} do not look like labels', flag,
                    'There are too many distinct values, or too few rows for each.')
  values, keys = columns.labels[target], _label_keys(columns, target, len(names))
  if len(set(names)) < len(names):
    raise UserError(f'a name is given twice: {", ".join(names)}', flag)
  if keys[:1] == (-1,) and len(names) == len(values) - 1:  # rows without a label
    values, keys = values[1:], keys[1:]
  if set(values) <= set(names) and (len(names) == len(values) or all(map(is_number, names))):
    raw = dict(zip(values, keys))
    return Options(names, keys=None if columns.types[target] is str else
                   tuple(raw[name] if name in raw else int(name) for name in names))
  if len(names) != len(values):
    raise UserError(f'{target!r} has {len(values)} labels, but {len(names)} names are given', flag,
                    f'Name these, in this order: {", ".join(values)}.')
  return Options(names, keys=keys)


def _given(columns: Columns, target: str, options: str) -> Options:
  if options in columns.types and columns.types[options] is not list:
    raise UserError(f'the column {options!r} does not hold lists of texts', '--options')
  pieces = tuple(piece.strip() for piece in options.split(','))
  if options in columns.types:
    pieces = (options,)
  elif len(pieces) < 2:
    raise UserError(
        f'{options!r} is neither a column nor options separated by commas', '--options',
                    nearest(options, columns.types))
  if all(piece in columns.types for piece in pieces):
    if found := _with_keys(columns, target, pieces):
      return found
    raise UserError(f'{target!r} names none of the options in {", ".join(pieces)}',
                    '--options, --target',
                    'It may hold the option, its number from 0 or 1, its letter or its column.')
  if columns.types[target] is str:
    return Options(pieces)
  return _named(columns, target, pieces, '--options')


def _scores(columns: Columns, target: str) -> Options | None:
  """Whole numbers for a column of fractions in a small range, as T5 and FLAN do for STS-B."""
  if columns.types[target] is not float or target not in columns.ranges or (
      target in columns.labels):
    return None
  least, most = columns.ranges[target]
  numbers = range(math.floor(least), math.ceil(most) + 1)
  if not _SCORES[0] <= len(numbers) - 1 <= _SCORES[1]:
    return None
  return Options(tuple(map(str, numbers)), least=numbers[0])


# ---- Options of each row ----


def _own_options(columns: Columns, target: str) -> Iterator[tuple[str, ...]]:
  """Columns that seem to hold options: one list column, or several text columns."""
  for name, kind in columns.types.items():
    parts = re.split('[/.]', name.lower())
    ends = [re.sub('_(text|value)$', '', part) for part in parts]
    if kind is list and name != target and set(ends) & set(_CHOICES) and (
        name not in columns.keys.values()):
      yield (name,)
  groups = {}
  for name, kind in columns.types.items():
    match = _ONE_OPTION.fullmatch(name)
    if kind in (str, int, float) and name != target and match:
      groups.setdefault((match['outer'], (match['stem'] or '').lower()), []).append(name)
  for (_, stem), names in groups.items():
    keys = [_ONE_OPTION.fullmatch(name)['key'].upper() for name in names]
    starts = [text for text in (_LETTERS, '0123456789', '123456789') if text[0] == keys[0]]
    in_order = any(''.join(keys) == text[:len(keys)] for text in starts)
    if in_order and len(names) > (1 if stem else 2) and (stem or columns.sample):
      yield tuple(names)


def _with_keys(columns: Columns, target: str, own: tuple[str, ...]) -> Options | None:
  """How the answer column says which of a row's options is right; None if it does not."""
  keys = columns.keys.get(own[0])
  if not columns.sample:  # only the schema is known
    by_key = keys if keys and columns.types[target] is int else None
    return Options((), own, by_key or (None if columns.types[target] is str else (0,)))
  rows = [(row[target], _options_of(row, own), row.get(keys) or ()) for row in columns.sample
          if row[target] not in ('', -1)]
  most = max((len(options) for _, options, _ in rows), default=0)
  from_one = any(str(value) == str(len(options)) for value, options, _ in rows) and not any(
      str(value) == '0' for value, _, _ in rows)
  for fits, found in _ways(own, keys, most, int(from_one)):
    if rows and sum(bool(fits(*row)) for row in rows) >= _NEARLY_ALL * len(rows):
      return Options((), own, found)
  return None


def _options_of(row: Mapping[str, Any], own: Sequence[str]) -> list[str]:
  return [str(row[name]) for name in own] if len(own) > 1 else row[own[0]]


def _ways(
    own: Sequence[str], keys: str | None, most: int, first: int
) -> Iterator[tuple[Callable[..., bool], Any]]:
  """Ways in which an answer may name an option, each with the `keys` of `Options` for it."""
  numbers = tuple(range(first, first + most))
  digits = tuple(map(str, numbers))
  if keys:
    yield lambda value, options, labels: value in labels, keys
  yield lambda value, options, labels: value in numbers[:len(options)], numbers
  yield lambda value, options, labels: str(value) in options, None
  for letters in (_LETTERS, _LETTERS.lower()):
    yield lambda value, options, labels, known=letters: value in tuple(known[:len(options)]), (
        tuple(letters[:most]))
  yield lambda value, options, labels: value in digits[:len(options)], digits
  yield lambda value, options, labels: value in own, own
