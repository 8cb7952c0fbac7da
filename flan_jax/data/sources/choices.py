"""A run's choices for all sources: where rows are read from, and whether slices are redrawn."""
import seqio

TFDS, HUB = 'tfds', 'hub'  # places that a run can read the collection from

_PLACE = [TFDS]
_REDRAWING = [False]


def read_from(chosen: str) -> None:
  """Sets where the collection's rows are read from.

  Args:
    chosen: 'tfds' or 'hub'. With 'hub', datasets with a complete mirror are read from it, and the
      others from TFDS if a directory is given.
  """
  _PLACE[:] = [chosen]


def chosen_place() -> str:
  """The choice of `read_from`."""
  return _PLACE[0]


def tfds_data_dir() -> str | None:
  """What `--tfds_data_dir` or `seqio.set_tfds_data_dir_override` set."""
  return seqio.LazyTfdsLoader('any:1.0.0').data_dir  # the same for all names; SeqIO has no getter


def allow_redrawing(allowed: bool) -> None:
  """Allows to divide the rows of a split again if it is too small for its declared slices.

  See `slices.resolve`. Excerpts of real datasets need this; complete copies do not."""
  _REDRAWING[:] = [allowed]


def redrawing() -> bool:
  """Whether `allow_redrawing` is in force."""
  return _REDRAWING[0]
