"""Finds gin files: in the including file's folder, on search paths, among those of the package."""
from collections.abc import Sequence
import os
import pathlib

from etils import epath

from flan_jax import storage
from flan_jax.errors import UserError, nearest


def shipped_roots() -> list[pathlib.Path]:
  """The existing folders of shipped gin files: package data first, then the repository's gin/."""
  package = pathlib.Path(__file__).resolve().parents[1]
  folders = (package / 'gin', package.parent / 'gin')
  # Next to an installed package, `gin` is gin-config itself, which has an __init__.py.
  return [f for f in folders if f.is_dir() and not (f / '__init__.py').exists()]


def shipped_gin_files() -> list[str]:
  """Names of the shipped gin files as a user types them, such as 'gin/runs/train.gin', sorted."""
  names = {
      f'gin/{path.relative_to(root).as_posix()}'
      for root in shipped_roots()
      for path in root.rglob('*.gin')
  }
  return sorted(names)


def find_gin_file(
    name: str, search_paths: Sequence[str] = (), where: str = '', including: str = ''
) -> str:
  """The path of the gin file called `name`.

  It is looked for in the folder of the file that includes it, then in the working directory, in
  each search path, and among the shipped files, for which a leading 'gin/' may be left out.
  Absolute and `gs://` names are used as they are; `~` is the home directory.

  Args:
    name: what the user wrote, in a flag or an include.
    search_paths: folders, local or `gs://`.
    where: the flag or the including file and line, for the error message.
    including: the path of the file that includes it; empty for a flag.

  Raises:
    UserError: there is no such file.
  """
  name = storage.expand(name)
  if not storage.is_local(name) or os.path.isabs(name):
    candidates = [epath.Path(name)]
  else:
    shipped = [epath.Path(root) / name.removeprefix('gin/') for root in shipped_roots()]
    beside = [epath.Path(including).parent] if including else []
    folders = [*beside, '', *map(storage.expand, search_paths)]
    candidates = [epath.Path(folder) / name for folder in folders] + shipped
  for path in candidates:
    if path.is_file():
      return os.fspath(path)
  looked = ', '.join(dict.fromkeys(
      os.path.abspath(p) if storage.is_local(p) else os.fspath(p) for p in candidates))
  remedy = nearest('gin/' + name.removeprefix('gin/'), shipped_gin_files())
  remedy = remedy or 'Add its folder with --gin_search_paths=DIR.'
  raise UserError(f'no gin file {name!r} (looked for {looked})', where, remedy)
