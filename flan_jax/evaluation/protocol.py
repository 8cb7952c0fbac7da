"""From outcomes of tasks to the numbers that are reported (paper, section 2.3 and appendix).

Per dataset: the mean and the standard deviation over its templates, and the test value of the
template that is best on the slice kept for choosing (`best_dev_template`). Per cluster: the mean
of its datasets' means. The value of a task is that of its headline, the first of its metrics, of
which more is better. Where templates of a dataset differ in it (BLEU into English and from
English), each headline is summed up by itself, and the dataset's mean is the mean of these.

Standard errors: of a task's accuracy, sqrt(p (1 - p) / n). Of a dataset's mean accuracy, from each
example's mean over the templates, since all templates are asked about the same examples. Of a
cluster's mean, by adding the datasets' up as independent.
"""
from collections.abc import Iterable, Sequence
import math
from typing import Any

import numpy as np

from flan_jax.evaluation.harness import DEV, Outcome

SCHEMA = 1


def results(
    outcomes: Iterable[Outcome], *, step: int, mixture: Any, sample_data: bool,
    data: str = '', left_out: Sequence[str] = ()
) -> dict[str, Any]:
  """The contents of `results.json`, documented in the README.

  Args:
    outcomes: of every task evaluated.
    step: the checkpoint's step.
    mixture: what was evaluated, as the user named it.
    sample_data: the rows, or some of them, were those of the sample world.
    data: where the rows came from, for people.
    left_out: datasets and splits that have no rows.
  """
  outcomes = list(outcomes)
  reported = [o for o in outcomes if o.split != DEV or not _has_test(o, outcomes)]
  dev = {o.task: _headline(o) for o in outcomes if o not in reported}
  datasets = {
      name: _dataset([o for o in reported if o.dataset == name], dev)
      for name in dict.fromkeys(o.dataset for o in reported)
  }
  return {
      'schema': SCHEMA,
      'step': step,
      'mixture': mixture,
      'sample_data': sample_data,
      'data': data,
      'left_out': list(left_out),
      'tasks': {o.task: _task(o) for o in reported},
      'datasets': datasets,
      'clusters': {
          cluster: _cluster([d for d in datasets.values() if d['cluster'] == cluster])
          for cluster in dict.fromkeys(o.cluster for o in reported)
      },
  }


def _has_test(outcome: Outcome, outcomes: Sequence[Outcome]) -> bool:
  return any(o.task == outcome.task and o.split != outcome.split for o in outcomes)


def _headline(outcome: Outcome) -> float:
  return next(iter(outcome.metrics.values()))


def _headline_name(outcome: Outcome) -> str:
  return next(iter(outcome.metrics))


def _task(outcome: Outcome) -> dict[str, Any]:
  return {
      'dataset': outcome.dataset,
      'cluster': outcome.cluster,
      'template': outcome.template,
      'split': outcome.split,
      'n': outcome.n,
      'chance': outcome.chance,
      'truncated': outcome.truncated,
      'metrics': {
          name: {'value': value, 'stderr': _stderr_of_rate(name, value, outcome)}
          for name, value in outcome.metrics.items()
      },
  }


def _stderr_of_rate(name: str, value: float, outcome: Outcome) -> float | None:
  """Binomial standard error of an accuracy; None for metrics that are no rate of right answers."""
  if outcome.correct is None or not name.startswith('accuracy'):
    return None
  return math.sqrt(value * (1 - value) / outcome.n)


def _dataset(outcomes: Sequence[Outcome], dev: dict[str, float]) -> dict[str, Any]:
  by_metric = {
      metric: _summary([o for o in outcomes if _headline_name(o) == metric], dev)
      for metric in dict.fromkeys(map(_headline_name, outcomes))
  }
  if len(by_metric) == 1:
    return _summary(outcomes, dev)
  return {
      **_summary(outcomes, dev),
      'metric': ', '.join(by_metric),
      'mean': float(np.mean([part['mean'] for part in by_metric.values()])),
      'std': None,
      'best_dev_template': None,
      'by_metric': by_metric,
  }


def _summary(outcomes: Sequence[Outcome], dev: dict[str, float]) -> dict[str, Any]:
  values = np.array([_headline(o) for o in outcomes])
  return {
      'cluster': outcomes[0].cluster,
      'metric': _headline_name(outcomes[0]),
      'mean': float(values.mean()),
      'std': float(values.std(ddof=1)) if len(values) > 1 else 0.0,
      'stderr': _stderr_over_examples(outcomes),
      'templates': len(outcomes),
      'n': outcomes[0].n,
      'chance': outcomes[0].chance,
      'best_dev_template': _best_on_dev(outcomes, dev),
  }


def _stderr_over_examples(outcomes: Sequence[Outcome]) -> float | None:
  if not all(_headline_name(o).startswith('accuracy') for o in outcomes):
    return None
  if any(o.correct is None or o.n != outcomes[0].n for o in outcomes) or outcomes[0].n < 2:
    return None
  by_example = np.mean([o.correct for o in outcomes], axis=0)
  return float(by_example.std(ddof=1) / math.sqrt(len(by_example)))


def _best_on_dev(outcomes: Sequence[Outcome], dev: dict[str, float]) -> dict[str, Any] | None:
  chosen = [o for o in outcomes if o.task in dev]
  if not chosen:
    return None
  best = max(chosen, key=lambda o: dev[o.task])
  return {'template': best.template, 'dev_value': dev[best.task], 'value': _headline(best)}


def _cluster(datasets: Sequence[dict[str, Any]]) -> dict[str, Any]:
  errors = [d['stderr'] for d in datasets]
  chances = [d['chance'] for d in datasets]
  return {
      'mean': float(np.mean([d['mean'] for d in datasets])),
      'stderr': None if None in errors else math.sqrt(sum(e**2 for e in errors)) / len(errors),
      'chance': None if None in chances else float(np.mean(chances)),
      'datasets': len(datasets),
  }
