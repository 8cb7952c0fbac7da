"""From outcomes of tasks to the reported numbers (paper, section 2.3 and appendix).

A task's value is its headline, the first of its metrics. For each dataset: the mean and standard
deviation over its templates, and the test value of the template that is best on the dev slice
(`best_dev_template`). If a dataset's templates have different headlines (BLEU into English and from
English), each headline has its own summary, and the dataset's mean is the mean of these. For each
cluster: the mean of its datasets' means.

Standard errors: of a task's rate, sqrt(p (1 - p) / n). Of a dataset's mean accuracy, from each
example's mean over the templates, since all templates have the same examples. Of a cluster's mean,
from those of its datasets, taken as independent.

Tasks with baseline prompts count in none of these means. `baseline` of a dataset and of a cluster
has the same values for them.

A missing value (its metric failed, or no example could be scored) is None and does not count in
means. The mean of no values is None.
"""
from collections.abc import Iterable, Mapping, Sequence
import math
from typing import Any

import numpy as np

from flan_jax.data.baselines import BASELINE, TEMPLATES
from flan_jax.evaluation.outcomes import Outcome

SCHEMA = 2


def results(
    outcomes: Iterable[Outcome], *, step: int, mixture: Any, sample_data: bool,
    facts: Mapping[str, Any] | None = None, seen: Mapping[str, str] | None = None,
) -> dict[str, Any]:
  """The contents of `results.json`, documented in the README.

  Args:
    outcomes: of every evaluated task.
    step: the checkpoint's step.
    mixture: what was evaluated, as the user named it.
    sample_data: at least some of the rows were those of the sample world.
    facts: further entries: `rows_of` (where the rows came from, in words), `left_out` (datasets and
      splits without rows), and those of `flan_jax.evaluation.results.facts`.
    seen: by dataset, why the checkpoint was trained on its examples; empty if it was not. None if
      the checkpoint's training data is unknown.
  """
  outcomes = list(outcomes)
  reported = [o for o in outcomes if not o.chooses]
  of = lambda name, prompts: [o for o in reported if o.dataset == name and o.prompts == prompts]
  splits = {o.task: o.split for o in reported}
  # Choosing and reporting on the same rows would only report the luckiest template.
  dev = {o.task: o.value for o in outcomes
         if o.chooses and o.value is not None and o.split != splits.get(o.task)}
  datasets = {
      name: _with_baseline(of(name, TEMPLATES), of(name, BASELINE), dev, seen)
      for name in dict.fromkeys(o.dataset for o in reported)
  }
  return {
      'schema': SCHEMA,
      'step': step,
      'mixture': mixture,
      'sample_data': sample_data,
      **(facts or {}),
      'tasks': {o.task: _task(o, seen) for o in reported},
      'datasets': datasets,
      'clusters': {
          cluster: _cluster_with_baseline(
              [d for d in datasets.values() if d['cluster'] == cluster])
          for cluster in dict.fromkeys(o.cluster for o in reported)
      },
  }


def _is_seen(dataset: str, seen: Mapping[str, str] | None) -> bool | None:
  return None if seen is None else bool(seen.get(dataset))


def _task(outcome: Outcome, seen: Mapping[str, str] | None) -> dict[str, Any]:
  return {
      'dataset': outcome.dataset,
      'cluster': outcome.cluster,
      'template': outcome.template,
      'prompts': outcome.prompts,
      'split': outcome.split,
      'n': outcome.n,
      'chance': outcome.chance,
      'trained_on': _is_seen(outcome.dataset, seen),
      'truncated': outcome.truncated,
      'targets_truncated': outcome.targets_truncated,
      'left_out': outcome.left_out,
      'needed_inputs': outcome.needed_inputs,
      'ties': outcome.ties,
      'shots': outcome.shots,
      'metrics': {
          name: {'value': value, 'stderr': _stderr_of_rate(name, value, outcome)}
          for name, value in outcome.metrics.items()
      },
      'other': dict(outcome.other),
      'failed': dict(outcome.failed),
      'not_scored': _not_scored(outcome),
      'note': outcome.note,
  }


def _not_scored(outcome: Outcome) -> dict[str, Any] | None:
  """How many examples have no score, the first of them and why; None if all have one."""
  if not outcome.not_scored:
    return None
  example, why = next(iter(outcome.not_scored.items()))
  return {'examples': len(outcome.not_scored), 'first': example, 'why': why}


def _stderr_of_rate(name: str, value: float | None, outcome: Outcome) -> float | None:
  """The binomial standard error; None if the value is not a rate of right answers."""
  about = outcome.about.get(name)
  if value is None or not outcome.n or about is None or not about.rate:
    return None
  return math.sqrt(value * (1 - value) / outcome.n)


