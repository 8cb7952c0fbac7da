"""Converts columns of Parquet files into tensors as TFDS gives them.

A nested column is named by its path, such as ('answers', 'text'). Lists of objects become mappings
of lists, as in TFDS.
"""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import functools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from flan_jax.data.sources import tfds_schema
from flan_jax.data.sources.hub import Hub
from flan_jax.data.sources.tfds_schema import Path
from flan_jax.errors import UserError

_UNKNOWN = -1  # the label of a row without a label, as in TFDS


@dataclasses.dataclass(frozen=True)
class Stored:
  """A column of the files with texts, numbers or booleans, or lists of them.

  Attributes:
    path: its names, the outermost first.
    depth: number of nested lists around its values.
    dtype: of its values as a tensor.
    labels: names of its classes in order, if it holds labels.
  """

  path: Path
  depth: int
  dtype: tf.DType
  labels: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Column:
  """A column of the rows, and the stored column that it comes from.

  Attributes:
    path: its names in rows, the outermost first.
    stored: the column of the files.
    dtype: of its values in rows.
    entry: index of the entry of a list that it holds; None for the whole list.
    labels: names of its classes in order, if it holds labels.
    codes: stored number or text -> number of the class, if these differ.
  """

  path: Path
  stored: Stored
  dtype: tf.DType
  entry: int | None = None
  labels: tuple[str, ...] = ()
  codes: tuple[tuple[Any, int], ...] = ()

  @property
  def depth(self) -> int:
    return self.stored.depth - (self.entry is not None)

  @property
  def spec(self) -> tf.TypeSpec:
    """The type and shape of its values in a row."""
    if self.depth < 2:
      return tf.TensorSpec([None] * self.depth, self.dtype, '/'.join(self.path))
    return tf.RaggedTensorSpec([None] * self.depth, self.dtype, self.depth - 1)


@dataclasses.dataclass(frozen=True)
class ColumnPlan:
  """The columns of a source's rows.

  Attributes:
    columns: the columns of the rows.
    left_out: why other columns cannot be used, by their name in rows.
  """

  columns: tuple[Column, ...]
  left_out: Mapping[str, str]


def nested(values: Mapping[Path, Any]) -> dict[str, Any]:
  """Values by path as mappings inside mappings."""
  tree: dict[str, Any] = {}
  for path, value in values.items():
    inner = functools.reduce(lambda node, name: node.setdefault(name, {}), path[:-1], tree)
    inner[path[-1]] = value
  return tree


# ---- Stored columns ----


def stored_columns(schema: pa.Schema) -> dict[Path, Stored]:
  """The columns of a Parquet schema, without those that no tensor can hold, such as dates.

  Names of labels come from the schema's metadata, where the `datasets` library writes them.
  """
  written = json.loads((schema.metadata or {}).get(b'huggingface', b'{}'))
  labels = dict(_label_names(written.get('info', {}).get('features', {}), ()))
  found = {}
  for field in schema:
    for path, depth, kind in _leaves((field.name,), field.type, 0):
      if dtype := _dtype(kind):
        found[path] = Stored(path, depth, dtype, labels.get(path, ()))
  return found


def _label_names(feature: Any, path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
  if isinstance(feature, list):
    feature = {'_type': 'List', 'feature': feature[0]} if feature else {}
  if not isinstance(feature, Mapping):
    return
  kind = feature.get('_type')
  if kind == 'ClassLabel':
    yield path, tuple(feature.get('names') or ())
  elif isinstance(kind, str):
    yield from _label_names(feature.get('feature'), path)
  else:
    for name, inner in feature.items():
      yield from _label_names(inner, (*path, name))


def _is_list(kind: pa.DataType) -> bool:
  return (pa.types.is_list(kind) or pa.types.is_large_list(kind)
          or pa.types.is_fixed_size_list(kind))


def _leaves(path: Path, kind: pa.DataType, depth: int) -> Iterator[tuple[Path, int, pa.DataType]]:
  if pa.types.is_struct(kind):
    for field in kind:
      yield from _leaves((*path, field.name), field.type, depth)
  elif _is_list(kind):
    yield from _leaves(path, kind.value_type, depth + 1)
  else:
    yield path, depth, kind.value_type if pa.types.is_dictionary(kind) else kind


def _dtype(kind: pa.DataType) -> tf.DType | None:
  is_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary,
             pa.types.is_large_binary, pa.types.is_null)
  if any(check(kind) for check in is_text):
    return tf.string
  if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
    return tf.dtypes.as_dtype(kind.to_pandas_dtype())
  return None


