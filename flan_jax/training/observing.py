"""Who watches a run, and what is done between its steps."""
from collections.abc import Callable, Mapping, Sequence
import contextlib
import dataclasses
import time
from typing import Any

from absl import logging
from etils import epath

from flan_jax import checks
from flan_jax.training.metrics import Report


@dataclasses.dataclass(frozen=True)
class Cadence:
  """How often something happens in a run. The last step always counts.

  Where both are given, whichever comes first counts; where neither is, only the last step does.

  Attributes:
    every_steps: whenever a multiple of this many steps has been reached.
    every_minutes: whenever this many minutes have passed.
  """

  every_steps: int | None = None
  every_minutes: float | None = None

  def __post_init__(self):
    checks.check(self, every_steps=checks.whole(1).or_none,
                 every_minutes=checks.number(above=0).or_none)

  def is_due(self, step: int, since: int, minutes: float, last: bool) -> bool:
    """Whether it is time.

    Args:
      step: the step that has been taken.
      since: the step when it was time before, or that the run began with.
      minutes: how many have passed since then.
      last: no step follows.
    """
    by_steps = self.every_steps and step // self.every_steps > since // self.every_steps
    by_minutes = self.every_minutes and minutes >= self.every_minutes
    return bool(last or by_steps or by_minutes)


class Observer:
  """Watches a run. Every method does nothing: override those that you need.

  The methods are called in the thread that trains, which waits for them. The one exception is
  `prepared`, which is called while the step is being compiled. An exception ends the run.

  Attributes:
    cadence: which reports `reported` is told. By default it is told all of them.
  """

  cadence: Cadence = Cadence(every_steps=1)

  def started(self, run: Any, first_step: int) -> None:
    """The run, a `BuiltRun`, is about to train; an earlier start has taken `first_step` steps."""

  def prepared(self, manifest: Mapping[str, Any], done: int, total: int) -> None:
    """One of `total` missing parts of the prepared data is there; `done` of them are."""

  def reported(self, report: Report) -> None:
    """A line of metrics, as in `train_metrics.jsonl`."""

  def saved(self, step: int, folder: epath.Path) -> None:
    """The checkpoint of a step is on its way to its folder; it is written while training goes on.

    By the time of `stopped` it is whole, unless that is told an error.
    """

  def evaluating(self, outcome: Any, done: int, total: int) -> None:
    """One of `total` tasks has been evaluated, with this `Outcome`; `done` of them have."""

  def evaluated(self, results: Mapping[str, Any], folder: epath.Path) -> None:
    """An evaluation is done: its results, as in `results.json`, and the folder they are in."""

  def noticed(self, text: str) -> None:
    """A line that people should read, such as about a damaged checkpoint."""

  def stopped(self, error: BaseException | None) -> None:
    """The run has ended. An error is the reason why it could not go on.

    A run that fails early stops without having started.
    """


class Observers(Observer):
  """Several observers as one: each is called in turn, and is told the reports that it asks for."""

  def __init__(self, observers: Sequence[Observer]):
    self._observers = tuple(observers)
    self._told = [(0, 0.0)] * len(self._observers)  # the step and the time of each one's last
    self._last_step = 0

  def started(self, run, first_step):
    self._told = [(first_step, time.monotonic())] * len(self._observers)
    self._last_step = run.config.steps
    for observer in self._observers:
      observer.started(run, first_step)

  def prepared(self, manifest, done, total):
    for observer in self._observers:
      observer.prepared(manifest, done, total)

  def reported(self, report):
    step, now = report['step'], time.monotonic()
    for i, observer in enumerate(self._observers):
      since, at = self._told[i]
      if observer.cadence.is_due(step, since, (now - at) / 60, step == self._last_step):
        self._told[i] = step, now
        observer.reported(report)

  def saved(self, step, folder):
    for observer in self._observers:
      observer.saved(step, folder)

  def evaluating(self, outcome, done, total):
    for observer in self._observers:
      observer.evaluating(outcome, done, total)

  def evaluated(self, results, folder):
    for observer in self._observers:
      observer.evaluated(results, folder)

  def noticed(self, text):
    for observer in self._observers:
      observer.noticed(text)

  def stopped(self, error):
    """Tells all of them, also when one fails; a failure here does not hide the run's own error."""
    with contextlib.ExitStack() as stack:
      if error:
        stack.enter_context(contextlib.suppress(Exception))
      for observer in reversed(self._observers):
        stack.callback(observer.stopped, error)


class Log(Observer):
  """Logs a line for each report."""

  def reported(self, report):
    logging.info('Step %d: loss %.4f, accuracy %.4f.', report['step'], report['loss'],
                 report['accuracy'])


@dataclasses.dataclass(frozen=True)
class PeriodicWork:
  """What is done between steps with the parameters of that moment, such as an evaluation.

  In a run of several processes all of them do it after the same step: its cadence counts steps.

  Attributes:
    do: does it, given the `BuiltRun`, the step and its parameters.
    catch_up: called where an earlier start got as far as a step at which this was due, or to the
      end. That start may have been stopped before it did the work, so this does it if need be.
    every_steps: the steps between two times; 0 does it at the end only.
  """

  do: Callable[[Any, int, Any], None]
  catch_up: Callable[[Any, int, Any], None]
  every_steps: int = 0

  def is_due(self, step: int, steps: int) -> bool:
    """Whether it is time after this step of so many."""
    cadence = Cadence(self.every_steps or None)
    return step > 0 and cadence.is_due(step, step - 1, 0.0, step >= steps)
