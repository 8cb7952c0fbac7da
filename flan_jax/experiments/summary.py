"""The results of a sweep by point and cluster, over the seeds."""
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flan_jax.experiments import gathering
from flan_jax.experiments.declared import CLUSTER, Experiment, Sweep
from flan_jax.experiments.gathering import AVERAGE


def rows(sweep: Sweep, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
  """A row for each point and evaluated cluster, in the order of the sweep.

  If the experiment wants the average of its clusters, a row `average` follows them. It is over the
  seeds that have a result of each cluster.

  Args:
    sweep: the sweep.
    lines: from `gathering.gather`.

  Returns:
    JSON-able: `experiment`, `point`, `cluster`, `seeds` (those with results), `mean`, `stderr` (as
    in the figure) and `chance`. A point without results has a row whose cluster and numbers are
    None.
  """
  return [row for experiment in sweep.experiments for row in _rows(experiment, lines)]


def _rows(experiment: Experiment, lines) -> Iterator[dict[str, Any]]:
  lines = [line for line in lines if line['experiment'] == experiment.name]
  whole = gathering.with_all_clusters(lines)
  for point in experiment.wanted_points():
    begin = {'experiment': experiment.name, 'point': dict(point.labels)}
    of_point = [line for line in lines if line['point'] == begin['point']]
    clusters = dict.fromkeys(line[CLUSTER] for line in of_point)
    for cluster in clusters:
      yield {**begin, CLUSTER: cluster,
             **_numbers([line for line in of_point if line[CLUSTER] == cluster])}
    if experiment.average and len(clusters) > 1:
      yield {**begin, CLUSTER: AVERAGE,
             **_numbers([line for line in whole if line['point'] == begin['point']])}
    if not of_point:
      yield {**begin, CLUSTER: None, **_numbers([])}


def _numbers(lines) -> dict[str, Any]:
  known = gathering.by_seed([line for line in lines if line['mean'] is not None])
  value = gathering.value(known) if known else None
  return {'seeds': len(known), 'mean': value and value.mean, 'stderr': value and value.error,
          'chance': value and value.chance}
