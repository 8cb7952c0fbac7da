"""The base class of SeqIO sources that read declared slices."""
import abc
from collections.abc import Iterator, Sequence
import dataclasses
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data.sources.slices import Interval
from flan_jax.data.sources.source import Source

SAMPLE, OWN = 'sample', 'own'  # kinds of `Whereabouts`: the sample world; a foreign source


@dataclasses.dataclass(frozen=True)
class Whereabouts:
  """Where rows are, for people.

  Attributes:
    kind: places of the same kind are listed together, such as 'files'.
    names: of the files, directories or repositories.
    said: the text for the names of one kind, with `{}` for the names.
    missing: whether no copy of the rows is known.
  """

  kind: str
  names: tuple[str, ...]
  said: str = '{}'
  missing: bool = False


class SliceSource(seqio.DataSource):
  """The declared slices of a source.

  An element is a pair of a row's position in its slice (int64) and the row. Rows are always in the
  stored order, so that a position means the same row in every epoch.

  Attributes:
    source: the declared source.
    tfds_name: the TFDS dataset that is read; empty if the rows do not come from TFDS.
    when_missing: how missing rows are downloaded, as text; empty if they are not.
  """

  tfds_name = ''
  when_missing = ''

  def __init__(self, source: Source):
    super().__init__(splits=tuple(source.slices), caching_permitted=True)
    self.source = source

  @property
  def supports_arbitrary_sharding(self) -> bool:
    return True

  # ---- For messages ----

  @abc.abstractmethod
  def whereabouts(self) -> Whereabouts:
    """Where the rows are."""

  def link(self) -> str:
    """The URL of a page about the rows; empty if none is known for certain."""
    return ''

  def directory(self) -> str | None:
    """The directory that the rows are read from; None if there is no single one."""
    return None

  def is_sample(self) -> bool:
    """Whether the rows are from the sample world."""
    return False

  def label_names(self) -> dict[str, tuple[str, ...]]:
    """Names of the classes of columns with class numbers, if known.

    A nested column has the name `outer/inner`.
    """
    return {}

  def version(self, split: str) -> dict[str, str]:
    """Further identification of the rows, such as a commit; may be empty."""
    del split
    return {}

  # ---- Rows ----

  @abc.abstractmethod
  def interval(self, split: str) -> Interval:
    """The rows of a split, in the copy that is read."""

  def is_redrawn(self) -> bool:
    """Whether the slices differ from the declared ones."""
    return False

  @abc.abstractmethod
  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split in the stored order."""

  @abc.abstractmethod
  def fingerprint(self, split: str) -> str:
    """A text that identifies the rows; other rows have another text."""

  def first_rows(self, split: str, count: int) -> Iterator[Any]:
    """The first rows of a split as tensors, at most `count`."""
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
    """The rows of a split. SeqIO's `shuffle` and `seed` have no effect, see the class."""
    indexed = self.rows(split).enumerate()
    if shard_info and shard_info.num_shards > 1:
      indexed = indexed.shard(shard_info.num_shards, shard_info.index)
    return indexed
