"""What SeqIO sources of declared slices have in common, wherever the rows come from."""
import abc
from collections.abc import Iterator, Sequence
import dataclasses
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data.sources.slices import Interval
from flan_jax.data.sources.source import Source

SAMPLE, OWN = 'sample', 'own'  # kinds of whereabouts: the sample world; somebody else's source


@dataclasses.dataclass(frozen=True)
class Whereabouts:
  """Where rows are, for people.

  Attributes:
    kind: what is named together, such as 'files'.
    names: of the files, directories or repositories.
    said: how the names of one kind are said, `{}` standing for them.
    missing: no copy of them is known.
  """

  kind: str
  names: tuple[str, ...]
  said: str = '{}'
  missing: bool = False


class SliceSource(seqio.DataSource):
  """The declared slices of a source.

  An element is a pair of a row's position in its slice (int64) and the row, always in the stored
  order, so that a position names the same row in every epoch.

  Attributes:
    source: the declared source.
    tfds_name: the TFDS dataset whose prepared copy is read; empty where none is.
    when_missing: what fetches rows that are not here yet; empty if nothing does.
  """

  tfds_name = ''
  when_missing = ''

  def __init__(self, source: Source):
    super().__init__(splits=tuple(source.slices), caching_permitted=True)
    self.source = source

  @property
  def supports_arbitrary_sharding(self) -> bool:
    return True

  # ---- What people are told ----

  @abc.abstractmethod
  def whereabouts(self) -> Whereabouts:
    """Where the rows are."""

  def link(self) -> str:
    """The address of a page about the rows; empty where none is known for sure."""
    return ''

  def directory(self) -> str | None:
    """The directory that the rows are read from, where one holds them all."""
    return None

  def is_sample(self) -> bool:
    """Whether the rows are of the sample world."""
    return False

  def label_names(self) -> dict[str, tuple[str, ...]]:
    """Names of the classes of columns that store them as numbers, where they are known.

    A column inside another goes by `outer/inner`.
    """
    return {}

  def version(self, split: str) -> dict[str, str]:
    """What else tells which rows of a split were read, such as a commit."""
    del split
    return {}

  # ---- Rows ----

  @abc.abstractmethod
  def interval(self, split: str) -> Interval:
    """The rows that serve as `split` in the copy being read."""

  def is_redrawn(self) -> bool:
    """Whether the slices differ from the declared ones."""
    return False

  @abc.abstractmethod
  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split in the stored order."""

  @abc.abstractmethod
  def fingerprint(self, split: str) -> str:
    """Identifies a copy of the rows: another text for other rows."""

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
