"""Mixtures: what trains together at which rate, and what a held-out cluster takes with it."""
from collections.abc import Callable, Iterable, Sequence
import dataclasses
import functools
import math
import re

import seqio

from flan_jax.data import overlap, presence, registry, variants
from flan_jax.data.dataset import Dataset
from flan_jax.errors import UserError, in_one_line, nearest

RATE_MAXIMUM = 3_000  # paper, section 2.2: no sampling weight beyond 3,000 examples

# What must leave the training mixture together with what is held out, because it is too close to
# it (paper, section 2.2, footnote): for the paper's clusters, and for the released code's groups.
COMPANIONS = {
    'reading_comprehension': ('reading_comprehension_with_commonsense',),
    'commonsense': ('reading_comprehension_with_commonsense',),
    'reading_comprehension_with_commonsense': ('reading_comprehension', 'commonsense'),
    'paraphrase': ('nli',),
    'nli': ('paraphrase',),
}
GROUP_COMPANIONS = {
    'reading_comprehension': ('read_comp_and_common_sense',),
    'common_sense': ('read_comp_and_common_sense',),
    'read_comp_and_common_sense': ('reading_comprehension', 'common_sense'),
    'paraphrase': ('entailment',),
    'entailment': ('paraphrase',),
}

rate = functools.partial(seqio.mixing_rate_num_examples, maximum=RATE_MAXIMUM)

HOLD_OUT_PREFIX = 'flan_holdout_'
GROUP_PREFIX = 'group_'


@dataclasses.dataclass(frozen=True)
class LeftOut:
  """A dataset that a mixture leaves out, and why."""

  dataset: Dataset
  why: str


@dataclasses.dataclass(frozen=True)
class HoldOut:
  """What trains and what does not when something is held out.

  Attributes:
    cluster: the cluster that is held out, `group_<group>` for a group; empty for nothing.
    kept: what trains.
    left_out: what does not.
  """

  cluster: str
  kept: tuple[Dataset, ...]
  left_out: tuple[LeftOut, ...]


def hold_out(cluster: str) -> HoldOut:
  """Divides the registered datasets for the evaluation of a cluster, or of `group_<group>`.

  The paper's rule (section 2.2), and one more: a dataset of another cluster that poses the held-out
  examples themselves leaves as well; see overlap.py.
  """
  group = cluster.removeprefix(GROUP_PREFIX) if cluster.startswith(GROUP_PREFIX) else ''
  home = (lambda d: d.group) if group else (lambda d: d.cluster)
  gone = (GROUP_COMPANIONS if group else COMPANIONS).get(group or cluster, ())

  def reason(dataset: Dataset) -> str:
    if home(dataset) == (group or cluster):
      return 'held out'
    if home(dataset) in gone:
      kind = 'group' if group else 'cluster'
      return f'its {kind} {home(dataset)} leaves together with {group or cluster}'
    return ''

  kept, left_out = divide(reason, named(cluster) or ())
  return HoldOut(cluster, kept, left_out)


def divide(
    reason: Callable[[Dataset], str], evaluated: Sequence[Dataset]
) -> tuple[tuple[Dataset, ...], tuple[LeftOut, ...]]:
  """Divides the registered datasets into those that train and those that do not.

  Args:
    reason: why a dataset does not train; empty where it may.
    evaluated: what is to stay unseen: other datasets with its examples leave too.
  """
  kept, left_out, rows_seen = [], [], {}
  for dataset in registry.datasets().values():
    rows = dataset.source.name, dataset.source.train
    if why := reason(dataset) or _reason_of_rows(dataset, evaluated):
      left_out.append(LeftOut(dataset, why))
    elif first := rows_seen.get(rows):
      left_out.append(LeftOut(dataset, f'trains on the rows of {first}, counted once'))
    else:
      rows_seen[rows] = dataset.name
      kept.append(dataset)
  return tuple(kept), tuple(left_out)


def _reason_of_rows(dataset: Dataset, evaluated: Sequence[Dataset]) -> str:
  if dataset.source.train is None:
    return 'has no training rows'
  return overlap.why_same(dataset.source.name, [d.source.name for d in evaluated])


def register_mixtures() -> None:
  """Adds SeqIO mixtures: each cluster and each group, and all others with one held out."""
  groups = {GROUP_PREFIX + name: members for name, members in registry.group_members().items()}
  for name, members in (registry.clusters() | groups).items():
    add(name, _without_repeats(members))
    add(HOLD_OUT_PREFIX + name, hold_out(name).kept)


def _without_repeats(members: Sequence[Dataset]) -> list[Dataset]:
  by_rows = {(d.source.name, d.source.train): d for d in reversed(members) if d.source.train}
  return list(reversed(by_rows.values()))


def add(name: str, members: Iterable[Dataset]) -> None:
  """Adds a SeqIO mixture of datasets at the capped examples-proportional rate (section 2.2)."""
  if names := [d.name for d in members]:
    seqio.MixtureRegistry.add(name, [(n, rate) for n in names])


