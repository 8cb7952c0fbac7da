"""Checks that the rows of tasks exist, and names all datasets with missing rows."""
from collections.abc import Iterable, Sequence

import seqio

from flan_jax.data import declarations
from flan_jax.data.sources.choices import HUB, chosen_place, tfds_data_dir
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.errors import UserError

_NAMED = 10
_WAY_OUT = '--source=hub'


def check(wanted: Iterable[tuple[seqio.Task, str]], names: Sequence[str]) -> None:
  """Checks that all splits can be read, without reading rows.

  Args:
    wanted: tasks and their splits.
    names: the names that the user gave.

  Raises:
    UserError: some cannot be read. A single error is raised unchanged. For several, the message
      names all datasets, and the command that shows more.
  """
  faults, looked_at = {}, set()
  for task, split in wanted:
    # One check for each dataset, because its evaluation tasks read the same rows.
    source = task.source.source if isinstance(task.source, SliceSource) else task.name
    if source in looked_at:
      continue
    looked_at.add(source)
    try:
      task.num_input_examples(split)
    except UserError as error:
      faults[declarations.dataset_name(task.name)] = error
  if len({str(error) for error in faults.values()}) == 1:
    raise next(iter(faults.values()))
  if faults:
    raise _together(faults, names)


def _together(faults: dict[str, UserError], names: Sequence[str]) -> UserError:
  named = ', '.join(list(faults)[:_NAMED])
  more = f' and {len(faults) - _NAMED} more' if len(faults) > _NAMED else ''
  first = next(iter(faults.values()))
  way_out = any(_WAY_OUT in error.remedy for error in faults.values())
  return UserError(
      f'the rows of {len(faults)} datasets cannot be read: {named}{more}; of the first: '
      + ': '.join(part for part in (first.where, first.what) if part), '',
      f'All of them, and what prepares each: t5x doctor {" ".join(names)}{_data_flag()}'
      + f'; those with a mirror on the hub can be read from there: {_WAY_OUT}' * way_out)


def _data_flag() -> str:
  directory = tfds_data_dir()
  from_hub = ' --source=hub' if chosen_place() == HUB else ''
  return from_hub + (f' --tfds_data_dir={directory}' if directory else '')
