"""Reads prompts from a file and writes predictions to a file."""
from collections.abc import Mapping
import dataclasses
import fcntl
import hashlib
import json
import os
import tempfile
from typing import Any, TextIO

from absl import logging
from etils import epath

from flan_jax import json_text, storage
from flan_jax.data.sources import rows
from flan_jax.errors import UserError


@dataclasses.dataclass(frozen=True)
class Line:
  """A line of a file of prompts.

  Attributes:
    number: its line number, from 1.
    record: `{'inputs': text}`, with `'options': [...]` if they are to be ranked.
    fault: why it is not such a record; empty if it is.
  """

  number: int
  record: Mapping[str, Any]
  fault: str = ''


def read(path: str) -> list[Line]:
  """Reads the lines of a file that are not blank.

  Args:
    path: JSON lines if the name ends in `.jsonl`, `.ndjson` or `.json`; otherwise text, one prompt
      per line. UTF-8, with or without a byte order mark; only a line feed, or a carriage return
      and a line feed, ends a line.

  Raises:
    UserError: the file cannot be read, or is empty.
  """
  file = epath.Path(path)
  if not file.exists() or file.is_dir():
    raise UserError(f'there is no file {path!r}', '--input')
  is_json = file.suffix.lower() in rows.JSON_LINES
  try:
    raw = list(rows.read_json_lines(file) if is_json else rows.read_text_lines(file, 'inputs'))
  except OSError as error:
    raise UserError(f'it cannot be read: {error.strerror or error}', path) from error
  if not raw:
    raise UserError('the file holds no prompt', path)
  return [Line(row.number, row.values, row.fault or _fault(row.values)) for row in raw]


def _fault(record: Mapping[str, Any]) -> str:
  if not isinstance(record.get('inputs'), str):
    return "'inputs' is missing or not a text"
  options = record.get('options')
  if options is not None and not (isinstance(options, list) and options and all(
      isinstance(option, str) and option.strip() for option in options)):
    return "'options' is not a list of texts, or one of them is empty"
  try:
    json.dumps(record, ensure_ascii=False).encode()
  except UnicodeEncodeError:
    return 'it contains half of a surrogate pair, which is not valid text'
  except RecursionError:
    return 'it is nested too deeply'
  return ''


def check_output(path: str, input_path: str) -> None:
  """Creates the folder of an output file.

  Raises:
    UserError: the output is the input file, or cannot be written.
  """
  if not storage.is_local(path):
    return
  if os.path.realpath(path) == os.path.realpath(input_path) or (
      os.path.exists(path) and os.path.samefile(path, input_path)):
    raise UserError(f'{path} is also the input', '--output', 'Name another file.')
  if os.path.isdir(path):
    raise UserError(f'{path} is a folder', '--output', 'Name a file.')
  folder = os.path.dirname(os.path.abspath(path))
  with storage.writing(path, '--output'):
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
      pass


class Output:
  """A file of results that appears only when it is complete. An interrupted one is continued.

  Until it is complete, its lines are in `<path>.part`, and the identity of the work in
  `<path>.part.json`. For an output that is not a local file, both are in the folder for temporary
  files. If the identity is another one, the file is started anew.
  """

  def __init__(self, path: str, about: Mapping[str, Any]):
    """Raises UserError if another process is writing this output."""
    self._path = path
    name = path
    if not storage.is_local(path):
      digest = hashlib.sha256(path.encode()).hexdigest()[:16]
      name = os.path.join(tempfile.gettempdir(), f'flan_jax_infer_{digest}')
    self._part, self._about = f'{name}.part', f'{name}.part.json'
    self._file = _claimed(self._part, path)
    self.done = _complete_lines(self._part) if _read_json(self._about) == about else 0
    if not self.done:
      self._file.truncate(0)
      storage.write_text(self._about, json.dumps(about))

  def write(self, record: Mapping[str, Any]) -> None:
    """Adds a line."""
    self._file.write(json_text.dumps(record) + '\n')
    self._file.flush()

  def finish(self) -> None:
    """Gives the file its name. The lock is released only afterwards."""
    self._file.flush()
    storage.move_into_place(self._part, self._path)
    os.remove(self._about)
    self._file.close()


def _claimed(part: str, path: str) -> TextIO:
  """Opens an unfinished output for appending, with a lock: one process at a time."""
  while True:
    # Appended, not written whole: an interrupted command continues after the last complete line.
    file = open(part, 'a', encoding='utf-8')
    try:
      fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
      file.close()
      raise UserError('another process is writing it', f'--output={path}',
                      'Wait until it has ended, or name another file.') from error
    except OSError as error:
      logging.warning('%s cannot be locked: %s.', part, error)
      return file
    # Between opening and locking, another process may have finished the file and renamed it. Then
    # the lock is on a file that is no longer the unfinished output.
    if os.path.exists(part) and os.path.samestat(os.fstat(file.fileno()), os.stat(part)):
      return file
    file.close()


def _read_json(path: str) -> Any:
  try:
    with open(path, encoding='utf-8') as file:
      return json.load(file)
  except (OSError, ValueError):
    return None


def _complete_lines(path: str) -> int:
  """The number of complete lines in a file. Cuts off an incomplete last line."""
  try:
    with open(path, 'rb+') as file:
      count = end = 0
      for line in file:
        if line.endswith(b'\n'):
          count, end = count + 1, end + len(line)
      file.truncate(end)
      return count
  except OSError:
    return 0


def identity(checkpoint: str, input_path: str, **settings: Any) -> dict[str, Any]:
  """All that results depend on: model, prompts and settings; JSON-able.

  Args:
    checkpoint: the directory that the model was read from.
    input_path: the file of prompts.
    **settings: everything else that results depend on.
  """
  return {
      'checkpoint': checkpoint,
      'written': epath.Path(checkpoint).stat().mtime,
      'input': hashlib.sha256(epath.Path(input_path).read_bytes()).hexdigest(),
      **settings,
  }