def training_tasks(names: str | Sequence[str]) -> list[tuple[seqio.Task, float]]:
  """The tasks that a mixture trains on and their rates, in the order of their names.

  Args:
    names: a SeqIO mixture or task, a dataset or a cluster; or several of them, mixed at
      the capped examples-proportional rate of each task. Variants serve too, see variants.py.

  Raises:
    UserError: a name is unknown, or its training rows are not there.
  """
  rates = {}
  presence.check(((task, 'train') for task in training_subtasks(names)), as_list(names))
  for found in map(find, as_list(names)):
    for task in seqio.get_subtasks(found):
      mixed = isinstance(found, seqio.Mixture)
      rates[task.name] = (task, _rate_in(found, task) if mixed else _task_rate(task))
  if not any(rate for _, rate in rates.values()):
    raise UserError(f'{names!r} names nothing to train on', 'MIXTURE_OR_TASK_NAME',
                    'No task in it has a rate.' if rates else '')
  return [rates[name] for name in sorted(rates)]


def training_subtasks(names: str | Sequence[str]) -> list[seqio.Task]:
  """The tasks that a mixture trains on, without a look at their data.

  Raises:
    UserError: a name is unknown, or a task has no training split.
  """
  tasks = [task for name in as_list(names) for task in seqio.get_subtasks(find(name))]
  for task in tasks:
    if 'train' not in task.splits:
      raise UserError(f'task {task.name} has no training rows', '', 'It serves evaluation only.')
  return tasks


def _rate_in(mixture: seqio.Mixture, task: seqio.Task) -> float:
  """The rate that somebody's mixture gives a task. Raises UserError where it is no rate."""
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
    raise UserError(f'its rate cannot be told: {in_one_line(error)}', where) from error
  if not (math.isfinite(found) and found >= 0):
    raise UserError(f'{found} is no rate', where, 'A rate is a number from 0 up.')
  return found


def _task_rate(task: seqio.Task) -> float:
  """A lone task's rate: its rows, capped; 1 where their number is not known."""
  return float(min(task.num_input_examples('train') or 1, RATE_MAXIMUM))


def evaluation_tasks(names: str | Sequence[str]) -> list[seqio.Task]:
  """The tasks that evaluate a mixture, cluster, dataset or task, or several of them.

  A declared dataset stands for its forward templates' tasks; somebody else's task for itself.

  Raises:
    UserError: a name is unknown.
  """
  registry.load_shipped()
  tasks = []
  for name in as_list(names):
    if members := named(name):
      tasks += [t for dataset in members for t in _forward_tasks(dataset)]
    else:
      tasks += [t for task in seqio.get_subtasks(find(name)) for t in _evaluating(task)]
  return list({t.name: t for t in tasks}.values())


def named(name: str) -> tuple[Dataset, ...] | None:
  """The datasets of a cluster, or of `group_<group>`; None where the name is neither's.

  Behind the name may be variants: `nli_name_only`. Datasets without training rows have no few-shot
  variant and are left out of it.
  """
  base, kinds = variants.split(name)
  members = registry.clusters().get(base)
  if base.startswith(GROUP_PREFIX):
    members = registry.group_members().get(base.removeprefix(GROUP_PREFIX))
  if not members or not kinds:
    return members
  return tuple(registry.register_variant(d, kinds) for d in members
               if d.source.train or not any(k.startswith('few_shot') for k in kinds))


def _evaluating(task: seqio.Task) -> list[seqio.Task]:
  dataset = registry.declaration(task.name)
  return _forward_tasks(dataset) if dataset and dataset.name == task.name else [task]


def _forward_tasks(dataset: Dataset) -> list[seqio.Task]:
  return [
      seqio.TaskRegistry.get(registry.evaluation_task_name(dataset, number))
      for number in dataset.forward_templates
  ]


def as_list(names: str | Sequence[str]) -> list[str]:
  """The names in a list, or in a text with commas between them."""
  return [n.strip() for n in names.split(',')] if isinstance(names, str) else list(names)


def find(name: str) -> seqio.Task | seqio.Mixture:
  """The SeqIO task or mixture of this name.

  A variant's tasks or mixture are registered now, so that plain SeqIO finds them from here on:
  `mixtures.find('flan_holdout_nli_no_template')`.

  Raises:
    UserError: there is none; names the nearest one.
  """
  registry.load_shipped()
  if name in _known():
    return seqio.get_mixture_or_task(name)
  if registry.declaration(name) is None:
    _add_variant_of_mixture(name)
  if name not in _known():
    raise UserError(f'there is no mixture, task, dataset or cluster {name!r}', '', _nearest(name))
  return seqio.get_mixture_or_task(name)


def _known() -> set[str]:
  return {*seqio.TaskRegistry.names(), *seqio.MixtureRegistry.names()}


def _add_variant_of_mixture(name: str) -> None:
  base, kinds = variants.split(name)
  if not kinds or base not in seqio.MixtureRegistry.names():
    return
  members = []
  for task in seqio.get_subtasks(seqio.MixtureRegistry.get(base)):
    dataset = registry.declaration(task.name)
    if dataset is None:
      raise UserError(f'{task.name} of {base} is not one of our declarations', name,
                      'Only those have variants.')
    members.append(registry.register_variant(dataset, kinds))
  add(name, members)


def _nearest(name: str) -> str:
  # Evaluation tasks outnumber everything else and would crowd out the better suggestion.
  is_task = re.search(r'_template_\d', name)
  likely = {n for n in _known() if is_task or not re.search(r'_template_\d+$', n)}
  begun = max((n for n in likely if name.startswith(n + '_')), key=len, default=None)
  return nearest(name, likely | {f'{begun}_{suffix}' for suffix in variants.SUFFIXES if begun})
