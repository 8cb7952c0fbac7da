"""TFDS's builders of datasets, made without a look anywhere but in a directory."""
import contextlib
from typing import Any
from unittest import mock


def builder(name: str, data_dir: str | None = None) -> Any:
  """The TFDS builder of a dataset; never downloads, and leaves nothing behind.

  Args:
    name: TFDS name, `dataset/config:version`.
    data_dir: where it is prepared; None takes TFDS's default.

  Returns:
    A `tfds.core.DatasetBuilder`.

  Raises:
    Whatever TFDS raises where it has no such dataset, or the directory is of no use.
  """
  import tensorflow_datasets as tfds

  with _no_bucket(tfds):
    return tfds.builder(name, data_dir=data_dir, try_gcs=False)


def _no_bucket(tfds) -> contextlib.AbstractContextManager:
  """For a dataset that is not prepared TFDS looks into its public bucket, `try_gcs` or not, and
  leaves an empty temporary folder at each look."""
  return mock.patch.object(tfds.core.DatasetInfo, 'initialize_from_bucket', lambda info: None)
