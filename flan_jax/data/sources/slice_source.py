"""What SeqIO sources of declared slices have in common, wherever the rows come from."""
import abc
from collections.abc import Iterator, Sequence
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data.sources.slices import Interval


class SliceSource(seqio.DataSource):
  """The declared slices of a source.

  An element is a pair of a row's position in its slice (int64) and the row, always in the stored
  order, so that a position names the same row in every epoch.

  Attributes:
    source: the declared source.
  """

  def __init__(self, source: Any):
    super().__init__(splits=tuple(source.slices), caching_permitted=True)
    self.source = source

  @property
  def supports_arbitrary_sharding(self) -> bool:
    return True

  @abc.abstractmethod
  def interval(self, split: str) -> Interval:
    """The rows that serve as `split` in the copy being read."""

  def is_redrawn(self) -> bool:
    """Whether the rows are divided otherwise than declared."""
    return False

  @abc.abstractmethod
  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split in the stored order."""

  @abc.abstractmethod
  def fingerprint(self, split: str) -> str:
    """Tells one copy of the rows from another."""

  def first_rows(self, split: str, count: int) -> Iterator[Any]:
    """The first rows of a split as tensors, at most so many."""
    return (row for _, row in self.get_dataset(split).take(count))

  def list_shards(self, split: str) -> Sequence[str]:
    return [str(self.interval(split))]

  def num_input_examples(self, split: str) -> int:
    return self.interval(split).size

  def get_dataset(
      self,
      split: str = 'train',
      shuffle: bool = False,
      seed: int | None = None,
      shard_info: seqio.ShardInfo | None = None,
      **unused_kwargs,
  ) -> tf.data.Dataset:
    """The rows of a split; SeqIO's `shuffle` and `seed` have no effect here, see the class."""
    indexed = self.rows(split).enumerate()
    if shard_info and shard_info.num_shards > 1:
      indexed = indexed.shard(shard_info.num_shards, shard_info.index)
    return indexed
