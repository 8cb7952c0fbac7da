"""A first declaration for rows nobody has declared yet: which column is what.

`columns_of_files` and `columns_of_tfds` look at the rows or their schema, `outline` decides what
serves as input, answer and options, and new_task_text.py writes it down, for a person to edit.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import os
import re
from typing import Any

from flan_jax import paths as paths_lib
from flan_jax.data import builders, files, probe, source
from flan_jax.data.files import Files
from flan_jax.errors import UserError, nearest

# Names of columns, the likelier ones first. Columns of nested objects go by their outer names.
_ANSWERS = ('answer', 'target', 'label', 'output', 'completion', 'response', 'answers', 'targets',
            'labels', 'summary', 'highlights', 'translation', 'sentiment', 'category', 'class',
            'topic', 'intent', 'rating', 'score')
_CHOICES = ('options', 'choices', 'candidates', 'endings')
_REQUESTS = ('instruction', 'instructions', 'prompt')
_REQUESTS_MORE = ('input', 'context')
_CONVERSATIONS = ('messages/content', 'conversations/value')
_NO_INPUTS = re.compile(r'(.*_)?(id|ids|idx|index|uid|uuid|guid|url|split|source|date)', re.I)

MOST_OPTIONS = 20
_LONGEST_OPTION = 60  # characters
_ROWS_AN_OPTION = 3  # fewer rows for each different answer do not look like labels
_SHORT_ANSWER = 40  # characters; longer ones are judged by ROUGE


@dataclasses.dataclass(frozen=True)
class Columns:
  """What is known of the rows before they are declared.

  Attributes:
    source: how a declaration names them: the class, and its arguments by name.
    types: type of each column, as in rows.py; in the order of the columns.
    labels: for each column that looks like a label, what its values stand for, in order.
    lengths: mean characters of text columns, as far as known.
    nested: columns of nested objects are reached as `row['a']['b']`, not `row['a/b']`.
    uneven: label columns of which the training slice lacks a value, or a slice has only one.
  """

  source: tuple[str, Mapping[str, Any]]
  types: Mapping[str, type]
  labels: Mapping[str, tuple[str, ...]]
  lengths: Mapping[str, float]
  nested: bool = False
  uneven: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Outline:
  """What a declaration will say.

  Attributes:
    name, cluster: of the dataset.
    columns: where its rows are from.
    inputs: columns that a prompt shows.
    target: column of the answer.
    options: fixed options, or the column of each row's own, or None for a free answer.
    metric: name of the metric.
    is_request: the inputs are instructions already.
  """

  name: str
  cluster: str
  columns: Columns
  inputs: tuple[str, ...]
  target: str
  options: tuple[str, ...] | str | None
  metric: str
  is_request: bool


# ---- What is known of the rows ----


def columns_of_files(
    paths: Mapping[str, str], folder: str, skip_bad_rows: bool = False
) -> Columns:
  """Looks at all rows of files.

  Args:
    paths: a file by split; where there is `train` alone, its rows are divided 8 : 1 : 1.
    folder: where the declaration will be; files in it are named relative to it.
    skip_bad_rows: leave out rows that do not fit.

  Raises:
    UserError: a file is missing, rows do not fit, or there are too few.
  """
  more = {'on_bad_row': 'skip'} if skip_bad_rows else {}
  read = files.tables(Files(**paths, **more))
  slices = dict(paths)
  if set(paths) == {'train'}:
    slices = _eighths(paths['train'], read.intervals['train'].size)
  read = files.tables(Files(**slices, **more))
  named = {split: _relative(piece, folder) for split, piece in slices.items()}
  beside = {'beside': '__file__'} if named != slices or not _is_elsewhere(paths) else {}
  values = {name: _values(read, name) for name, kind in read.types.items() if kind in (str, int)}
  labels = {name: label for name, split in values.items() if (label := _labels(split))}
  labels |= {name: ('no', 'yes') for name, kind in read.types.items() if kind is bool}
  return Columns(
      ('Files', named | beside | more), read.types, labels,
      {name: _mean_length(v) for name, v in values.items() if read.types[name] is str},
      uneven=tuple(name for name in labels if name in values and _is_uneven(values[name])))


def _eighths(path: str, size: int) -> dict[str, str]:
  if size < 3:
    raise UserError(f'{size} rows cannot be divided into training, validation and test', path,
                    'Give at least three, or --validation and --test files.')
  held_out = max(1, size // 10)
  train, validation = size - 2 * held_out, size - held_out
  return {'train': f'{path}[:{train}]', 'validation': f'{path}[{train}:{validation}]',
          'test': f'{path}[{validation}:]'}


def _is_elsewhere(paths: Mapping[str, str]) -> bool:
  """Whether all files are named by where they are on the machine or the network."""
  return not any(paths_lib.is_local(path) and not os.path.isabs(path) for path in paths.values())


def _relative(piece: str, folder: str) -> str:
  """A local file as seen from `folder` if it is in there, else by its full path."""
  if not paths_lib.is_local(piece):
    return piece
  full, folder = os.path.abspath(piece), os.path.abspath(folder)
  return os.path.relpath(full, folder) if full.startswith(folder + os.sep) else full


def _values(read: files.Tables, name: str) -> dict[str, list]:
  """The values of a column by split."""
  values = {}
  for split, interval in read.intervals.items():
    column = read.tables[interval.split].columns[name]
    values[split] = column[interval.start:interval.stop].numpy().tolist()
  return values


def _labels(values: Mapping[str, list]) -> tuple[str, ...]:
  """The different values of a column, if they look like labels."""
  everything = [value for split in values.values() for value in split]
  distinct = sorted(set(everything))
  if not 2 <= len(distinct) <= MOST_OPTIONS or len(everything) < _ROWS_AN_OPTION * len(distinct):
    return ()
  if isinstance(distinct[0], int):
    return tuple(map(str, distinct)) if distinct == list(range(len(distinct))) else ()
  texts = tuple(dict.fromkeys(t.decode().strip() for t in distinct))
  usable = all(texts) and len(texts) > 1 and max(map(len, texts)) <= _LONGEST_OPTION
  return texts if usable else ()


def _mean_length(values: Mapping[str, list]) -> float:
  lengths = [len(text) for split in values.values() for text in split]
  return sum(lengths) / len(lengths)


def _is_uneven(values: Mapping[str, list]) -> bool:
  """Whether slices differ in their labels, as those of a sorted file do."""
  found = {split: set(column) for split, column in values.items()}
  lacking = set().union(*found.values()) - found['train']
  return bool(lacking) or min(map(len, found.values())) < 2


def columns_of_tfds(name: str) -> Columns:
  """Looks at the schema of a TFDS dataset, in code or prepared in the given data directory.

  Raises:
    UserError: there is no such dataset, or TFDS does not know its schema before it is prepared.
  """
  import tensorflow_datasets as tfds

  remedy = f'Prepare it with: tfds build {name} --data_dir=DIR; then give --tfds_data_dir=DIR.'
  try:
    directory = source.given_data_dir('')  # SeqIO would want a version with the name
    builder = builders.builder(name, directory)
    features, splits = builder.info.features, dict(builder.info.splits or {})
  except tfds.core.DatasetNotFoundError as error:
    close = nearest(re.split('[/:]', name)[0], tfds.list_builders(with_community_datasets=False))
    raise UserError(f'TFDS has no dataset {name!r}', '--tfds', close or remedy) from error
  except Exception as error:  # pylint: disable=broad-except
    # Datasets run code of their own here; whatever it raises, the schema is not to be had.
    raise UserError(f'TFDS cannot tell the schema of {name!r}: {error}', '--tfds',
                    remedy) from error
  if features is None:
    raise UserError(f'the schema of {name!r} is only known once it is prepared', '--tfds', remedy)
  path, _, version = builder.info.full_name.rpartition('/')
  full_name = f'{path}:{version}'
  types, labels = _flat_types(features.get_tensor_spec()), {}
  if schema := probe.schema_rows(full_name):
    labels = {
        column: ('no', 'yes') if types.get(column) is bool else tuple(
            name.replace('_', ' ') for name in names)
        for column, names in schema.labels.items() if len(names) <= MOST_OPTIONS}
  return Columns(('Tfds', {'name': full_name} | _tfds_slices(set(splits))), types, labels, {},
                 nested=True)


def _flat_types(spec: Mapping[str, Any], prefix: str = '') -> dict[str, type]:
  """Types of the columns that hold texts, numbers, truth values or lists of texts."""
  types = {}
  for name, inner in spec.items():
    if isinstance(inner, Mapping):
      types |= _flat_types(inner, f'{prefix}{name}/')
    elif hasattr(inner, 'dtype') and len(inner.shape) <= 1:
      dtype, kind = inner.dtype, None
      if len(inner.shape) == 1:
        kind = list if dtype.name == 'string' else None
      elif dtype.name in ('string', 'bool'):
        kind = str if dtype.name == 'string' else bool
      elif dtype.is_integer or dtype.is_floating:
        kind = int if dtype.is_integer else float
      if kind:
        types[f'{prefix}{name}'] = kind
  return types


def _tfds_slices(splits: set[str]) -> dict[str, str]:
  """The paper's way: 200 training rows choose the template, the validation set is reported."""
  test = next((s for s in ('validation', 'test') if s in splits), None)
  if test:
    return {'train': 'train[:-200]', 'validation': 'train[-200:]', 'test': test}
  return {'train': 'train[:-400]', 'validation': 'train[-400:-200]', 'test': 'train[-200:]'}


