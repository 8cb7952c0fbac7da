"""Reads prompts from a file and writes predictions to one."""
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
    number: counted from 1.
    record: `{'inputs': text}`, with `'options': [...]` for those to be ranked.
    fault: why it is none of these; empty where it is.
  """

  number: int
  record: Mapping[str, Any]
  fault: str = ''


def read(path: str) -> list[Line]:
  """The lines of a file that are not blank.

  Args:
    path: JSON lines where the name ends in `.jsonl`, `.ndjson` or `.json`; else text, one prompt a
      line. UTF-8, with or without a byte order mark; only a line feed, or a carriage return and a
      line feed, ends a line.

  Raises:
    UserError: the file cannot be read, or holds nothing.
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
    return "'inputs' is missing or no text"
  options = record.get('options')
  if options is not None and not (isinstance(options, list) and options and all(
      isinstance(option, str) and option.strip() for option in options)):
    return "'options' is not a list of texts, or one of them is empty"
  try:
    json.dumps(record, ensure_ascii=False).encode()
  except UnicodeEncodeError:
    return 'it holds half of a surrogate pair, which is no text'
  except RecursionError:
    return 'it is nested too deep'
  return ''


def check_output(path: str, input_path: str) -> None:
  """Makes the folder of an output.

  Raises:
    UserError: the output is the input, or cannot be written.
  """
  if not storage.is_local(path):
    return
  if os.path.realpath(path) == os.path.realpath(input_path) or (
      os.path.exists(path) and os.path.samefile(path, input_path)):
    raise UserError(f'{path} is the input as well', '--output', 'Name another file.')
  if os.path.isdir(path):
    raise UserError(f'{path} is a folder', '--output', 'Name a file.')
  folder = os.path.dirname(os.path.abspath(path))
  with storage.writing(path, '--output'):
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
      pass


class Output:
  """A file of results that appears when it is whole, and goes on where an earlier start stopped.

  Until then its lines stand beside it, in `<path>.part`, and what they are of in
  `<path>.part.json`; of an output that is not a local file both are in the folder for temporary
  files. Lines that are of something else are begun anew.
  """

  def __init__(self, path: str, about: Mapping[str, Any]):
    """Raises UserError where another process is at this output."""
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
      with open(self._about, 'w', encoding='utf-8') as file:
        json.dump(about, file)

  def write(self, record: Mapping[str, Any]) -> None:
    """Adds a line."""
    self._file.write(json_text.dumps(record) + '\n')
    self._file.flush()

  def finish(self) -> None:
    """Gives the file its name, and only then lets others have it."""
    self._file.flush()
    if not storage.is_local(self._path):
      epath.Path(self._part).copy(self._path, overwrite=True)
      os.remove(self._part)
    else:
      os.replace(self._part, self._path)
    os.remove(self._about)
    self._file.close()


def _claimed(part: str, path: str) -> TextIO:
  """An unfinished output opened to be added to, by one process at a time."""
  while True:
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
    # Between opening and locking, another process may have finished it and given it its name.
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
  """How many whole lines a file has; takes off the beginning of a line that stands behind them."""
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
  """What results are of: model, prompts and settings, as JSON has them.

  Args:
    checkpoint: the directory that the model was read from.
    input_path: of the prompts.
    **settings: whatever else results depend on.
  """
  return {
      'checkpoint': checkpoint,
      'written': epath.Path(checkpoint).stat().mtime,
      'input': hashlib.sha256(epath.Path(input_path).read_bytes()).hexdigest(),
      **settings,
  }