def _with_baseline(
    by_templates: Sequence[Outcome], by_baseline: Sequence[Outcome], dev: Mapping[str, float],
    seen: Mapping[str, str] | None
) -> dict[str, Any]:
  """A dataset's numbers over its templates and, if it was asked by it, those of its baseline."""
  baseline = _dataset(by_baseline, {}, seen) if by_baseline else None
  if by_templates:
    dataset = _dataset(by_templates, dev, seen)
  else:
    missing = dict.fromkeys(('mean', 'std', 'stderr', 'best_dev_template'))
    dataset = {**baseline, **missing, 'templates': 0}
  return {**dataset, 'baseline': baseline} if baseline else dataset


def _cluster_with_baseline(datasets: Sequence[dict[str, Any]]) -> dict[str, Any]:
  asked = [d['baseline'] for d in datasets if 'baseline' in d]
  return _cluster(datasets) | ({'baseline': _cluster(asked)} if asked else {})


def _dataset(
    outcomes: Sequence[Outcome], dev: Mapping[str, float], seen: Mapping[str, str] | None
) -> dict[str, Any]:
  by_metric = {
      metric: _summary([o for o in outcomes if o.headline.name == metric], dev, seen)
      for metric in dict.fromkeys(o.headline.name for o in outcomes)
  }
  if len(by_metric) == 1:
    return _summary(outcomes, dev, seen)
  return {
      **_summary(outcomes, dev, seen),
      'metric': ', '.join(by_metric),
      'mean': _mean([part['mean'] for part in by_metric.values()]),
      'std': None,
      'best_dev_template': None,
      'by_metric': by_metric,
  }


def _summary(
    outcomes: Sequence[Outcome], dev: Mapping[str, float], seen: Mapping[str, str] | None
) -> dict[str, Any]:
  first, headline = outcomes[0], outcomes[0].headline
  values = [o.value for o in outcomes if o.value is not None]
  return {
      'cluster': first.cluster,
      'metric': headline.name,
      'rate': headline.rate,
      'less_is_better': headline.less_is_better,
      'as_given': headline.as_given,
      'split': ', '.join(dict.fromkeys(o.split for o in outcomes)),
      'mean': _mean(values),
      'std': float(np.std(values, ddof=1)) if len(values) > 1 else 0.0 if values else None,
      'stderr': _stderr_over_examples(outcomes),
      'templates': len(values),
      'n': max(o.n for o in outcomes),
      'chance': next((o.chance for o in outcomes if o.chance is not None), None),
      'trained_on': _is_seen(first.dataset, seen),
      'why_trained_on': (seen or {}).get(first.dataset, ''),
      'best_dev_template': _best_on_dev(outcomes, dev),
  }


def _mean(values: Sequence[float | None]) -> float | None:
  known = [v for v in values if v is not None]
  return float(np.mean(known)) if known else None


def _stderr_over_examples(outcomes: Sequence[Outcome]) -> float | None:
  """The standard error of a dataset's mean; None if its headline is no share of right answers.

  Templates share their examples, so their values are not independent. The examples are: the error
  comes from each example's mean over the templates.
  """
  first = outcomes[0]
  for o in outcomes:
    same_rows = o.correct is not None and not o.not_scored and o.n == first.n
    if not same_rows or not o.headline.rate or o.value is None:
      return None
    if not math.isclose(o.value, float(np.mean(o.correct)), abs_tol=1e-9):
      return None  # another rate, such as accuracy by log-likelihood per token
  if first.n < 2:
    return None
  from scipy import stats  # slow to import; reading results needs none of it

  return float(stats.sem(np.mean([o.correct for o in outcomes], axis=0)))


def _best_on_dev(
    outcomes: Sequence[Outcome], dev: Mapping[str, float]
) -> dict[str, Any] | None:
  chosen = [o for o in outcomes if o.task in dev and o.value is not None]
  if not chosen:
    return None
  sign = -1 if chosen[0].headline.less_is_better else 1
  best = max(chosen, key=lambda o: sign * dev[o.task])
  return {'template': best.template, 'dev_value': dev[best.task], 'value': best.value}


def _cluster(datasets: Sequence[dict[str, Any]]) -> dict[str, Any]:
  measured = [d for d in datasets if d['mean'] is not None]
  errors = [d['stderr'] for d in measured]
  chances = [d['chance'] for d in measured]
  # The scale of an undescribed metric is unknown, so its value cannot be averaged with others.
  alike = len({(d['as_given'], d['metric'] if d['as_given'] else '') for d in measured}) == 1
  return {
      'mean': _mean([d['mean'] for d in measured]) if alike else None,
      'stderr': None if None in errors or not errors or not alike else (
          math.sqrt(sum(e**2 for e in errors)) / len(errors)),
      'chance': _mean(chances) if alike and None not in chances else None,
      'as_given': any(d['as_given'] for d in measured),
      'trained_on': any(d['trained_on'] for d in datasets),
      'datasets': len(measured),
  }
