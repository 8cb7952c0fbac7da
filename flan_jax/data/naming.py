"""What the rows of tasks are called: the one answer to whose rows these are."""
from collections.abc import Iterable, Sequence
import dataclasses
from typing import Any

import seqio

from flan_jax import sample_world
from flan_jax.data import mixtures
from flan_jax.data.source import HUB, TfdsSlices, given_data_dir, place
from flan_jax.data.sources import hub_files
from flan_jax.data.sources.files import FileSlices
from flan_jax.data.sources.hub import Hub
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.errors import UserError

_FILES, _HUB, _DIRECTORY, _SAMPLE, _OWN = 'files', 'hub', 'directory', 'sample', 'own'
_NAMED = 3  # files, repositories or tasks that are named; the others are counted


@dataclasses.dataclass(frozen=True)
class Rows:
  """Where rows come from.

  Attributes:
    text: for people.
    sample: some are of the sample world.
    only_sample: all are.
  """

  text: str
  sample: bool
  only_sample: bool


def rows_of(names: str | Sequence[str]) -> Rows:
  """Where the rows of mixtures, clusters, datasets or tasks come from. Raises UserError for an
  unknown name."""
  return rows_of_tasks(task for resolved in mixtures.resolve(names) for task in resolved.tasks)


def rows_of_tasks(tasks: Iterable[seqio.Task]) -> Rows:
  """Where the rows of tasks come from."""
  found, redrawn = {}, []
  for task in tasks:
    kind, what = _place(task)
    found.setdefault(kind, []).append(what)
    if kind in (_DIRECTORY, _HUB) and _is_redrawn(task.source):
      redrawn.append(task.source.source.name)
  parts = []
  if files := found.get(_FILES):
    parts.append(_listed([path for paths in files for path in paths]))
  if repositories := found.get(_HUB):
    parts.append(f'the Hugging Face hub ({_listed(repositories)})')
  if directories := found.get(_DIRECTORY):
    parts.append(_listed(directories))
  if redrawn:
    parts[-1] += f' (declared slices of {_listed(redrawn)} redrawn)'
  parts += dict.fromkeys(found.get(_SAMPLE, ()))
  if own := found.get(_OWN):
    parts.append(f'your own ({_listed(own)})')
  return Rows(', '.join(parts), _SAMPLE in found, list(found) == [_SAMPLE])


def _place(task: seqio.Task) -> tuple[str, Any]:
  """The kind of a task's source, and what it is called."""
  if isinstance(task.source, FileSlices):
    return _FILES, task.source.source.paths
  if isinstance(task.source, SliceSource) and isinstance(task.source.source, Hub):
    return _HUB, task.source.source.name.removeprefix('hub:')
  if isinstance(task.source, TfdsSlices):
    given = given_data_dir(task.source.source.name)
    if given is None and place() == HUB:
      return _OWN, f'{task.name}, which is missing'
    if given is None:
      world = sample_world.sample_world_dir()
      return _SAMPLE, f'SAMPLE DATA in {world} (real data: --tfds_data_dir=DIR)'
  else:
    loader = getattr(task.source, 'tfds_dataset', None)
    given = loader.data_dir if loader else None
    if given is None:
      return _OWN, task.name
  return (_SAMPLE, f'SAMPLE DATA in {given}') if sample_world.is_sample_data(given) else (
      _DIRECTORY, given)


def _is_redrawn(source: seqio.DataSource) -> bool:
  try:
    with hub_files.cache_only():
      return isinstance(source, SliceSource) and source.is_redrawn()
  except UserError:
    return False  # that it is missing is said where it is read


def _listed(names: Sequence[str]) -> str:
  names = list(dict.fromkeys(names))
  more = f' and {len(names) - _NAMED:,} more' if len(names) > _NAMED else ''
  return ', '.join(names[:_NAMED]) + more
