"""Resolves names to tasks, their mixing rates and their datasets.

Nothing is registered here, except by `add_to_seqio`, which registers a variant with SeqIO. SeqIO
already has the declared tasks, the clusters and the paper's mixtures (see publishing.py).
"""
from collections.abc import Iterable, Sequence
import dataclasses
import functools
import math
import re

import seqio

from flan_jax.data import baselines, declarations, paper, presence, registry, variants
from flan_jax.data import names as names_lib
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX
from flan_jax.data.rates import MACRO, Names, as_list, as_rates
from flan_jax.errors import UserError, in_one_line, nearest

RATE_MAXIMUM = 3_000  # paper, section 2.2: no sampling weight beyond 3,000 examples

rate = functools.partial(seqio.mixing_rate_num_examples, maximum=RATE_MAXIMUM)


@dataclasses.dataclass(frozen=True)
class Resolved:
  """The tasks and datasets that names stand for.

  Attributes:
    tasks: each once: for a dataset its training task, for a cluster those of all its datasets, for
      a task the task itself.
    datasets: the declarations of these tasks, each once; foreign tasks have none.
  """

  tasks: tuple[seqio.Task, ...]
  datasets: tuple[Dataset, ...]


def resolve(names: Names) -> Resolved:
  """Resolves names, without registering anything.

  Used wherever data is examined or evaluated. For training, use `mixed`.

  Args:
    names: a SeqIO mixture or task, a dataset or a cluster; or several of them. Variants are allowed
      too, see variants.py. Rates are ignored.

  Raises:
    UserError: a name is unknown.
  """
  tasks = {}
  for name in as_list(names):
    members = members_of(name)
    found = [registry.tasks(dataset)[dataset.name] for dataset in members] if members else (
        seqio.get_subtasks(find(name)))
    tasks |= {task.name: task for task in found}
  declared = (registry.declaration(name) for name in tasks)
  return Resolved(tuple(tasks.values()), tuple(dict.fromkeys(filter(None, declared))))


def mixed(names: Names) -> list[seqio.Task]:
  """The tasks that names mix for training, each once.

  Unlike in `resolve`, a cluster stands only for what can be trained on, and rows that several of
  its datasets share count once.

  Raises:
    UserError: a name is unknown.
  """
  tasks = (task for name in as_list(names) for task in seqio.get_subtasks(find(name)))
  return list({task.name: task for task in tasks}.values())


def training_tasks(names: Names) -> list[tuple[seqio.Task, float]]:
  """The tasks that a mixture trains on and their rates, in the order of their names.

  Args:
    names: a SeqIO mixture or task, a dataset or a cluster; or several of them, mixed at the capped
      examples-proportional rate of each task. Variants are allowed too, see variants.py. A name
      with a rate (see `as_rates`) divides it among its tasks in their own proportions. A task of
      two names gets both rates.

  Raises:
    UserError: a name is unknown, a rate is invalid, or training rows are missing.
  """
  rates = {}
  presence.check(((task, 'train') for task in training_subtasks(names)), as_list(names))
  for name, given in as_rates(names).items():
    for task, rate_of_task in _rates_within(find(name), given):
      before = rates[task.name][1] if given and task.name in rates else 0.0
      rates[task.name] = (task, before + rate_of_task)
  if not any(rate for _, rate in rates.values()):
    raise UserError(f'{names!r} names nothing to train on', MACRO,
                    'No task in it has a rate.' if rates else '')
  return [rates[name] for name in sorted(rates)]


def training_subtasks(names: Names) -> list[seqio.Task]:
  """The tasks that a mixture trains on. Does not look at their data.

  Raises:
    UserError: a name is unknown, or a task is for evaluation only.
  """
  tasks = mixed(names)
  for task in tasks:
    if registry.is_baseline(task.name):
      raise UserError(f'task {task.name} asks untuned models and serves evaluation only', '',
                      f'Train on {registry.dataset_name(task.name)}.')
    if 'train' not in task.splits:
      raise UserError(f'task {task.name} has no training rows', '', 'It serves evaluation only.')
  return tasks


def _rates_within(
    found: seqio.Task | seqio.Mixture, given: float | None
) -> list[tuple[seqio.Task, float]]:
  """The tasks of a task or mixture and their rates, which add up to `rate` if it is given."""
  if isinstance(found, seqio.Task):
    return [(found, _task_rate(found) if given is None else given)]
  rates = [(task, _rate_in(found, task)) for task in found.tasks]
  if given is None:
    return rates
  total = sum(of_task for _, of_task in rates)
  if not total:
    raise UserError('no task in it has a rate', f'mixture {found.name}', 'Leave it out.')
  return [(task, given * of_task / total) for task, of_task in rates]


def _rate_in(mixture: seqio.Mixture, task: seqio.Task) -> float:
  """The rate that a user's mixture gives a task. Raises UserError if it is not a valid rate."""
  where = f'mixture {mixture.name}, task {task.name}'
  try:
    found = mixture.get_rate(task)
  except UserError:
    raise
  except Exception as error:  # pylint: disable=broad-except
    # A rate may be any function of the task.
    if isinstance(error, TypeError) and task.num_input_examples('train') is None:
      raise UserError(
          'its rate counts its rows, and its source does not know how many it has', where,
          "Give the source num_input_examples={'train': N}, or the mixture a number as rate."
      ) from error
    raise UserError(f'its rate cannot be computed: {in_one_line(error)}', where) from error
  if not (math.isfinite(found) and found >= 0):
    raise UserError(f'{found} is no rate', where, 'A rate is a number from 0 up.')
  return found


