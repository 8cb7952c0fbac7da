"""The schema of a TFDS dataset, which TFDS knows without the data."""
from collections.abc import Mapping
import functools

from absl import logging
import tensorflow as tf
import tensorflow_datasets as tfds

from flan_jax import tfds_builders
from flan_jax.data.sources.source import Schema
from flan_jax.errors import UserError

Path = tuple[str, ...]  # the names that lead to a column, the outermost first


@functools.lru_cache(maxsize=None)
def schema(name: str) -> Schema | None:
  """The schema of a TFDS dataset, or None if TFDS does not know it without the data."""
  try:
    features = tfds_builders.builder(name).info.features
  except Exception as error:  # pylint: disable=broad-except
    # TFDS raises many types here. Without a schema, the declaration is checked on the first row.
    logging.info('The schema of %s is not known before its data is read: %s', name, error)
    return None
  labels = {}
  for column, feature in features.items():
    if isinstance(feature, tfds.features.ClassLabel) and feature.num_classes:
      labels[column] = tuple(feature.names)
    elif getattr(feature, 'np_dtype', None) == bool and feature.shape == ():  # noqa: E721 (dtypes too)
      labels[column] = ('False', 'True')
  return Schema(tuple(features), labels, features.get_tensor_spec())


@functools.lru_cache(maxsize=None)
def columns(name: str) -> tuple[dict[Path, tf.TypeSpec], dict[Path, tuple[str, ...]]]:
  """Type, shape and label names of each column of a TFDS dataset, by path.

  Raises:
    UserError: the installed TFDS does not know them without the data.
  """
  try:
    features = tfds_builders.builder(name).info.features
  except Exception as error:  # pylint: disable=broad-except
    # TFDS raises many types here.
    raise UserError(f'the installed TFDS ({tfds.__version__}) does not know its columns', name,
                    'Name a dataset, configuration and version that it has.') from error
  return columns_of(features)


def columns_of(features: tfds.features.FeaturesDict
               ) -> tuple[dict[Path, tf.TypeSpec], dict[Path, tuple[str, ...]]]:
  """Type, shape and label names of each column of a dataset's features, by path."""
  specs, labels = {}, {}

  def walk(feature, spec, path):
    feature = getattr(feature, 'feature', feature)  # of a sequence
    if isinstance(spec, Mapping):
      for inner in spec:
        walk(feature[inner], spec[inner], (*path, inner))
      return
    specs[path] = spec
    if isinstance(feature, tfds.features.ClassLabel) and feature.num_classes:
      labels[path] = tuple(feature.names)

  walk(features, features.get_tensor_spec(), ())
  return specs, labels
