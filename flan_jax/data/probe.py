"""Tries a declaration on made-up rows of the source's schema, before any data is read.

TFDS knows the schema of its datasets without the data. From it come rows in which every text is
'x' and every number 0, one for each value of each label: enough to find a template that names a
missing field, or an answer that is no option, at the moment a declaration is made.
"""
from collections.abc import Callable, Iterator, Mapping
import dataclasses
import functools
from typing import Any

from absl import logging

from flan_jax import tfds_builders
from flan_jax.data.sources.hub import Hub
from flan_jax.errors import UserError


@dataclasses.dataclass(frozen=True)
class SchemaRows:
  """A schema and the means to make rows of it.

  Attributes:
    columns: names of the columns.
    labels: for each label column, the names of its classes in order.
    spec: the form of a row's tensors.
    left_out: why a column cannot be had, where that is known.
  """

  columns: tuple[str, ...]
  labels: Mapping[str, tuple[str, ...]]
  spec: Any
  left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Answers:
  """Answers that a declaration gives for the labels, or why it gives none."""

  by_label: Mapping[str, str]
  error: str = ''


@functools.lru_cache(maxsize=None)
def schema_rows(name: str) -> SchemaRows | None:
  """The schema of a TFDS dataset, or None where TFDS does not know it without the data."""
  import tensorflow_datasets as tfds

  try:
    features = tfds_builders.builder(name).info.features
  except Exception as error:  # pylint: disable=broad-except
    # TFDS raises many types here; whatever the reason, the check waits for the first real row.
    logging.info('The schema of %s is not known before its data is read: %s', name, error)
    return None
  labels = {}
  for column, feature in features.items():
    if isinstance(feature, tfds.features.ClassLabel) and feature.num_classes:
      labels[column] = tuple(feature.names)
    elif getattr(feature, 'np_dtype', None) == bool and feature.shape == ():  # noqa: E721 (dtypes too)
      labels[column] = ('False', 'True')
  return SchemaRows(tuple(features), labels, features.get_tensor_spec())


def is_of_files(source: Any) -> bool:
  """Whether a declared source is `Files`."""
  return hasattr(source, 'paths')


def schema_of(source: Any) -> SchemaRows | None:
  """The schema of a declared source. `Files` are read for it; of `Hub`, what its cache holds.

  Raises:
    UserError: a file is missing, or its rows do not fit together.
  """
  if isinstance(source, Hub):
    return _schema_of_hub(source)
  if not is_of_files(source):
    return schema_rows(source.name)
  from flan_jax.data.sources import files

  read = files.tables(source)
  labels = {name: ('False', 'True') for name, kind in read.types.items() if kind is bool}
  return SchemaRows(tuple(read.types), labels, read.spec)


def _schema_of_hub(source: Hub) -> SchemaRows | None:
  """The schema of a dataset on the hub; None where its files are not on this machine yet."""
  from flan_jax.data.sources import hub_columns, hub_files, hub_source

  try:
    with hub_files.cache_only():
      hub_files.locate_first(source)
  except UserError as error:
    logging.info('The schema of %s is not known before it is read: %s', source.name, error)
    return None
  with hub_files.cache_only():
    plan = hub_source.plan(source)
  flags = {c.path: ('False', 'True') for c in plan.columns if c.dtype.name == 'bool'}
  labels = {c.path[0]: c.labels or flags[c.path] for c in plan.columns
            if len(c.path) == 1 and not c.depth and (c.labels or c.path in flags)}
  spec = hub_columns.nested({c.path: c.spec for c in plan.columns})
  return SchemaRows(tuple(spec), labels, spec, plan.left_out)


def field_names(fields: Callable[[Any], Mapping[str, Any]], rows: SchemaRows) -> tuple[str, ...]:
  """Names of the fields that a row becomes, found by tracing without running."""
  import tensorflow as tf

  traceable = tf.function(fields, autograph=False)
  traced = traceable.get_concrete_function(rows.spec)
  return tuple(traced.structured_outputs)


def answers_by_label(
    fields: Callable[[Any], Mapping[str, Any]], answer: str, rows: SchemaRows
) -> Answers:
  """What the answer field holds for each value of the label that it depends on."""
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


def _rows_with_labels(rows: SchemaRows) -> Iterator[tuple[tuple[str, str], Any]]:
  import tensorflow as tf

  plain = tf.nest.map_structure(_blank, rows.spec)
  for column, classes in rows.labels.items():
    for value, label in enumerate(classes):
      yield (column, label), {**plain, column: tf.cast(value, plain[column].dtype)}


def _blank(spec):
  """One value of a schema's type: texts are 'x', numbers 0, lists have four entries."""
  import tensorflow as tf

  shape = [4 if n is None else n for n in spec.shape]
  return tf.fill(shape, 'x') if spec.dtype == tf.string else tf.zeros(shape, spec.dtype)
