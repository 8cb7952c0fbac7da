"""Renders excerpts of real datasets, one file a declaration, for people to read.

  python -m tests.regenerate.golden_renderings [declaration ...]

writes tests/tasks/golden/<declaration>.txt from the repository's root, for all declarations whose
excerpts are at hand where none is named. Read what has changed before you keep it: that it reads
well and is right is what the files vouch for. tests/tasks/test_golden.py compares them.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
import json
import pathlib
import sys
import tempfile
from typing import Any

import seqio
import tensorflow as tf
import tensorflow_datasets as tfds

from flan_jax.data import keeping, registry, source
from flan_jax.data import own_features as own
from flan_jax.data.dataset import Dataset
from flan_jax.data.sources.slices import base_split
from tests.conftest import REAL_ROWS

GOLDEN = pathlib.Path(__file__).parents[1] / 'tasks/golden'
EVALUATED = 3  # rows shown as evaluation sees them, the last ones
LONGEST_LINE = 400  # characters of a rendering's line that are kept, so that no text is given away
NOTES = {
    'openbookqa': 'The excerpt has no facts (fact1 is empty); the data itself has one in each row.',
    'paws_wiki': 'The excerpt is of the tokenized rows; the declaration reads the raw ones.',
    'squad_v1': 'The excerpt for validation has no titles and answers: all rows are from training.',
}
STANDS_FOR = {  # datasets whose excerpts are of another configuration, with the same columns
    'paws_wiki/labeled_final_raw': 'paws_wiki', 'super_glue/wsc.fixed': 'super_glue/wsc'}
FLAWED = (  # beginnings of questions to which the excerpts give a wrong answer
    'A broken bone heals', 'A student wants to find the relationship between the diameter',
    'where is the time zone change')

Row = Mapping[str, Any]


def main(names: Sequence[str]):
  registry.load_shipped()
  for name in names or [d.name for d in registry.datasets().values() if excerpts(d).exists()]:
    dataset = registry.find_dataset(name)
    rows = {path.stem: [json.loads(line) for line in path.read_text().splitlines()]
            for path in excerpts(dataset).glob('*.jsonl')}
    with tempfile.TemporaryDirectory() as directory:
      (GOLDEN / f'{name}.txt').write_text(golden(dataset, rows, directory))
    print(name)


def excerpts(dataset: Dataset) -> pathlib.Path:
  """Where the real rows of a declaration are, or would be."""
  return REAL_ROWS / excerpt_name(dataset).replace('/', '__')


def excerpt_name(dataset: Dataset) -> str:
  """The TFDS name, without a version, of the dataset that the excerpts are of."""
  return STANDS_FOR.get(tfds_name(dataset), tfds_name(dataset))


def tfds_name(dataset: Dataset) -> str:
  return dataset.source.name.partition(':')[0]


def golden(dataset: Dataset, rows: Mapping[str, Sequence[Row]], directory: str) -> str:
  """A declaration's golden text: each template with another row, then rows as evaluation has them.

  Args:
    dataset: the declaration.
    rows: its real rows by TFDS split.
    directory: an empty one, where the rows needed are written as prepared TFDS data.
  """
  _write(dataset, choose_rows(dataset, rows), directory)
  seqio.set_tfds_data_dir_override(directory)
  source.allow_redrawing(True)
  try:
    heading = f'{dataset.name}: rows of {dataset.source.name}. {NOTES.get(dataset.name, "")}'
    return '\n'.join([heading.strip(), *_training(dataset), *_evaluation(dataset), ''])
  finally:
    seqio.set_tfds_data_dir_override(None)
    source.allow_redrawing(False)


def choose_rows(dataset: Dataset, rows: Mapping[str, Sequence[Row]]) -> list[Row]:
  """As many rows as templates, spread over the training excerpt; the last ones are of the split
  to report on where there is another one, and it has rows without flaws."""
  train, test = (base_split(dataset.source.slices[use]) for use in ('train', 'test'))
  count = len(dataset.templates)
  last = _sound_rows(dataset, rows[test], EVALUATED) if test != train else []
  first = _sound_rows(dataset, rows[train], count - len(last)) or rows[train][: count - len(last)]
  return [*first, *last]


def _sound_rows(dataset: Dataset, rows: Sequence[Row], count: int) -> list[Row]:
  """The last sound row in each of so many equal parts; none if there is a part without."""
  chosen = []
  for i in range(count):
    part = rows[i * len(rows) // count:(i + 1) * len(rows) // count]
    sound = next((row for row in reversed(part) if _is_sound(dataset, row)), None)
    if sound is None:
      return []
    chosen.append(sound)
  return chosen


def _is_sound(dataset: Dataset, row: Row) -> bool:
  """Whether a row is kept, none of its fields is empty and it is not known to be flawed."""
  if str(row.get('question')).startswith(FLAWED):
    return False
  row = {name: tf.zeros([0], tf.string) if value == [] else value for name, value in row.items()}
  return not keeping.why_left_out(dataset, row) and all(
      bool(tf.reduce_all(f != '')) for f in dataset.row_fields(row).values())


def _write(dataset: Dataset, rows: list[Row], directory: str) -> None:
  """Writes the rows as the training split, three times over so that its parts for validation and
  test have enough of them, and the last ones as every other split."""
  name, _, config = tfds_name(dataset).partition('/')
  splits = {base_split(piece): rows[-EVALUATED:] for piece in dataset.source.slices.values()}
  splits[base_split(dataset.source.train)] = rows * 3
  tfds.dataset_builders.store_as_tfds_dataset(
      name=name, version=dataset.source.name.split(':')[1], data_dir=directory,
      features=tfds.builder(dataset.source.name, try_gcs=False).info.features,
      split_datasets={split: list(enumerate(rows)) for split, rows in splits.items()},
      disable_shuffling=True,
      **({'config': config} if config else {}))


def _training(dataset: Dataset) -> Iterator[str]:
  """The first rows as training meets them, in the order of their templates."""
  examples = seqio.TaskRegistry.get(dataset.name).get_dataset(None, 'train', shuffle=False)
  for number, example in enumerate(examples.take(len(dataset.templates)).as_numpy_iterator()):
    assert example[own.TEMPLATE] == number, f'{dataset.name}: row {number} has been left out'
    turned = ', turned around' if dataset.templates[number].turned_around else ''
    yield from ('', f'-- template {number}{turned} --')
    yield from _block('inputs', example['inputs_pretokenized'].decode())
    yield from _block('targets', example['targets_pretokenized'].decode())


def _evaluation(dataset: Dataset) -> Iterator[str]:
  """Rows to report on, with what evaluation holds an answer against."""
  number = dataset.forward_templates[0]
  task = seqio.TaskRegistry.get(registry.evaluation_task_name(dataset, number))
  examples = task.get_dataset(None, 'test', shuffle=False).take(EVALUATED).as_numpy_iterator()
  for example in examples:
    target = example['targets_pretokenized'].decode()
    reference = task.postprocess_fn(target, example=example, is_target=True)
    yield from ('', f'-- evaluation, template {number} --')
    yield from _block('inputs', reference.inputs)
    for i, option in enumerate(reference.options):
      yield from _block('right' if i in reference.right_options else 'wrong', option)
    for answer in reference.answers:
      yield from _block('answer', answer)


def _block(heading: str, text: str) -> Iterable[str]:
  first, *others = (_shortened(line) for line in text.split('\n'))
  return [f'{heading:7} |{first}', *(f'{"":7} |{line}' for line in others)]


def _shortened(line: str) -> str:
  half = LONGEST_LINE // 2
  cut = len(line) - LONGEST_LINE
  return line if cut <= 0 else f'{line[:half]}[... {cut} characters ...]{line[-half:]}'


if __name__ == '__main__':
  main(sys.argv[1:])
