"""The form of a CSV file: the delimiter of its cells, and whether it has a header."""
from collections.abc import Iterable, Iterator, Sequence
import csv
import dataclasses
import itertools
import sys

from etils import epath

_DELIMITERS = (',', '\t', ';', '|')
_LOOKED_AT = 200  # rows
_LONGEST_NAME = 60  # characters of a column's name
_LETTERS = 'ABCDEFGH'


@dataclasses.dataclass(frozen=True)
class CsvForm:
  """The form of CSV files.

  Attributes:
    delimiter: separates cells; empty for a comma, or a tab in .tsv files.
    column_names: names of the columns if the files have no header; otherwise empty.
  """

  delimiter: str = ''
  column_names: tuple[str, ...] = ()

  def of(self, path: epath.Path) -> str:
    """The delimiter of a file."""
    return self.delimiter or ('\t' if path.suffix.lower() == '.tsv' else ',')


def cells(path: epath.Path, delimiter: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
  """For each row, the line where it begins, from 1, and its cells or what is broken.

  Bytes that are not UTF-8 become surrogates.
  """
  with path.open('rb') as file, _long_cells():
    texts = (line.decode('utf-8-sig' if n == 0 else 'utf-8', 'surrogateescape')
             for n, line in enumerate(file))
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
      number = reader.line_num + 1
      try:
        row = next(reader)
      except StopIteration:
        return
      except csv.Error as error:
        yield number, error
        continue
      if row:
        yield number, row


class _long_cells:  # pylint: disable=invalid-name
  """Lifts Python's limit on the length of a CSV cell, which is global, within the context."""

  def __enter__(self):
    self._limit = csv.field_size_limit(sys.maxsize)

  def __exit__(self, *unused):
    csv.field_size_limit(self._limit)


def detect(path: epath.Path, column_names: Sequence[str] = ()) -> CsvForm:
  """The form of a file, guessed from its first rows; the usual values are left empty.

  Args:
    path: a file that ends in .csv or .tsv.
    column_names: of a file that is known to have no header.
  """
  usual = CsvForm().of(path)
  candidates = [usual, *(d for d in _DELIMITERS if d != usual)]
  best = max(candidates, key=lambda d: _evenness(_first_rows(path, d)))  # the first among equals
  rows = _first_rows(path, best)
  names = tuple(column_names)
  if not names and rows and rows[0] and not is_header(rows[0], rows[1:]):
    names = _made_up_names(rows)
  return CsvForm('' if best == usual else best, names)


def _first_rows(path: epath.Path, delimiter: str) -> list[list[str]]:
  """The first rows; a broken one has no cells."""
  return [row if isinstance(row, list) else []
          for _, row in itertools.islice(cells(path, delimiter), _LOOKED_AT)]


def _evenness(rows: Sequence[Sequence[str]]) -> float:
  """The share of rows with as many cells as the first row; 0 if that has a single cell.

  Cells that begin with blanks lower it, because the commas of sentences are followed by blanks.
  """
  if not rows or len(rows[0]) < 2:
    return 0.0
  even = [row for row in rows if len(row) == len(rows[0])]
  blank = sum(any(cell[:1] == ' ' for cell in row[1:]) for row in even)
  return len(even) / len(rows) * (0.9 if 2 * blank > len(even) else 1.0)


def is_header(first: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
  """Whether the first row of a file names the columns of the others."""
  names = header_names(first)
  if not names or any(len(name) > _LONGEST_NAME or name[-1] in '.!' for name in names):
    return False
  columns = list(zip(*(row for row in rows if len(row) == len(names))))
  return not any(name in map(str.strip, column) for name, column in zip(names, columns))


def header_names(first: Sequence[str]) -> list[str]:
  """The column names in a first row; none if it does not hold names.

  pandas writes row numbers without a column name; they are called `index`.
  """
  names = [name.strip() for name in first]
  if len(names) > 1 and not names[0] and 'index' not in names:
    names[0] = 'index'
  return names if all(names) and not any(map(is_number, names)) else []


def is_number(text: str) -> bool:
  """Whether a text is a number as Python writes one."""
  try:
    return float(text) is not None
  except ValueError:
    return False


def _made_up_names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
  """Names for columns without names. A question, its choices and a letter, as in MMLU, are
  recognized."""
  count = len(rows[0])
  letters, last = _LETTERS[:max(count - 2, 0)], [row[-1] for row in rows if len(row) == count]
  if len(letters) > 1 and all(len(key) == 1 and key in letters for key in last):
    return ('question', *letters, 'answer')
  return tuple(f'column_{number + 1}' for number in range(count))
