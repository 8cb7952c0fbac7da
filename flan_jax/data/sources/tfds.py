"""Rows of TensorFlow Datasets as the source of a dataset."""
from collections.abc import Callable
import dataclasses
from typing import TYPE_CHECKING

from flan_jax.data.sources.slices import MAX_TRAIN_EXAMPLES, check_written
from flan_jax.data.sources.source import Schema, Source

if TYPE_CHECKING:
  from flan_jax.data.sources.hub import Hub, Mirror
  from flan_jax.data.sources.tfds_source import TfdsSlices


@dataclasses.dataclass(frozen=True)
class Tfds(Source):
  """A source of rows: a TensorFlow Datasets name and its slices.

  Attributes:
    name: `dataset/config:version` or `dataset:version`.
    train: slice to train on, such as 'train[:-200]'; None if there is none.
    validation: slice to choose a template with (paper, section 2.3).
    test: slice to report.
    max_train: use at most so many rows of the training slice, from its beginning.
    redraw: divide the rows of a split again if it is too small for its slices, as in an excerpt. By
      default such a copy is refused, because its slices would share rows or have none.
  """

  name: str
  train: str | None = None
  validation: str | None = None
  test: str | None = None
  max_train: int = MAX_TRAIN_EXAMPLES
  redraw: bool = False

  def __post_init__(self):
    check_written(self.slices, f'source {self.name}')

  def open(self, check: Callable[[], None], mirror: 'Mirror | None' = None) -> 'TfdsSlices':
    """See `Source`. Never calls `check`, because the schema is known without the rows."""
    from flan_jax.data.sources.tfds_source import TfdsSlices

    del check
    return TfdsSlices(self, mirror)

  def schema(self) -> Schema | None:
    """The schema, which TFDS knows without the data; None if it does not."""
    from flan_jax.data.sources import tfds_schema

    return tfds_schema.schema(self.name)

  def mirrored(self, mirror: 'Mirror') -> 'Hub':
    """The same slices of the mirror."""
    return mirror.source(self)
