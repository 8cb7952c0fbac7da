"""The sample world: synthetic rows in the schemas of the real datasets, written in seconds.

Plain Python generates everything from a seed. TensorFlow and TFDS are imported only to write files.
"""
from collections.abc import Iterator

from flan_jax import errors
from flan_jax.sample_world.catalog import SAMPLES
from flan_jax.sample_world.corpus import document
from flan_jax.sample_world.draws import draw_rows
from flan_jax.sample_world.store import (
  check_name,
  directory,
  is_sample_data,
  write_sample_world,
)

__all__ = ['SAMPLE_DATASETS', 'directory', 'document', 'is_sample_data', 'rows', 'texts_of_rows',
           'write_sample_world']

# The TFDS names, `name` or `name/config`, that the sample world can write.
SAMPLE_DATASETS = tuple(SAMPLES)


def rows(name: str, split: str, seed: int = 0) -> list[dict]:
  """The rows of a split as dictionaries in the dataset's TFDS schema.

  A class label is an id, or a name if TFDS accepts names.

  Raises:
    UserError: the sample world does not have the dataset or the split.
  """
  check_name(name)
  if split not in SAMPLES[name].sizes:
    raise errors.UserError(f'{name} has no split {split!r} in the sample world', '',
                           errors.nearest(split, SAMPLES[name].sizes))
  return draw_rows(name, SAMPLES[name], split, seed)


def texts_of_rows(seed: int = 0) -> Iterator[str]:
  """Every text of every row, one a line, without ids. A vocabulary can be trained on it."""
  for name, sample in SAMPLES.items():
    for split in sample.sizes:
      for row in draw_rows(name, sample, split, seed):
        yield from _lines(row)


_NOT_TEXT = ('id', 'uid', 'gem_id', 'gem_parent_id', 'xsum_id', 'source_id', 'split_type',
             'turkIdAnonymized', 'label-coarse', 'label-fine', 'question_id', 'question_source',
             'query_id', 'date', 'user', 'url', 'type', 'publisher', 'category', 'webnlg_id',
             'target_sources', 'density_bin', 'coverage_bin', 'compression_bin', 'yesno',
             'followup', 'key', '_movie_id', '_movie_name', '_claim_id')


def _lines(value) -> Iterator[str]:
  if isinstance(value, str):
    yield from value.replace('\r\n', '\n').split('\n')
  elif isinstance(value, dict):
    for key, item in value.items():
      if key not in _NOT_TEXT:
        yield from _lines(item)
  elif isinstance(value, list):
    for item in value:
      yield from _lines(item)
