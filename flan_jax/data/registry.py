"""Declarations become SeqIO tasks, and are found again by name."""
from collections.abc import Iterable
import functools
import importlib

import seqio

from flan_jax.data import preprocess
from flan_jax.data.dataset import Dataset
from flan_jax.data.metrics import Reference
from flan_jax.data.source import TfdsSlices
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError, nearest

_DATASETS: dict[str, Dataset] = {}


def register(*datasets: Dataset) -> None:
  """Adds each dataset's SeqIO tasks: `<name>` for training, `<name>_template_<i>` for evaluation.

  Raises:
    UserError: the name is taken.
  """
  for dataset in datasets:
    if dataset.name in _DATASETS or dataset.name in seqio.TaskRegistry.names():
      raise UserError('this name is already registered', f'dataset {dataset.name}',
                      'Choose another name.')
    source, output_features = TfdsSlices(dataset.source), features()
    for task in (_training_task(dataset, source, output_features),
                 *_evaluation_tasks(dataset, source, output_features)):
      seqio.TaskRegistry.add_provider(task.name, task)
    _DATASETS[dataset.name] = dataset


def datasets() -> dict[str, Dataset]:
  """The registered declarations by name, in the order of registration."""
  return dict(_DATASETS)


def find_dataset(name: str) -> Dataset:
  """The declaration of this name. Raises UserError with the nearest name."""
  if name not in _DATASETS:
    raise UserError(f'there is no dataset {name!r}', '', nearest(name, _DATASETS))
  return _DATASETS[name]


def clusters() -> dict[str, tuple[Dataset, ...]]:
  """The registered declarations by cluster."""
  grouped = {}
  for dataset in _DATASETS.values():
    grouped[dataset.cluster] = (*grouped.get(dataset.cluster, ()), dataset)
  return grouped


def declaration(task_name: str) -> Dataset | None:
  """The declaration that a task comes from, or None for a task of somebody else's."""
  return _DATASETS.get(task_name.split('_template_')[0])


def evaluation_task_name(dataset: Dataset, template: int) -> str:
  return f'{dataset.name}_template_{template}'


def _training_task(dataset: Dataset, source: TfdsSlices, output_features) -> seqio.Task:
  return seqio.Task(
      dataset.name,
      source=source,
      preprocessors=[
          preprocess.rows_to_fields(dataset),
          seqio.CacheDatasetPlaceholder(),
          preprocess.deal_templates(dataset),
          preprocess.tokenize,
      ],
      output_features=output_features,
  )


def _evaluation_tasks(
    dataset: Dataset, source: TfdsSlices, output_features
) -> Iterable[seqio.Task]:
  for number, template in enumerate(dataset.templates):
    yield seqio.Task(
        evaluation_task_name(dataset, number),
        source=source,
        preprocessors=[
            preprocess.rows_to_fields(dataset),
            preprocess.apply_template(dataset, number),
            preprocess.tokenize,
        ],
        output_features=output_features,
        postprocess_fn=reference_or_prediction,
        metric_fns=[] if template.turned_around else list(dataset.metrics),
    )


def reference_or_prediction(text: str, example=None, is_target: bool = False):
  """SeqIO postprocessor: the `Reference` of an example, or a prediction as it is."""
  if not is_target:
    return text
  ids = example.get('option_ids')
  return Reference(
      answers=tuple(a.decode() for a in example['answers']),
      option=int(example.get('option', -1)),
      options=tuple(o.decode() for o in example.get('choices', ())),
      option_lengths=() if ids is None else _segment_lengths(ids),
      dataset=example['dataset'].decode(),
      template=int(example['template']),
      inputs=example['inputs_pretokenized'].decode(errors='replace'),
      truncated=int(example['truncated']),
  )


def _segment_lengths(option_ids) -> tuple[int, ...]:
  return tuple(int((option_ids == i).sum()) for i in range(1, int(option_ids.max()) + 1))


@functools.cache
def load_shipped() -> None:
  """Registers the declarations and mixtures that ship with the package."""
  importlib.import_module('flan_jax.tasks')


def import_module(name: str) -> None:
  """Imports a module that registers tasks. Raises UserError where it cannot be."""
  try:
    importlib.import_module(name)
  except ImportError as error:
    raise UserError(f'cannot import {name!r}: {error}', '--module_import',
                    'Its folder must be the working directory or on PYTHONPATH.') from error
