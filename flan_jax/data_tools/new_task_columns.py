"""Inspects rows that have no declaration: reads files, or the schema of a TFDS dataset."""
import ast
from collections.abc import Iterable, Mapping, Sequence
import dataclasses
import inspect
import json
import math
import os
import re
import textwrap
from typing import Any

from etils import epath

from flan_jax import storage, tfds_builders
from flan_jax.data import declarations
from flan_jax.data.sources import csv_form, files, tfds_schema, tfds_source
from flan_jax.data.sources.files import Files
from flan_jax.data.sources.slices import base_split
from flan_jax.errors import UserError, nearest

MOST_OPTIONS = 20
SEED = 0  # shuffles the rows before slices are cut

_LONGEST_OPTION = 60  # characters
_ROWS_AN_OPTION = 3  # with fewer rows for each distinct value, a column does not look like labels
_SAMPLED = 1_000  # rows that `sample` keeps
_USUAL_SPLITS = ('train', 'validation', 'dev', 'test')
_HELD_OUT = 200  # rows (paper, section 2.3)


@dataclasses.dataclass(frozen=True)
class Columns:
  """What is known of the rows before they are declared.

  Attributes:
    source: the class and the arguments of the source, as a declaration writes them.
    types: type of each column, as in rows.py; in the order of the columns.
    labels: for each column that looks like a label, its distinct values or the names of its
      classes, in order, as texts.
    values: the same values as they are stored in files; empty for TFDS.
    lengths: mean characters of text columns, as far as known.
    ranges: least and greatest value of float columns in files.
    keys: for a column that lists options, the column that lists their labels.
    sample: some rows as plain values; none for TFDS.
    blank: columns that are empty in some rows.
    mostly_blank: columns that are empty in half of the rows or more.
    unlabeled: for a column, the splits in which every row is empty or -1.
    sizes: rows of each split, where they are known.
    shared: for a text column, the number of test rows with a text that a training row has too.
    uneven: label columns that lack a value in the training slice, or have one value in some slice.
    nested: nested columns are read as `row['a']['b']`, not as `row['a/b']`.
    cells: the columns are cells of CSV files, which are texts unless the declaration gives a type.
    notes: messages for the user.
  """

  source: tuple[str, Mapping[str, Any]]
  types: Mapping[str, type]
  labels: Mapping[str, tuple[str, ...]]
  values: Mapping[str, tuple[Any, ...]] = dataclasses.field(default_factory=dict)
  lengths: Mapping[str, float] = dataclasses.field(default_factory=dict)
  ranges: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
  keys: Mapping[str, str] = dataclasses.field(default_factory=dict)
  sample: tuple[Mapping[str, Any], ...] = ()
  blank: frozenset[str] = frozenset()
  mostly_blank: frozenset[str] = frozenset()
  unlabeled: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
  sizes: Mapping[str, int] = dataclasses.field(default_factory=dict)
  shared: Mapping[str, int] = dataclasses.field(default_factory=dict)
  uneven: tuple[str, ...] = ()
  nested: bool = False
  cells: bool = False
  notes: tuple[str, ...] = ()


# ---- Files ----


def columns_of_files(
    paths: Mapping[str, str], folder: str, skip_bad_rows: bool = False,
    column_names: Sequence[str] = ()
) -> Columns:
  """Looks at all rows of files.

  Args:
    paths: a file by split. A split without a file gets a tenth of the training rows.
    folder: folder of the declaration; files in it are named relative to it.
    skip_bad_rows: leave out malformed rows.
    column_names: of CSV files without a header.

  Raises:
    UserError: a file is missing, a row is malformed, or there are too few rows.
  """
  how, notes = {'on_bad_row': 'skip'} if skip_bad_rows else {}, ()
  first = epath.Path(Files(**paths).piece('train')[0])
  is_csv = first.suffix.lower() in ('.csv', '.tsv')
  if column_names and not is_csv:
    raise UserError(f'{first} is no CSV file', '--column_names', 'Other files name their columns.')
  if is_csv and first.exists() and not first.is_dir():
    form = csv_form.detect(first, column_names)
    how |= {name: value for name, value in dataclasses.asdict(form).items() if value}
    notes = tuple(_form_notes(form, is_given=bool(column_names)))
  read = files.tables(Files(**paths, **how))
  types = _types_of_cells(read) if is_csv else {}
  if types:
    read = files.tables(Files(**paths, **how, columns=types))
  slices = _slices(paths, read.intervals['train'].size)
  if slices != paths:
    how |= {'seed': SEED}
    read = files.tables(Files(**slices, **how, columns=types))
  named = {split: _relative(piece, folder) for split, piece in slices.items()}
  beside = {'beside': '__file__'} if named != slices or not _is_elsewhere(paths) else {}
  return dataclasses.replace(
      _known(read), source=('Files', named | beside | how), cells=is_csv, notes=notes)


