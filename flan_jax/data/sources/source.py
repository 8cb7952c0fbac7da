"""What a source of rows owes. `Tfds`, `Files` and `Hub` are such; a new one is one more file here.

Declarations are read where TensorFlow is not imported. So a source imports what reads its rows
inside its methods.
"""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

from flan_jax.data.sources.slices import named_slices

if TYPE_CHECKING:
  from flan_jax.data.sources.hub import Mirror
  from flan_jax.data.sources.slice_source import SliceSource

RowTest = Callable[[Any], Any]  # of a row, in the TensorFlow graph; gives a truth value tensor


@dataclasses.dataclass(frozen=True)
class Schema:
  """The form of a source's rows.

  Attributes:
    columns: names of the columns.
    labels: for each label column, the names of its classes in order.
    spec: the form of a row's tensors.
    left_out: why a column cannot be had, where that is known.
  """

  columns: tuple[str, ...]
  labels: Mapping[str, tuple[str, ...]]
  spec: Any
  left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Source(Protocol):
  """Where rows come from, and which slice serves for what. Sources can be hashed.

  Attributes:
    name: tells the source from others: a TFDS name, paths, a repository.
    train: slice to tune on; None where there is none.
    validation: slice to choose a template with.
    test: slice to report.
    max_train: rows of the training slice to use, the first ones.
  """

  name: str
  train: str | None
  validation: str | None
  test: str | None
  max_train: int

  @property
  def slices(self) -> dict[str, str]:
    """The slices that there are, by the names SeqIO uses for splits."""
    return named_slices(self.train, self.validation, self.test)

  def open(self, check: Callable[[], None], mirror: 'Mirror | None' = None) -> 'SliceSource':
    """The SeqIO source of the rows. Reads nothing yet.

    Args:
      check: raises UserError where the schema does not fit the declaration. A source that learns
        its schema only with the rows calls it then.
      mirror: the same rows on the hub, which a message about missing rows may name.
    """
    ...

  def schema(self) -> Schema | None:
    """The form of the rows; None where it is not known before they are read.

    Raises:
      UserError: the rows do not fit together, or a file of the user's own is missing.
    """
    ...

  def check(self, is_fine: RowTest, keeps: Sequence[RowTest]) -> list[str] | None:
    """The places of all rows that every one of `keeps` keeps and that are not fine.

    None where rows are not looked at before they are used.
    """
    del is_fine, keeps
    return None

  def mirrored(self, mirror: 'Mirror') -> 'Source':
    """What is read instead where rows shall come from the hub: itself, unless it is TFDS's."""
    del mirror
    return self