# ---- What serves as what ----


def outline(
    columns: Columns,
    name: str,
    cluster: str = 'own',
    inputs: Sequence[str] = (),
    target: str = '',
    options: str = '',
) -> Outline:
  """Decides what each column serves as; what is given is taken, the rest is guessed.

  Args:
    columns: what is known of the rows.
    name: of the dataset; letters, digits and _.
    cluster: of the dataset.
    inputs: columns to show in the prompt.
    target: column of the answer.
    options: the column of each row's options, or fixed options separated by commas.

  Raises:
    UserError: a column is not there, or nothing looks like an answer or an input.
  """
  for column in (*inputs, *([target] if target else [])):
    if column not in columns.types:
      raise UserError(f'rows have no column {column!r}', '--input, --target',
                      nearest(column, columns.types) or _known(columns))
  target = target or _guess_target(columns, inputs)
  chosen = _options(columns, options, target)
  inputs = tuple(inputs) or _guess_inputs(columns, target, chosen)
  if target in inputs and target not in _CONVERSATIONS:
    raise UserError(f'the column {target!r} cannot be both input and answer', '--input, --target')
  is_request = chosen is None and inputs[0].lower() in (*_REQUESTS, *_CONVERSATIONS)
  metric = 'accuracy' if chosen else 'squad' if _is_short(columns, target) else 'rouge'
  return Outline(name, cluster, columns, inputs, target, chosen, metric, is_request)


