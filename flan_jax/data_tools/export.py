"""Writes rendered mixtures as JSONL or Parquet files, for other trainers.

Examples are read from the SeqIO tasks one after another, so only a few rows are in memory at once.
Foreign tasks are written too. A record has the fields of `Record`.
"""
from collections.abc import Iterator, Mapping, Sequence
import contextlib
import dataclasses
import itertools
import json
from typing import Any

from etils import epath
import numpy as np
import seqio
import tensorflow as tf

from flan_jax import storage
from flan_jax.data import mixtures, registry
from flan_jax.data import own_features as own
from flan_jax.data.dataset import ANSWERS_FIELD, Dataset
from flan_jax.data.preprocess import map_plain, rows_to_fields
from flan_jax.data.templates import field_names
from flan_jax.errors import UserError

FORMATS = ('jsonl', 'parquet')
DEALT, ALL = 'dealt', 'all'
_TEXTS = ('inputs_pretokenized', 'targets_pretokenized')
_READ_AT_ONCE = 32  # records; few, because `_draw` keeps every dataset of a mixture open
_ROWS_AT_ONCE = 1_000


@dataclasses.dataclass(frozen=True)
class Record:
  """A rendered example.

  Attributes:
    inputs: the whole text that a model reads.
    targets: the text that it should write.
    options: empty if the answer is free text, or if the template does not ask for it.
    option: the index of the right option; None if there are no options.
    answers: all answers that count as right, the reference first; just `targets` if the template
      does not ask for the answer.
    dataset: the declaration or the task that it comes from.
    cluster: the declaration's cluster; None for a foreign task.
    template: the number of the template, from 0; None for a foreign task.
    index: the index of its row in the slice, or of its example in a foreign task.
  """

  inputs: str
  targets: str
  options: list[str]
  option: int | None
  answers: list[str]
  dataset: str
  cluster: str | None
  template: int | None
  index: int


@dataclasses.dataclass(frozen=True)
class Request:
  """What to export.

  Attributes:
    names: mixture, task, dataset or cluster, or several of them.
    split: 'train', 'validation' or 'test'. The last two are read from the evaluation tasks, which
      have forward templates only.
    templates: 'dealt' renders a row once, and rows take the templates in turn, as in training;
      'all' renders a row with every template.
    num_examples: for 'train' the number of examples, drawn in the mixture's proportions. Small
      datasets repeat with other templates then, and `templates` has no effect. For other splits,
      the maximum number of rows of each dataset. None: everything, dataset after dataset.
    seed: the seed of the draws.
  """

  names: str | Sequence[str]
  split: str = 'train'
  templates: str = DEALT
  num_examples: int | None = None
  seed: int = 0


@dataclasses.dataclass(frozen=True)
class _Unit:
  """What is written under one name: a dataset with some of its templates, or a foreign task.

  Attributes:
    task: the SeqIO task.
    rate: its mixing rate.
    dataset: the declaration with the chosen templates only.
    numbers: the numbers of these templates in the full declaration.
  """

  task: seqio.Task
  rate: float = 1.0
  dataset: Dataset | None = None
  numbers: tuple[int, ...] = ()

  @property
  def name(self) -> str:
    return self.dataset.name if self.dataset else self.task.name


def export(request: Request, output: str, file_format: str | None = None, force: bool = False
           ) -> dict[str, int]:
  """Writes records to a file, or to a directory with a file for each dataset.

  Files are written under temporary names, and renamed when all of them are complete.

  Args:
    request: what to write.
    output: a path, local or `gs://`. It is one file if its name ends in .jsonl or .parquet, and
      otherwise a directory.
    file_format: 'jsonl' or 'parquet'; by default the file's suffix, or else 'jsonl'.
    force: overwrite existing files.

  Returns:
    Number of records in each file.

  Raises:
    UserError: a name is unknown, data is missing, or a file exists already.
  """
  target = epath.Path(storage.expand(output))
  file_format = _format(target, file_format)
  units = _units(request)
  is_file = target.suffix[1:] in FORMATS
  path_of = lambda name: target if is_file else target / f'{name}.{file_format}'
  taken = [p for p in dict.fromkeys(path_of(u.name) for u in units) if p.exists()]
  if taken and not force:
    raise UserError('it exists already', str(taken[0]), 'Name another --output, or add --force.')
  with storage.writing(output, '--output'), contextlib.ExitStack() as stack:
    files = _Files(file_format, stack)
    (target.parent if is_file else target).mkdir(parents=True, exist_ok=True)
    for name, record in _records(units, request):
      files.write(path_of(name), record)
    return files.finish()


