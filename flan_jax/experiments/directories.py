"""The plan of a sweep as data, and the record in each run's folder.

A run's folder has `sweep.json`: the configuration that it was started with, and what it took. A run
is finished if the record has the same configuration and the results of the last step exist.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import hashlib
import json
import os
from typing import Any

from etils import epath

from flan_jax import json_text, storage
from flan_jax.errors import UserError

RECORD, LOG, PLAN = 'sweep.json', 'log.txt', 'plan.json'


@dataclasses.dataclass(frozen=True)
class PlannedRun:
  """A training of a sweep.

  Attributes:
    directory: its folder, in that of the sweep.
    arguments: of `t5x train`.
    settings: what decides its results, by name.
    results: the file or folder that exists when it is finished, in its own folder.
    steps: of training.
    flops: an estimate for training and evaluation.
    base: the folder of the run that must be finished before, or None.
  """

  directory: str
  arguments: Sequence[str]
  settings: Mapping[str, str]
  results: str
  steps: int
  flops: float
  base: str | None = None


@dataclasses.dataclass(frozen=True)
class PlannedPoint:
  """A point with one of its seeds, and the folder of its run; several points may share a run."""

  experiment: str
  labels: Mapping[str, Any]
  seed: int
  directory: str

  @property
  def key(self) -> str:
    """Tells this point and seed from all others."""
    return key(self.experiment, self.labels, self.seed)


@dataclasses.dataclass(frozen=True)
class Plan:
  """The runs of a sweep in order, bases before those that need them, and the points."""

  runs: Sequence[PlannedRun]
  points: Sequence[PlannedPoint]

  def as_json(self) -> dict[str, Any]:
    """The plan as a JSON-able object."""
    return {'runs': [dataclasses.asdict(r) for r in self.runs],
            'points': [dataclasses.asdict(p) for p in self.points]}


def from_json(read: Mapping[str, Any]) -> Plan:
  """The plan of `Plan.as_json`."""
  return Plan(tuple(PlannedRun(**r) for r in read['runs']),
              tuple(PlannedPoint(**p) for p in read['points']))


def key(experiment: str, labels: Mapping[str, Any], seed: int) -> str:
  """Tells a point and seed from all others."""
  return json.dumps([experiment, dict(labels), seed], sort_keys=True)


def digest(value: Any) -> str:
  """A short digest of a JSON-able value."""
  return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


# ---- The record of a run ----


def record(output_dir: str, directory: str) -> dict[str, Any]:
  """The record in a run's folder; empty if there is none."""
  file = epath.Path(output_dir) / directory / RECORD
  return json.loads(file.read_text()) if file.exists() else {}


def write_record(output_dir: str, run: PlannedRun, seconds: float) -> None:
  """Writes the record of a run that begins or ends; `seconds` is what all its starts took."""
  folder = epath.Path(output_dir) / run.directory
  folder.mkdir(parents=True, exist_ok=True)
  said = {'settings': dict(run.settings), 'results': run.results, 'flops': run.flops,
          'seconds': round(seconds, 1)}
  storage.write_text(folder / RECORD, json_text.dumps(said, indent=2) + '\n')


def is_finished(output_dir: str, run: PlannedRun) -> bool:
  """Whether a run of this configuration has reached its end."""
  found = record(output_dir, run.directory)
  return found.get('settings') == dict(run.settings) and (
      epath.Path(output_dir) / run.directory / run.results).exists()


def check_free(output_dir: str, run: PlannedRun) -> None:
  """Checks that a run may begin or go on in its folder.

  Raises:
    UserError: the folder holds a run of another configuration, or a run is writing there.
  """
  folder = os.path.join(output_dir, run.directory)
  storage.check_unclaimed(folder, '--output_dir')
  was, now = record(output_dir, run.directory).get('settings'), dict(run.settings)
  if was is None or was == now:
    return
  name = next(n for n in [*now, *was] if was.get(n) != now.get(n))
  value = lambda settings: settings.get(name, 'unset')
  raise UserError(
      f'it holds a run of another configuration: {name} was {value(was)} and is {value(now)}',
      folder, 'Use the settings of that run, delete its folder, or name another --output_dir.')


# ---- The plan of earlier starts ----


def remember(output_dir: str, plan: Plan) -> None:
  """Keeps which folder each point has; `t5x sweep --gather` reads it."""
  known = folders(output_dir) | {p.key: p.directory for p in plan.points}
  text = json_text.dumps(dict(sorted(known.items())), indent=2)
  storage.write_text(epath.Path(output_dir) / PLAN, text + '\n')


def folders(output_dir: str) -> dict[str, str]:
  """The folder of each point that was ever planned here, by its key."""
  file = epath.Path(output_dir) / PLAN
  return json.loads(file.read_text()) if file.exists() else {}
