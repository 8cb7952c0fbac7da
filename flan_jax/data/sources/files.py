"""The user's JSON lines, CSV and Parquet files as the source of a dataset."""
from collections.abc import Callable, Iterable, Mapping, Sequence
import dataclasses
import functools
import hashlib
import os
import re
import sys
from typing import Any

from absl import logging
from etils import epath
import numpy as np
import tensorflow as tf

from flan_jax import randomness, storage
from flan_jax.data.sources import file_digests
from flan_jax.data.sources import rows as rows_lib
from flan_jax.data.sources.csv_form import CsvForm
from flan_jax.data.sources.slice_source import SliceSource, Whereabouts
from flan_jax.data.sources.slices import Interval
from flan_jax.data.sources.source import RowTest, Schema, Source
from flan_jax.errors import UserError, nearest

_NO_DELIMITERS = ('\n', '\r', '"', ' ')
_NAMED = 3  # bad rows that a message names; it only counts the others
_DTYPES = {str: tf.string, int: tf.int64, float: tf.float64, bool: tf.bool, list: tf.string}


@dataclasses.dataclass(frozen=True)
class Files(Source):
  """A source of rows: the user's files, and their slices.

  A slice is a file name, or a file name with a range of its rows in Python's form: 'rows.jsonl',
  'rows.jsonl[:-200]', 'rows.jsonl[-200:]'. Files end in .jsonl (one object a line), .json (the
  same, or one list of objects), .csv, .tsv or .parquet, and are local or `gs://`. Slices must not
  share rows. All rows are read when the declaration is made, and kept in memory.

  Columns hold texts, numbers, booleans or lists of texts; an object inside a row becomes columns
  `outer/inner`. Types are inferred from all rows, except in CSV, where cells are texts. In
  TensorFlow they are string, int64, float64, bool, and string `[n]`.

  Attributes:
    train: slice to train on; None if there is none.
    validation: slice to choose a template with.
    test: slice to report. Without it and `validation`, nothing can be evaluated.
    beside: a file, usually `__file__`; relative names count from its folder. By default they count
      from the working directory.
    columns: types of columns that should not be inferred: `str`, `int`, `float`, `bool`, or `list`
      for a list of texts.
    optional: columns that rows may lack; they are then empty.
    max_train: use at most so many rows of the training slice, from its beginning; by default all.
    on_bad_row: what to do with bad rows (broken, of another type, without a column): 'error' names
      them, 'skip' leaves them out, and counts and logs them.
    seed: shuffles each file's rows before they are sliced; None keeps the file's order.
    delimiter: separates the cells of CSV files; by default a comma, or a tab in .tsv files.
    column_names: names of the columns of CSV files without a header.

  Raises:
    UserError: an attribute is invalid. Faults of the files are found when they are read.
  """

  train: str | None = None
  validation: str | None = None
  test: str | None = None
  beside: str = ''
  columns: Mapping[str, type] | tuple[tuple[str, type], ...] = ()
  optional: tuple[str, ...] = ()
  max_train: int = sys.maxsize
  on_bad_row: str = 'error'
  seed: int | None = None
  delimiter: str = ''
  column_names: tuple[str, ...] = ()

  def __post_init__(self):
    # Tuples can be hashed, so that a source that was read already can be looked up.
    object.__setattr__(self, 'columns', tuple(dict(self.columns).items()))
    object.__setattr__(self, 'optional', tuple(self.optional))
    object.__setattr__(self, 'column_names', tuple(self.column_names))
    if not self.slices:
      raise UserError('it names no file', 'Files', "Give at least train='rows.jsonl'.")
    if self.on_bad_row not in ('error', 'skip'):
      raise UserError(f"on_bad_row={self.on_bad_row!r} is neither 'error' nor 'skip'", 'Files')
    for name, kind in self.columns:
      if kind not in rows_lib.TYPES:
        raise UserError(f'{kind!r} is no type of column {name!r}', 'Files',
                        'Use str, int, float, bool or list.')
    if not (self.seed is None or isinstance(self.seed, int)):
      raise UserError(f'seed={self.seed!r} is no whole number', 'Files')
    if len(self.delimiter) > 1 or self.delimiter in _NO_DELIMITERS:
      raise UserError(f'delimiter={self.delimiter!r} is not one character', 'Files',
                      "Use one like ';'.")
    if not all(self.column_names) or len(set(self.column_names)) < len(self.column_names):
      raise UserError(f'column_names={self.column_names!r} are not all different names', 'Files')

  @property
  def name(self) -> str:
    """The files' paths, separated by commas."""
    return ', '.join(self.paths)

  @property
  def paths(self) -> tuple[str, ...]:
    """The files, each once."""
    return tuple(dict.fromkeys(self.piece(split)[0] for split in self.slices))

  def piece(self, split: str) -> tuple[str, slice]:
    """The file of a split, and the range of its rows."""
    path, start, stop = re.fullmatch(
        r'(.+?)(?:\[(-?\d*):(-?\d*)\])?', self.slices[split], re.DOTALL).groups()
    path = storage.expand(path)
    if storage.is_local(path):
      path = os.path.join(os.path.dirname(self.beside), path)
    if storage.is_local(path):
      path = os.path.normpath(path)
    return path, slice(int(start) if start else None, int(stop) if stop else None)

  def open(self, check: Callable[[], None], mirror: Any = None) -> 'FileSlices':
    """See `Source`. Never calls `check`, because all rows were checked with the declaration."""
    del check, mirror
    return FileSlices(self)

  def schema(self) -> Schema:
    """The columns and types that the files have. Reads the files; see `tables`."""
    read = tables(self)
    labels = {name: ('False', 'True') for name, kind in read.types.items() if kind is bool}
    return Schema(tuple(read.types), labels, read.spec)

  def check(self, is_fine: RowTest, keeps: Sequence[RowTest]) -> list[str]:
    """File and line of each kept row for which `is_fine(row)` is false or raises."""
    return _stray_rows(self, is_fine, keeps)


