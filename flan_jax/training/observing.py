"""Observers of a run, and work between its steps."""
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
  """How often something happens in a run. It always happens at the last step.

  With both attributes, it happens whenever either is due; with neither, only at the last step.

  Attributes:
    every_steps: due at each multiple of this many steps.
    every_minutes: due when this many minutes have passed.
  """

  every_steps: int | None = None
  every_minutes: float | None = None

  def __post_init__(self):
    checks.check(self, every_steps=checks.whole(1).or_none,
                 every_minutes=checks.number(above=0).or_none)

  def is_due(self, step: int, since: int, minutes: float, last: bool) -> bool:
    """Whether it is due.

    Args:
      step: the step that has been taken.
      since: the step when it last was due, or the first step of the run.
      minutes: minutes since then.
      last: whether this is the last step.
    """
    by_steps = self.every_steps and step // self.every_steps > since // self.every_steps
    by_minutes = self.every_minutes and minutes >= self.every_minutes
    return bool(last or by_steps or by_minutes)


class Observer:
  """Watches a run. The methods do nothing: override those that you need.

  The training thread calls the methods and waits for them. The exception is `prepared`, which is
  called from another thread while the step is compiled. An exception in a method ends the run.

  Attributes:
    cadence: how often `reported` is called. By default it is called for every report.
  """

  cadence: Cadence = Cadence(every_steps=1)

  def started(self, run: Any, first_step: int) -> None:
    """The run, a `BuiltRun`, is about to train. Earlier starts took `first_step` steps."""

  def prepared(self, manifest: Mapping[str, Any], done: int, total: int) -> None:
    """One of `total` missing parts of the tokenized data has been written; `done` so far."""

  def reported(self, report: Report) -> None:
    """A line of metrics, as in `train_metrics.jsonl`."""

  def saved(self, step: int, folder: epath.Path) -> None:
    """The checkpoint of a step is being written to a folder while training continues.

    It is complete when `stopped` is called without an error.
    """

  def evaluating(self, outcome: Any, done: int, total: int) -> None:
    """One of `total` tasks has been evaluated, with this `Outcome`; `done` so far."""

  def evaluated(self, results: Mapping[str, Any], folder: epath.Path) -> None:
    """An evaluation is done: its results, as in `results.json`, and their folder."""

  def noticed(self, text: str) -> None:
    """A message for the user, such as about a damaged checkpoint."""

  def stopped(self, error: BaseException | None) -> None:
    """The run has ended. `error` is the reason if it failed.

    A run that fails early calls this without `started`.
    """


class Observers(Observer):
  """Several observers as one. Each is called in turn, with the reports that its cadence selects."""

  def __init__(self, observers: Sequence[Observer]):
    self._observers = tuple(observers)
    self._told = [(0, 0.0)] * len(self._observers)  # step and time of each observer's last report
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
    """Calls all observers, even if one fails. A failure here does not hide the run's own error."""
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
  """Work between steps with the current parameters, such as an evaluation.

  All processes of a run must do it after the same step, so its cadence counts steps, not minutes.

  Attributes:
    do: does the work, given the `BuiltRun`, the step and its parameters.
    catch_up: called if a run starts at a step where the work was due. The earlier start may have
      stopped before it did the work; then this does it.
    every_steps: steps between two times; 0 for the end only.
    begin: called at every start, before its first step, given the same; None for nothing.
  """

  do: Callable[[Any, int, Any], None]
  catch_up: Callable[[Any, int, Any], None]
  every_steps: int = 0
  begin: Callable[[Any, int, Any], None] | None = None

  def is_due(self, step: int, steps: int) -> bool:
    """Whether the work is due after `step` of `steps`."""
    cadence = Cadence(self.every_steps or None)
    return step > 0 and cadence.is_due(step, step - 1, 0.0, step >= steps)
