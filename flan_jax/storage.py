"""Paths, and writing files: complete or not at all; and locks on folders, for one run at a time."""
from collections.abc import Iterator
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import shutil
import socket
import tempfile
import time
from typing import Any, TextIO
import uuid

from absl import logging
from etils import epath

from flan_jax.errors import OutOfMemory, UserError

_FULL = (errno.ENOSPC, errno.EDQUOT)
# TensorStore and TensorFlow do not raise OSErrors, but their errors contain these texts.
_FULL_TEXTS = tuple(os.strerror(number) for number in _FULL)
_LOCK = '.lock'
INCOMPLETE = '.incomplete'  # suffix of files and folders that are still being written
_STALE_SECONDS = 3600


# ---- Paths as people write them ----


def is_local(path: Any) -> bool:
  """Whether a path is on this machine's file system, not in object storage (`gs://...`)."""
  return '://' not in os.fspath(path)


def expand(path: Any) -> Any:
  """Replaces `~` or `~name` at the start of a path by the home directory.

  A shell does not do this inside a word such as `--gin.MODEL_DIR=~/runs`.
  """
  if isinstance(path, str) and path.startswith('~'):
    return os.path.expanduser(path)
  return path


def expand_fields(config: Any, *fields: str) -> None:
  """Expands `~` in fields of a frozen dataclass. Call it from `__post_init__`."""
  for field in fields:
    object.__setattr__(config, field, expand(getattr(config, field)))


def cache_dir() -> pathlib.Path:
  """`$FLAN_JAX_CACHE`, or `flan_jax` in the user's cache directory."""
  if chosen := os.environ.get('FLAN_JAX_CACHE'):
    return pathlib.Path(expand(chosen))
  home = os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache')
  return pathlib.Path(home) / 'flan_jax'


# ---- Files ----


def write_text(path: str | epath.Path, text: str) -> None:
  """Writes a file atomically: under a temporary name, then renamed. It never exists in part.

  A path that is not a regular file, such as `/dev/stdout`, is written directly. A link stays a
  link.

  Raises:
    OSError: it cannot be written; an existing file is unchanged.
  """
  if is_local(path) and os.path.exists(path) and not os.path.isfile(path):
    epath.Path(path).write_text(text, encoding='utf-8')
    return
  with whole_file(path) as temporary:
    temporary.write_text(text, encoding='utf-8')


@contextlib.contextmanager
def whole_file(path: str | epath.Path) -> Iterator[epath.Path]:
  """Yields a temporary path beside `path`, to write to. Renames it when the block ends.

  After an error in the block, the temporary file is deleted and an existing file is unchanged. A
  link stays a link.

  Raises:
    OSError: it cannot be renamed.
  """
  path = epath.Path(os.path.realpath(path) if is_local(path) else path)
  with _beside(path) as temporary:
    yield temporary
    temporary.replace(path)


def move_into_place(source: str | os.PathLike[str], target: str | epath.Path) -> None:
  """Moves a complete local file to its final place: a rename there, or an upload.

  Args:
    source: the local file. It must be on the disk of a local `target`.
    target: its final place. An existing file is replaced.

  Raises:
    OSError: it cannot be moved.
  """
  if is_local(target):
    os.replace(source, target)
  else:
    # Object storage shows an upload only when it is complete.
    epath.Path(source).copy(target, overwrite=True)
    os.remove(source)


def create_text(path: str | epath.Path, text: str) -> bool:
  """Writes a file atomically unless it exists. If several processes try at once, one succeeds.

  In object storage, and on file systems without hard links, several may succeed and the last one
  wins.

  Returns:
    Whether it was written.

  Raises:
    OSError: it cannot be written.
  """
  path = epath.Path(path)
  with _beside(path) as temporary:
    temporary.write_text(text, encoding='utf-8')
    if path.exists():
      return False
    if is_local(path):
      # A rename would overwrite another process's file; a hard link fails if there is one.
      try:
        os.link(temporary, path)
        return True
      except FileExistsError:
        return False
      except OSError as error:
        logging.warning('%s cannot be linked to: %s.', path, error)
    temporary.replace(path)
    return True


@contextlib.contextmanager
def _beside(path: epath.Path) -> Iterator[epath.Path]:
  """The path of a temporary file beside `path`; deleted afterwards."""
  temporary = path.with_name(f'.{path.name}.{uuid.uuid4().hex}{INCOMPLETE}')
  try:
    yield temporary
  finally:
    with contextlib.suppress(OSError):
      temporary.unlink(missing_ok=True)


# ---- Folders for unfinished files ----


@contextlib.contextmanager
def scratch_folder(directory: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
  """Makes a local folder for unfinished files; deletes it afterwards.

  It is in `directory` if that is local. So what is complete can be renamed into place.
  """
  if is_local(directory):
    path = pathlib.Path(directory) / f'.{uuid.uuid4().hex}{INCOMPLETE}'
    path.mkdir()
  else:
    path = pathlib.Path(tempfile.mkdtemp(prefix='flan_jax-'))
  try:
    yield path
  finally:
    shutil.rmtree(path, ignore_errors=True)


def remove_leftovers(directory: str | os.PathLike[str]) -> None:
  """Deletes the unfinished files and folders of killed processes from a local directory.

  Those of the last hour stay: they may belong to a process that still runs.
  """
  for path in pathlib.Path(directory).glob(f'.*{INCOMPLETE}'):
    with contextlib.suppress(OSError):
      if time.time() - path.stat().st_mtime > _STALE_SECONDS:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


# ---- Errors of writing ----


@contextlib.contextmanager
def writing(path: str | epath.Path, where: str) -> Iterator[None]:
  """Turns errors of writing to a path that the user named into one-line errors.

  Args:
    path: the file or folder.
    where: the flag or macro that named it.

  Raises:
    UserError: it cannot be written.
    OutOfMemory: the disk is full.
  """
  try:
    yield
  except OSError as error:
    raise _explained(error, path, where) from error


def write_named(path: str | epath.Path, text: str, where: str) -> None:
  """Writes a file that the user named, as `write_text` does, and makes its folder.

  Args:
    path: the file.
    text: what it will hold.
    where: the flag or macro that named it.

  Raises:
    UserError: it cannot be written.
    OutOfMemory: the disk is full.
  """
  with writing(path, where):
    epath.Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)


