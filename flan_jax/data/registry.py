"""Declarations become SeqIO tasks, and are found again by name."""
from collections.abc import Iterable
import functools
import importlib
import re

import seqio

from flan_jax.data import own_features as own
from flan_jax.data import preprocess, variants
from flan_jax.data.dataset import Dataset
from flan_jax.data.metrics import Reference
from flan_jax.data.source import row_source
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError, in_one_line, nearest

_DATASETS: dict[str, Dataset] = {}
_VARIANTS: dict[str, Dataset] = {}
_TEMPLATE_NUMBER = re.compile(r'_template_\d+$')
_IMPORTED: list[str] = []


def register(*datasets: Dataset) -> None:
  """Adds each dataset's SeqIO tasks: `<name>` for training, `<name>_template_<i>` for evaluation.

  Raises:
    UserError: the name is taken.
  """
  load_shipped()  # first, so that the paper's mixtures hold the paper's datasets only
  for dataset in datasets:
    if dataset.name in _DATASETS or dataset.name in seqio.TaskRegistry.names():
      raise UserError('this name is already registered', f'dataset {dataset.name}',
                      'Choose another name.')
    _add_tasks(dataset)
    _DATASETS[dataset.name] = dataset


def _add_tasks(dataset: Dataset) -> None:
  source, output_features = row_source(dataset.source), features()
  for task in (training_task(dataset, source, output_features),
               *_evaluation_tasks(dataset, source, output_features)):
    seqio.TaskRegistry.add_provider(task.name, task)


def unregister(name: str) -> None:
  """Takes a declaration's tasks away, and its variants', so that it can be declared anew."""
  gone = [name, *(variant for variant in _VARIANTS if variants.split(variant)[0] == name)]
  for dataset in (_DATASETS.pop(n, None) or _VARIANTS.pop(n) for n in gone):
    for task in (dataset.name, *(evaluation_task_name(dataset, i)
                                 for i in range(len(dataset.templates)))):
      seqio.TaskRegistry.remove(task)


def datasets() -> dict[str, Dataset]:
  """The registered declarations by name, in the order of registration."""
  return dict(_DATASETS)


def find_dataset(name: str) -> Dataset:
  """The declaration or variant of this name. Raises UserError with the nearest name."""
  if dataset := _DATASETS.get(name) or _variant(name):
    return dataset
  raise UserError(f'there is no dataset {name!r}', '', nearest(name, _DATASETS))


def group_members() -> dict[str, tuple[Dataset, ...]]:
  """The registered declarations by the released code's groups of tasks."""
  grouped = {}
  for dataset in _DATASETS.values():
    grouped[dataset.group] = (*grouped.get(dataset.group, ()), dataset)
  return grouped


def clusters() -> dict[str, tuple[Dataset, ...]]:
  """The registered declarations by cluster."""
  grouped = {}
  for dataset in _DATASETS.values():
    grouped[dataset.cluster] = (*grouped.get(dataset.cluster, ()), dataset)
  return grouped


def declaration(task_name: str) -> Dataset | None:
  """The declaration that a task comes from, or None for a task of somebody else's.

  A variant (see variants.py) is made, and its tasks registered, when it is first asked for: there
  are many more of them than anybody needs.
  """
  name = _TEMPLATE_NUMBER.sub('', task_name)
  return _DATASETS.get(name) or _variant(name)


def register_variant(dataset: Dataset, kinds: Iterable[str]) -> Dataset:
  """The variant of a declaration, with its tasks registered. Raises UserError for an unfit one."""
  variant = variants.apply(dataset, tuple(kinds))
  if variant.name not in _VARIANTS:
    _add_tasks(variant)
    _VARIANTS[variant.name] = variant
  return _VARIANTS[variant.name]


def _variant(name: str) -> Dataset | None:
  base, kinds = variants.split(name)
  return register_variant(_DATASETS[base], kinds) if kinds and base in _DATASETS else None


def trained_on(task_name: str) -> Dataset | None:
  """The declaration whose training task this is; None for its evaluation tasks and others'."""
  dataset = declaration(task_name)
  return dataset if dataset and dataset.name == task_name else None


def evaluation_task_name(dataset: Dataset, template: int) -> str:
  return f'{dataset.name}_template_{template}'


def training_task(
    dataset: Dataset, source: seqio.DataSource, output_features, first_pass: int = 0
) -> seqio.Task:
  """The task that deals out the templates, as if `first_pass` passes had gone before."""
  return seqio.Task(
      dataset.name,
      source=source,
      preprocessors=[
          preprocess.rows_to_fields(dataset),
          seqio.CacheDatasetPlaceholder(),
          preprocess.deal_templates(dataset, first_pass),
          preprocess.tokenize,
      ],
      output_features=output_features,
  )


def _evaluation_tasks(
    dataset: Dataset, source: seqio.DataSource, output_features
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
  ids, option = example.get(own.OPTION_IDS), int(example.get(own.OPTION, -1))
  value, right = example.get(own.VALUE), example.get(own.RIGHT, ())
  return Reference(
      answers=tuple(a.decode() for a in example[own.ANSWERS]),
      option=option,
      options=tuple(o.decode() for o in example.get(own.CHOICES, ())),
      option_lengths=() if ids is None else _segment_lengths(ids),
      dataset=example[own.DATASET].decode(),
      template=int(example[own.TEMPLATE]),
      inputs=example['inputs_pretokenized'].decode(errors='replace'),
      truncated=int(example[own.TRUNCATED]),
      also_right=tuple(i for i, is_right in enumerate(right) if is_right and i != option),
      value=None if value is None else float(value),
      group=example.get(own.GROUP, b'').decode(),
      asks_for=tuple(field.decode() for field in example.get(own.ASKS_FOR, ())),
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
  except UserError:
    raise
  except ModuleNotFoundError as error:
    raise UserError(f'cannot import {name!r}: {error}', '--module_import',
                    'Its folder must be the working directory or on PYTHONPATH.') from error
  except (Exception, SystemExit) as error:  # pylint: disable=broad-except
    # A module of somebody's own may raise anything.
    raise UserError(f'importing {name!r} failed: {in_one_line(error)}', '--module_import',
                    'Mend the module.') from error
  if name not in _IMPORTED:
    _IMPORTED.append(name)


def imported_modules() -> list[str]:
  """The modules that `import_module` has imported."""
  return list(_IMPORTED)
