"""Makes TFDS's builders of datasets. They look only in the given directory."""
from collections.abc import Iterator
import contextlib
from typing import Any


def builder(name: str, data_dir: str | None = None) -> Any:
  """The TFDS builder of a dataset; never downloads, and leaves nothing behind.

  Args:
    name: TFDS name, `dataset/config:version`.
    data_dir: where it is prepared; None for TFDS's default.

  Returns:
    A `tfds.core.DatasetBuilder`.

  Raises:
    Any error that TFDS raises if it does not have the dataset or cannot read the directory.
  """
  import tensorflow_datasets as tfds

  with _no_bucket(tfds):
    return tfds.builder(name, data_dir=data_dir, try_gcs=False)


@contextlib.contextmanager
def _no_bucket(tfds) -> Iterator[None]:
  """Keeps TFDS from its public bucket.

  TFDS looks there for a dataset that is not prepared, even with `try_gcs=False`, and leaves an
  empty temporary folder each time.
  """
  info = tfds.core.DatasetInfo
  look = info.initialize_from_bucket
  info.initialize_from_bucket = lambda self: None
  try:
    yield
  finally:
    info.initialize_from_bucket = look
