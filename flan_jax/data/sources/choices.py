"""What a run has chosen for all sources: where its rows come from, and what short copies do."""

TFDS, HUB = 'tfds', 'hub'  # places that a run can read the collection from

_PLACE = [TFDS]
_REDRAWING = [False]


def read_from(chosen: str) -> None:
  """Where the collection's rows are read from, from now on.

  Args:
    chosen: 'tfds'; or 'hub', for the mirrors of those datasets that have one which can stand in,
      the others coming from TFDS if a directory is given.
  """
  _PLACE[:] = [chosen]


def chosen_place() -> str:
  """What `read_from` has chosen."""
  return _PLACE[0]


def allow_redrawing(allowed: bool) -> None:
  """Has the rows of every split that is too small for its declared slices divided anew, from now
  on; see `slices.resolve`. Excerpts of real datasets need it, full copies do not."""
  _REDRAWING[:] = [allowed]


def redrawing() -> bool:
  """Whether `allow_redrawing` is in force."""
  return _REDRAWING[0]