# ---- Columns of rows ----


def plan(stored: Mapping[Path, Stored], source: Hub) -> ColumnPlan:
  """Plans the columns of a source's rows.

  Raises:
    UserError: a column in `source.columns` or `source.without` does not exist.
  """
  stored = _without(stored, source)
  renamed = {tuple(new.split('/')): tuple(old.split('/')) for new, old in source.columns}
  for old in renamed.values():
    if not _below(stored, old) and not _entry(stored, old):
      raise UserError(f'there is no column {"/".join(old)!r}', source.name,
                      f'It has: {", ".join(map("/".join, stored))}.')
  if source.like:
    return _plan_like(stored, renamed, source)
  taken = {path for old in renamed.values() for path in _below(stored, old)}
  columns = [Column(new + path[len(old):], stored[path], stored[path].dtype,
                    labels=stored[path].labels)
             for new, old in renamed.items() for path in _below(stored, old)]
  columns += [Column(new, *found) for new, old in renamed.items()
              if (found := _entry(stored, old))]
  columns += [Column(p, s, s.dtype, labels=s.labels) for p, s in stored.items() if p not in taken]
  return ColumnPlan(tuple(columns), {})


def _without(stored: Mapping[Path, Stored], source: Hub) -> dict[Path, Stored]:
  left = dict(stored)
  for name in source.without:
    gone = _below(stored, tuple(name.split('/')))
    if not gone:
      raise UserError(f'without={name!r} is not a column', source.name,
                      f'It has: {", ".join(map("/".join, stored))}.')
    left = {path: column for path, column in left.items() if path not in gone}
  return left


def _below(stored: Mapping[Path, Stored], path: Path) -> list[Path]:
  """The columns at a path or inside it."""
  return [p for p in stored if p[:len(path)] == path]


def _entry(stored: Mapping[Path, Stored], path: Path) -> tuple[Stored, tf.DType, int] | None:
  """A path such as choices/text/0 as the arguments of `Column`; None if it is not such a path."""
  found = stored.get(path[:-1])
  if found is None or found.depth != 1 or not path[-1].isdigit():
    return None
  return found, found.dtype, int(path[-1])


def _plan_like(
    stored: Mapping[Path, Stored], renamed: Mapping[Path, Path], source: Hub) -> ColumnPlan:
  spec, labels = tfds_schema.columns(source.like)
  declared = {tuple(column.split('/')): dict(names) for column, names in source.labels}
  columns, left_out = [], {}
  for path, wanted in spec.items():
    old = _origin(path, renamed)
    found = (stored[old], stored[old].dtype, None) if old in stored else _entry(stored, old)
    if found is None:
      left_out['/'.join(path)] = 'there is none'
      continue
    column = Column(path, found[0], wanted.dtype, found[2], labels.get(path, ()))
    if column.depth != len(wanted.shape):
      left_out['/'.join(path)] = 'it holds lists of another depth there'
      continue
    try:
      codes = _codes(column, declared.get(path, {}))
      columns.append(dataclasses.replace(column, codes=codes))
    except ValueError as error:
      left_out['/'.join(path)] = str(error)
  return ColumnPlan(tuple(columns), left_out)


def _origin(path: Path, renamed: Mapping[Path, Path]) -> Path:
  """The stored column that a column of the rows comes from."""
  for length in range(len(path), 0, -1):
    if old := renamed.get(path[:length]):
      return old + path[length:]
  return path


def _codes(column: Column, declared: Mapping[str, str]) -> tuple[tuple[Any, int], ...]:
  """The mapping from stored values of a column to TFDS's.

  Raises:
    ValueError: there is none; the message says why.
  """
  wanted, stored = column.labels, column.stored
  kinds = _kind(stored.dtype), _kind(column.dtype)
  if not wanted:
    if kinds[0] == kinds[1] or kinds == ('text', 'whole number'):
      return ()
    raise ValueError(f'it holds a {kinds[0]} there and a {kinds[1]} in TFDS')
  if not stored.labels and kinds[0] == 'whole number':
    return tuple((i, i) for i in range(len(wanted)))
  if not stored.labels and kinds[0] == 'truth value' and len(wanted) == 2:
    return (False, 0), (True, 1)
  if not stored.labels and kinds[0] != 'text':
    raise ValueError(f'it holds a {kinds[0]} there and a label in TFDS')
  numbers = {name: i for i, name in enumerate(wanted)}
  numbers |= {old: numbers[new] for old, new in declared.items() if new in numbers}
  if not stored.labels:
    return tuple(numbers.items())
  unknown = [name for name in stored.labels if name not in numbers]
  if unknown:
    raise ValueError(f'its label {unknown[0]!r} there is none of TFDS\'s: {", ".join(wanted)}')
  return tuple((i, numbers[name]) for i, name in enumerate(stored.labels))


