"""Rows as their source yields them, column by column, to compare with their fields."""
from collections.abc import Iterator, Mapping
import json
from typing import Any

from flan_jax.report.data.rows import Texts, shortened

# Name and text. If a field has the same text: name and a list with that field's name.
Column = list[str | list[str]]


def columns(
    row: Mapping[str, Any], fields: Texts, labels: Mapping[str, tuple[str, ...]]) -> list[Column]:
  """The columns of a row as texts; inner columns are named `outer/inner`, long texts are cut.

  Args:
    row: the row as its source yields it.
    fields: the row's fields.
    labels: the class names of each column of class numbers; see `SliceSource.label_names`.
  """
  named = {text: name for name, text in fields.items()}
  shown = []
  for name, value in _flat(row):
    text = _text(value, labels.get(name, ()))
    shown.append([name, [named[text]] if text in named else shortened(text)])
  return shown


def _flat(values: Any, prefix: str = '') -> Iterator[tuple[str, Any]]:
  for name in sorted(values.keys()):
    inner = values[name]
    if hasattr(inner, 'keys'):
      yield from _flat(inner, f'{prefix}{name}/')
    else:
      yield prefix + name, inner


def _text(value: Any, names: tuple[str, ...]) -> str:
  plain = _plain(value)
  if isinstance(plain, str):
    return plain
  if isinstance(plain, int) and 0 <= plain < len(names):
    return f'{plain} ({names[plain]})'
  return json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
  """A tensor, ragged or not, as a text, a number or a list of them."""
  if hasattr(value, 'to_list'):
    value = value.to_list()
  elif hasattr(value, 'numpy'):
    value = value.numpy()
  if hasattr(value, 'tolist'):
    value = value.tolist()
  if isinstance(value, list):
    return [_plain(item) for item in value]
  return value.decode(errors='replace') if isinstance(value, bytes) else value
