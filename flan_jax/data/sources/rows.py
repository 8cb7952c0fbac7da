"""Reads rows of JSON lines, CSV and Parquet files one by one, and checks them against a schema.

A column's type is one of Python's: `str`, `int`, `float`, `bool`, or `list` for a list of texts.
Nested objects are flattened: `{"messages": [{"role": "user"}]}` has the column `messages/role`.
"""
import collections
from collections.abc import Iterable, Iterator, Mapping
import csv
import dataclasses
import json
from typing import Any

from etils import epath

from flan_jax.data.sources import csv_form
from flan_jax.errors import UserError

TYPES = {
    str: 'text', int: 'a whole number', float: 'a number', bool: 'true or false',
    list: 'a list of texts',
}
JSON_LINES = ('.jsonl', '.ndjson', '.json')
_BYTE_ORDER_MARK = b'\xef\xbb\xbf'
_NESTED = dict  # the type of values that no column can hold


@dataclasses.dataclass(frozen=True)
class Raw:
  """A row as it is stored in a file.

  Attributes:
    number: its line, from 1; in Parquet files and JSON lists its row number.
    values: value by column.
    fault: why it could not be read; empty if it could.
  """

  number: int
  values: Mapping[str, Any]
  fault: str = ''


# ---- Reading ----


def read(
    path: epath.Path, types: Mapping[str, type] | None = None,
    form: csv_form.CsvForm = csv_form.CsvForm()
) -> Iterator[Raw]:
  """The rows of a file, in its order. Blank lines are skipped.

  Args:
    path: a local or `gs://` path that ends in .jsonl, .ndjson, .json, .csv, .tsv or .parquet.
    types: types of columns; only for CSV, where cells are texts by default.
    form: the form of CSV files.

  Raises:
    UserError: the kind of the file is unknown, or its header is unusable.
  """
  suffix = path.suffix.lower()
  if suffix == '.parquet':
    return _read_parquet(path)
  if suffix in ('.csv', '.tsv'):
    return _read_csv(path, form, types or {})
  if suffix == '.json' and _begins_a_list(path):
    return map(_laid_flat, _read_json_list(path))
  if suffix in JSON_LINES:
    return map(_laid_flat, read_json_lines(path))
  raise UserError('the kind of this file is unknown', str(path),
                  'Its name must end in .jsonl, .csv, .tsv or .parquet.')


def read_json_lines(path: epath.Path) -> Iterator[Raw]:
  """The objects of JSON lines as stored, nested ones too. Blank lines are skipped."""
  for number, line in _lines(path):
    if number == 1 and line.lstrip().startswith(b'['):
      raise UserError('it holds one JSON list, not one object a line', str(path),
                      f'Convert it: jq -c ".[]" {path.name} > rows.jsonl')
    yield json_row(number, line.strip())


def _begins_a_list(path: epath.Path) -> bool:
  return next((line.lstrip().startswith(b'[') for _, line in _lines(path)), False)


def _read_json_list(path: epath.Path) -> Iterator[Raw]:
  """The objects of one JSON list, numbered from 1."""
  try:
    values = json.loads(path.read_bytes().removeprefix(_BYTE_ORDER_MARK))
  except (RecursionError, ValueError) as error:
    raise UserError(f'it is not a readable JSON list: {error}', str(path),
                    'Correct it, or write one object a line.') from error
  for number, value in enumerate(values, start=1):
    yield Raw(number, value) if isinstance(value, dict) else Raw(
        number, {}, f'{_called(value)} where a JSON object belongs')


def read_text_lines(path: epath.Path, column: str) -> Iterator[Raw]:
  """The lines of a text, each as the value of a column. Blank lines are skipped."""
  for number, line in _lines(path):
    try:
      yield Raw(number, {column: line.decode()})
    except UnicodeDecodeError as error:
      yield Raw(number, {}, _not_utf8(error))