@contextlib.contextmanager
def explaining_a_full_disk(path: str | epath.Path, remedy: str) -> Iterator[None]:
  """Turns errors about a full disk into one-line errors, for long work in a folder.

  Raises:
    OutOfMemory: the disk is full.
  """
  try:
    yield
  except UserError:
    raise  # it is a one-line error already
  except Exception as error:
    if not is_disk_full(error):
      raise
    logging.info('Disk full: %s', error)
    raise OutOfMemory('the disk is full', str(path), remedy) from error


def is_disk_full(error: BaseException | None) -> bool:
  """Whether an error, or one that caused it, is about a full disk."""
  while error is not None:
    if isinstance(error, OSError) and error.errno in _FULL:
      return True
    if any(text in str(error) for text in _FULL_TEXTS):
      return True
    error = error.__cause__ or error.__context__
  return False


def check_folder(path: str | epath.Path, where: str) -> None:
  """Checks that files can be written in a folder, which may not exist yet.

  Leaves nothing behind. Does not check object storage.

  Args:
    path: the folder.
    where: the flag or macro that named it.

  Raises:
    UserError: files cannot be written there.
    OutOfMemory: the disk is full.
  """
  if is_local(path):
    with writing(path, where):
      _try(os.path.abspath(path))


def check_file(path: str | epath.Path, where: str) -> None:
  """Checks that a file, which may not exist yet, can be written; see `check_folder`."""
  if not is_local(path):
    return
  if os.path.isdir(path):
    raise UserError('it is a folder', f'{where}={path}', 'Name a file.')
  with writing(path, where):
    if not os.path.exists(path) or os.path.isfile(path):
      _try(os.path.dirname(os.path.abspath(path)))
    if os.path.isfile(path):
      with open(path, 'ab'):
        pass


def _try(folder: str) -> None:
  """Creates and deletes a temporary folder in the nearest existing parent folder."""
  while not os.path.lexists(folder):
    # Raises if the path can never exist: it is too long, or a parent is a file.
    with contextlib.suppress(FileNotFoundError):
      os.lstat(folder)
    folder = os.path.dirname(folder)
  if not os.path.isdir(folder):
    raise NotADirectoryError(errno.ENOTDIR, f'{folder} is not a folder')
  os.rmdir(tempfile.mkdtemp(prefix='.flan_jax-', dir=folder))


def _explained(error: OSError, path: str | epath.Path, where: str) -> UserError:
  place = f'{where}={path}'
  if is_disk_full(error):
    return OutOfMemory('the disk is full', place, 'Free some room, or name another place.')
  return UserError(f'it cannot be written: {error.strerror or error}', place,
                   'Name a place that can be written to.')


# ---- One at a time ----


class Claim:
  """A folder that one process at a time may write to.

  The operating system locks a file in the folder. The lock ends with the process that holds it,
  even if that is killed. There is no lock in object storage and on file systems without locks.
  """

  def __init__(self, folder: str | epath.Path, where: str):
    """Locks the folder.

    Args:
      folder: an existing folder.
      where: the flag or macro that named it.

    Raises:
      UserError: another process has it, or it cannot be written to.
    """
    self._file: TextIO | None = None
    if is_local(folder):
      with writing(folder, where):
        file = self._file = open(os.path.join(folder, _LOCK), 'a+', encoding='utf-8')
      self._take(file, folder, where)

  def _take(self, file: TextIO, folder: str | epath.Path, where: str) -> None:
    try:
      fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
      file.seek(0)
      holder = _holder(file.read())
      self.release()
      raise UserError(f'another run is writing there{holder}', f'{where}={folder}',
                      f'Wait until it has ended, or name another {where}.') from error
    except OSError as error:
      logging.warning('%s cannot be locked: %s.', folder, error)
      return
    file.truncate(0)
    json.dump({'process': os.getpid(), 'host': socket.gethostname(),
               'since': time.strftime('%Y-%m-%d %H:%M:%S')}, file)
    file.flush()

  def release(self) -> None:
    """Releases the lock. The file stays: another process may have opened it to lock it."""
    if self._file:
      self._file.close()
      self._file = None


def check_unclaimed(folder: str | epath.Path, where: str) -> None:
  """Raises UserError if another process has locked the folder. Leaves nothing behind."""
  if is_local(folder) and os.path.exists(os.path.join(folder, _LOCK)):
    Claim(folder, where).release()


def _holder(text: str) -> str:
  try:
    said: Any = json.loads(text)
    return f' (process {said["process"]} on {said["host"]}, since {said["since"]})'
  except (ValueError, KeyError, TypeError):
    return ''
