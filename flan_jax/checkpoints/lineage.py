"""What a checkpoint was trained on, by what it and the one it began from say of themselves."""
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


def trained_on(mixture: Names, *before: str | None) -> Entries:
  """What the checkpoints of a training have seen: its mixture, and what its beginning had seen.

  Of a pretrained model from elsewhere nothing is known, and nothing is listed.

  Args:
    mixture: what is trained on.
    *before: where the training begins: its own directory, then its initial checkpoint. The first
      that is a checkpoint of ours counts.
  """
  tasks = mixtures.training_subtasks(mixture)
  return seen_lib.together(seen_lib.trained_on(tasks), _before(before))


def seen(about: Mapping[str, Any], tasks: Sequence[seqio.Task]) -> dict[str, str] | None:
  """Why a checkpoint was trained on what is evaluated, by the evaluated datasets' names.

  Args:
    about: what the checkpoint says of itself.
    tasks: what is evaluated.

  Returns:
    An empty text for a dataset that it has not seen; None where it is not known.
  """
  trained = _listed(about)
  if trained is None:
    return None
  return {registry.dataset_name(task.name): seen_lib.why_seen(task, trained) for task in tasks}


def _before(paths: Sequence[str | None]) -> Entries:
  """What was trained on before this start: by an earlier one, or by the initial checkpoint."""
  for path in paths:
    about = path and _about(epath.Path(path))
    if about:
      return _listed(about) or []
  return []


def _about(directory: epath.Path) -> Mapping[str, Any] | None:
  """What the newest checkpoint of a run, or this one, says; None where none of ours is whole."""
  alone = directory.parent.name == FOLDER
  run_dir = directory.parent.parent if alone else directory
  if not (run_dir / FOLDER).exists():
    return None
  checkpoints = Checkpoints(run_dir, read_only=True)
  whole = [step for step in checkpoints.steps() if not checkpoints.problem(step, ('about',))
           and (not alone or str(step) == directory.name)]
  return checkpoints.about(whole[-1]) if whole else None


def _listed(about: Mapping[str, Any]) -> Entries | None:
  """What a checkpoint lists, or what its mixture holds where it was written before there were such
  lists; None where neither is known."""
  if 'trained_on' in about:
    return about['trained_on']
  if 'mixture' not in about:
    return None
  try:
    return seen_lib.trained_on(mixtures.training_subtasks(about['mixture']))
  except UserError as error:
    logging.warning('Not known what the checkpoint was trained on: %s', error)
    return None
