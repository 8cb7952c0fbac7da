"""Collects the results of a sweep: `results.jsonl`, and the curves of its figures."""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import json
import math
import os
from typing import Any

from etils import epath

from flan_jax import json_text, storage
from flan_jax.experiments import directories
from flan_jax.experiments.declared import CLUSTER, Experiment, Sweep

TABLE = 'results.jsonl'
AVERAGE = 'average'


def gather(sweep: Sweep, output_dir: str) -> list[dict[str, Any]]:
  """Reads the results of finished runs and writes `results.jsonl`.

  A line of an earlier table stays if its run has no folder here. So a figure can be drawn from a
  table alone.

  Returns:
    The lines of these experiments, in their order: by experiment, point, seed and cluster.
  """
  file = epath.Path(output_dir) / TABLE
  old: dict[str, list[dict[str, Any]]] = {}
  for line in file.read_text().splitlines() if file.exists() else ():
    read = json.loads(line)
    old.setdefault(_key(read), []).append(read)
  folders, lines = directories.folders(output_dir), []
  for experiment in sweep.experiments:
    for point in experiment.wanted_points():
      for seed in experiment.wanted_seeds():
        key = directories.key(experiment.name, point.labels, seed)
        earlier, folder = old.pop(key, []), folders.get(key)
        found = directories.record(output_dir, folder) if folder else {}
        lines += _lines(experiment.name, point.labels, seed, output_dir, folder, found) if found \
            else earlier
  others = [line for kept in old.values() for line in kept]
  if lines or others:
    text = ''.join(json_text.dumps(line) + '\n' for line in [*lines, *others])
    storage.write_named(file, text, '--output_dir')
  return lines


def _key(line: Mapping[str, Any]) -> str:
  return directories.key(line['experiment'], line['point'], line['seed'])


def _lines(name, labels, seed, output_dir, folder, record) -> Iterator[dict[str, Any]]:
  file = epath.Path(output_dir) / folder / record['results']
  if not file.exists():
    return
  for cluster, found in json.loads(file.read_text())['clusters'].items():
    yield {'experiment': name, 'point': dict(labels), 'seed': seed, CLUSTER: cluster,
           'mean': found['mean'], 'stderr': found['stderr'], 'chance': found['chance'],
           'run': folder}


# ---- Curves ----


@dataclasses.dataclass(frozen=True)
class Value:
  """A mean over seeds.

  Attributes:
    mean: between 0 and 1.
    error: the standard error, of the examples and of the seeds together; None if unknown.
    chance: None if there is none.
    seeds: how many.
  """

  mean: float
  error: float | None
  chance: float | None
  seeds: int


@dataclasses.dataclass(frozen=True)
class Curve:
  """The values of one series by the value of the horizontal axis."""

  name: Any
  values: Mapping[Any, Value]


def curves(experiment: Experiment, lines: Sequence[Mapping[str, Any]]) -> list[Curve]:
  """The curves of an experiment's figure, in the order of its points."""
  lines = [line for line in lines if line['experiment'] == experiment.name
           and line['mean'] is not None]
  series = lambda line: (line[CLUSTER] if experiment.series == CLUSTER
                         else line['point'].get(experiment.series))
  names = list(dict.fromkeys(map(series, lines)))
  found = [Curve(name, _values(experiment, [n for n in lines if series(n) == name]))
           for name in names]
  if experiment.average and len(names) > 1:
    found.append(Curve(AVERAGE, _values(experiment, with_all_clusters(lines))))
  return found


def with_all_clusters(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
  """The lines of those points and seeds that have a result of each cluster; others have no mean."""
  lines = [line for line in lines if line['mean'] is not None]
  clusters: dict[str, set[str]] = {}
  for line in lines:
    clusters.setdefault(_key(line), set()).add(line[CLUSTER])
  wanted = set().union(*clusters.values())
  return [line for line in lines if clusters[_key(line)] == wanted]


def _values(experiment, lines) -> dict[Any, Value]:
  by_x: dict[Any, list] = {}
  for line in lines:
    by_x.setdefault(line['point'][experiment.x], []).append(line)
  return {x: value(by_seed(found)) for x, found in by_x.items()}


def by_seed(lines: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
  """The lines of each seed."""
  found: dict[int, list] = {}
  for line in lines:
    found.setdefault(line['seed'], []).append(line)
  return list(found.values())


def value(seeds: Sequence[Sequence[Mapping[str, Any]]]) -> Value:
  """The mean over seeds of the means over clusters, and its error.

  Args:
    seeds: from `by_seed`; each has lines of the same clusters.

  All seeds are scored on the same examples, so more seeds do not lower the error of the examples.
  It is added to that of the seeds.
  """
  means = [_mean([line['mean'] for line in lines]) for lines in seeds]
  errors = [_error([line['stderr'] for line in lines]) for lines in seeds]
  chances = [line['chance'] for line in seeds[0]]
  mean, count = _mean(means), len(means)
  spread = sum((m - mean)**2 for m in means) / (count - 1) / count if count > 1 else 0.0
  error = None if None in errors else math.sqrt(_mean([e**2 for e in errors]) + spread)
  return Value(mean, error, None if None in chances else _mean(chances), count)


def _mean(values):
  return sum(values) / len(values)


def _error(errors) -> float | None:
  return None if None in errors else math.sqrt(sum(e**2 for e in errors)) / len(errors)


def figure_name(sweep: Sweep, experiment: Experiment) -> str:
  """The file of an experiment's figure, without its ending."""
  return 'figure' if len(sweep.experiments) == 1 else experiment.name


def draw_all(sweep: Sweep, lines: Sequence[Mapping[str, Any]], output_dir: str) -> list[str]:
  """Draws the figure of each experiment that has results; returns the paths of the files."""
  from flan_jax.experiments import figures  # matplotlib is slow to import

  paths = []
  for experiment in sweep.experiments:
    if found := curves(experiment, lines):
      base = os.path.join(output_dir, figure_name(sweep, experiment))
      paths += figures.draw(experiment, found, base)
  return paths
