"""What an experiment file declares: experiments, and the points that each of them compares."""
import ast
from collections.abc import Mapping, Sequence
import dataclasses
import re
from typing import Any

from flan_jax import checks
from flan_jax.errors import nearest

CLUSTER = 'cluster'  # the series of a figure that has a curve for each evaluated cluster
# The sweep gives each run its own.
DIRECTORY, SEED = 'MODEL_DIR', 'RANDOM_SEED'


@dataclasses.dataclass(frozen=True)
class Point:
  """A point of an experiment: a training for each seed.

  Attributes:
    labels: what tells the point from the others, such as {'clusters': 3}: texts and numbers.
    settings: the values of macros (or of 'configs.T5Config.d_model') in the training's runs.
    gin_files: further gin files of the runs.
    base: None, or settings of another training that comes first. The point starts from its last
      checkpoint. The base has the experiment's gin files and settings, not the point's. If it sets
      RANDOM_SEED, all seeds of the point start from this one base; else each has a base of its own.
    base_gin_files: further gin files of the base.
    quick: whether the quick version of the experiment has the point.
  """

  labels: Mapping[str, Any]
  settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  gin_files: Sequence[str] = ()
  base: Mapping[str, Any] | None = None
  base_gin_files: Sequence[str] = ()
  quick: bool = True

  def __post_init__(self):
    checks.check(self, labels=_labels(), settings=_settings(), gin_files=_texts('gin files'),
                 base=_settings(own=(DIRECTORY,)).or_none,
                 base_gin_files=_texts('gin files'), quick=checks.truth())
    if self.base_gin_files and self.base is None:
      raise checks.refusal(self, 'base_gin_files', 'the point has no base',
                           "Write 'base': {...} with the base's settings, which may be none.")

  @property
  def name(self) -> str:
    """The labels as part of a folder's name, such as 'clusters-3'."""
    return folder_name(self.labels)


@dataclasses.dataclass(frozen=True)
class Experiment:
  """Trainings that differ in little, and the figure that compares their results.

  Attributes:
    name: letters, digits, '_' and '-'.
    points: the points, as `Point`s or as tables of their fields.
    x: the label on the horizontal axis. Numbers give lines, texts give groups of bars.
    gin_files: of all runs; they configure a whole training.
    settings: of all runs, as in `Point`.
    seeds: each point is trained once with each of them.
    quick: only the points that are marked as quick, with the first seed.
    held_out: refuse a point that trains on what it evaluates.
    series: the label that tells the curves apart; 'cluster' for the evaluated clusters; None for
      one curve of their mean.
    average: add a curve of the mean over the series.
    title: of the figure.
    x_label: of the horizontal axis; None for `x`.
    log_x: a logarithmic horizontal axis.
    names: what the figure writes for a label's value or a cluster.
    published: the paper's results: tables with the value of `x`, if there are several curves that
      of `series`, and 'percent'.
  """

  name: str
  points: Sequence[Any]
  x: str
  gin_files: Sequence[str] = ()
  settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  seeds: Sequence[int] = (0,)
  quick: bool = False
  held_out: bool = True
  series: str | None = CLUSTER
  average: bool = False
  title: str = ''
  x_label: str | None = None
  log_x: bool = False
  names: Mapping[Any, str] = dataclasses.field(default_factory=dict)
  published: Sequence[Mapping[str, Any]] = ()

  def __post_init__(self):
    checks.check(
        self, name=_file_name(), points=checks.instances((Point, Mapping), 'points'),
        x=checks.text(), gin_files=_texts('gin files'), settings=_settings(), seeds=_seeds(),
        quick=checks.truth(), held_out=checks.truth(), series=checks.text().or_none,
        average=checks.truth(), x_label=checks.text().or_none, log_x=checks.truth(),
        names=checks.table("{'nli': 'NLI'}"), published=checks.instances(Mapping, 'tables'))
    object.__setattr__(self, 'points', tuple(self._point(p) for p in self.points))
    self._check_points()

  def _point(self, given: Any) -> Point:
    if isinstance(given, Point):
      return given
    known = [f.name for f in dataclasses.fields(Point)]
    for key in given:
      if key not in known:
        raise checks.refusal(self, 'points', f'a point has no {key!r}', nearest(str(key), known))
    if 'labels' not in given:
      raise checks.refusal(self, 'points', f'{checks.shown(given)} has no labels',
                           "Write {'labels': {'clusters': 3}, 'settings': {...}}.")
    return Point(**given)

  def _check_points(self) -> None:
    if not self.points:
      raise checks.refusal(self, 'points', 'there are none', 'Name one or more.')
    seen = set()
    for point in self.points:
      for label in {self.x, self.series} - {CLUSTER, None}:
        if label not in point.labels:
          raise checks.refusal(self, 'points', f'{dict(point.labels)} has no label {label!r}',
                               f'{self.name} draws its figure by it.')
      if point.name in seen:
        raise checks.refusal(self, 'points', f'two points are called {point.name}',
                             'Give them different labels.')
      seen.add(point.name)

  def wanted_points(self) -> tuple[Point, ...]:
    """The points of the version that is asked for."""
    return tuple(p for p in self.points if p.quick or not self.quick)

  def wanted_seeds(self) -> tuple[int, ...]:
    """The seeds of the version that is asked for."""
    return tuple(self.seeds[:1] if self.quick else self.seeds)


