"""Gathers what the page shows into plain objects."""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

from absl import logging
import seqio

from flan_jax.data import declarations, held_out, lint, mixtures, registry, slices
from flan_jax.data.dataset import Dataset
from flan_jax.data.metric_types import name_of
from flan_jax.data.paper import HOLD_OUT_PREFIX
from flan_jax.data.source import is_sample, row_source
from flan_jax.data.templates import Template, parse
from flan_jax.data_card import rows as row_facts
from flan_jax.errors import UserError

_SAMPLE = 64  # rows of a dataset that lengths are measured on
_SHOWN = 2  # rows of a dataset that are shown
_TITLES = {'nli': 'Natural language inference', 'closed_book_qa': 'Closed-book QA',
           'open_domain_qa': 'Open-domain QA'}


@dataclasses.dataclass(frozen=True)
class _Selection:
  """What the page is about.

  Attributes:
    title: for people.
    trained: the datasets that are mixed.
    left_out: why the others are not, by name.
    rates: sampling weights that a mixture states itself, by name.
    others: tasks in the mixture that are not declared here.
  """

  title: str
  trained: tuple[Dataset, ...]
  left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)
  rates: Mapping[str, float] = dataclasses.field(default_factory=dict)
  others: tuple[str, ...] = ()

  @property
  def datasets(self) -> list[Dataset]:
    """Trained or left out, in the order of registration."""
    shown = {d.name for d in self.trained} | set(self.left_out)
    return [d for d in registry.datasets().values() if d.name in shown]


def collect(
    name: str | None,
    vocabulary: seqio.Vocabulary,
    limits: Mapping[str, int],
    sample: int = _SAMPLE,
) -> dict[str, Any]:
  """All that the data card shows, JSON-able.

  Sizes, caps, rates and shares follow the paper's rule (section 2.2) from the size of the real
  training split; where that is not declared, from the rows at hand.

  Args:
    name: mixture, cluster, dataset or task; None for everything registered.
    vocabulary: to measure lengths in tokens and to show where tokens end.
    limits: longest `inputs` and `targets` in tokens, marked in the histograms.
    sample: rows of each dataset that are read.

  Raises:
    UserError: the name is unknown.
  """
  declarations.load()
  selection = _select(name)
  described = [_describe(dataset, vocabulary, sample) for dataset in selection.datasets]
  _add_shares(described, selection)
  _add_findings(described, vocabulary)
  return {
      'title': selection.title,
      'sample_data': any(d['sample_data'] for d in described),
      'vocabulary_size': vocabulary.vocab_size,
      'limits': dict(limits),
      'sample': sample,
      'cap': slices.MAX_TRAIN_EXAMPLES,
      'rate_maximum': mixtures.RATE_MAXIMUM,
      'titles': {g: _title(g) for d in selection.datasets for g in (d.cluster, d.group)},
      'others': list(selection.others),
      'datasets': described,
  }


def _select(name: str | None) -> _Selection:
  everything = held_out.hold_out('', registry.datasets().values())
  if name is None:
    return _held_out('The whole collection', everything)
  if name in registry.datasets():
    return _Selection(name, (registry.find_dataset(name),))
  if name in registry.clusters():
    members = {d.name for d in registry.clusters()[name]}
    return _held_out(_title(name), everything, members)
  cluster = name.removeprefix(HOLD_OUT_PREFIX)
  if cluster != name and cluster in registry.clusters():
    return _held_out(f'{_title(cluster)} held out', held_out.hold_out(cluster))
  return _mixture(name)


def _held_out(title: str, held: held_out.HoldOut, members: set[str] | None = None) -> _Selection:
  wanted = lambda dataset: members is None or dataset.name in members
  return _Selection(
      title, tuple(d for d in held.kept if wanted(d)),
      {l.dataset.name: l.why for l in held.left_out if wanted(l.dataset)})


