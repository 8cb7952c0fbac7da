"""What a checkpoint was trained on, from its own facts and those of its initial checkpoint."""
from collections.abc import Mapping, Sequence
from typing import Any

from absl import logging
from etils import epath
import seqio

from flan_jax.checkpoints.store import FOLDER, Checkpoints
from flan_jax.data import mixtures, registry
from flan_jax.data import seen as seen_lib
from flan_jax.data.rates import Names
from flan_jax.errors import UserError

Entries = list[dict[str, str]]


def seen_by_run(mixture: Names, *before: str | None) -> Entries:
  """What a run's checkpoints have seen: its mixture, and all that its initial checkpoint had seen.

  The training data of pretrained models from elsewhere is unknown and is not listed.

  Args:
    mixture: what the run trains on.
    *before: where the run begins: its own directory, then its initial checkpoint. The first one
      with a checkpoint of ours counts.
  """
  tasks = mixtures.training_subtasks(mixture)
  return seen_lib.merged(seen_lib.entries_of(tasks), _before(before))


def seen_by_checkpoint(path: str | None) -> Entries:
  """What a checkpoint has seen; nothing if it is None or from elsewhere."""
  return _before((path,))


def seen(about: Mapping[str, Any], tasks: Sequence[seqio.Task]) -> dict[str, str] | None:
  """For each evaluated dataset, why the checkpoint has seen its examples in training.

  Args:
    about: the checkpoint's facts.
    tasks: the evaluated tasks.

  Returns:
    Reasons by dataset, empty for a dataset that it has not seen; None if it is unknown.
  """
  trained = _listed(about)
  if trained is None:
    return None
  return {registry.dataset_name(task.name): seen_lib.why_seen(task, trained) for task in tasks}


def _before(paths: Sequence[str | None]) -> Entries:
  """What was trained on before this start of the run."""
  for path in paths:
    about = path and _about(epath.Path(path))
    if about:
      return _listed(about) or []
  return []


def _about(directory: epath.Path) -> Mapping[str, Any] | None:
  """The facts of a checkpoint or of a run's newest intact one; None if there is none of ours."""
  alone = directory.parent.name == FOLDER
  run_dir = directory.parent.parent if alone else directory
  if not (run_dir / FOLDER).exists():
    return None
  checkpoints = Checkpoints(run_dir, read_only=True)
  whole = [step for step in checkpoints.steps() if not checkpoints.problem(step, ('about',))
           and (not alone or str(step) == directory.name)]
  return checkpoints.about(whole[-1]) if whole else None


def _listed(about: Mapping[str, Any]) -> Entries | None:
  """What a checkpoint lists as trained on; None if that is unknown.

  Old checkpoints have no list, only their mixture.
  """
  if 'trained_on' in about:
    return about['trained_on']
  if 'mixture' not in about:
    return None
  try:
    return seen_lib.entries_of(mixtures.training_subtasks(about['mixture']))
  except UserError as error:
    logging.warning('It is unknown what the checkpoint was trained on: %s', error)
    return None
