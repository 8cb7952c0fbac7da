"""The declared datasets, found by name. Imports neither SeqIO nor TensorFlow."""
from collections.abc import Callable, Iterable
import functools
import importlib
import re

from flan_jax.data import variants
from flan_jax.data.dataset import Dataset
from flan_jax.errors import UserError, nearest

_DATASETS: dict[str, Dataset] = {}
_SHIPPED: dict[str, Dataset] = {}
_WATCHERS: list[tuple[Callable[[Dataset], None], Callable[[Dataset], None]]] = []
_for_seqio = True
_BASELINE = '_baseline'  # ends the name of the task that evaluates with the baseline prompt
_OF_EVALUATION = re.compile(rf'_template_\d+$|{_BASELINE}$')


def add(dataset: Dataset) -> None:
  """Adds a dataset under its name. `registry.register` first checks that the name is free."""
  _DATASETS[dataset.name] = dataset
  for added, _ in _WATCHERS:
    added(dataset)


def unregister(name: str) -> None:
  """Removes a declaration and its tasks, so that its name can be declared again."""
  dataset = _DATASETS.pop(name)
  for _, removed in _WATCHERS:
    removed(dataset)


def watch(added: Callable[[Dataset], None], removed: Callable[[Dataset], None]) -> None:
  """Calls functions with every dataset that is added or removed from now on."""
  _WATCHERS.append((added, removed))


def add_shipped(datasets: Iterable[Dataset]) -> None:
  """Adds the shipped declarations. `flan_jax.tasks` calls it once."""
  _SHIPPED.update({dataset.name: dataset for dataset in datasets})
  _DATASETS.update(_SHIPPED)


@functools.cache
def load() -> None:
  """Imports the shipped declarations, once."""
  importlib.import_module('flan_jax.tasks')


def load_shipped() -> None:
  """Imports the shipped declarations and registers their SeqIO tasks."""
  load()
  _publish()


def load_without_seqio() -> None:
  """Imports the shipped declarations for a process that does not use SeqIO's registries.

  SeqIO is not imported, because it imports TensorFlow. `load_shipped` registers the tasks with it.
  """
  global _for_seqio
  _for_seqio, before = False, _for_seqio
  try:
    load()
  finally:
    _for_seqio = before


def show_to_seqio() -> None:
  """Adds the declared tasks to SeqIO's registries. Called by `flan_jax.tasks`."""
  if _for_seqio:
    _publish()


def _publish() -> None:
  from flan_jax.data import publishing

  publishing.publish()


def datasets() -> dict[str, Dataset]:
  """The registered declarations by name, in the order of registration."""
  return dict(_DATASETS)


def shipped() -> dict[str, Dataset]:
  """The shipped declarations by name."""
  load()
  return dict(_SHIPPED)


def find_dataset(name: str) -> Dataset:
  """The declaration or variant of this name. Raises UserError with the nearest name."""
  if dataset := _named(name):
    return dataset
  raise UserError(f'there is no dataset {name!r}', '', nearest(name, _DATASETS))


def group_members() -> dict[str, tuple[Dataset, ...]]:
  """The registered declarations by the released code's groups of tasks."""
  return _by(lambda dataset: dataset.group)


def clusters() -> dict[str, tuple[Dataset, ...]]:
  """The registered declarations by cluster."""
  return _by(lambda dataset: dataset.cluster)


def _by(home: Callable[[Dataset], str]) -> dict[str, tuple[Dataset, ...]]:
  grouped = {}
  for dataset in _DATASETS.values():
    grouped.setdefault(home(dataset), []).append(dataset)
  return {name: tuple(members) for name, members in grouped.items()}


def declaration(task_name: str) -> Dataset | None:
  """The declaration that a task comes from, or None for a foreign task.

  Variants (see variants.py) are made on demand, because their number is unlimited.
  """
  return _named(task_name) or _named(_OF_EVALUATION.sub('', task_name))


def dataset_name(task_name: str) -> str:
  """The name of the declaration that a task comes from; a foreign task's own name."""
  dataset = declaration(task_name)
  return dataset.name if dataset else task_name


def _named(name: str) -> Dataset | None:
  return _DATASETS.get(name) or _variant(name)


@functools.lru_cache(maxsize=None)
def variant(dataset: Dataset, kinds: tuple[str, ...]) -> Dataset:
  """The variant of a declaration; the same object each time. Raises UserError if it cannot be."""
  return variants.apply(dataset, kinds)


def _variant(name: str) -> Dataset | None:
  base, kinds = variants.split(name)
  return variant(_DATASETS[base], kinds) if kinds and base in _DATASETS else None


def trained_dataset(task_name: str) -> Dataset | None:
  """The declaration with this training task; None for evaluation and foreign tasks."""
  dataset = declaration(task_name)
  return dataset if dataset and dataset.name == task_name else None


def evaluation_task_name(dataset: Dataset, template: int) -> str:
  return f'{dataset.name}_template_{template}'


def template_number(task_name: str) -> int | None:
  """The template of one of our evaluation tasks; None for all other tasks."""
  dataset = declaration(task_name)
  if dataset is None or not task_name.startswith(f'{dataset.name}_template_'):
    return None
  return int(task_name.removeprefix(f'{dataset.name}_template_'))


def task_names(dataset: Dataset) -> list[str]:
  """The names of all tasks of a declaration, that of its training task first."""
  numbers = range(len(dataset.templates))
  return [dataset.name, *(evaluation_task_name(dataset, number) for number in numbers),
          *([baseline_task_name(dataset)] if dataset.baseline else [])]


def baseline_task_name(dataset: Dataset) -> str:
  return f'{dataset.name}{_BASELINE}'


def is_baseline(task_name: str) -> bool:
  """Whether a task evaluates a declaration with its baseline prompt."""
  dataset = declaration(task_name)
  return dataset is not None and task_name == baseline_task_name(dataset)
