"""Mixtures: what trains together at which rate, and what a held-out cluster takes with it."""
from collections.abc import Sequence
import dataclasses
import functools

import seqio

from flan_jax.data import registry
from flan_jax.data.dataset import Dataset
from flan_jax.errors import UserError, nearest

RATE_MAXIMUM = 3_000  # paper, section 2.2: no sampling weight beyond 3,000 examples

# What must leave the training mixture together with a held-out cluster, because it is too close to
# it (paper, section 2.2, footnote).
COMPANIONS = {
    'reading_comprehension': ('reading_comprehension_with_commonsense',),
    'commonsense': ('reading_comprehension_with_commonsense',),
    'reading_comprehension_with_commonsense': ('reading_comprehension', 'commonsense'),
    'paraphrase': ('nli',),
    'nli': ('paraphrase',),
}

rate = functools.partial(seqio.mixing_rate_num_examples, maximum=RATE_MAXIMUM)

HOLD_OUT_PREFIX = 'flan_holdout_'


@dataclasses.dataclass(frozen=True)
class LeftOut:
  """A dataset that a mixture leaves out, and why."""

  dataset: Dataset
  why: str


@dataclasses.dataclass(frozen=True)
class HoldOut:
  """What trains and what does not when a cluster is held out."""

  cluster: str
  kept: tuple[Dataset, ...]
  left_out: tuple[LeftOut, ...]


def hold_out(cluster: str) -> HoldOut:
  """Divides the registered datasets for the evaluation of a cluster (paper, section 2.2)."""
  kept, left_out, rows_seen = [], [], {}
  for dataset in registry.datasets().values():
    if why := _reason_to_leave(dataset, cluster):
      left_out.append(LeftOut(dataset, why))
    elif first := rows_seen.get((dataset.source.name, dataset.source.train)):
      left_out.append(LeftOut(dataset, f'trains on the rows of {first}, counted once'))
    else:
      rows_seen[dataset.source.name, dataset.source.train] = dataset.name
      kept.append(dataset)
  return HoldOut(cluster, tuple(kept), tuple(left_out))


def _reason_to_leave(dataset: Dataset, cluster: str) -> str:
  if dataset.cluster == cluster:
    return 'held out'
  if dataset.cluster in COMPANIONS.get(cluster, ()):
    return f'its cluster {dataset.cluster} leaves together with {cluster}'
  if dataset.source.train is None:
    return 'has no training rows'
  return ''


def register_mixtures() -> None:
  """Adds a SeqIO mixture for each cluster, and one for each cluster held out."""
  for cluster, members in registry.clusters().items():
    _add(cluster, _without_repeats(members))
    _add(HOLD_OUT_PREFIX + cluster, hold_out(cluster).kept)


def _without_repeats(members: Sequence[Dataset]) -> list[Dataset]:
  by_rows = {(d.source.name, d.source.train): d for d in reversed(members) if d.source.train}
  return list(reversed(by_rows.values()))


def _add(name: str, members: Sequence[Dataset]) -> None:
  if members:
    seqio.MixtureRegistry.add(name, [(d.name, rate) for d in members])


def training_tasks(names: str | Sequence[str]) -> list[tuple[seqio.Task, float]]:
  """The tasks that a mixture trains on and their rates, in the order of their names.

  Args:
    names: a SeqIO mixture or task, a dataset or a cluster; or several of them, mixed at
      the capped examples-proportional rate of each task.

  Raises:
    UserError: a name is unknown, or its training rows are not there.
  """
  rates = {}
  for name in _as_list(names):
    found = find(name)
    for task in seqio.get_subtasks(found):
      mixed = isinstance(found, seqio.Mixture)
      rates[task.name] = (task, found.get_rate(task) if mixed else _task_rate(task))
  if not rates:
    raise UserError(f'{names!r} names nothing to train on', 'MIXTURE_OR_TASK_NAME')
  return [rates[name] for name in sorted(rates)]


def _task_rate(task: seqio.Task) -> float:
  """A lone task's rate: its rows, capped; 1 where their number is not known."""
  return float(min(task.num_input_examples('train') or 1, RATE_MAXIMUM))


def evaluation_tasks(names: str | Sequence[str]) -> list[seqio.Task]:
  """The tasks that evaluate a mixture, cluster, dataset or task, or several of them.

  A declared dataset stands for its forward templates' tasks; somebody else's task for itself.
  """
  registry.load_shipped()
  tasks = []
  for name in _as_list(names):
    if members := registry.clusters().get(name):
      tasks += [t for dataset in members for t in _forward_tasks(dataset)]
    else:
      tasks += [t for task in seqio.get_subtasks(find(name)) for t in _evaluating(task)]
  return list({t.name: t for t in tasks}.values())


def _evaluating(task: seqio.Task) -> list[seqio.Task]:
  dataset = registry.datasets().get(task.name)
  return [task] if dataset is None else _forward_tasks(dataset)


def _forward_tasks(dataset: Dataset) -> list[seqio.Task]:
  return [
      seqio.TaskRegistry.get(registry.evaluation_task_name(dataset, number))
      for number in dataset.forward_templates
  ]


def _as_list(names: str | Sequence[str]) -> list[str]:
  return [n.strip() for n in names.split(',')] if isinstance(names, str) else list(names)


def find(name: str) -> seqio.Task | seqio.Mixture:
  """The SeqIO task or mixture of this name. Raises UserError with the nearest name."""
  registry.load_shipped()
  known = {*seqio.TaskRegistry.names(), *seqio.MixtureRegistry.names()}
  if name not in known:
    # Evaluation tasks outnumber everything else and would crowd out the better suggestion.
    likely = known if '_template_' in name else {n for n in known if '_template_' not in n}
    raise UserError(f'there is no mixture, task, dataset or cluster {name!r}', '',
                    nearest(name, likely))
  return seqio.get_mixture_or_task(name)