def records(request: Request) -> Iterator[Record]:
  """The records that `export` writes, in its order."""
  return (record for _, record in _records(_units(request), request))


# ---- From tasks to records ----


def _records(units: Sequence[_Unit], request: Request) -> Iterator[tuple[str, Record]]:
  if request.split == 'train' and request.num_examples is not None:
    yield from _draw(units, request.num_examples, request.seed)
    return
  for unit in units:
    passes = max(1, len(unit.numbers)) if request.templates == ALL else 1
    for number in range(passes):  # each pass renders a row with another template
      rendered = _read(unit, request.split, first_pass=number)
      yield from ((unit.name, r) for r in itertools.islice(rendered, request.num_examples))


def _draw(units: Sequence[_Unit], count: int, seed: int) -> Iterator[tuple[str, Record]]:
  rates = np.array([unit.rate for unit in units])
  draws = np.random.default_rng(seed)
  opened = {}
  for first in range(0, count, _ROWS_AT_ONCE):
    size = min(_ROWS_AT_ONCE, count - first)
    for number in draws.choice(len(units), size, p=rates / rates.sum()):
      if number not in opened:
        opened[number] = _read(units[number], 'train', endless=True)
      yield units[number].name, next(opened[number])


def _units(request: Request) -> list[_Unit]:
  for name, value, known in (('split', request.split, ('train', 'validation', 'test')),
                             ('templates', request.templates, (DEALT, ALL))):
    if value not in known:
      raise UserError(f'{value!r} is not one of {", ".join(known)}', f'--{name}')
  if request.num_examples is not None and request.num_examples < 1:
    raise UserError(f'{request.num_examples} leaves nothing', '--num_examples', 'Name 1 or more.')
  chosen = mixtures.training_tasks(request.names) if request.split == 'train' else [
      (task, 1.0) for task in mixtures.evaluation_tasks(request.names)
      if request.split in task.splits]
  if not chosen:
    raise UserError(f'{request.names!r} has no {request.split} split', '--split')
  return _grouped(chosen)


def _grouped(chosen: Sequence[tuple[seqio.Task, float]]) -> list[_Unit]:
  """Groups the tasks by declaration: one unit for each."""
  units, numbers = {}, {}
  for task, rate in chosen:
    dataset = registry.declaration(task.name)
    unit = units.setdefault(
        registry.dataset_name(task.name), _Unit(task, rate, dataset))
    if dataset:
      numbers.setdefault(unit.name, []).extend(_template_numbers(task, dataset))
  return [_with_templates(unit, numbers[unit.name]) if unit.dataset else unit
          for unit in units.values()]


def _template_numbers(task: seqio.Task, dataset: Dataset) -> Sequence[int]:
  number = registry.template_number(task.name)
  return range(len(dataset.templates)) if number is None else (number,)


def _with_templates(unit: _Unit, numbers: Sequence[int]) -> _Unit:
  templates = tuple(unit.dataset.templates[number] for number in numbers)
  return dataclasses.replace(
      unit, dataset=dataclasses.replace(unit.dataset, templates=templates), numbers=tuple(numbers))


def _read(unit: _Unit, split: str, first_pass: int = 0, endless: bool = False
          ) -> Iterator[Record]:
  task, dataset, passes = unit.task, unit.dataset, None if endless else 1
  if dataset:
    task = registry.training_task(dataset, task.source, task.output_features, first_pass)
  examples = task.get_dataset(
      sequence_length=None, split=split, shuffle=False, num_epochs=passes, try_in_mem_cache=False)
  if not dataset:
    for index, example in enumerate(examples.as_numpy_iterator()):
      yield _foreign_record(task, index, example)
    return
  rows = _rows(dataset, task.source, split).repeat(passes)
  known = map_plain(tf.data.Dataset.zip((examples, rows)), lambda example, row: {
      **row, **{name: example[name] for name in _TEXTS}, 'template': example[own.TEMPLATE]})
  for batch in known.ragged_batch(_READ_AT_ONCE):
    columns = {name: _as_list(values) for name, values in batch.items()}
    for values in zip(*columns.values()):
      yield _record(unit, dict(zip(columns, values)))


def _as_list(values: tf.Tensor | tf.RaggedTensor) -> list[Any]:
  return values.to_list() if isinstance(values, tf.RaggedTensor) else values.numpy().tolist()


