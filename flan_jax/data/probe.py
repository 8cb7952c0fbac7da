"""Tries a declaration on made-up rows of the source's schema, before any data is read.

TFDS knows the schema of its datasets without the data. The made-up rows have the text 'x' and the
number 0 in every column, with one row for each value of each label. This is enough to find a
template that names a missing field, or an answer that is not an option, as soon as a declaration
is made.
"""
from collections.abc import Callable, Iterator, Mapping
import dataclasses
from typing import Any

from flan_jax.data.sources.source import Schema


@dataclasses.dataclass(frozen=True)
class Answers:
  """The answers that a declaration gives for the labels, or why it gives none."""

  by_label: Mapping[str, str]
  error: str = ''


def field_names(fields: Callable[[Any], Mapping[str, Any]], rows: Schema) -> tuple[str, ...]:
  """Names of the fields of a row, found by tracing without running."""
  import tensorflow as tf

  traceable = tf.function(fields, autograph=False)
  traced = traceable.get_concrete_function(rows.spec)
  return tuple(traced.structured_outputs)


def answers_by_label(
    fields: Callable[[Any], Mapping[str, Any]], answer: str, rows: Schema
) -> Answers:
  """The answer for each value of the label that it depends on."""
  import tensorflow as tf

  found = {}
  try:
    for label, row in _rows_with_labels(rows):
      found[label] = fields(row)[answer].numpy().decode()
  except (tf.errors.InvalidArgumentError, IndexError) as error:
    return Answers({}, getattr(error, 'message', str(error)).split('}} ')[-1].split(' [Op')[0])
  by_label = {}
  for (column, value), text in found.items():
    if len({t for (c, _), t in found.items() if c == column}) > 1:
      by_label[value] = text
  return Answers(by_label)


def _rows_with_labels(rows: Schema) -> Iterator[tuple[tuple[str, str], Any]]:
  import tensorflow as tf

  plain = tf.nest.map_structure(_blank, rows.spec)
  for column, classes in rows.labels.items():
    for value, label in enumerate(classes):
      yield (column, label), {**plain, column: tf.cast(value, plain[column].dtype)}


def _blank(spec):
  """A made-up value of a schema's type: texts are 'x', numbers 0, lists have four entries."""
  import tensorflow as tf

  shape = [4 if n is None else n for n in spec.shape]
  return tf.fill(shape, 'x') if spec.dtype == tf.string else tf.zeros(shape, spec.dtype)