def _task_rate(task: seqio.Task) -> float:
  """The rate of a single task: its number of rows, capped; 1 if that is unknown."""
  return float(min(task.num_input_examples('train') or 1, RATE_MAXIMUM))


def evaluation_tasks(
    names: Names, prompts: Sequence[str] = (baselines.TEMPLATES,)
) -> list[seqio.Task]:
  """The tasks that evaluate a mixture, cluster, dataset or task, or several of them.

  Args:
    names: as for `resolve`. Any task but a declared dataset's training task stands for itself.
    prompts: what a declared dataset stands for: the tasks of its forward templates ('templates'),
      that of its baseline prompt if it has one ('baseline'), or both.

  Raises:
    UserError: a name is unknown.
  """
  tasks = [t for task in resolve(names).tasks for t in _evaluating(task, prompts)]
  return list({t.name: t for t in tasks}.values())


def _evaluating(task: seqio.Task, prompts: Sequence[str]) -> list[seqio.Task]:
  dataset = registry.trained_dataset(task.name)
  if dataset is None:
    return [task]
  names = []
  if baselines.TEMPLATES in prompts:
    names += (registry.evaluation_task_name(dataset, n) for n in dataset.forward_templates)
  if baselines.BASELINE in prompts and dataset.baseline:
    names.append(registry.baseline_task_name(dataset))
  tasks = registry.tasks(dataset)
  return [tasks[name] for name in names]


def members_of(name: str) -> tuple[Dataset, ...] | None:
  """The datasets of a cluster or of `group_<group>`; None if the name is neither.

  The name may end in variants, such as `nli_name_only`. Datasets without training rows have no
  few-shot variant, so they are left out of it.
  """
  declarations.load()
  base, kinds = variants.split(name)
  members = declarations.clusters().get(base)
  if base.startswith(GROUP_PREFIX):
    members = declarations.group_members().get(base.removeprefix(GROUP_PREFIX))
  if not members or not kinds:
    return members
  return tuple(declarations.variant(d, kinds) for d in members
               if d.source.train or not any(k.startswith('few_shot') for k in kinds))


def find(name: str) -> seqio.Task | seqio.Mixture:
  """The SeqIO task or mixture of this name. Our own need not be in SeqIO's registry.

  Raises:
    UserError: there is none; the message names the nearest one.
  """
  declarations.load()
  if task := registry.find_task(name):
    return task
  if mixture := our_mixture(name):
    return mixture
  if not names_lib.foreign(name):
    raise UserError(f'there is no mixture, task, dataset or cluster {name!r}', '', _nearest(name))
  return seqio.get_mixture_or_task(name)


def add_to_seqio(name: str) -> seqio.Task | seqio.Mixture:
  """Registers a variant with SeqIO, so that plain SeqIO finds it by its name.

  Also registers the evaluation tasks of a dataset's variant, and the tasks of a mixture's variant.
  Tasks that are registered already are kept.

  Args:
    name: such as 'rte_no_options' or 'flan_holdout_nli_no_template'.

  Raises:
    UserError: a name is unknown.
  """
  found = find(name)
  for dataset in resolve(name).datasets:
    for task in registry.tasks(dataset).values():
      if task.name not in seqio.TaskRegistry.names():
        seqio.TaskRegistry.add_provider(task.name, task)
  if isinstance(found, seqio.Mixture) and name not in seqio.MixtureRegistry.names():
    seqio.MixtureRegistry.add_provider(name, found)
  return found


def our_mixture(name: str) -> registry.OurMixture | None:
  """The mixture of a cluster, a group or the paper, or a variant of one."""
  members = members_of(name)
  if members:
    members = _without_repeats(members)
  else:
    base, kinds = variants.split(name)
    members = _members(base)
    if kinds:
      members = tuple(declarations.variant(dataset, kinds) for dataset in members)
  return mix(name, members) if members else None


def _members(name: str) -> tuple[Dataset, ...]:
  return paper.division(name)[0] if name in paper.names() else ()


def _without_repeats(members: Sequence[Dataset]) -> list[Dataset]:
  by_rows = {(d.source.name, d.source.train): d for d in reversed(members) if d.source.train}
  return list(reversed(by_rows.values()))


def mix(name: str, members: Iterable[Dataset]) -> registry.OurMixture:
  """A mixture of datasets at the capped examples-proportional rate (paper, section 2.2)."""
  return registry.OurMixture(name, [(registry.tasks(d)[d.name], rate) for d in members])


def _known() -> set[str]:
  """All names except those of variants, because their number is unlimited."""
  tasks = {name for dataset in declarations.datasets().values()
           for name in declarations.task_names(dataset)}
  return {*tasks, *declarations.clusters(), *paper.names(), *seqio.TaskRegistry.names(),
          *seqio.MixtureRegistry.names()}


def _nearest(name: str) -> str:
  # Evaluation tasks are left out: they outnumber all others and would displace better suggestions.
  is_task = re.search(r'_template_\d|_baseline', name)
  likely = {n for n in _known() if is_task or not re.search(r'_template_\d+$|_baseline$', n)}
  begun = max((n for n in likely if name.startswith(n + '_')), key=len, default=None)
  return nearest(name, likely | {f'{begun}_{suffix}' for suffix in variants.SUFFIXES if begun})
