"""The paper's mixtures by name, with the shipped datasets that train in each.

    <cluster>, group_<group>       the members of the cluster, or of the released code's group
    flan_holdout_<one of these>    all others, with that one held out (section 2.2)
    flan_all                       every cluster (section 2.1)
    flan_clusters_<1 to 7>         clusters added one by one (section 4.1)
    flan_datasets_<1 to 4>         datasets per cluster (appendix B.1)
"""
from collections.abc import Callable, Sequence
import functools

from flan_jax.data import declarations, held_out
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX, LeftOut

HOLD_OUT_PREFIX = 'flan_holdout_'
EVERYTHING = 'flan_all'
# Section 4.1: the released code's groups, in the order in which they are added.
CLUSTERS_ADDED = (
    'summarization', 'translation', 'reading_comprehension', 'sentiment', 'structure_to_text',
    'coreference', 'conversational_qa')
ABLATION_HELD_OUT = ('nli', 'closed_book_qa', 'commonsense')
DATASETS_PER_CLUSTER = (1, 2, 3, 4)

Division = tuple[tuple[Dataset, ...], tuple[LeftOut, ...]]  # those that train, those left out


def homes() -> tuple[str, ...]:
  """The shipped clusters, and the released code's groups as `group_<group>`."""
  shipped = declarations.shipped().values()
  return (*dict.fromkeys(d.cluster for d in shipped),
          *dict.fromkeys(GROUP_PREFIX + d.group for d in shipped))


def hold_outs() -> tuple[str, ...]:
  """The mixtures that hold one cluster or group out."""
  return tuple(HOLD_OUT_PREFIX + home for home in homes())


def ablations() -> tuple[str, ...]:
  """The mixtures that do not hold out a single cluster."""
  return tuple(_ABLATIONS)


@functools.cache
def names() -> frozenset[str]:
  """The names of all of the paper's mixtures."""
  return frozenset((*homes(), *hold_outs(), *ablations()))


@functools.cache
def division(name: str) -> Division:
  """The datasets that train in a hold-out mixture or an ablation, and those left out."""
  if name in _ABLATIONS:
    return _ABLATIONS[name]()
  divided = held_out.hold_out(name.removeprefix(HOLD_OUT_PREFIX))
  return divided.kept, divided.left_out


def _divide(reason: Callable[[Dataset], str], evaluated: Sequence[Dataset]) -> Division:
  return held_out.divide(reason, evaluated, declarations.shipped().values())


def _first_clusters(count: int) -> Division:

  def reason(dataset: Dataset) -> str:
    if dataset.cluster in ABLATION_HELD_OUT:
      return 'held out'
    among = dataset.group in CLUSTERS_ADDED[:count]
    return '' if among else f'not in the first {count} of {len(CLUSTERS_ADDED)} clusters'

  return _divide(reason, _ablation_evaluated())


def _first_datasets(count: int) -> Division:
  """The first `count` datasets of each of the seven clusters, counted as in the paper."""
  kept, left_out = _first_clusters(len(CLUSTERS_ADDED))
  reasons = {left.dataset.name: left.why for left in left_out}
  for group in CLUSTERS_ADDED:
    # The paper counts, for example, SQuAD 1 and 2 as one dataset.
    first = {d.paper_name: d.name for d in reversed([d for d in kept if d.group == group])}
    chosen = list(reversed(first.values()))[:count]
    reasons |= {d.name: f'beyond the first {count} of its cluster'
                for d in kept if d.group == group and d.name not in chosen}
  return _divide(lambda d: reasons.get(d.name, ''), _ablation_evaluated())


def _ablation_evaluated() -> list[Dataset]:
  return [d for d in declarations.shipped().values() if d.cluster in ABLATION_HELD_OUT]


_ABLATIONS: dict[str, Callable[[], Division]] = {
    EVERYTHING: lambda: _divide(lambda dataset: '', ()),
    **{f'flan_clusters_{n}': functools.partial(_first_clusters, n)
       for n in range(1, len(CLUSTERS_ADDED) + 1)},
    **{f'flan_datasets_{n}': functools.partial(_first_datasets, n) for n in DATASETS_PER_CLUSTER},
}
