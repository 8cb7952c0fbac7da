"""Turns declarations into SeqIO tasks, and finds both by name."""
from collections.abc import Iterable, Sequence
import functools
import importlib

import seqio

from flan_jax.data import baselines, declarations, fitting, names, preprocess
from flan_jax.data import own_features as own
from flan_jax.data.dataset import Dataset
from flan_jax.data.declarations import (
  baseline_task_name,
  clusters,
  dataset_name,
  datasets,
  declaration,
  evaluation_task_name,
  find_dataset,
  group_members,
  is_baseline,
  load_shipped,
  template_number,
  trained_dataset,
  unregister,
)
from flan_jax.data.metric_types import Reference
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources.choices import chosen_place
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError, in_one_line

__all__ = [
    'OurMixture', 'baseline_task_name', 'check_names_of_others', 'clusters', 'dataset_name',
    'datasets', 'declaration', 'evaluation_task_name', 'find_dataset', 'find_task',
    'group_members', 'import_module', 'imported_modules', 'is_baseline', 'load_shipped',
    'reference_or_prediction', 'register', 'tasks', 'template_number', 'together',
    'trained_dataset', 'training_task', 'unregister']

_IMPORTED: list[str] = []


class OurMixture(seqio.Mixture):
  """A mixture of declared datasets, as opposed to a foreign one."""


def register(*datasets: Dataset) -> None:
  """Registers datasets by name: all of them, or none if a name is taken.

  Their SeqIO tasks, `<name>` for training, `<name>_template_<i>` and `<name>_baseline` for
  evaluation, are added to SeqIO's registry.

  Raises:
    UserError: a name is taken.
  """
  declarations.load()  # first, so that the paper's mixtures get shipped datasets only
  added = []
  try:
    for dataset in datasets:
      names.check_dataset(dataset)
      declarations.add(dataset)
      added.append(dataset.name)
  except UserError:
    for name in added:
      unregister(name)
    raise


def tasks(dataset: Dataset) -> dict[str, seqio.Task]:
  """The SeqIO tasks of a declaration or variant by name, its training task first.

  They are not registered anywhere. The same objects are returned each time, as long as rows are
  read from the same place (`choices.read_from`).
  """
  return _tasks(dataset, chosen_place())


@functools.lru_cache(maxsize=None)
def _tasks(dataset: Dataset, read_from: str) -> dict[str, seqio.Task]:
  del read_from  # `row_source` knows it
  source, output_features = row_source(dataset), features()
  made = (training_task(dataset, source, output_features),
          *_evaluation_tasks(dataset, source, output_features))
  return {task.name: task for task in made}


def find_task(name: str) -> seqio.Task | None:
  """The task of a declaration or variant with this name; None if there is none."""
  dataset = declaration(name)
  return tasks(dataset).get(name) if dataset else None


def training_task(
    dataset: Dataset, source: seqio.DataSource, output_features, first_pass: int = 0
) -> seqio.Task:
  """The task that deals the templates, starting with pass number `first_pass`."""
  return seqio.Task(
      dataset.name,
      source=source,
      preprocessors=[
          preprocess.rows_to_fields(dataset),
          seqio.CacheDatasetPlaceholder(),
          preprocess.deal_templates(dataset, first_pass),
          preprocess.tokenize,
          fitting.leave_out,
      ],
      output_features=output_features,
  )


def _evaluation_tasks(
    dataset: Dataset, source: seqio.DataSource, output_features
) -> Iterable[seqio.Task]:
  for number, template in enumerate(dataset.templates):
    yield _evaluation_task(
        evaluation_task_name(dataset, number), dataset, preprocess.apply_template(dataset, number),
        source, output_features, [] if template.turned_around else dataset.metrics)
  if dataset.baseline:
    asked = baselines.with_baseline(dataset)
    yield _evaluation_task(
        baseline_task_name(dataset), asked, preprocess.apply_baseline(asked), source,
        output_features, dataset.metrics)


