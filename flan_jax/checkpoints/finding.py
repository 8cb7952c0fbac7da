"""Where checkpoints are: in run directories, or named themselves."""
from etils import epath

from flan_jax.checkpoints.store import FOLDER, Checkpoints
from flan_jax.errors import UserError


def find(directory: epath.Path, where: str = '--checkpoint') -> tuple[epath.Path, int]:
  """Run directory and step, from either a run directory or one of its checkpoints.

  Args:
    directory: either.
    where: the flag or macro that names it.

  Raises:
    UserError: there is no checkpoint.
    Damaged: it lacks a part.
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
      'directory (holding config.json and *.safetensors).')


def has_checkpoint(model_dir: str | epath.Path) -> bool:
  """Whether a run has left a checkpoint in its directory, so that it goes on from there."""
  directory = epath.Path(model_dir)
  return (directory / FOLDER).is_dir() and (
      Checkpoints(directory, read_only=True).newest() is not None)


def run_directory(checkpoint: str | epath.Path) -> epath.Path:
  """The directory of the run that a checkpoint `<run>/checkpoints/<step>` is of."""
  return epath.Path(checkpoint).parent.parent


def pinned(path: str) -> str:
  """The full path of the checkpoint that is found there now; other directories as they are."""
  directory = epath.Path(path).resolve()
  if not (directory / FOLDER).exists():
    return str(directory)
  run_dir, step = find(directory)
  return str(run_dir / FOLDER / str(step))
