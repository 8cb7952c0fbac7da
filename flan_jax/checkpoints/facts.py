"""Facts stored in a checkpoint: its vocabulary, what was tuned, and its base."""
from collections.abc import Mapping
from typing import Any

from etils import epath

from flan_jax.checkpoints.finding import find
from flan_jax.checkpoints.store import FOLDER, Checkpoints
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning


def about_vocabulary(path: str) -> Mapping[str, Any] | None:
  """A checkpoint's description of its vocabulary; None if it has none, as Hugging Face's."""
  if not epath.Path(path).name.isdigit() or epath.Path(path).parent.name != FOLDER:
    return None
  run_dir, step = find(epath.Path(path))
  kept = Checkpoints(run_dir, read_only=True).about(step).get('vocabulary')
  return kept if isinstance(kept, Mapping) else None


def base(about: Mapping[str, Any], where: str) -> str | None:
  """The base of a checkpoint with these facts: it has the parameters that did not train.

  Returns:
    Its path; None if the checkpoint has all parameters itself.

  Raises:
    UserError: the base no longer exists.
  """
  path = about.get('base')
  if path and not epath.Path(path).exists():
    raise UserError(f'it has only the tuned parameters, and the checkpoint with the others is '
                    f'gone: {path}', where, 'Put it back there.')
  return path


def tuning_of(about: Mapping[str, Any]) -> Tuning:
  """What trained, according to a checkpoint's facts."""
  return Tuning(**about.get('tuning', {}))
