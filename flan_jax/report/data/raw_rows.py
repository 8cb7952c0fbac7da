"""Rows as their source has them, column by column, to be held against what is made of them."""
from collections.abc import Iterator, Mapping
import json
from typing import Any

from flan_jax.report.data.rows import Texts, shortened

# Name and text; or name and, in a list, the field whose text the column has.
Column = list[str | list[str]]


def columns(
    row: Mapping[str, Any], fields: Texts, labels: Mapping[str, tuple[str, ...]]) -> list[Column]:
  """The columns of a row as texts, objects laid flat as `outer/inner`, long ones cut short.

  Args:
    row: as its source yields it.
    fields: what is made of it.
    labels: names of a column's numbers, by column; see `SliceSource.label_names`.
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
  """Tensors, ragged ones too, as texts, numbers and lists of them."""
  if hasattr(value, 'to_list'):
    value = value.to_list()
  elif hasattr(value, 'numpy'):
    value = value.numpy()
  if hasattr(value, 'tolist'):
    value = value.tolist()
  if isinstance(value, list):
    return [_plain(item) for item in value]
  return value.decode(errors='replace') if isinstance(value, bytes) else value
