"""Collects the facts that the page shows, as plain objects."""
from collections.abc import Mapping, Sequence
from typing import Any

from absl import logging
import seqio

from flan_jax.data import mixtures, variants
from flan_jax.data.dataset import Dataset
from flan_jax.data.metric_types import name_of
from flan_jax.data.reading_rows import in_use, row_source
from flan_jax.data.sources import slices
from flan_jax.data.templates import Template, parse
from flan_jax.data_tools import lint
from flan_jax.errors import UserError, in_one_line
from flan_jax.report.data import balance, raw_rows, token_marks
from flan_jax.report.data import rows as row_facts
from flan_jax.report.data.links import links
from flan_jax.report.data.selection import Selection, select, title

_SAMPLE = 64  # rows of a dataset whose lengths are measured
_SHOWN = 6  # rows of a dataset that are shown


def collect(
    name: str | None,
    vocabulary: seqio.Vocabulary,
    limits: Mapping[str, int],
    sample: int = _SAMPLE,
) -> dict[str, Any]:
  """Everything that the data card shows, as JSON values.

  Sizes, caps, rates and shares follow the paper's rule (section 2.2). They are computed from the
  declared size of the real training split, or from the number of rows read if none is declared.

  Args:
    name: mixture, cluster, dataset or task; None for everything registered.
    vocabulary: counts tokens and gives their boundaries.
    limits: the maximum lengths of `inputs` and `targets` in tokens, marked in the histograms.
    sample: rows of each dataset that are read.

  Raises:
    UserError: the name is unknown, or none of its tasks is declared.
  """
  selection = select(name)
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
      'titles': {g: title(g) for d in selection.datasets for g in (d.cluster, d.group)},
      'others': list(selection.others),
      'datasets': described,
  }


def _describe(dataset: Dataset, vocabulary: seqio.Vocabulary, sample: int) -> dict[str, Any]:
  return {
      'name': dataset.name,
      'paper_name': dataset.paper_name,
      'cluster': dataset.cluster,
      'group': dataset.group,
      'in_paper': dataset.in_paper,
      'options': _options(dataset),
      'metrics': [name_of(metric) for metric in dataset.metrics],
      'source': in_use(dataset).name,
      'slices': dataset.source.slices,
      'about': dataset.about.as_json(),
      'links': links(dataset),
      'shots': dataset.shots,
      'templates': [_describe_template(t) for t in dataset.templates],
      **_rows_facts(dataset, vocabulary, sample),
  }


def _options(dataset: Dataset) -> list[str] | str | None:
  if isinstance(dataset.options, str):
    return "one of the row's own options"
  return dataset.options and list(dataset.options)


def _describe_template(template: Template) -> dict[str, Any]:
  """A template; its patterns are lists of literal texts and `[field]`."""
  patterns = {
      feature: [[part.text] if part.is_field else part.text
                for part in parse(getattr(template, feature))]
      for feature in row_facts.FEATURES
  }
  return {**patterns, 'turned_around': template.turned_around}


def _rows_facts(dataset: Dataset, vocabulary: seqio.Vocabulary, sample: int) -> dict[str, Any]:
  """The facts that need rows; `missing` gives the reason if there are none."""
  try:
    counted = row_facts.read(dataset, max(sample, balance.ROWS) if dataset.options else sample)
    shown = row_facts.varied(counted[:sample], dataset.answer, _SHOWN)
    raw = row_facts.raw(dataset, [row.position for row in shown])
    here = {split: row_source(dataset).num_input_examples(split)
            for split in dataset.source.slices}
    labels = row_source(dataset).label_names()
  except UserError as error:
    logging.warning('No rows of %s: %s', dataset.name, error)
    return _no_rows(str(error))
  except Exception as error:  # pylint: disable=broad-except
    # Functions of a user's declaration may raise anything.
    logging.warning('No rows of %s: %s', dataset.name, in_one_line(error))
    return _no_rows(f'they cannot be turned into fields: {in_one_line(error)}')
  if not counted:
    return _no_rows('there are none, or all are left out')
  texts = [row_facts.cut_short(row.fields) for row in shown]
  return {
      'missing': '',
      'sample_data': row_source(dataset).is_sample(),
      'here': here,
      'balance': balance.balance(dataset, counted),
      'rows': texts,
      'raw': [raw_rows.columns(row, read.fields, labels) for row, read in zip(raw, shown)],
      'marks': [_packed_marks(t, texts, vocabulary) for t in dataset.templates],
      'lengths': row_facts.token_lengths(
          dataset.templates, [row.fields for row in counted[:sample]], vocabulary),
  }


def _no_rows(why: str) -> dict[str, Any]:
  return {'missing': why, 'sample_data': False, 'here': {}, 'balance': None, 'rows': [], 'raw': [],
          'marks': [], 'lengths': {feature: [] for feature in row_facts.FEATURES}}


def _packed_marks(template: Template, rows: Sequence[row_facts.Texts], vocabulary):
  return [{feature: token_marks.packed(lengths) for feature, lengths in of_row.items()}
          for of_row in token_marks.token_marks(template, rows, vocabulary)]


def _add_shares(described: Sequence[dict[str, Any]], selection: Selection) -> None:
  """Adds `evaluated`, `left_out`, `examples` (uncapped), `capped`, `rate` and `share` to each.

  `left_out` says why a dataset is not trained on. Evaluated datasets have it too.
  """
  trained = {dataset.name for dataset in selection.trained}
  evaluated = {dataset.name for dataset in selection.evaluated}
  for facts, dataset in zip(described, selection.datasets):
    name = dataset.name
    facts['evaluated'] = name in evaluated
    facts['left_out'] = '' if name in trained else selection.why[name]
    facts['examples'] = facts['about']['train_examples'] or facts['here'].get('train')
    trains = name in trained and facts['examples']
    facts['capped'] = min(facts['examples'], dataset.source.max_train) if trains else None
    rule = min(facts['capped'], mixtures.RATE_MAXIMUM) if trains else None
    facts['rate'] = selection.rates.get(name, rule)
  total = sum(facts['rate'] or 0 for facts in described)
  for facts in described:
    facts['share'] = facts['rate'] / total if facts['rate'] else None


def _add_findings(described: Sequence[dict[str, Any]], vocabulary: seqio.Vocabulary) -> None:
  """Adds the findings of `t5x lint`; None for variants, since lint checks their datasets."""
  checked = [f['name'] for f in described if not variants.split(f['name'])[1]]
  found = lint.lint(checked, vocabulary)
  for facts in described:
    facts['findings'] = None if facts['name'] not in checked else [
        {'rule': f.rule, 'severity': f.severity, 'template': f.template, 'message': f.message,
         'place': f'{f.file}:{f.line}' if f.file else ''}
        for f in found if f.dataset == facts['name']]
