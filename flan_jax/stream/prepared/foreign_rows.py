"""The rows of foreign SeqIO sources: read in one order, and told from those of another copy."""
from collections.abc import Sequence
import functools
import hashlib
import inspect
from typing import Any

import numpy as np
import seqio
import tensorflow as tf

from flan_jax.data.sources import file_digests
from flan_jax.errors import UserError, in_one_line
from flan_jax.stream.prepared import content

# A task with more is read in order: tokenizing all of it before the first step would take hours,
# and one run reads little of it.
_MOST_ROWS = 5_000_000
_MOST_BYTES = 4 << 30
_MOST_HASHED = 100_000  # rows of a source without files; each start reads them all
_READ_TWICE = 256


class CannotIndex(Exception):
  """A task can only be read in order. The text says why, in words that follow a colon."""


class InOrder(seqio.DataSource):
  """A source whose rows come in the stored order, whatever is asked for."""

  def __init__(self, source: seqio.DataSource):
    super().__init__(splits=tuple(source.splits), caching_permitted=source.caching_permitted)
    self._source = source

  @property
  def supports_arbitrary_sharding(self) -> bool:
    return self._source.supports_arbitrary_sharding

  def list_shards(self, split: str) -> Sequence[str]:
    return self._source.list_shards(split)

  def get_dataset(self, split: str = 'train', shuffle: bool = False, seed: int | None = None,
                  shard_info: seqio.ShardInfo | None = None, **unused_kwargs) -> tf.data.Dataset:
    del shuffle, seed  # a seed is refused by functions that take none
    return self._source.get_dataset(split=split, shuffle=False, shard_info=shard_info)


class WithoutSeed(InOrder):
  """A source whose function takes no seed, which SeqIO would hand it all the same."""

  def get_dataset(self, split: str = 'train', shuffle: bool = True, seed: int | None = None,
                  shard_info: seqio.ShardInfo | None = None, **unused_kwargs) -> tf.data.Dataset:
    del seed
    return self._source.get_dataset(split=split, shuffle=shuffle, shard_info=shard_info)


def seeded(source: seqio.DataSource) -> seqio.DataSource:
  """The source as SeqIO can read it with a seed."""
  function = vars(source).get('_dataset_fn')
  if function is None or 'seed' in inspect.signature(function).parameters:
    return source
  return WithoutSeed(source)


def count(source: seqio.DataSource) -> int:
  """The number of training rows; 0 where it is not known."""
  known = source.num_input_examples('train')
  return int(known) if known and np.isfinite(known) else 0


def fingerprint(source: seqio.DataSource) -> str:
  """Another text for other training rows, or for rows in another order.

  Files count by their contents, see `file_digests.of_much`. What any other source gives is read.

  Raises:
    CannotIndex: there are too many rows, or they differ from one reading to the next.
    UserError: they cannot be read.
  """
  known = source.num_input_examples('train')
  if known and known > _MOST_ROWS:
    raise CannotIndex('it has too many rows' if not np.isfinite(known) else
                      f'it has {int(known):,} rows, and at most {_MOST_ROWS:,} are')
  try:
    if type(source) is seqio.TfdsDataSource:
      return _of_tfds(source)
    if isinstance(source, seqio.FileDataSource):
      return _of_files(source)
    return _of_rows(source)
  except (UserError, CannotIndex):
    raise
  except content.Indescribable as error:
    raise CannotIndex(f'its source uses {error}') from error
  except Exception as error:  # pylint: disable=broad-except
    # A source may run anybody's code.
    raise UserError(f'its rows cannot be read: {in_one_line(error)}', str(source)) from error


def _of_tfds(source: seqio.TfdsDataSource) -> str:
  loader = source.tfds_dataset
  parts = [(f.filename.rpartition('/')[2], f.skip, f.take, file_digests.of_much(f.filename))
           for f in loader.files('train')]
  return repr((loader.resolved_tfds_name('train'), parts, _state(loader)))


def _state(loader: seqio.LazyTfdsLoader) -> str:
  """What decides how rows are decoded. The rest of a loader says where they are."""
  private = vars(loader)
  return content.describe([private.get(name) for name in ('_decoders', '_builder_kwargs')])


def _of_files(source: seqio.FileDataSource) -> str:
  files = list(source.list_shards('train'))
  sizes = sum(file_digests.stamp(file)[0] for file in files)
  if sizes > _MOST_BYTES:
    raise CannotIndex(f'its files have {sizes / 1e9:,.1f} GB, and at most '
                      f'{_MOST_BYTES / 1e9:,.1f} GB are')
  # Where the files are makes no difference, how they are read and interleaved does.
  ways = {name: value for name, value in vars(source).items()
          if name not in ('_split_to_filepattern', '_num_input_examples', '_splits')}
  return repr(([file_digests.of_much(file) for file in files],
               content.describe([type(source), ways])))


def _of_rows(source: seqio.DataSource) -> str:
  read = functools.partial(InOrder(source).get_dataset, 'train')
  if _digest(read().take(_READ_TWICE)) != _digest(read().take(_READ_TWICE)):
    raise CannotIndex('its source gives other rows each time it is read')
  return f'{type(source).__name__} {_digest(read(), _MOST_HASHED)}'


def _digest(rows: tf.data.Dataset, most: int | None = None) -> str:
  digest = hashlib.sha256()
  for number, row in enumerate(rows.as_numpy_iterator()):
    if number == most:
      raise CannotIndex(f'its source has more than {most:,} rows and no files to know them by')
    for value in tf.nest.flatten(row):
      digest.update(_bytes(value))
  return digest.hexdigest()


def _bytes(value: Any) -> bytes:
  """A value of a row with its type and shape, so that no two different rows give the same bytes."""
  if not isinstance(value, (bytes, np.ndarray, np.generic)):
    raise CannotIndex(f'its source gives values of type {type(value).__name__}')
  array = np.asarray(value, dtype=object if isinstance(value, bytes) else None)
  head = f'{array.dtype.str}{array.shape}'.encode()
  if array.dtype.hasobject:
    return head + b''.join(b'%d:%s' % (len(item), item) for item in array.ravel().tolist())
  return head + array.tobytes()
