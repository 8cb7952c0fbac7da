"""From experiments to runs: each is checked as `t5x train --dry_run` checks it, before any starts.

Making a plan imports JAX, and takes the devices. So the command makes it in a process of its own.
"""
from collections.abc import Iterator, Mapping, Sequence
import contextlib
import dataclasses
import os
from typing import Any

from flan_jax import __version__, api, configuration, sample_world
from flan_jax.checkpoints.finding import has_checkpoint
from flan_jax.checkpoints.store import FOLDER
from flan_jax.data import experiments as paper
from flan_jax.data import naming
from flan_jax.errors import UserError
from flan_jax.evaluation import harness
from flan_jax.evaluation.results import folder_name
from flan_jax.experiments import directories, worlds
from flan_jax.experiments.declared import DIRECTORY, SEED, Experiment, Point, Sweep, shown
from flan_jax.experiments.directories import Plan, PlannedPoint, PlannedRun
from flan_jax.planning import arithmetic

_BASE = 'INITIAL_CHECKPOINT_PATH'


@dataclasses.dataclass(frozen=True)
class ForAll:
  """What applies to every run of a sweep.

  Attributes:
    gin_files: read after those of the experiment.
    bindings: gin statements; a point's own settings take precedence.
    search_paths: folders in which to look for gin files.
    flags: of `t5x train`, such as '--tfds_data_dir=DIR'.
  """

  gin_files: Sequence[str] = ()
  bindings: Sequence[str] = ()
  search_paths: Sequence[str] = ()
  flags: Sequence[str] = ()


def make(sweep: Sweep, output_dir: str, for_all: ForAll = ForAll()) -> Plan:
  """The runs of a sweep, all checked.

  Raises:
    UserError: a point cannot run; it trains on what it evaluates; a folder of `output_dir` holds
      the run of another configuration; or `for_all` names other rows than the sweep.
  """
  with worlds.reading(sweep.sample_world_seed, for_all.flags):
    return _Planner(output_dir, for_all, sweep.sample_world_seed).plan(sweep)