@dataclasses.dataclass(frozen=True)
class Table:
  """The good rows of one file.

  Attributes:
    columns: string, number or bool tensors `[rows]`, ragged string tensors `[rows, n]` for lists.
    numbers: the line of each row, from 1; in Parquet files and JSON lists its row number.
    bad: place and fault of each bad row, such as 'rows.jsonl:7: no column ...'.
    digest: of the file's bytes.
  """

  columns: Mapping[str, Any]
  numbers: Sequence[int]
  bad: Sequence[str]
  digest: str


@dataclasses.dataclass(frozen=True)
class Tables:
  """The contents of a source's files.

  Attributes:
    types: type of each column.
    tables: the rows by path.
    intervals: the rows of each split.
  """

  types: Mapping[str, type]
  tables: Mapping[str, Table]
  intervals: Mapping[str, Interval]

  @property
  def spec(self) -> dict[str, tf.TensorSpec]:
    """The types and shapes of a row's tensors."""
    return {name: tf.TensorSpec([None] if kind is list else [], _DTYPES[kind], name)
            for name, kind in self.types.items()}

  def place(self, split: str, position: int) -> str:
    """File and line of a row of a split."""
    interval = self.intervals[split]
    return f'{interval.split}:{self.tables[interval.split].numbers[interval.start + position]}'


def tables(source: Files) -> Tables:
  """Reads a source's files, or returns what was read if they have not changed.

  Raises:
    UserError: a file is missing, empty or of an unknown kind, a row is bad, or slices are empty or
      share rows.
  """
  stamps = []
  for path in map(epath.Path, source.paths):
    if not path.exists() or path.is_dir():
      raise UserError(f'there is no file {path}', 'Files', _neighbors(path))
    stamps.append(file_digests.stamp(path))
    if not path.stat().length:
      raise UserError('it is empty', str(path), 'It needs a row at least.')
  types, read = _read(
      source.paths, source.columns, source.optional, source.on_bad_row, _form(source), source.seed,
      tuple(stamps))
  intervals = {split: _interval(source, split, read) for split in source.slices}
  _check_apart(intervals, source)
  return Tables(types, read, intervals)


def _form(source: Files) -> CsvForm:
  return CsvForm(source.delimiter, source.column_names)


def _neighbors(path: epath.Path) -> str:
  names = [p.name for p in path.parent.iterdir()] if path.parent.exists() else []
  return nearest(path.name, names) or 'Relative names count from the working directory, or from ' \
      'the folder of the file given as beside=.'


@functools.lru_cache(maxsize=None)
def _read(
    paths: tuple[str, ...], columns: tuple, optional: tuple[str, ...], on_bad_row: str,
    form: CsvForm, seed: int | None, stamps: tuple
) -> tuple[dict[str, type], dict[str, Table]]:
  """The types of the columns, and the rows by path. `stamps` makes the cache notice changes."""
  declared = dict(columns)
  rows_of = lambda path: rows_lib.read(epath.Path(path), declared, form)
  types = rows_lib.infer_types(
      (row for path in paths for row in rows_of(path)), declared, optional)
  read = {path: _read_table(path, rows_of(path), types, optional, seed) for path in paths}
  _report_bad_rows(read, on_bad_row, stamps)
  return types, read


def _read_table(
    path: str, rows: Iterable[rows_lib.Raw], types: Mapping[str, type], optional: tuple[str, ...],
    seed: int | None
) -> Table:
  values, numbers, bad = {name: [] for name in types}, [], []
  for row in rows:
    fitting = rows_lib.fit(row, types, optional)
    if isinstance(fitting, str):
      bad.append(f'{path}:{row.number}: {fitting}')
      continue
    numbers.append(row.number)
    for column, value in zip(values.values(), fitting):
      column.append(value)
  if not numbers and not bad:
    raise UserError('it has no rows', path)
  if seed is not None:
    order = randomness.permutation(len(numbers), seed).tolist()
    numbers, *columns = ([column[i] for i in order] for column in (numbers, *values.values()))
    values = dict(zip(values, columns))
  tensors = {name: _tensor(column, types[name]) for name, column in values.items()}
  return Table(tensors, numbers, bad, file_digests.of_all(epath.Path(path)))


