"""The interface of a source of rows: `Tfds`, `Files`, `Hub`. A new source is a new file here.

Declarations are also read in processes without TensorFlow. So a source imports the code that reads
its rows inside its methods.
"""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

from flan_jax.data.sources.slices import named_slices

if TYPE_CHECKING:
  from flan_jax.data.sources.hub import Mirror
  from flan_jax.data.sources.slice_source import SliceSource

RowTest = Callable[[Any], Any]  # takes a row in the TensorFlow graph; returns a bool tensor


@dataclasses.dataclass(frozen=True)
class Schema:
  """The schema of a source's rows.

  Attributes:
    columns: names of the columns.
    labels: for each label column, the names of its classes in order.
    spec: types and shapes of a row's tensors.
    left_out: why other columns cannot be used, by name, if known.
  """

  columns: tuple[str, ...]
  labels: Mapping[str, tuple[str, ...]]
  spec: Any
  left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Source(Protocol):
  """A source of rows and its slices. Hashable.

  Attributes:
    name: identifies the source: a TFDS name, paths, a repository.
    train: slice to train on; None if there is none.
    validation: slice to choose a template with.
    test: slice to report.
    max_train: use at most so many rows of the training slice, from its beginning.
  """

  name: str
  train: str | None
  validation: str | None
  test: str | None
  max_train: int

  @property
  def slices(self) -> dict[str, str]:
    """The existing slices, by SeqIO's names of splits."""
    return named_slices(self.train, self.validation, self.test)

  def open(self, check: Callable[[], None], mirror: 'Mirror | None' = None) -> 'SliceSource':
    """The SeqIO source of the rows. Reads nothing yet.

    Args:
      check: raises UserError if the schema does not match the declaration. A source that knows its
        schema only with its rows calls this when it has them.
      mirror: the same rows on the hub, for messages about missing rows.
    """
    ...

  def schema(self) -> Schema | None:
    """The schema of the rows; None if it is unknown until they are read.

    Raises:
      UserError: the rows do not match each other, or a user's file is missing.
    """
    ...

  def check(self, is_fine: RowTest, keeps: Sequence[RowTest]) -> list[str] | None:
    """The places of all rows that `keeps` keep and that are not fine.

    None if the source does not read rows before they are used.
    """
    del is_fine, keeps
    return None

  def mirrored(self, mirror: 'Mirror') -> 'Source':
    """The source to read if rows should come from the hub: itself, unless it is a TFDS source."""
    del mirror
    return self
