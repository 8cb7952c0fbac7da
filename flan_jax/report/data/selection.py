"""Selects the datasets of a page, and the role of each: trained on, evaluated or left out."""
from collections.abc import Iterable, Mapping
import dataclasses

from flan_jax.data import declarations, experiments, held_out, mixtures, registry, variants
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX
from flan_jax.data.paper import HOLD_OUT_PREFIX
from flan_jax.data.reading_rows import row_source
from flan_jax.errors import UserError

_TITLES = {'nli': 'Natural language inference', 'closed_book_qa': 'Closed-book QA',
           'open_domain_qa': 'Open-domain QA'}


@dataclasses.dataclass(frozen=True)
class Selection:
  """The datasets of a page.

  Attributes:
    title: the page's title.
    trained: the datasets that are trained on.
    evaluated: the datasets that are evaluated and not trained on.
    left_out: the datasets that are neither trained on nor evaluated.
    why: a dataset's name -> why it is not trained on.
    rates: a dataset's name -> the rate that a mixture sets for it.
    others: foreign tasks in the mixture.
  """

  title: str
  trained: tuple[Dataset, ...]
  evaluated: tuple[Dataset, ...] = ()
  left_out: tuple[Dataset, ...] = ()
  why: Mapping[str, str] = dataclasses.field(default_factory=dict)
  rates: Mapping[str, float] = dataclasses.field(default_factory=dict)
  others: tuple[str, ...] = ()

  @property
  def datasets(self) -> list[Dataset]:
    """All datasets in the order of registration; a variant has the place of its dataset."""
    places = {name: place for place, name in enumerate(registry.datasets())}
    found = {d.name: d for d in (*self.trained, *self.evaluated, *self.left_out)}
    return sorted(found.values(), key=lambda d: places.get(variants.split(d.name)[0], len(places)))


def select(name: str | None) -> Selection:
  """The datasets of a mixture, cluster, dataset or task; None for all registered datasets.

  Raises:
    UserError: the name is unknown, or none of its tasks is declared.
  """
  declarations.load()
  if name is None:
    return _of_members('The whole collection', registry.datasets().values())
  if dataset := registry.trained_dataset(name):
    return _of_members(name, [dataset])
  if experiment := experiments.find(name):
    return _of_experiment(experiment)
  if members := mixtures.members_of(name):
    return _of_members(title(name.removeprefix(GROUP_PREFIX)), members)
  return _of_mixture(name)


def title(cluster: str) -> str:
  """The title of a cluster or group."""
  return _TITLES.get(cluster, cluster.replace('_', ' ').capitalize())


def _of_members(name: str, members: Iterable[Dataset]) -> Selection:
  """The datasets of one group. Those that cannot be trained on are evaluated."""
  held = held_out.hold_out('', members)
  return Selection(name, held.kept, tuple(left.dataset for left in held.left_out),
                   why={left.dataset.name: left.why for left in held.left_out})


def _of_experiment(experiment: experiments.PaperExperiment) -> Selection:
  trained = [registry.declaration(task.name)
             for task in mixtures.training_subtasks(experiment.name)]
  evaluated = mixtures.resolve(experiment.evaluates).datasets
  # An evaluated variant replaces its dataset, which is not trained on either.
  shown = {variants.split(d.name)[0] for d in evaluated}
  why = {left.dataset.name: left.why for left in experiment.left_out}
  return Selection(
      _experiment_title(experiment.name), tuple(trained), tuple(evaluated),
      tuple(left.dataset for left in experiment.left_out if left.dataset.name not in shown),
      why | {d.name: why.get(variants.split(d.name)[0], 'held out') for d in evaluated
             if d not in trained})


def _experiment_title(name: str) -> str:
  cluster = name.removeprefix(HOLD_OUT_PREFIX)
  known = cluster != name and cluster in registry.clusters()
  return f'{title(cluster)} held out' if known else name


def _of_mixture(name: str) -> Selection:
  """A user's mixture or task, with the rates that it sets."""
  chosen = [(registry.declaration(task.name), task, rate)
            for task, rate in mixtures.training_tasks(name)]
  trained = {d.name: d for d, _, _ in chosen if d}
  if not trained:
    raise UserError(f'nothing in {name!r} is a declared dataset', '',
                    'A data card shows declarations, not other SeqIO tasks.')
  return Selection(
      ', '.join(name.split(',')), tuple(trained.values()),
      rates={d.name: rate for d, _, rate in chosen if d and not row_source(d).is_sample()},
      others=tuple(task.name for d, task, _ in chosen if d is None))
