"""Renders rows of the sample world, one file a declaration, for people to read.

  python -m tests.regenerate.golden_renderings [declaration ...]

writes tests/tasks/golden/<declaration>.txt from the repository's root, for all declarations where
none is named. Read what has changed before you keep it: that it reads well and is right is what
the files vouch for. tests/tasks/test_golden.py compares them.
"""
from collections.abc import Iterable, Iterator, Sequence
import pathlib
import sys

from flan_jax.data import own_features as own
from flan_jax.data import registry
from flan_jax.data.dataset import Dataset

GOLDEN = pathlib.Path(__file__).parents[1] / 'tasks/golden'
EVALUATED = 2  # rows shown as evaluation sees them
LONGEST_LINE = 400  # characters of a rendering's line that are kept


def main(names: Sequence[str]):
  registry.load_shipped()
  for name in names or list(registry.datasets()):
    (GOLDEN / f'{name}.txt').write_text(golden(registry.find_dataset(name)))
    print(name)


def golden(dataset: Dataset) -> str:
  """A declaration's golden text: each template with another row, then rows as evaluation has them.

  Rows are those of the sample world, which anybody has.
  """
  heading = f'{dataset.name}: rows of the sample world for {dataset.source.name}.'
  shown = _training(dataset) if dataset.source.train else ()
  return '\n'.join([heading, *shown, *_evaluation(dataset), ''])


def _training(dataset: Dataset) -> Iterator[str]:
  """The first rows as training meets them, in the order of their templates."""
  examples = _examples(dataset.name, 'train', 2 * len(dataset.templates))
  by_template = {int(example[own.TEMPLATE]): example for example in reversed(examples)}
  for number, example in sorted(by_template.items()):
    turned = ', turned around' if dataset.templates[number].turned_around else ''
    yield from ('', f'-- template {number}{turned} --')
    yield from _block('inputs', example['inputs_pretokenized'].decode())
    yield from _block('targets', example['targets_pretokenized'].decode())


def _evaluation(dataset: Dataset) -> Iterator[str]:
  """Rows to report on, with what evaluation holds an answer against."""
  number = dataset.forward_templates[0]
  name = registry.evaluation_task_name(dataset, number)
  for example in _examples(name, 'test', EVALUATED):
    target = example['targets_pretokenized'].decode()
    reference = registry.find_task(name).postprocess_fn(target, example=example, is_target=True)
    yield from ('', f'-- evaluation, template {number} --')
    yield from _block('inputs', reference.inputs)
    for i, option in enumerate(reference.options):
      yield from _block('right' if i in reference.right_options else 'wrong', option)
    for answer in reference.answers:
      yield from _block('answer', answer)


def _examples(task: str, split: str, count: int) -> list:
  examples = registry.find_task(task).get_dataset(
      None, split, shuffle=False, num_epochs=1, try_in_mem_cache=False)
  return list(examples.take(count).as_numpy_iterator())


def _block(heading: str, text: str) -> Iterable[str]:
  first, *others = (_shortened(line) for line in text.split('\n'))
  return [f'{heading:7} |{first}', *(f'{"":7} |{line}' for line in others)]


def _shortened(line: str) -> str:
  half = LONGEST_LINE // 2
  cut = len(line) - LONGEST_LINE
  return line if cut <= 0 else f'{line[:half]}[... {cut} characters ...]{line[-half:]}'


if __name__ == '__main__':
  main(sys.argv[1:])
