"""The results of a sweep by point and cluster, over the seeds."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.experiments import gathering
from flan_jax.experiments.declared import CLUSTER, Sweep


def rows(sweep: Sweep, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
  """A row for each point and evaluated cluster, in the order of the sweep.

  Args:
    sweep: the sweep.
    lines: from `gathering.gather`.

  Returns:
    JSON-able: `experiment`, `point`, `cluster`, `seeds` (those with results), `mean`, `stderr` (as
    in the figure) and `chance`. A point without results has a row whose cluster and numbers are
    None.
  """
  found = []
  for experiment in sweep.experiments:
    for point in experiment.wanted_points():
      of_point = [line for line in lines if line['experiment'] == experiment.name
                  and line['point'] == dict(point.labels)]
      begin = {'experiment': experiment.name, 'point': dict(point.labels)}
      for cluster in dict.fromkeys(line[CLUSTER] for line in of_point):
        of_cluster = [line for line in of_point if line[CLUSTER] == cluster]
        known = [[line] for line in of_cluster if line['mean'] is not None]
        value = gathering.value(known) if known else None
        found.append({
            **begin, CLUSTER: cluster, 'seeds': len(of_cluster),
            'mean': value and value.mean, 'stderr': value and value.error,
            'chance': value and value.chance})
      if not of_point:
        found.append({**begin, CLUSTER: None, 'seeds': 0, 'mean': None, 'stderr': None,
                      'chance': None})
  return found
