"""Finds the directory of a run, and saves the configuration in it."""
from collections.abc import Sequence
import os
import pathlib

from flan_jax import configuration
from flan_jax.commands import session

_SAVED = 'config.gin'
_MACRO = 'MODEL_DIR'


def of(args, configured: str | None) -> str:
  """The directory of the run that a command line configures; see `find`."""
  return find(args.gin_file, args.bindings, session.search_paths(args), configured)


def find(gin_files: Sequence[str], bindings: Sequence[str], search_paths: Sequence[str],
         configured: str | None) -> str:
  """The directory of the run that gin files configure.

  A `config.gin` inside a run directory means that directory, even if it was moved or copied after
  it was written. A flag that sets MODEL_DIR, or another gin file that sets it, takes precedence.

  Args:
    gin_files: of the command line.
    bindings: of the command line.
    search_paths: folders in which to look for gin files.
    configured: the resulting MODEL_DIR, or None.
  """
  by_flag = any(binding.partition('=')[0].strip() == _MACRO for binding in bindings)
  for name in () if by_flag else reversed(gin_files):
    path = configuration.find_gin_file(name, search_paths)
    directory = _lies_in_run(path)
    if directory and configured in (None, configuration.macro_in_file(path, _MACRO)):
      return directory
  return configured or os.path.join(session.RUNS, pathlib.Path(gin_files[0]).stem)


def keeps_configuration(model_dir: str):
  """An observer that calls `write_configuration` when a run starts."""
  from flan_jax.training.observing import Observer

  class Keeper(Observer):

    def started(self, run, first_step):
      write_configuration(model_dir)

  return Keeper()


def write_configuration(model_dir: str) -> None:
  """Writes the configuration in use into the run's directory, with MODEL_DIR set to it.

  Raises:
    UserError: the file cannot be written.
  """
  from etils import epath

  from flan_jax import storage

  stated = os.path.abspath(model_dir) if storage.is_local(model_dir) else model_dir
  with storage.writing(model_dir, _MACRO):
    epath.Path(model_dir).mkdir(parents=True, exist_ok=True)
    storage.write_text(
        epath.Path(model_dir) / _SAVED, configuration.operative_config({_MACRO: stated}))


def _lies_in_run(path: str) -> str | None:
  """The folder of a gin file, if it is a saved configuration in a run's directory."""
  from etils import epath

  file = epath.Path(path)
  is_run = file.name == _SAVED and (file.parent / 'checkpoints').is_dir()
  return os.fspath(file.parent) if is_run else None