def _lines(path: epath.Path) -> Iterator[tuple[int, bytes]]:
  """Numbers and bytes of the lines that are not blank.

  Only a line feed ends a line. Python's `splitlines` would also cut at U+2028, U+2029 and U+0085,
  which may occur in a JSON text.
  """
  with path.open('rb') as file:
    for number, line in enumerate(file, start=1):
      line = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
      if line.strip():
        yield number, line.rstrip(b'\r\n')


def _not_utf8(error: UnicodeDecodeError) -> str:
  return f'byte {error.start + 1} is not UTF-8'


def json_row(number: int, line: bytes) -> Raw:
  """A line of JSON lines as a row; what is wrong with it is its fault."""
  try:
    values = json.loads(line.decode())
    if isinstance(values, dict):
      return Raw(number, values)
    return Raw(number, {}, f'{_called(values)} where a JSON object belongs')
  except UnicodeDecodeError as error:
    return Raw(number, {}, _not_utf8(error))
  except json.JSONDecodeError as error:
    return Raw(number, {}, f'broken JSON at character {error.colno}: {error.msg}')
  except (RecursionError, ValueError) as error:  # nested too deeply; a number with too many digits
    return Raw(number, {}, f'unreadable JSON: {error}')


def _laid_flat(row: Raw) -> Raw:
  try:
    return dataclasses.replace(row, values=_flat(row.values))
  except RecursionError:
    return Raw(row.number, {}, 'unreadable JSON: nested too deep')


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
  """Objects inside a row become columns `outer/inner`; lists of objects, columns of lists."""
  flat = {}
  for name, value in values.items():
    if isinstance(value, dict):
      flat |= {f'{name}/{inner}': v for inner, v in _flat(value).items()}
    elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
      inner_names = dict.fromkeys(inner for v in value for inner in v)
      flat |= {f'{name}/{inner}': [v.get(inner) for v in value] for inner in inner_names}
    else:
      flat[name] = value
  return flat


def _read_csv(
    path: epath.Path, form: csv_form.CsvForm, types: Mapping[str, type]) -> Iterator[Raw]:
  header = list(form.column_names)
  for number, cells in csv_form.cells(path, form.of(path)):
    if not header:
      header = _header(cells, f'{path}:{number}')
    elif isinstance(cells, csv.Error):
      yield Raw(number, {}, f'broken CSV: {cells}')
    else:
      yield _csv_row(number, cells, header, types)


def _header(cells: list[str] | csv.Error, where: str) -> list[str]:
  if isinstance(cells, csv.Error):
    raise UserError(f'its header is broken: {cells}', where) from cells
  names = csv_form.header_names(cells)
  twice = [name for name, count in collections.Counter(names).items() if count > 1]
  if not names:
    raise UserError('its first line is not a header', where,
                    'Put the names of the columns there, separated like the cells, or give them '
                    'as Files(..., column_names=...).')
  if twice:
    raise UserError(f'its header names the column {twice[0]!r} twice', where)
  return names


def _csv_row(number: int, cells: list[str], header: list[str], types: Mapping[str, type]) -> Raw:
  if len(cells) != len(header):
    return Raw(number, {}, f'{len(cells)} cells under {len(header)} column names')
  return Raw(number, {n: _cell(c, types.get(n, str)) for n, c in zip(header, cells)})


def _cell(text: str, kind: type) -> Any:
  """A cell as a value of its declared type; as text, which will not fit, if it is none."""
  if kind is str:
    return text
  if not text.strip():
    return None
  try:
    value = {'true': True, 'false': False}.get(text.lower()) if kind is bool else (
        json.loads(text) if kind is list else kind(text))
    return text if value is None else value
  except ValueError:
    return text


