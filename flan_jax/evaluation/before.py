"""Compares results with those of the same examples before tuning.

An example's value is its mean over the templates, so that templates, which share their examples,
do not count as independent. Examples are paired with themselves before tuning. A cluster's change
is the mean of its datasets' changes. Intervals are percentiles of a bootstrap over the examples of
each dataset, with a fixed seed.
"""
from collections.abc import Iterable, Mapping, Sequence
import dataclasses
import json
from typing import Any

from etils import epath
import numpy as np

from flan_jax.data.baselines import BASELINE, TEMPLATES
from flan_jax.evaluation import results as results_lib

_RESAMPLES, _SEED = 4_000, 0
_PERCENTILES = (2.5, 97.5)


@dataclasses.dataclass(frozen=True)
class Comparison:
  """What to compare results with.

  Attributes:
    folder: of the results and predictions before tuning.
    tasks: the number of tasks that tuned the model.
    clusters: their clusters.
  """

  folder: epath.Path
  tasks: int
  clusters: tuple[str, ...]


def compared(
    results: Mapping[str, Any], records: Mapping[str, Sequence[Mapping[str, Any]]],
    comparison: Comparison
) -> dict[str, Any]:
  """The entry `before` of `results.json`; docs/json.md has its keys.

  Args:
    results: after tuning.
    records: the predictions of its tasks, by name.
    comparison: with what.
  """
  folder = comparison.folder
  earlier = json.loads((folder / 'results.json').read_text())
  old = {name: results_lib.read_predictions(folder, name) for name in earlier['tasks']}
  draws = np.random.default_rng(_SEED)
  datasets, resampled = {}, {}
  for name, dataset in results['datasets'].items():
    if name in earlier['datasets']:
      now = _by_example(results['tasks'], records, name, TEMPLATES)
      changes = {
          prompts: _changes(dataset, now, _by_example(earlier['tasks'], old, name, prompts))
          for prompts in (TEMPLATES, BASELINE)}
      resampled[name] = {p: _resampled(draws, d) for p, d in changes.items()}
      datasets[name] = _entry(
          earlier['datasets'][name], {p: d if d is None else d.mean() for p, d in changes.items()},
          resampled[name])
  return {
      'step': earlier['step'],
      'tuned_on': {'tasks': comparison.tasks, 'clusters': list(comparison.clusters)},
      'datasets': datasets,
      'clusters': {
          cluster: _cluster(cluster, results, datasets, resampled, part)
          for cluster, part in earlier['clusters'].items() if cluster in results['clusters']},
  }


def _by_example(
    tasks: Mapping[str, Any], records: Mapping[str, Sequence[Mapping[str, Any]]], dataset: str,
    prompts: str
) -> dict[str, float]:
  """The share of right answers over the prompts of a kind, by the example's id."""
  found: dict[str, list[bool]] = {}
  for name, task in tasks.items():
    if task['dataset'] == dataset and task['prompts'] == prompts:
      for record in records[name]:
        if 'correct' in record and 'not_scored' not in record:
          found.setdefault(record['id'], []).append(record['correct'])
  return {example: float(np.mean(right)) for example, right in found.items()}


def _changes(dataset, now, then) -> np.ndarray | None:
  """The change of each example, float `[examples]`; None without a standard error."""
  both = [example for example in now if example in then]
  if not both or dataset['stderr'] is None:
    return None
  return np.array([now[example] - then[example] for example in both])


def _resampled(draws: np.random.Generator, changes: np.ndarray | None) -> np.ndarray | None:
  """Means of resampled examples, float `[resamples]`."""
  if changes is None:
    return None
  return np.stack([draws.choice(changes, len(changes)).mean() for _ in range(_RESAMPLES)])


def _cluster(cluster, results, datasets, resampled, part) -> dict[str, Any]:
  names = [n for n, d in results['datasets'].items() if d['cluster'] == cluster and n in datasets]
  means, draws = {}, {}
  for prompts, key in ((TEMPLATES, 'change'), (BASELINE, 'change_from_baseline')):
    complete = names and all(resampled[n][prompts] is not None for n in names)
    means[prompts] = _mean(datasets[n][key] for n in names) if complete else None
    draws[prompts] = np.mean([resampled[n][prompts] for n in names], 0) if complete else None
  return _entry(part, means, draws)


def _entry(part, means, draws) -> dict[str, Any]:
  """The numbers before tuning of a dataset or cluster, and the changes since then."""
  def of(numbers):
    return numbers and {key: numbers[key] for key in ('mean', 'stderr')}

  def plain(value):
    return None if value is None else float(value)

  def interval(values):
    return None if values is None else np.percentile(values, _PERCENTILES).tolist()

  return {
      'templates': of(part),
      'baseline': of(part.get('baseline')),
      'change': plain(means[TEMPLATES]),
      'interval': interval(draws[TEMPLATES]),
      'change_from_baseline': plain(means[BASELINE]),
      'interval_from_baseline': interval(draws[BASELINE]),
  }


def _mean(values: Iterable[float]) -> float:
  return float(np.mean(list(values)))