def _form_notes(form: csv_form.CsvForm, is_given: bool) -> Iterable[str]:
  if form.delimiter:
    yield f'Cells are separated by {form.delimiter!r}.'
  if is_given:
    yield 'The first line of the file is read as a row, because --column_names names the columns.'
  elif form.column_names:
    yield (f'The file has no header. Its columns are called {", ".join(form.column_names)}; '
           'rename them with --column_names=NAME,NAME.')


def _types_of_cells(read: files.Tables) -> dict[str, type]:
  """Types of the CSV columns in which all cells are numbers, booleans or lists of texts."""
  types = {}
  for name in read.types:
    cells = [text.decode(errors='replace') for split in _values(read, name).values()
             for text in split]
    kind = next((kind for kind, is_one in _CELLS if all(map(is_one, cells))), None)
    if kind:
      types[name] = kind
  return types


def _is_list(cell: str) -> bool:
  try:
    value = json.loads(cell) if cell[:1] == '[' else None
  except ValueError:
    return False
  return isinstance(value, list) and all(isinstance(v, str) for v in value)


_CELLS = (
    (int, lambda cell: re.fullmatch(r'-?(0|[1-9]\d{0,17})', cell)),
    (float, lambda cell: csv_form.is_number(cell) and math.isfinite(float(cell))),
    (bool, lambda cell: cell.lower() in ('true', 'false')),
    (list, _is_list),
)