def together(tasks: Sequence[seqio.Task]) -> seqio.Task | None:
  """One task that reads what several evaluation tasks of a dataset read, template by template.

  Args:
    tasks: with the same vocabulary.

  Returns:
    A task that is not registered. Its examples are those of the first row for each of the tasks,
    then of the second row, and so on. None unless the tasks are our own, for templates of one
    dataset that have the same targets.
  """
  dataset = declaration(tasks[0].name)
  numbers = [template_number(task.name) for task in tasks]
  if dataset is None or None in numbers or len({dataset_name(task.name) for task in tasks}) > 1:
    return None
  if len({dataset.templates[number].targets for number in numbers}) > 1:
    return None
  first, rest = tasks[0].preprocessors[0], tasks[0].preprocessors[2:]
  return tasks[0].replace(preprocessors=[
      first, preprocess.apply_templates(dataset, numbers), *rest])


def _evaluation_task(
    name: str, dataset: Dataset, render: preprocess.Preprocessor, source: seqio.DataSource,
    output_features, metrics
) -> seqio.Task:
  return seqio.Task(
      name,
      source=source,
      preprocessors=[
          preprocess.rows_to_fields(dataset), render, preprocess.tokenize, fitting.leave_out],
      output_features=output_features,
      postprocess_fn=reference_or_prediction,
      metric_fns=list(metrics),
  )


def reference_or_prediction(text: str, example=None, is_target: bool = False):
  """SeqIO postprocessor: the `Reference` of an example, or a prediction as it is."""
  if not is_target:
    return text
  ids, option = example.get(own.OPTION_IDS), int(example.get(own.OPTION, -1))
  value, right = example.get(own.VALUE), example.get(own.RIGHT, ())
  number = int(example[own.TEMPLATE])
  return Reference(
      answers=tuple(a.decode() for a in example[own.ANSWERS]),
      option=option,
      options=tuple(o.decode() for o in example.get(own.CHOICES, ())),
      option_lengths=() if ids is None else _segment_lengths(ids),
      dataset=example[own.DATASET].decode(),
      template=number if number >= 0 else None,
      inputs=example['inputs_pretokenized'].decode(errors='replace'),
      truncated=int(example[own.TRUNCATED]),
      also_right=tuple(i for i, is_right in enumerate(right) if is_right and i != option),
      value=None if value is None else float(value),
      group=example.get(own.GROUP, b'').decode(),
      asks_for=tuple(field.decode() for field in example.get(own.ASKS_FOR, ())),
  )


def _segment_lengths(option_ids) -> tuple[int, ...]:
  return tuple(int((option_ids == i).sum()) for i in range(1, int(option_ids.max()) + 1))


def import_module(name: str, where: str = '--module_import') -> None:
  """Imports a module that registers tasks.

  Args:
    name: of the module.
    where: the flag or macro that names it.

  Raises:
    UserError: it cannot be imported, or it registers a name that is taken.
  """
  load_shipped()  # the module may build mixtures of our tasks
  try:
    importlib.import_module(name)
  except UserError:
    raise
  except ModuleNotFoundError as error:
    raise UserError(f'cannot import {name!r}: {error}', where,
                    'Its folder must be the working directory or on PYTHONPATH.') from error
  except (Exception, SystemExit) as error:  # pylint: disable=broad-except
    # A user's module may raise anything.
    raise UserError(f'importing {name!r} failed: {in_one_line(error)}', where,
                    'Correct the module.') from error
  check_names_of_others()
  if name not in _IMPORTED:
    _IMPORTED.append(name)


def check_names_of_others() -> None:
  """Checks the names of foreign SeqIO tasks and mixtures.

  Raises:
    UserError: one of these names is ours.
  """
  own = {name for dataset in datasets().values() for name in tasks(dataset)}
  for name in set(seqio.TaskRegistry.names()) - own:
    if seqio.TaskRegistry.get(name) is not find_task(name):
      _refuse_ours(name, 'task')
  for name in seqio.MixtureRegistry.names():
    if not isinstance(seqio.MixtureRegistry.get(name), OurMixture):
      _refuse_ours(name, 'mixture')


def _refuse_ours(name: str, what: str) -> None:
  if kind := names.ours(name):
    raise UserError(f'a SeqIO {what} is called {name!r}, which is the name of {kind}', '',
                    'Give it another name.')


def imported_modules() -> list[str]:
  """The modules that `import_module` has imported."""
  return list(_IMPORTED)
