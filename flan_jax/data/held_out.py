"""Divides datasets into those that train and those left out for a hold-out (paper, section 2.2)."""
from collections.abc import Callable, Iterable, Sequence
import dataclasses

from flan_jax.data import declarations, overlap
from flan_jax.data.dataset import Dataset

# Clusters that are left out with a held-out cluster, because they are too close to it (paper,
# section 2.2, footnote): for the paper's clusters, and for the released code's groups.
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
GROUP_PREFIX = 'group_'


@dataclasses.dataclass(frozen=True)
class LeftOut:
  """A dataset that a mixture leaves out, and why."""

  dataset: Dataset
  why: str


@dataclasses.dataclass(frozen=True)
class HoldOut:
  """The datasets that train and those that do not when something is held out.

  Attributes:
    cluster: the cluster that is held out, or `group_<group>`; empty for nothing.
    kept: the datasets that train.
    left_out: the datasets that do not train.
  """

  cluster: str
  kept: tuple[Dataset, ...]
  left_out: tuple[LeftOut, ...]


def hold_out(cluster: str, among: Iterable[Dataset] | None = None) -> HoldOut:
  """Divides datasets for the evaluation of a cluster, or of `group_<group>`.

  By the paper's rule (section 2.2) and one more: a dataset of another cluster that contains the
  held-out examples is left out too; see overlap.py.

  Args:
    cluster: what is held out; empty for nothing.
    among: the datasets to divide; by default the shipped ones.
  """
  among = list(declarations.shipped().values() if among is None else among)
  group = cluster.removeprefix(GROUP_PREFIX) if cluster.startswith(GROUP_PREFIX) else ''
  home = (lambda d: d.group) if group else (lambda d: d.cluster)
  gone = (GROUP_COMPANIONS if group else COMPANIONS).get(group or cluster, ())

  def reason(dataset: Dataset) -> str:
    if home(dataset) == (group or cluster):
      return 'held out'
    if home(dataset) in gone:
      kind = 'group' if group else 'cluster'
      return f'its {kind} {home(dataset)} is left out with {group or cluster}'
    return ''

  evaluated = [dataset for dataset in among if home(dataset) == (group or cluster)]
  return HoldOut(cluster, *divide(reason, evaluated, among))


def divide(
    reason: Callable[[Dataset], str], evaluated: Sequence[Dataset], among: Iterable[Dataset]
) -> tuple[tuple[Dataset, ...], tuple[LeftOut, ...]]:
  """Divides datasets into those that train and those that do not.

  Args:
    reason: why a dataset does not train; empty if it may.
    evaluated: the evaluated datasets. Other datasets with their examples are left out too.
    among: the datasets to divide.
  """
  kept, left_out, rows_seen = [], [], {}
  for dataset in among:
    rows = dataset.source.name, dataset.source.train
    if why := reason(dataset) or _reason_of_rows(dataset, evaluated):
      left_out.append(LeftOut(dataset, why))
    elif first := rows_seen.get(rows):
      left_out.append(LeftOut(dataset, f'has the rows of {first}, which are counted once'))
    else:
      rows_seen[rows] = dataset.name
      kept.append(dataset)
  return tuple(kept), tuple(left_out)


def _reason_of_rows(dataset: Dataset, evaluated: Sequence[Dataset]) -> str:
  if dataset.source.train is None:
    return 'has no training rows'
  return overlap.why_same(dataset.source.name, [d.source.name for d in evaluated])