def _slices(paths: Mapping[str, str], size: int) -> dict[str, str]:
  """The file of each split; splits without a file get slices of the training file."""
  lacking = [split for split in ('validation', 'test') if split not in paths]
  if not lacking:
    return dict(paths)
  if size < 1 + len(lacking):
    raise UserError(
        f'{size} rows cannot be divided into training, {" and ".join(lacking)}', paths['train'],
        f'Give at least {1 + len(lacking)} rows, or --validation and --test files.')
  path, share = paths['train'], max(1, size // 10)
  start = size - share * len(lacking)
  bounds = [0, *range(start, size + 1, share)]
  pieces = [f'{path}[{a or ""}:{b if b < size else ""}]' for a, b in zip(bounds, bounds[1:])]
  named = paths | dict(zip(['train', *lacking], pieces))
  return {split: named[split] for split in ('train', 'validation', 'test')}


def _is_elsewhere(paths: Mapping[str, str]) -> bool:
  """Whether every path is absolute or remote."""
  return not any(storage.is_local(path) and not os.path.isabs(path) for path in paths.values())


def _relative(piece: str, folder: str) -> str:
  """A local path relative to `folder` if the file is inside, else its absolute path."""
  if not storage.is_local(piece):
    return piece
  full, folder = os.path.abspath(piece), os.path.abspath(folder)
  return os.path.relpath(full, folder) if full.startswith(folder + os.sep) else full


def _values(read: files.Tables, name: str) -> dict[str, list]:
  """The values of a column by split. Texts are bytes; list columns give lists."""
  values = {}
  for split, interval in read.intervals.items():
    column = read.tables[interval.split].columns[name]
    part = column[interval.start:interval.stop]
    values[split] = part.to_list() if read.types[name] is list else part.numpy().tolist()
  return values


def _known(read: files.Tables) -> Columns:
  """What the rows of files show. The caller fills in `source`."""
  values = {name: _values(read, name) for name in read.types}
  everything = {name: [v for split in v.values() for v in split] for name, v in values.items()}
  empty = {name: [_is_blank(v) for v in column] for name, column in everything.items()}
  labels = {name: found for name, column in everything.items()
            if read.types[name] is not list and (found := _labels(column, read.types[name]))}
  texts = lambda value: value.decode() if isinstance(value, bytes) else (
      list(map(texts, value)) if isinstance(value, list) else value)
  size = min(read.intervals['train'].size, _SAMPLED)
  return Columns(
      ('Files', {}), read.types,
      {name: tuple(map(_label_text, found)) for name, found in labels.items()}
      | {name: ('no', 'yes') for name, kind in read.types.items() if kind is bool},
      values=dict(labels),
      lengths={name: sum(map(len, column)) / len(column) for name, column in everything.items()
               if read.types[name] is str},
      ranges={name: (min(column), max(column)) for name, column in everything.items()
              if read.types[name] is float and all(map(math.isfinite, column))},
      keys=_keys(read.types, [name for name, kind in read.types.items() if kind is list]),
      sample=tuple(
          {name: texts(v['train'][row]) for name, v in values.items()} for row in range(size)),
      blank=frozenset(name for name, flags in empty.items() if any(flags)),
      mostly_blank=frozenset(name for name, flags in empty.items() if 2 * sum(flags) >= len(flags)),
      unlabeled={name: splits for name, v in values.items()
                 if (splits := tuple(s for s, column in v.items() if _has_no_labels(column)))},
      sizes={split: interval.size for split, interval in read.intervals.items()},
      shared={name: sum(text in train for text in column['test'])
              for name, column in values.items() if read.types[name] is str
              for train in [set(column['train'])]},
      uneven=tuple(name for name in labels if _is_uneven(values[name])))


def _is_blank(value: Any) -> bool:
  """Whether a text, or the first text of a list, is empty or only white space."""
  if isinstance(value, list):
    return not value or not value[0].strip()
  return isinstance(value, bytes) and not value.strip()


def _has_no_labels(column: Sequence[Any]) -> bool:
  return all(_is_blank(v) or (v == -1 and not isinstance(v, bool)) for v in column)


def _labels(column: Sequence[Any], kind: type) -> tuple[Any, ...]:
  """The distinct values of a column in order, without empty ones, if they look like labels."""
  if kind is bool:
    return (False, True)
  distinct = sorted({v.strip() if isinstance(v, bytes) else v for v in column} - {b''})
  if not 2 <= len(distinct) <= MOST_OPTIONS or len(column) < _ROWS_AN_OPTION * len(distinct):
    return ()
  if kind is float:
    return tuple(map(int, distinct)) if all(float(v).is_integer() for v in distinct) else ()
  if kind is str:
    distinct = [text.decode() for text in distinct]
    return tuple(distinct) if max(map(len, distinct)) <= _LONGEST_OPTION else ()
  return tuple(distinct)


def _label_text(label: Any) -> str:
  return label if isinstance(label, str) else str(label)


def _is_uneven(values: Mapping[str, list]) -> bool:
  """Whether the training slice lacks a label, or a slice has fewer than two."""
  found = {split: set(column) for split, column in values.items()}
  lacking = set().union(*found.values()) - found['train']
  return bool(lacking) or min(map(len, found.values())) < 2


def _keys(types: Iterable[str], lists: Sequence[str]) -> dict[str, str]:
  """By column of option texts, such as `choices/text`, the column of labels: `choices/label`."""
  keys = {}
  for name in lists:
    match = re.fullmatch(r'(.+[/._])(text|value)', name, re.DOTALL | re.IGNORECASE)
    for end in ('key', 'label') if match else ():
      if f'{match[1]}{end}' in types:
        keys[name] = f'{match[1]}{end}'
  return keys


# ---- TFDS ----


def columns_of_tfds(name: str) -> Columns:
  """Reads the schema of a TFDS dataset from its code or from the given data directory.

  Raises:
    UserError: there is no such dataset, or its schema is unknown until it is prepared.
  """
  import tensorflow_datasets as tfds

  remedy = f'Prepare it with: tfds build {name} --data_dir=DIR; then give --tfds_data_dir=DIR.'
  try:
    directory = tfds_source.given_data_dir()
    builder = tfds_builders.builder(name, directory)
    features, splits = builder.info.features, list(builder.info.splits or ())
  except tfds.core.DatasetNotFoundError as error:
    close = nearest(re.split('[/:]', name)[0], tfds.list_builders(with_community_datasets=False))
    raise UserError(f'TFDS has no dataset {name!r}', '--tfds', close or remedy) from error
  except Exception as error:  # pylint: disable=broad-except
    # The builder runs its own code here, which may raise anything.
    raise UserError(f'TFDS cannot give the schema of {name!r}: {error}', '--tfds',
                    remedy) from error
  if features is None:
    raise UserError(f'the schema of {name!r} is unknown until it is prepared', '--tfds', remedy)
  path, _, version = builder.info.full_name.rpartition('/')
  full_name = f'{path}:{version}'
  shipped = _splits_of_shipped(path)
  if shipped and 'test' not in shipped:  # its rows have no labels
    splits = [split for split in splits if split != 'test']
  known = splits or shipped or _splits_in_code(builder)
  slices = tfds_slices(known)
  notes = () if splits or shipped else (_splits_note(name, known),)
  types, lists = _flat_types(features.get_tensor_spec())
  labels = {}
  if schema := tfds_schema.schema(full_name):
    labels = {
        column: ('no', 'yes') if types.get(column) is bool else tuple(
            name.replace('_', ' ') for name in names)
        for column, names in schema.labels.items() if len(names) <= MOST_OPTIONS}
  return Columns(
      ('Tfds', {'name': full_name} | slices), types, labels, nested=True, notes=notes,
      keys=_keys(lists, [name for name in lists if types.get(name) is list]))


def _splits_note(name: str, known: Sequence[str]) -> str:
  said = f'the code of {name} names {", ".join(known)}' if known else (
      f'the code of {name} names none, so all slices are taken from train')
  return (f'The splits are unknown until the data is prepared; {said}. Check the slices again '
          'then.')


def _splits_of_shipped(path: str) -> list[str]:
  """The splits of this data that the shipped declarations read."""
  pieces = [piece for dataset in declarations.shipped().values()
            if dataset.source.name.split(':')[0] == path
            for piece in dataset.source.slices.values()]
  return list(dict.fromkeys(map(base_split, pieces)))


def _splits_in_code(builder: Any) -> list[str]:
  """The usual splits that a builder's code names. Used while the data is not prepared."""
  try:
    tree = ast.parse(textwrap.dedent(inspect.getsource(type(builder)._split_generators)))
  except (OSError, SyntaxError, TypeError):
    return []
  named = {node.attr.lower() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
           and node.attr.isupper()}
  for node in ast.walk(tree):
    texts = node.keys if isinstance(node, ast.Dict) else [
        k.value for k in node.keywords if k.arg == 'name'] if isinstance(node, ast.Call) else []
    named |= {t.value for t in texts if isinstance(t, ast.Constant)}
  return [split for split in _USUAL_SPLITS if split in named]


def tfds_slices(splits: Sequence[str]) -> dict[str, str]:
  """The slices of a declaration: existing splits, and parts of the training split for the others.

  Without a test split, the validation split is the test slice, as in the paper.
  """
  found = [s for s in ('validation', 'dev') if s in splits][:1] + ['test'] * ('test' in splits)
  if splits and 'train' not in splits:
    return dict(zip(('validation', 'test') if len(found) > 1 else ('test',), found))
  given = {'test': found[-1]} if found else {}
  if len(found) > 1:
    return {'train': 'train', 'validation': found[0], **given}
  lacking = [split for split in ('validation', 'test') if split not in given]
  bounds = [-_HELD_OUT * n or '' for n in range(len(lacking), -1, -1)]
  pieces = [f'train[{a}:{b}]' for a, b in zip(bounds, bounds[1:])]
  return {'train': f'train[:{bounds[0]}]', **dict(zip(lacking, pieces)), **given}


def _flat_types(spec: Mapping[str, Any], prefix: str = '') -> tuple[dict[str, type], list[str]]:
  """Types of the columns of texts, numbers, booleans and lists of texts; names of list columns."""
  types, lists = {}, []
  for name, inner in spec.items():
    if isinstance(inner, Mapping):
      inner_types, inner_lists = _flat_types(inner, f'{prefix}{name}/')
      types, lists = types | inner_types, [*lists, *inner_lists]
    elif hasattr(inner, 'dtype') and len(inner.shape) <= 1:
      dtype, kind = inner.dtype, None
      if len(inner.shape) == 1:
        lists.append(f'{prefix}{name}')
        kind = list if dtype.name == 'string' else None
      elif dtype.name in ('string', 'bool'):
        kind = str if dtype.name == 'string' else bool
      elif dtype.is_integer or dtype.is_floating:
        kind = int if dtype.is_integer else float
      if kind:
        types[f'{prefix}{name}'] = kind
  return types, lists