@dataclasses.dataclass(frozen=True)
class Sweep:
  """What `t5x sweep` does: one experiment or several.

  Attributes:
    experiments: a run that several of them need is made once.
    sample_world_seed: of the sample world that they read. That of an odd seed evaluates with the
      names that are kept for validation, so recipes can be chosen in it.
  """

  experiments: Sequence[Experiment]
  sample_world_seed: int = 0

  def __post_init__(self):
    checks.check(self, experiments=checks.instances(Experiment, 'experiments'),
                 sample_world_seed=checks.seed())
    names = [e.name for e in self.experiments]
    if not names or len(set(names)) < len(names):
      raise checks.refusal(self, 'experiments', f'{", ".join(names) or "none"} is not possible',
                           'Name one experiment or more, each under a name of its own.')


def folder_name(labels: Mapping[str, Any]) -> str:
  """Labels as part of a folder's name."""
  return '_'.join(re.sub(r'[^\w.+-]', '-', f'{label}-{value}') for label, value in labels.items())


def shown(labels: Mapping[str, Any]) -> str:
  """Labels as people read them: 'clusters 3'."""
  return ', '.join(f'{label} {value}' for label, value in labels.items())


# ---- Rules ----


def _labels() -> checks.Rule:
  holds = lambda value: (isinstance(value, Mapping) and bool(value) and all(
      isinstance(k, str) and type(v) in (str, int, float) and v != '' for k, v in value.items()))
  return checks.Rule("a table of labels with texts or numbers, such as {'clusters': 3}", holds)


def _settings(own: Sequence[str] = (DIRECTORY, SEED)) -> checks.Rule:
  def holds(value):
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and name not in own and _is_plain(setting)
        for name, setting in value.items())

  return checks.Rule(
      "a table of macros with plain values, such as {'TRAIN_STEPS': 100}, without "
      f'{" and ".join(own)}', holds)


def _is_plain(value: Any) -> bool:
  """Whether gin reads the value's repr as the value."""
  try:
    return ast.literal_eval(repr(value)) == value
  except (SyntaxError, ValueError):
    return False


def _texts(noun: str) -> checks.Rule:
  return checks.Rule(f'a list of {noun}', lambda value: isinstance(value, list | tuple) and all(
      isinstance(item, str) and item for item in value))


def _file_name() -> checks.Rule:
  return checks.Rule("a name of letters, digits, '_' and '-'", lambda value: (
      isinstance(value, str) and bool(re.fullmatch(r'[\w-]+', value))))


def _seeds() -> checks.Rule:
  return checks.Rule('a list of different whole numbers from 0', lambda value: (
      isinstance(value, list | tuple) and bool(value) and len(set(value)) == len(value)
      and all(map(checks.seed().holds, value))))
