"""Finds checkpoints: the newest of a run directory, or one named by its own path."""
from etils import epath

from flan_jax.checkpoints import shipped
from flan_jax.checkpoints.store import FOLDER, Checkpoints
from flan_jax.errors import UserError


def find(directory: epath.Path, where: str = '--checkpoint') -> tuple[epath.Path, int]:
  """The run directory and step of a checkpoint.

  Args:
    directory: a run directory, which stands for its newest checkpoint, or a checkpoint.
    where: the flag or macro that names it.

  Raises:
    UserError: there is no checkpoint.
    Damaged: a part of it is missing.
  """
  step = None
  if directory.name.isdigit() and directory.parent.name == FOLDER and directory.exists():
    directory, step = directory.parent.parent, int(directory.name)
  if (directory / FOLDER).exists():
    checkpoints = Checkpoints(directory, read_only=True)
    step = checkpoints.newest() if step is None else step
    if step is not None:
      checkpoints.check_readable(step)
      return directory, step
  raise UserError(
      f'there is no checkpoint in {directory}', where,
      f'Give a run directory (holding {FOLDER}/), one of its checkpoints, or a Hugging Face '
      f'directory (holding config.json and *.safetensors). {shipped.remedy(directory)}'.rstrip())


def has_checkpoint(model_dir: str | epath.Path) -> bool:
  """Whether a run directory has a checkpoint to continue from."""
  directory = epath.Path(model_dir)
  return (directory / FOLDER).is_dir() and (
      Checkpoints(directory, read_only=True).newest() is not None)


def run_directory(checkpoint: str | epath.Path) -> epath.Path:
  """The run directory of a checkpoint `<run>/checkpoints/<step>`."""
  return epath.Path(checkpoint).parent.parent


def pinned(path: str) -> str:
  """The full path of a run's newest checkpoint at this moment; other directories as they are.

  The name of a shipped checkpoint stays, because another installation has it in another place.
  """
  if shipped.is_shipped(path):
    return path
  directory = epath.Path(path).resolve()
  if not (directory / FOLDER).exists():
    return str(directory)
  run_dir, step = find(directory)
  return str(run_dir / FOLDER / str(step))
