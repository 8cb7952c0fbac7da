"""Digests that show whether a file has changed."""
import functools
import hashlib
import os

from etils import epath
import numpy as np

from flan_jax import storage

_WHOLE = 1 << 23  # bytes of a file that is read whole
_BLOCK = 1 << 16  # bytes of a part that is read of a larger one
_BLOCKS, _REMOTE_BLOCKS = 128, 2  # number of such parts; for remote files each costs a request


def stamp(path: str | os.PathLike[str]) -> tuple[int, int]:
  """Size and modification time of a file, on a local disk to the nanosecond."""
  if not storage.is_local(path):
    found = epath.Path(path).stat()
    return found.length, found.mtime
  found = os.stat(path)
  return found.st_size, found.st_mtime_ns


def of_all(path: epath.Path) -> str:
  """The digest of a file's bytes."""
  digest = hashlib.sha256()
  with path.open('rb') as file:
    while block := file.read(1 << 20):
      digest.update(block)
  return digest.hexdigest()


def of_much(path: str | os.PathLike[str], parts: int = _BLOCKS) -> str:
  """A digest of a file's size and its bytes; of a file above 8 MiB, only of some of its bytes.

  Of a larger local file it reads `parts` parts of 64 KiB, from the beginning to the end: it notices
  other rows throughout, but may miss a few changed ones. Of a larger remote file it reads both
  ends. Copies of a file have the same digest.
  """
  return _of_much(str(path), stamp(path), parts)


@functools.lru_cache(maxsize=None)
def _of_much(path: str, stamped: tuple[int, int], parts: int) -> str:
  size = stamped[0]
  if size <= _WHOLE:
    return of_all(epath.Path(path))
  digest = hashlib.sha256(str(size).encode())
  blocks = parts if storage.is_local(path) else _REMOTE_BLOCKS
  with epath.Path(path).open('rb') as file:
    for place in np.linspace(0, size - _BLOCK, blocks).astype(int).tolist():
      file.seek(place)
      digest.update(file.read(_BLOCK))
  return digest.hexdigest()