class _Planner:
  """Collects runs. A run that another point has too is planned once."""

  def __init__(self, output_dir: str, for_all: ForAll, world: int):
    self._output_dir, self._for_all, self._world = output_dir, for_all, world
    self._runs: dict[str, PlannedRun] = {}  # by the identity of the configuration

  def plan(self, sweep: Sweep) -> Plan:
    points = []
    for experiment in sweep.experiments:
      for point in experiment.wanted_points():
        with _told_of(experiment, point):
          runs = self._runs_of(experiment, point)
        points += [PlannedPoint(experiment.name, dict(point.labels), seed, run.directory)
                   for seed, run in runs.items()]
    runs = tuple(self._runs.values())
    for run in runs:
      directories.check_free(self._output_dir, run)
    return Plan(runs, tuple(points))

  def _runs_of(self, experiment: Experiment, point: Point) -> dict[int, PlannedRun]:
    """The run of each seed."""
    bases = {} if point.base is None else self._bases_of(experiment, point)
    return self._planned(experiment, point.name, point.gin_files, point.settings,
                         experiment.wanted_seeds(), bases, point)

  def _bases_of(self, experiment: Experiment, point: Point) -> dict[int, PlannedRun]:
    """The base of each seed; the same one for all of them if the point says so."""
    settings, files = dict(point.base), list(point.base_gin_files)
    seeds = experiment.wanted_seeds()
    name = 'base-' + directories.digest(settings | ({'gin_files': files} if files else {}))
    if SEED not in settings:
      return self._planned(experiment, name, files, settings, seeds, {}, None)
    shared = settings.pop(SEED)
    base = self._planned(experiment, name, files, settings, (shared,), {}, None)[shared]
    return dict.fromkeys(seeds, base)

  def _planned(self, experiment, name, gin_files, settings, seeds, bases, point):
    """Plans a run for each seed. Everything but seed and folder is checked with the first one."""
    directory = lambda seed: os.path.join('runs', experiment.name, f'{name}-seed{seed}')
    files = [*experiment.gin_files, *self._for_all.gin_files, *gin_files]
    bindings = [*_bindings(experiment.settings), *self._for_all.bindings, *_bindings(settings)]
    place = lambda inside: os.path.join(self._output_dir, inside)

    def own(seed):
      of_seed = {DIRECTORY: place(directory(seed)), SEED: seed}
      if bases:
        of_seed[_BASE] = place(bases[seed].directory)
      return _bindings(of_seed)

    loaded = configuration.load(
        files, [*bindings, *own(seeds[0])], list(self._for_all.search_paths))
    loaded.check_flags('Run')
    run = loaded.build(api.Run)
    bound = configuration.bound()
    self._check(experiment, point, run, bases)
    identity = _identity(bound, self._for_all, run, self._world)
    found = {}
    for seed in seeds:
      settings = identity | {SEED: repr(seed)}
      if bases:
        settings[_BASE] = bases[seed].directory
      planned = PlannedRun(
          directory(seed), tuple(self._arguments(files, [*bindings, *own(seed)])), settings,
          _results(run), run.training.steps, _flops(run),
          bases[seed].directory if bases else None)
      found[seed] = self._runs.setdefault(directories.digest(settings), planned)
    return found

  def _arguments(self, files, bindings) -> Iterator[str]:
    yield from (f'--gin_file={file}' for file in files)
    yield from (f'--gin_search_paths={path}' for path in self._for_all.search_paths)
    yield from (f'--gin_bindings={binding}' for binding in bindings)
    yield from (*self._for_all.flags, *worlds.flags(self._world))

  def _check(self, experiment, point, run: api.Run, bases) -> None:
    if point and run.evaluation is None:
      raise UserError('it evaluates nothing', 'EVAL_MIXTURE_OR_TASK_NAME',
                      'Name what it evaluates.')
    base = run.training.initial_checkpoint
    if bases and not has_checkpoint(base):  # the base is trained before the point
      run = dataclasses.replace(
          run, training=dataclasses.replace(run.training, initial_checkpoint=None))
    api.check(run)
    if point and experiment.held_out:
      paper.check_held_out(run.training.mixture, run.evaluation.mixture, always=True)
    if point and point.base and 'MIXTURE_OR_TASK_NAME' in point.base:
      paper.check_held_out(
          point.base['MIXTURE_OR_TASK_NAME'], run.evaluation.mixture, always=True)


@contextlib.contextmanager
def _told_of(experiment: Experiment, point: Point) -> Iterator[None]:
  """Adds the point's name to errors."""
  try:
    yield
  except UserError as error:
    told = configuration.in_typed_words(error)
    where = f'{experiment.name}, {shown(point.labels)}'
    raise UserError(
        told.what, f'{where}: {told.where}' if told.where else where, told.remedy) from error


def _bindings(settings: Mapping[str, Any]) -> list[str]:
  return [f'{name} = {value!r}' for name, value in settings.items()]


def _identity(
    bound: Mapping[str, str], for_all: ForAll, run: api.Run, world_seed: int) -> dict[str, str]:
  """What decides the results of a run, apart from its seed: the configuration and the data."""
  names = [run.training.mixture, *([run.evaluation.mixture] if run.evaluation else [])]
  sample = any(naming.rows_of(name).sample for name in names)
  world = {'the sample world': sample_world.directory(world_seed).name} if sample else {}
  flags = dict(flag.split('=', 1) if '=' in flag else (flag, 'True') for flag in for_all.flags)
  return {**{name: value for name, value in bound.items() if name != DIRECTORY}, **flags, **world,
          'the version of FLAN-JAX': __version__}


def _results(run: api.Run) -> str:
  """The file that a finished run has, in its directory."""
  steps = str(run.training.steps)
  if run.evaluation is None:
    return os.path.join(FOLDER, steps)
  return os.path.join('eval', steps, folder_name(run.evaluation.mixture), 'results.json')


def _flops(run: api.Run) -> float:
  """FLOPs of training and evaluation; the longest prompts are assumed."""
  step = run.training.step_config()
  total = run.training.steps * arithmetic.flops(step).total
  if run.evaluation:
    each = arithmetic.flops(dataclasses.replace(step, batch_size=1, accumulation=1)).forward
    total += each * sum(work.num_examples or 1000 for work in harness.wanted(run.evaluation))
  return float(total)
