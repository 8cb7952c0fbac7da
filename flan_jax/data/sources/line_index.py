"""Lines of files by number: an index of offsets, made once, so that a file is read in place."""
import codecs
from collections.abc import Iterator, Sequence
import functools
import hashlib
import os
import threading

from absl import logging
from etils import epath
import numpy as np

from flan_jax import storage
from flan_jax.data.sources import file_digests
from flan_jax.errors import UserError

_BLOCK = 1 << 22
_FOLDER = 'line_index'


class LineIndex:
  """The lines of a local or `gs://` file that have more than one byte.

  The index holds 8 bytes for each line. It is kept in the cache directory, and made again when the
  file's size or time of change differs.
  """

  def __init__(self, path: str | os.PathLike[str]):
    """Reads the file once if it has no index yet.

    Raises:
      UserError: it has no text, or is not UTF-8.
    """
    self.path = epath.Path(storage.expand(path))
    self._starts = _starts(self.path)
    if not len(self):
      raise UserError('there is no text in it', str(self.path), 'Leave the file out.')
    self._file, self._lock = None, threading.Lock()

  def __len__(self) -> int:
    return len(self._starts) // 2

  def __getitem__(self, number: int) -> bytes:
    """A line, without its line feed."""
    start, stop = (int(place) for place in self._starts[2 * number : 2 * number + 2])
    # One position in the file is shared by all threads.
    with self._lock:
      if self._file is None:
        self._file = self.path.open('rb')
      self._file.seek(start)
      return self._file.read(stop - start)

  def line(self, number: int) -> int:
    """The line's number in the file, from 1, for messages. Reads the file up to it."""
    return 1 + _line_feeds(self.path, int(self._starts[2 * number]))


def _starts(path: epath.Path) -> np.ndarray:
  """Where lines begin and end, alternately: int64 `[2 * lines]`, mapped from the disk."""
  stamped = repr((str(path), file_digests.stamp(path)))
  name = hashlib.sha256(stamped.encode()).hexdigest()[:24]
  kept = epath.Path(storage.cache_dir()) / _FOLDER / f'{name}.npy'
  if not kept.exists():
    logging.info('Indexing the lines of %s.', path)
    kept.parent.mkdir(parents=True, exist_ok=True)
    places = np.concatenate(list(_found(path)) or [np.zeros(0, np.int64)])
    with storage.whole_file(kept) as temporary, temporary.open('wb') as file:
      np.save(file, places)
  return np.load(kept, mmap_mode='r')


def _found(path: epath.Path) -> Iterator[np.ndarray]:
  """Beginnings and ends of the lines, block by block.

  Raises:
    UserError: a byte is not of UTF-8 text.
  """
  decoder = codecs.getincrementaldecoder('utf-8')()
  begun = done = 0  # where the line that is being read begins; bytes read
  for block in _blocks(path):
    pending = len(decoder.getstate()[0])  # bytes of a character that the block before began
    try:
      decoder.decode(block)
    except UnicodeDecodeError as error:
      _refuse(path, done - pending + error.start, 'it is not UTF-8')
    if (zero := block.find(b'\0')) >= 0:
      _refuse(path, done + zero, 'it is binary')
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord('\n')) + done
    if len(ends):
      starts = np.concatenate([[begun], ends[:-1] + 1])
      yield _of_text(starts, ends)
      begun = int(ends[-1]) + 1
    done += len(block)
  if decoder.getstate()[0]:
    _refuse(path, done, 'it ends within a character of UTF-8')
  yield _of_text(np.array([begun]), np.array([done]))


def _of_text(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
  """The lines with more in them than one byte, such as a carriage return."""
  more = ends - starts > 1
  return np.stack([starts[more], ends[more]], 1).ravel().astype(np.int64)


def _refuse(path: epath.Path, place: int, what: str) -> None:
  raise UserError(what, f'{path}:{1 + _line_feeds(path, place)}',
                  'Text files hold UTF-8. Convert it, or leave the file out.')


def _line_feeds(path: epath.Path, before: int) -> int:
  count = 0
  for block in _blocks(path):
    count += block[:max(before, 0)].count(b'\n')
    before -= len(block)
    if before <= 0:
      break
  return count


def _blocks(path: epath.Path) -> Iterator[bytes]:
  with path.open('rb') as file:
    while block := file.read(_BLOCK):
      yield block


def of_all(paths: Sequence[str]) -> list[LineIndex]:
  """The indexes of several files; each is made once in a process."""
  return [_indexed(path, file_digests.stamp(path)) for path in paths]


@functools.lru_cache(maxsize=None)
def _indexed(path: str, stamped: tuple[int, int]) -> LineIndex:
  del stamped  # a changed file has another index
  return LineIndex(path)
