"""Checkpoints that ship with the package. They are named by a bare word, such as 'tiny'."""
from collections.abc import Iterator
import contextlib
import hashlib
import os
import pathlib

from etils import epath

from flan_jax.errors import UserError

_SHELF = pathlib.Path(__file__).parents[1] / 'pretrained'


def names() -> list[str]:
  """The names of all shipped checkpoints."""
  return sorted(path.parent.name for path in _SHELF.glob('*/config.json'))


def is_shipped(path: str | os.PathLike[str]) -> bool:
  """Whether a path names a shipped checkpoint. A folder of that name in the working directory wins.
  """
  return os.fspath(path) in names() and not epath.Path(path).exists()


def located(path: str | os.PathLike[str]) -> epath.Path:
  """The directory that a path or a shipped checkpoint's name stands for."""
  return epath.Path(_SHELF / path) if is_shipped(path) else epath.Path(path)


def digest(path: str | os.PathLike[str] | None) -> str | None:
  """A digest of a shipped checkpoint's weights, which another version may replace; else None."""
  if path is None or not is_shipped(path):
    return None
  return hashlib.sha256((located(path) / 'model.safetensors').read_bytes()).hexdigest()[:16]


def remedy(path: str | os.PathLike[str]) -> str:
  """What to say of a path where there is nothing, if it may be meant as a name; else ''."""
  word = os.fspath(path)
  if not names() or os.sep in word or ':' in word:
    return ''
  return f'These names ship with the package: {", ".join(names())}.'


@contextlib.contextmanager
def telling_the_other_ways(path: str | os.PathLike[str], where: str) -> Iterator[None]:
  """Says in a UserError about a shipped checkpoint what else a run can begin with.

  The shipped gin files name such a checkpoint, so a user who changed the model may not know of it.
  """
  try:
    yield
  except UserError as error:
    if not is_shipped(path):
      raise
    remedy = f'Or begin with other weights: {where}=DIR, or {where}=None for random ones.'
    raise UserError(error.what, f'{where}={os.fspath(path)}', f'{error.remedy} {remedy}'.strip()
                    ) from error
