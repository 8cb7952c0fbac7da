"""The schema of a TFDS dataset, which TFDS knows without the data."""
import functools

from absl import logging
import tensorflow_datasets as tfds

from flan_jax import tfds_builders
from flan_jax.data.sources.source import Schema


@functools.lru_cache(maxsize=None)
def schema(name: str) -> Schema | None:
  """The schema of a TFDS dataset, or None where TFDS does not know it without the data."""
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
  return Schema(tuple(features), labels, features.get_tensor_spec())