def _read_parquet(path: epath.Path) -> Iterator[Raw]:
  import pyarrow as pa
  from pyarrow import parquet

  with path.open('rb') as file:
    try:
      number = 0
      for batch in parquet.ParquetFile(file).iter_batches(batch_size=1_000):
        for row in _parquet_rows(batch):
          number += 1
          yield dataclasses.replace(row, number=number)
    except (pa.ArrowException, OSError) as error:
      raise UserError(f'it is not a readable Parquet file: {error}', str(path)) from error


def _parquet_rows(batch) -> Iterator[Raw]:
  try:
    return iter([Raw(0, _flat(values)) for values in batch.to_pylist()])
  except UnicodeDecodeError:
    if batch.num_rows == 1:
      return iter([Raw(0, {}, 'text that is not UTF-8')])
    return (row for i in range(batch.num_rows) for row in _parquet_rows(batch.slice(i, 1)))


# ---- The schema ----


def infer_types(
    rows: Iterable[Raw], declared: Mapping[str, type], optional: Iterable[str]
) -> dict[str, type]:
  """The type of each column, in the order of first occurrence, from all readable rows.

  A name is a column if at least half of the rows have it, or if it is declared or optional. The
  type is that of most values; whole numbers with fractions are `float`. Nested values are no
  column.
  """
  seen = collections.defaultdict(collections.Counter)
  total = 0
  for row in rows:
    if not row.fault:
      total += 1
      for name, value in row.values.items():
        seen[name][_kind(value)] += 1
  wanted = {*declared, *optional}
  types = {
      name: declared.get(name) or _most(kinds) for name, kinds in seen.items()
      if name in wanted or 2 * kinds.total() >= total
  }
  return {name: kind for name, kind in (types | declared).items() if kind is not _NESTED}


def _most(kinds: collections.Counter) -> type:
  counts = collections.Counter({k: n for k, n in kinds.items() if k is not type(None)})
  if counts[float]:
    counts[float] += counts.pop(int, 0)
  return counts.most_common(1)[0][0] if counts.total() else str


def _kind(value: Any) -> type:
  if isinstance(value, list):
    return list if all(isinstance(v, str | None) for v in value) else _NESTED
  return type(value) if value is None or type(value) in TYPES else _NESTED


def _called(value: Any) -> str:
  """The kind of a value, in words."""
  if isinstance(value, list) and _kind(value) is _NESTED:
    return 'a list'
  return 'nothing' if value is None else TYPES.get(_kind(value), 'a nested value')


def fit(row: Raw, types: Mapping[str, type], optional: Iterable[str]) -> list[Any] | str:
  """A row's values in the order of the columns, or why the row does not fit.

  A null text or list, or a missing optional column, gives an empty value.
  """
  if row.fault:
    return row.fault
  values = []
  for name, kind in types.items():
    if name not in row.values and name not in optional:
      nested = any(other.startswith(f'{name}/') for other in row.values)
      return f'column {name!r} holds a nested value' if nested else f'no column {name!r}'
    value = row.values.get(name)
    if fault := _misfit(value, kind):
      return f'column {name!r} holds {fault}'
    values.append(_complete(value, kind))
  return values


def _misfit(value: Any, kind: type) -> str:
  """Why a value does not fit a column of this type; empty if it fits."""
  found = _kind(value)
  if value is None:
    return '' if kind in (str, list) else f'nothing, but should hold {TYPES[kind]}'
  if found is not kind and (found, kind) != (int, float):
    return f'{_called(value)}, but should hold {TYPES[kind]}'
  if kind is int and not -2**63 <= value < 2**63:
    return 'a whole number of more than 64 bits'
  for text in (value,) if kind is str else (value if kind is list else ()):
    if text and not text.isascii() and not _is_unicode(text):
      return 'text that is not UTF-8'
  return ''


def _is_unicode(text: str) -> bool:
  try:
    return bool(text.encode())
  except UnicodeEncodeError:  # a lone surrogate
    return False


def _complete(value: Any, kind: type) -> Any:
  if kind is list:
    return [text or '' for text in value or ()]
  return '' if value is None else value
