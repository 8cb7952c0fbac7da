"""Decides which rows of a dataset are used, and why the others are left out.

A row is left out if the declaration's `keep` says so, or if a text that its templates need is
empty: nothing can be learned from an empty target or asked about an empty passage.
"""
from collections.abc import Callable, Iterator
import itertools
from typing import Any

import tensorflow as tf

from flan_jax.data.dataset import Dataset, Fields, Row

_NOTHING = r'[\s\pZ\p{Cf}\p{Cc}]*'  # white space and invisible characters: no tokens
_BATCH = 1_024  # rows that are counted at once


def kept_fields(dataset: Dataset, rows: tf.data.Dataset) -> tf.data.Dataset:
  """Maps pairs (index, row) to pairs (index, fields) and keeps some of them, in their order."""
  for keep in dataset.keeps.values():
    rows = _filtered(rows, keep)
  fields = _with_fields(dataset, rows)
  return fields.filter(_plain(lambda index, fields: _first_empty(dataset, fields) < 0))


def why_left_out(dataset: Dataset, row: Row) -> str:
  """Why a row of eager tensors is left out, such as 'no label' or 'no text'; '' if it is kept."""
  for reason, keep in dataset.keeps.items():
    if not bool(keep(row)):
      return reason
  fields = dataset.row_fields(row)
  place = int(_first_empty(dataset, fields))
  return _no(needed_texts(dataset, fields)[place]) if place >= 0 else ''


def first_kept(dataset: Dataset, rows: Iterator[Row], count: int) -> list[Row]:
  """The first of some rows of eager tensors that are kept, at most `count`."""
  return list(itertools.islice((r for r in rows if not why_left_out(dataset, r)), count))


def needed_texts(dataset: Dataset, fields: Fields) -> tuple[str, ...]:
  """The fields of a row that must not be empty, in alphabetical order."""
  return tuple(sorted(
      name for name in dataset.needed_fields & set(fields)
      if fields[name].dtype == tf.string and fields[name].shape == ()))


def left_out(dataset: Dataset, rows: tf.data.Dataset) -> dict[str, int]:
  """The number of pairs (index, row) that are left out, by reason. Reasons without rows are absent.

  A row counts for its first reason, in the order of the declaration and then of field names.
  """
  counts = {}
  for reason, keep in dataset.keeps.items():
    counts[reason] = _size(_filtered(rows, keep, wanted=False))
    rows = _filtered(rows, keep)
  fields = _with_fields(dataset, rows)
  names = needed_texts(dataset, fields.element_spec[1])
  empty = fields.map(_plain(lambda index, fields: _first_empty(dataset, fields)))
  for places in empty.batch(_BATCH).as_numpy_iterator():
    for place in places[places >= 0].tolist():
      reason = _no(names[place])
      counts[reason] = counts.get(reason, 0) + 1
  return {reason: count for reason, count in counts.items() if count}


def _no(field: str) -> str:
  return f'empty {field}'


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
  return tf.autograph.experimental.do_not_convert(function)


def _filtered(rows: tf.data.Dataset, keep: Callable[[Row], Any], wanted: bool = True):
  return rows.filter(_plain(lambda index, row: tf.equal(keep(row), wanted)))


def _with_fields(dataset: Dataset, rows: tf.data.Dataset) -> tf.data.Dataset:
  return rows.map(_plain(lambda index, row: (index, dataset.row_fields(row))),
                  num_parallel_calls=tf.data.AUTOTUNE)


def _first_empty(dataset: Dataset, fields: Fields) -> tf.Tensor:
  """The index in `needed_texts` of the first empty text, or -1: int32 scalar."""
  names = needed_texts(dataset, fields)
  if not names:
    return tf.constant(-1)
  empty = tf.strings.regex_full_match(tf.stack([fields[name] for name in names]), _NOTHING)
  return tf.where(tf.reduce_any(empty), tf.argmax(empty, output_type=tf.int32), -1)


def _size(rows: tf.data.Dataset) -> int:
  return int(rows.reduce(tf.constant(0, tf.int64), _plain(lambda count, *row: count + 1)))