def _kind(dtype: tf.DType) -> str:
  if dtype == tf.string:
    return 'text'
  if dtype == tf.bool:
    return 'truth value'
  return 'whole number' if dtype.is_integer else 'number'


# ---- Values ----


def tensors(batch: pa.RecordBatch | pa.Table, columns: Sequence[Column]) -> list[Any]:
  """Some rows as one tensor `[rows, ...]` for each column; ragged if the column holds lists.

  Raises:
    UserError: a number is missing, or a label is unknown.
  """
  return [_tensor(batch, column) for column in columns]


def _tensor(batch, column: Column):
  array, lengths = batch.column(column.stored.path[0]), []
  if isinstance(array, pa.ChunkedArray):
    array = array.combine_chunks()
  for name in (None, *column.stored.path[1:]):
    array = _unlisted(array if name is None else pc.struct_field(array, name), lengths)
  tensor = tf.constant(_values(array, column), column.dtype)
  if not lengths:
    return tensor
  ragged = tf.RaggedTensor.from_nested_row_lengths(tensor, lengths)
  if column.entry is None:
    return ragged
  shortest = int(tf.reduce_min(ragged.row_lengths())) if len(array) else 0
  if shortest <= column.entry:
    raise UserError(f'a list has {shortest} entries, and no entry {column.entry}',
                    f'column {"/".join(column.stored.path)}')
  return tf.gather(tensor, ragged.row_starts() + column.entry)


def _unlisted(array: pa.Array, lengths: list[np.ndarray]) -> pa.Array:
  """The concatenated values of lists; their lengths are appended to `lengths`."""
  while _is_list(array.type):
    counts = pc.fill_null(pc.list_value_length(array), 0)
    lengths.append(counts.to_numpy(zero_copy_only=False).astype(np.int64))
    array = array.flatten()
  return array


def _values(array: pa.Array, column: Column) -> Any:
  """The values of an array as numbers or bytes."""
  where = f'column {"/".join(column.stored.path)}'
  if pa.types.is_dictionary(array.type):
    array = array.dictionary_decode()
  if column.stored.dtype == tf.string:
    texts = [text or b'' for text in array.cast(pa.large_binary()).to_pylist()]
    return texts if column.dtype == tf.string else _numbers(texts, column, where)
  if array.null_count and column.labels and pa.types.is_integer(array.type):
    array = pc.fill_null(array, _UNKNOWN)
  elif array.null_count and not pa.types.is_floating(array.type):
    raise UserError(f'{array.null_count:,} values are missing', where,
                    f"Leave the column out: without=('{column.stored.path[0]}',).")
  elif array.null_count:
    array = pc.fill_null(array, float('nan'))
  values = array.to_numpy(zero_copy_only=False)
  if not column.codes:
    return values.astype(column.dtype.as_numpy_dtype)
  return _looked_up(values.tolist(), column, where)


def _numbers(texts: Sequence[bytes], column: Column, where: str) -> list[int]:
  """Texts of labels or digits as numbers; an empty text is an unknown label."""
  if column.codes:
    return _looked_up([text.decode(errors='replace') for text in texts], column, where)
  try:
    return [int(text) if text else _UNKNOWN for text in texts]
  except ValueError as error:
    raise UserError(f'a text is no whole number: {error}', where) from error


def _looked_up(values: Sequence[Any], column: Column, where: str) -> list[int]:
  codes = dict(column.codes) | {_UNKNOWN: _UNKNOWN, '': _UNKNOWN, None: _UNKNOWN}
  try:
    return [codes[value] for value in values]
  except KeyError as error:
    raise UserError(
        f'it holds {error.args[0]!r}, which is none of the labels {", ".join(column.labels)}',
        where, 'Say in labels= which of them it stands for.') from error