def _tensor(values: list[Any], kind: type):
  if kind is list:
    lengths = tf.constant([len(v) for v in values], tf.int64)
    return tf.RaggedTensor.from_row_lengths(
        tf.constant([text for v in values for text in v], tf.string), lengths)
  return tf.constant(values, _DTYPES[kind])


def _report_bad_rows(read: Mapping[str, Table], on_bad_row: str, stamps: tuple) -> None:
  """Names and counts the bad rows: in an error, or in the log if they may be skipped."""
  bad = [fault for table in read.values() for fault in table.bad]
  good = sum(len(table.numbers) for table in read.values())
  if not bad:
    return
  shown = '; '.join(bad[:_NAMED]) + (f'; and {len(bad) - _NAMED} more' * (len(bad) > _NAMED))
  count = f'{len(bad):,} of {len(bad) + good:,} rows'
  if on_bad_row == 'error':
    raise UserError(
        f'{count} do not fit: {shown}', ', '.join(read),
        "Correct them; or let Files(...) leave them out with on_bad_row='skip', or name in "
        'optional= the columns that a row may lack.')
  _say_left_out(f'{", ".join(read)}: left out {count} that do not fit: {shown}', stamps)
  for fault in bad[_NAMED:]:
    logging.info('Left out: %s', fault)


@functools.lru_cache(maxsize=None)
def _say_left_out(text: str, stamps: tuple) -> None:
  """Logs it once for each state of the files, which may be read with several settings."""
  del stamps
  # An error, because the command line hides log messages of lower levels.
  logging.error('%s', text)


def _interval(source: Files, split: str, read: Mapping[str, Table]) -> Interval:
  path, piece = source.piece(split)
  size = len(read[path].numbers)
  start, stop, _ = piece.indices(size)
  if start >= stop:
    raise UserError(f'{split}={source.slices[split]!r} takes no row', 'Files',
                    f'The file has {size:,} good rows.')
  return Interval(path, start, stop, size)


def _check_apart(intervals: Mapping[str, Interval], source: Files) -> None:
  ordered = sorted(intervals.items(), key=lambda item: (item[1].split, item[1].start))
  for (one, a), (other, b) in zip(ordered, ordered[1:]):
    if a.split == b.split and b.start < a.stop:
      raise UserError(
          f'{one}={source.slices[one]!r} and {other}={source.slices[other]!r} share rows',
          'Files', "Separate them, such as 'rows.jsonl[:-200]' and 'rows.jsonl[-200:]'.")


class FileSlices(SliceSource):
  """The declared slices of files; see `SliceSource`."""

  def whereabouts(self) -> Whereabouts:
    """The files."""
    return Whereabouts('files', self.source.paths)

  def interval(self, split: str) -> Interval:
    """The rows of a split."""
    interval = tables(self.source).intervals[split]
    if split != 'train' or interval.size <= self.source.max_train:
      return interval
    return dataclasses.replace(interval, stop=interval.start + self.source.max_train)

  def fingerprint(self, split: str) -> str:
    """Changes when a split's file, its slice, or how its rows are read changes."""
    read, interval = tables(self.source), self.interval(split)
    types = [(name, kind.__name__) for name, kind in read.types.items()]
    parts = (read.tables[interval.split].digest, interval.start, interval.stop, types,
             self.source.on_bad_row, self.source.optional)
    # Added only if set, so that data tokenized before these settings existed is still found.
    how = (self.source.seed, _form(self.source))
    parts += how if how != (None, CsvForm()) else ()
    return hashlib.sha256(repr(parts).encode()).hexdigest()

  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split, in the order of the files or in the drawn order."""
    interval = self.interval(split)
    columns = tables(self.source).tables[interval.split].columns
    return tf.data.Dataset.from_tensor_slices(
        {name: column[interval.start:interval.stop] for name, column in columns.items()})


def _stray_rows(source: Files, is_fine: RowTest, keeps: Sequence[RowTest]) -> list[str]:
  read, stray = tables(source), []
  plain = tf.autograph.experimental.do_not_convert
  positions = lambda rows: np.concatenate(
      [np.zeros(0, np.int64), *rows.map(lambda position, row: position).batch(
          1_000).as_numpy_iterator()])
  for split in source.slices:
    rows = FileSlices(source).get_dataset(split)
    for keep in keeps:
      rows = rows.filter(plain(lambda position, row, keep=keep: keep(row)))
    fine = rows.map(plain(lambda position, row: (position, is_fine(row))),
                    num_parallel_calls=tf.data.AUTOTUNE).ignore_errors()
    good = positions(fine.filter(plain(lambda position, is_fine: is_fine)))
    stray += [read.place(split, p) for p in np.setdiff1d(positions(rows), good)]
  return stray
