"""Says where the rows of tasks come from, in the words that all output uses."""
from collections.abc import Iterable, Sequence
import dataclasses

import seqio

from flan_jax.data import mixtures
from flan_jax.data.sources import hub_files, tfds_source
from flan_jax.data.sources.slice_source import OWN, SAMPLE, SliceSource, Whereabouts
from flan_jax.errors import UserError

_LAST = (SAMPLE, OWN)  # kinds that are named after all others
_NAMED = 3  # files, repositories or tasks that are named; the others are counted


@dataclasses.dataclass(frozen=True)
class Rows:
  """Where rows come from.

  Attributes:
    text: for people.
    sample: whether some rows are from the sample world.
    only_sample: whether all rows are.
  """

  text: str
  sample: bool
  only_sample: bool


def rows_of(names: str | Sequence[str]) -> Rows:
  """Where the rows of mixtures, clusters, datasets or tasks come from. Raises UserError for an
  unknown name."""
  return rows_of_tasks(mixtures.resolve(names).tasks)


def rows_of_tasks(tasks: Iterable[seqio.Task]) -> Rows:
  """Where the rows of tasks come from."""
  found, redrawn = {}, {}
  for task in tasks:
    place = _whereabouts(task)
    found.setdefault(place.kind, {}).setdefault(place.said, []).extend(place.names)
    if place.kind not in _LAST and _is_redrawn(task.source):
      redrawn.setdefault(place.kind, []).append(task.source.source.name)
  parts = []
  for kind in sorted(found, key=lambda kind: _LAST.index(kind) + 1 if kind in _LAST else 0):
    parts += (said.format(_listed(names)) for said, names in found[kind].items())
    if kind in redrawn:
      parts[-1] += f' (declared slices of {_listed(redrawn[kind])} redrawn)'
  return Rows(', '.join(parts), SAMPLE in found, list(found) == [SAMPLE])


def _whereabouts(task: seqio.Task) -> Whereabouts:
  """Where a task's rows are. For a foreign source, this is known only if it reads TFDS."""
  if isinstance(task.source, SliceSource):
    place = task.source.whereabouts()
    return _own(f'{task.name}, which is missing') if place.missing else place
  loader = getattr(task.source, 'tfds_dataset', None)
  given = loader.data_dir if loader else None
  return _own(task.name) if given is None else tfds_source.whereabouts(given)


def _own(name: str) -> Whereabouts:
  return Whereabouts(OWN, (name,), 'your own ({})')


def _is_redrawn(source: seqio.DataSource) -> bool:
  try:
    with hub_files.cache_only():
      return isinstance(source, SliceSource) and source.is_redrawn()
  except UserError:
    return False  # reading it will report that it is missing


def _listed(names: Sequence[str]) -> str:
  names = list(dict.fromkeys(names))
  more = f' and {len(names) - _NAMED:,} more' if len(names) > _NAMED else ''
  return ', '.join(names[:_NAMED]) + more
