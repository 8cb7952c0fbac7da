"""What a checkpoint says of itself: its vocabulary, what was tuned, what it is tuned from."""
from collections.abc import Mapping
from typing import Any

from etils import epath

from flan_jax.checkpoints.finding import find
from flan_jax.checkpoints.store import FOLDER, Checkpoints
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning


def about_vocabulary(path: str) -> Mapping[str, Any] | None:
  """How a checkpoint describes its vocabulary; None where it does not, as Hugging Face's."""
  if not epath.Path(path).name.isdigit() or epath.Path(path).parent.name != FOLDER:
    return None
  run_dir, step = find(epath.Path(path))
  kept = Checkpoints(run_dir, read_only=True).about(step).get('vocabulary')
  return kept if isinstance(kept, Mapping) else None


def base(about: Mapping[str, Any], where: str) -> str | None:
  """The checkpoint that has the parameters which another, of these facts, leaves out, or None.

  Raises:
    UserError: it is not there any more.
  """
  path = about.get('base')
  if path and not epath.Path(path).exists():
    raise UserError(f'it has only what was tuned, and the checkpoint it was tuned from is gone: '
                    f'{path}', where, 'Put it back there.')
  return path


def tuning_of(about: Mapping[str, Any]) -> Tuning:
  """What trained, by what a checkpoint says about itself."""
  return Tuning(**about.get('tuning', {}))
