"""Names with mixing rates that the user gives: `{'rte': 3, 'cb': 1}`."""
import ast
from collections.abc import Mapping, Sequence
import math
import numbers
from typing import Any

from flan_jax.errors import UserError

# A name, or several; or names with rates.
Names = str | Sequence[str] | Mapping[str, float] | Sequence[tuple[str, float]]

MACRO = 'MIXTURE_OR_TASK_NAME'
_HOW = "Write names alone, or every name with a rate: {'rte': 3, 'cb': 1}."


def as_list(names: Names) -> list[str]:
  """The names without their rates, from any form that `as_rates` takes."""
  return list(as_rates(names))


def as_rates(names: Names) -> dict[str, float | None]:
  """The names, each with its given rate or None.

  Args:
    names: a name; several names in a text separated by commas, or in a sequence; or names with
      rates: `{'rte': 3, 'cb': 1}`, `[('rte', 3), ('cb', 1)]`, or one of these as a text.

  Raises:
    UserError: `names` has none of these forms, or a rate is not a positive finite number.
  """
  if isinstance(names, str):
    if not names.lstrip().startswith(('{', '[', '(')):
      return dict.fromkeys(name.strip() for name in names.split(','))
    names = _parsed(names)
  entries = list(names.items() if isinstance(names, Mapping) else names)
  if all(isinstance(entry, str) for entry in entries):
    return dict.fromkeys(entries)
  rates = {}
  for entry in entries:
    name, given = _pair(entry)
    if name in rates:
      raise UserError(f'{name!r} has two rates', MACRO, 'Give it one.')
    rates[name] = given
  return rates


def _parsed(text: str) -> Any:
  try:
    return ast.literal_eval(text.strip())
  except (SyntaxError, ValueError) as error:
    raise UserError(f'cannot read {text!r}', MACRO, _HOW) from error


def _pair(entry: Any) -> tuple[str, float]:
  """A name and its rate."""
  if isinstance(entry, str) or not isinstance(entry, Sequence) or len(entry) != 2 or (
      not isinstance(entry[0], str)):
    raise UserError(f'{entry!r} is not a name with a rate', MACRO, _HOW)
  name, given = entry
  is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
  if not is_number or not math.isfinite(given) or given <= 0:
    raise UserError(f'the rate {given!r} of {name!r} is not a positive finite number', MACRO, _HOW)
  return name, float(given)


def as_text(names: Names) -> str:
  """The names with their given rates, as text: 'rte (rate 3), cb (rate 1)'."""
  return ', '.join(name if given is None else f'{name} (rate {given:g})'
                   for name, given in as_rates(names).items())