def _rows(dataset: Dataset, source: seqio.DataSource, split: str) -> tf.data.Dataset:
  """What a rendered example does not tell about its row, in the order of the examples."""

  def known(fields):
    options = () if dataset.options is None else dataset.row_options(fields)
    others = tf.reshape(
        tf.convert_to_tensor(fields.get(ANSWERS_FIELD, ()), tf.string), [-1])
    return {'index': fields[own.INDEX], 'options': tf.convert_to_tensor(options, tf.string),
            'answers': tf.concat([[fields[dataset.answer]], others], axis=0)}

  return map_plain(rows_to_fields(dataset)(source.get_dataset(split, shuffle=False)), known)


def _record(unit: _Unit, known: Mapping[str, Any]) -> Record:
  inputs, targets = (_text(known[name]) for name in _TEXTS)
  options, answers = [], [targets]
  if unit.dataset.answer in field_names(unit.dataset.templates[known['template']].targets):
    options = [_text(option) for option in known['options']]
    answers = list(dict.fromkeys(map(_text, known['answers'])))
  return Record(
      inputs=inputs,
      targets=targets,
      options=options,
      option=options.index(answers[0]) if answers[0] in options else None,
      answers=answers,
      dataset=unit.name,
      cluster=unit.dataset.cluster,
      template=unit.numbers[known['template']],
      index=known['index'],
  )


def _foreign_record(task: seqio.Task, index: int, example: Mapping[str, Any]) -> Record:
  """The record of a foreign task's example: its pretokenized texts, or its tokens decoded."""

  def text(feature: str) -> str:
    if f'{feature}_pretokenized' in example:
      return _text(example[f'{feature}_pretokenized'])
    if feature not in example:
      return ''
    tokens = [int(token) for token in np.ravel(example[feature])]
    return task.output_features[feature].vocabulary.decode(tokens)

  return Record(text('inputs'), text('targets'), [], None, [text('targets')], task.name, None, None,
                index)


def _text(value: bytes | str) -> str:
  return value.decode(errors='replace') if isinstance(value, bytes) else str(value)


# ---- Files ----


def _format(target: epath.Path, file_format: str | None) -> str:
  named = target.suffix[1:] if target.suffix[1:] in FORMATS else None
  if file_format and named and file_format != named:
    raise UserError(f'--format is {file_format}, but the name ends in .{named}', str(target))
  return file_format or named or FORMATS[0]


class _Files:
  """Files that get their names when the stack closes, and are deleted if that is for an error."""

  def __init__(self, file_format: str, stack: contextlib.ExitStack):
    self._open = {'jsonl': _JsonLines, 'parquet': _Parquet}[file_format]
    self._stack, self._writers = stack, {}

  def write(self, path: epath.Path, record: Record) -> None:
    if path not in self._writers:
      writer = self._open(self._stack.enter_context(storage.whole_file(path)))
      self._stack.callback(_close_quietly, writer)
      self._writers[path] = writer
    self._writers[path].write(record)

  def finish(self) -> dict[str, int]:
    """Closes all files before the first is renamed; returns the number of records in each."""
    for writer in self._writers.values():
      writer.close()
    return {str(path): writer.count for path, writer in self._writers.items()}


def _close_quietly(writer: '_JsonLines | _Parquet') -> None:
  with contextlib.suppress(OSError):  # on a full disk, closing fails like writing
    writer.close()


class _JsonLines:

  def __init__(self, path: epath.Path):
    self.count = 0
    # Records are written one by one into the temporary file of `storage.whole_file`.
    self._file = path.open('w', encoding='utf-8')

  def write(self, record: Record) -> None:
    self._file.write(json.dumps(dataclasses.asdict(record), ensure_ascii=False) + '\n')
    self.count += 1

  def close(self) -> None:
    self._file.close()


class _Parquet:

  def __init__(self, path: epath.Path):
    import pyarrow as pa
    from pyarrow import parquet

    texts = pa.list_(pa.string())
    self._schema = pa.schema({
        'inputs': pa.string(), 'targets': pa.string(), 'options': texts, 'option': pa.int32(),
        'answers': texts, 'dataset': pa.string(), 'cluster': pa.string(), 'template': pa.int32(),
        'index': pa.int64()})
    self.count = 0
    self._file = path.open('wb')
    self._writer, self._waiting = parquet.ParquetWriter(self._file, self._schema), []

  def write(self, record: Record) -> None:
    self._waiting.append(dataclasses.asdict(record))
    self.count += 1
    if len(self._waiting) == _ROWS_AT_ONCE:
      self._flush()

  def close(self) -> None:
    if not self._file.closed:
      self._flush()
      self._writer.close()
      self._file.close()

  def _flush(self) -> None:
    import pyarrow as pa

    self._writer.write_table(pa.Table.from_pylist(self._waiting, self._schema))
    self._waiting = []