def _is_short(columns: Columns, target: str) -> bool:
  """Whether an answer is a name or a number; lists of references mostly are of such."""
  if columns.types[target] is list:
    return target not in _CONVERSATIONS
  return columns.lengths.get(target, _SHORT_ANSWER) < _SHORT_ANSWER


def _known(columns: Columns) -> str:
  return f'The columns are {", ".join(columns.types)}.'


def _guess_target(columns: Columns, inputs: Sequence[str]) -> str:
  free = [name for name in columns.types if name not in inputs]
  for column in _CONVERSATIONS:
    if columns.types.get(column) is list:
      return column
  for wanted in _ANSWERS:
    for name in free:
      if name.split('/')[0].lower() == wanted:
        return name
  labels = [name for name in free if name in columns.labels]
  if len(labels) == 1:
    return labels[0]
  raise UserError('no column looks like the answer', '--target',
                  f'Name it with --target=COLUMN. {_known(columns)}')


def _options(columns: Columns, options: str, target: str) -> tuple[str, ...] | str | None:
  """Given options, or those that the columns suggest."""
  if options in columns.types:
    if columns.types[options] is not list:
      raise UserError(f'the column {options!r} does not hold lists of texts', '--options')
    return options
  if options:
    chosen = tuple(option.strip() for option in options.split(','))
    if len(chosen) < 2:
      raise UserError(f'{options!r} is no column, nor options separated by commas', '--options',
                      nearest(options, columns.types))
    return chosen
  for name, kind in columns.types.items():
    if kind is list and name.split('/')[0].lower() in _CHOICES and name != target:
      return name
  return columns.labels.get(target)


def _guess_inputs(columns: Columns, target: str, options: Any) -> tuple[str, ...]:
  if target in _CONVERSATIONS:
    return (target,)
  texts = [name for name, kind in columns.types.items()
           if kind is str and name not in (target, options) and not _NO_INPUTS.fullmatch(name)]
  by_name = {name.lower(): name for name in texts}
  requests = [by_name[wanted] for wanted in _REQUESTS if wanted in by_name]
  if requests and options is None:
    return (requests[0], *(by_name[more] for more in _REQUESTS_MORE if more in by_name))
  # `label_text` beside `label` would give the answer away.
  inputs = [name for name in texts if not name.lower().startswith(f'{target.lower()}_')]
  if not inputs:
    raise UserError('no column looks like an input', '--input',
                    f'Name them with --input=COLUMN. {_known(columns)}')
  return tuple(inputs)