def _mixture(name: str) -> _Selection:
  """Somebody's mixture or task, with the rates it states itself."""
  chosen = [(registry.declaration(task.name), task, rate)
            for task, rate in mixtures.training_tasks(name)]
  return _Selection(
      ', '.join(name.split(',')),
      tuple({d.name: d for d, _, _ in chosen if d}.values()),
      rates={d.name: rate for d, _, rate in chosen if d and not is_sample(d.source)},
      others=tuple(task.name for d, task, _ in chosen if d is None))


def _title(cluster: str) -> str:
  return _TITLES.get(cluster, cluster.replace('_', ' ').capitalize())


def _describe(dataset: Dataset, vocabulary: seqio.Vocabulary, sample: int) -> dict[str, Any]:
  return {
      'name': dataset.name,
      'paper_name': dataset.paper_name,
      'cluster': dataset.cluster,
      'group': dataset.group,
      'in_paper': dataset.in_paper,
      'options': _options(dataset),
      'metrics': [name_of(metric) for metric in dataset.metrics],
      'source': dataset.source.name,
      'slices': dataset.source.slices,
      'about': dataclasses.asdict(dataset.about),
      'templates': [_describe_template(t) for t in dataset.templates],
      **_rows_facts(dataset, vocabulary, sample),
  }


def _options(dataset: Dataset) -> list[str] | str | None:
  if isinstance(dataset.options, str):
    return "one of the row's own options"
  return dataset.options and list(dataset.options)


def _describe_template(template: Template) -> dict[str, Any]:
  """Patterns as lists of literal texts and `[field]`."""
  patterns = {
      feature: [[part.text] if part.is_field else part.text
                for part in parse(getattr(template, feature))]
      for feature in row_facts.FEATURES
  }
  return {**patterns, 'turned_around': template.turned_around}


def _rows_facts(dataset: Dataset, vocabulary: seqio.Vocabulary, sample: int) -> dict[str, Any]:
  """What only the rows can tell; `missing` says why where there are none."""
  try:
    rows = row_facts.read(dataset, sample)
    here = {split: row_source(dataset.source).num_input_examples(split)
            for split in dataset.source.slices}
    sample_data = is_sample(dataset.source)
  except UserError as error:
    logging.warning('No rows of %s: %s', dataset.name, error)
    return {'missing': str(error), 'sample_data': False, 'here': {}, 'rows': [], 'marks': [],
            'lengths': {feature: [] for feature in row_facts.FEATURES}}
  shown = row_facts.varied(rows, dataset.answer, _SHOWN)
  return {
      'missing': '',
      'sample_data': sample_data,
      'here': here,
      'rows': shown,
      'marks': [row_facts.token_marks(t, shown, vocabulary) for t in dataset.templates],
      'lengths': row_facts.token_lengths(dataset.templates, rows, vocabulary),
  }


def _add_shares(described: Sequence[dict[str, Any]], selection: _Selection) -> None:
  """Adds `examples` (uncapped), `capped`, `rate`, `share` and `left_out` to each."""
  for facts in described:
    facts['left_out'] = selection.left_out.get(facts['name'], '')
    facts['examples'] = facts['about']['train_examples'] or facts['here'].get('train')
    trains = not facts['left_out'] and facts['examples']
    facts['capped'] = min(facts['examples'], slices.MAX_TRAIN_EXAMPLES) if trains else None
    rule = min(facts['capped'], mixtures.RATE_MAXIMUM) if trains else None
    facts['rate'] = selection.rates.get(facts['name'], rule)
  total = sum(facts['rate'] or 0 for facts in described)
  for facts in described:
    facts['share'] = facts['rate'] / total if facts['rate'] else None


def _add_findings(described: Sequence[dict[str, Any]], vocabulary: seqio.Vocabulary) -> None:
  """Adds what `t5x lint` finds in each."""
  found = lint.lint([facts['name'] for facts in described], vocabulary)
  for facts in described:
    facts['findings'] = [
        {'rule': f.rule, 'severity': f.severity, 'template': f.template, 'message': f.message,
         'place': f'{f.file}:{f.line}' if f.file else ''}
        for f in found if f.dataset == facts['name']]
