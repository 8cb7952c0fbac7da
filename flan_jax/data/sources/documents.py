"""Texts to pretrain on, read by number where they are: JSON lines, text files, TFDS."""
import bisect
from collections.abc import Sequence
import dataclasses
import functools
import hashlib
import itertools
import os
from typing import Any, Protocol

from etils import epath

from flan_jax import sample_world, storage, tfds_builders
from flan_jax.data.sources import file_digests, line_index
from flan_jax.data.sources import rows as rows_lib
from flan_jax.errors import UserError, nearest

TFDS_PREFIX = 'tfds:'
SAMPLE_WORLD = 'sample_world'
_SAMPLE_SIZE = 2**20
_SAMPLE_READ = 200  # documents, to tell one state of their generator from another
_READ_PARTS = 1024  # of 64 KiB, over all files, to tell one state of a text from another


class Documents(Protocol):
  """Texts by number."""

  def __len__(self) -> int:
    ...

  def __getitem__(self, number: int) -> str:
    """A text. Raises UserError, which names file and line, where it cannot be read."""
    ...

  def fingerprint(self) -> str:
    """Another text for other documents, or for another order."""
    ...


class FileDocuments:
  """The lines of files: JSON objects with a text field in .jsonl, texts in any other file."""

  def __init__(self, paths: Sequence[str], field: str = 'text'):
    """Indexes the files.

    Args:
      paths: local or `gs://` files, or patterns of them.
      field: of the JSON objects.

    Raises:
      UserError: there are none, or one is empty or not UTF-8 text.
    """
    self._field = field
    self._files = line_index.of_all(_matching(paths))
    self._ends = list(itertools.accumulate(map(len, self._files)))

  def __len__(self) -> int:
    return self._ends[-1]

  def __getitem__(self, number: int) -> str:
    file, line = self._place(number)
    text = file[line]
    if file.path.suffix not in rows_lib.JSON_LINES:
      return text.decode()
    row = rows_lib.json_row(0, text)
    value = row.values.get(self._field)
    if row.fault or not isinstance(value, str):
      raise UserError(row.fault or self._missing(row.values), f'{file.path}:{file.line(line)}',
                      'Mend the line, or name the field that holds the text.')
    return value

  def fingerprint(self) -> str:
    parts = _parts(len(self._files))
    return repr((self._field, [file_digests.of_much(file.path, parts) for file in self._files]))

  def _place(self, number: int) -> tuple[line_index.LineIndex, int]:
    at = bisect.bisect_right(self._ends, number)
    return self._files[at], number - (self._ends[at - 1] if at else 0)

  def _missing(self, values: Any) -> str:
    if self._field in values:
      return f'field {self._field!r} holds no text'
    return f'no field {self._field!r}; it has: {", ".join(values)}'


class TfdsDocuments:
  """The rows of a TFDS dataset in the file format array_record, which is read by number."""

  def __init__(self, name: str, split: str = 'train', field: str = 'text',
               data_dir: str | None = None):
    """Opens the dataset; never downloads.

    Raises:
      UserError: it is not there, has no such field, or is in another file format.
    """
    self._name, self._split, self._field = name, split, field
    try:
      self._builder = tfds_builders.builder(name, data_dir)
      info = self._builder.info
    except Exception as error:  # pylint: disable=broad-except
      # TFDS raises many types for a dataset that is not there.
      raise UserError(f'TFDS cannot open it: {str(error).splitlines()[0]}', f'{TFDS_PREFIX}{name}',
                      f'Prepare it with: tfds build {name} --file_format=array_record') from error
    if field not in info.features:
      raise UserError(f'it has no field {field!r}', f'{TFDS_PREFIX}{name}',
                      nearest(field, list(info.features)))
    if split not in info.splits:
      raise UserError(f'it has no split {split!r}', f'{TFDS_PREFIX}{name}',
                      f'It has: {", ".join(info.splits)}.')
    if info.file_format.value != 'array_record':
      raise UserError(
          f'it is stored as {info.file_format.value}, which cannot be read by number',
          f'{TFDS_PREFIX}{name}', 'Convert it: tfds convert_format '
          f'--dataset_dir={self._builder.data_dir} --out_file_format=array_record')

  @functools.cached_property
  def _rows(self):
    return self._builder.as_data_source(split=self._split)

  def __len__(self) -> int:
    return len(self._rows)

  def __getitem__(self, number: int) -> str:
    value = self._rows[number][self._field]
    return value.decode() if isinstance(value, bytes) else str(value)

  def fingerprint(self) -> str:
    files = self._builder.info.splits[self._split].filepaths
    parts = _parts(len(files))
    return repr((self._name, self._split, self._field,
                 [(os.path.basename(path), file_digests.of_much(path, parts)) for path in files]))


class SampleDocuments:
  """The sample world's documents, made when they are read."""

  def __init__(self, seed: int = 0):
    self._seed = seed

  def __len__(self) -> int:
    return _SAMPLE_SIZE

  def __getitem__(self, number: int) -> str:
    return sample_world.document(number, self._seed)

  def fingerprint(self) -> str:
    text = '\n'.join(self[number] for number in range(_SAMPLE_READ))
    return repr((SAMPLE_WORLD, self._seed, hashlib.sha256(text.encode()).hexdigest()))


@dataclasses.dataclass(frozen=True)
class Text:
  """What to pretrain on.

  Attributes:
    files: files or patterns of them, with commas: 'text/*.jsonl'; or a TFDS dataset:
      'tfds:c4/en:3.1.0'; or 'sample_world', or with a seed 'sample_world:1'.
    field: the field that holds the text, of JSON objects and TFDS rows.
    split: the TFDS split.
    data_dir: the TFDS directory.

  Raises:
    UserError: `files` is no text.
  """

  files: str
  field: str = 'text'
  split: str = 'train'
  data_dir: str | None = None

  def __post_init__(self):
    if not (isinstance(self.files, str) and self.files.strip()):
      raise UserError(f'{self.files!r} names no text', 'TEXT',
                      "Use files, such as 'text/*.jsonl', or a TFDS name, such as "
                      "'tfds:c4/en:3.1.0'.")

  def open(self) -> Documents:
    """The documents. Raises UserError where they cannot be read."""
    if self.files.startswith(TFDS_PREFIX):
      return TfdsDocuments(
          self.files.removeprefix(TFDS_PREFIX), self.split, self.field, self.data_dir)
    name, _, seed = self.files.partition(':')
    if name == SAMPLE_WORLD:
      return SampleDocuments(_seed(seed))
    return FileDocuments(self.files.split(','), self.field)


def _seed(text: str) -> int:
  if text and not text.isdecimal():
    raise UserError(f'{text!r} is no seed', 'TEXT', f"Use '{SAMPLE_WORLD}' or '{SAMPLE_WORLD}:1'.")
  return int(text or 0)


def _parts(files: int) -> int:
  """How much to read of each of many files: each start of a run does so."""
  return max(2, _READ_PARTS // files)


def _matching(patterns: Sequence[str]) -> list[str]:
  found = []
  for pattern in patterns:
    path = epath.Path(storage.expand(pattern.strip()))
    matches = [str(path)] if path.is_file() else sorted(map(str, path.parent.glob(path.name)))
    if not matches:
      raise UserError('there is no such file', str(path))
    found += matches
  return list(dict.fromkeys(found))
