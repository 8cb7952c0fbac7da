"""Makes reports of training: adds up the sums of several steps."""
from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import math
import time
from typing import Any

import jax
import numpy as np

from flan_jax.stream.prepared.pipeline import TrainingTask
from flan_jax.training import step as step_lib

Report = dict[str, Any]
_TOKENS = {'input': 'input_tokens', 'target': 'weights'}  # the names of their sums in a step


@dataclasses.dataclass(frozen=True)
class StepCost:
  """The work of a step.

  Attributes:
    flops: the model's FLOPs, forward and backward, for a whole batch with its padding. FLOPs that
      rematerialization repeats do not count.
    peak: the peak of all devices together, in FLOPs a second; None if it is not known.
  """

  flops: float
  peak: float | None


class Meter:
  """Collects the sums of steps and makes reports of them.

  The sums stay on the devices until a report is made. Until then the host waits for no step.
  """

  def __init__(self, tasks: Sequence[TrainingTask], schedule: Callable[[int], Any], updates: int,
               work: StepCost | None = None):
    """Starts the clock.

    Args:
      tasks: the tasks of the stream of batches, in its order.
      schedule: the learning rate as a function of the number of updates so far.
      updates: the number of updates so far.
      work: the work of a step, if it is known.
    """
    self._tasks, self._schedule, self._updates, self._work = tasks, schedule, updates, work
    self._pending: list[dict[str, jax.Array]] = []
    self._started = time.monotonic()

  def add(self, sums: dict[str, jax.Array]) -> None:
    """Adds the sums of a step."""
    self._pending.append(sums)

  @contextlib.contextmanager
  def paused(self) -> Iterator[None]:
    """Stops the clock during the `with` block. The devices must have finished all steps."""
    began = time.monotonic()
    yield
    self._started += time.monotonic() - began

  def report(self, step: int, rows: int) -> Report:
    """The report of the steps since the last one, documented in the README.

    Args:
      step: the last step taken.
      rows: rows of a batch.
    """
    # The clock is read after the transfer, which waits for the devices.
    steps = jax.device_get(self._pending)
    now = time.monotonic()
    total = {k: np.sum([s[k] for s in steps], axis=0) for k in steps[0]}
    weights, examples = float(total['weights']), int(total['task_examples'].sum())
    mean = lambda name: float(total[name]) / weights if weights else math.nan
    taken = sum(not any(s[name] for name in step_lib.NONFINITE) for s in steps)  # not skipped
    report = {
        'step': step,
        'loss': mean('loss'),
        'accuracy': mean('correct'),
        'loss_by_cluster': self._by_cluster(total['task_loss'], total['task_weights']),
        **{f'{side}_tokens': _count(steps, name) for side, name in _TOKENS.items()},
        'weights': weights,
        'z_loss': mean('z_loss'),
        'learning_rate': self._learning_rate(taken),
        'gradient_norm': float(total['gradient_norm']) / taken if taken else math.nan,
        'examples': examples,
        'examples_per_row': examples / (rows * len(steps)),
        'truncated_by_task': self._by_task(total['task_truncated']),
        'targets_truncated_by_task': self._by_task(total['task_targets_truncated']),
        **self._speeds(steps, now - self._started),
    }
    self._pending, self._started = [], now
    return report

  def _by_task(self, counts: np.ndarray) -> dict[str, int]:
    return {task.name: int(count) for task, count in zip(self._tasks, counts) if count}

  def _learning_rate(self, taken: int) -> float:
    """The learning rate of the last update; NaN if all steps were skipped."""
    self._updates += taken
    return float(self._schedule(self._updates - 1)) if taken else math.nan

  def _speeds(self, steps: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, float]:
    tokens = {side: _count(steps, name) for side, name in _TOKENS.items()}
    speeds = {
        'seconds': seconds,
        'seconds_per_step': seconds / len(steps),
        'tokens_per_second': sum(tokens.values()) / seconds,
        'target_tokens_per_second': tokens['target'] / seconds,
    }
    if self._work:
      reached = self._work.flops * len(steps) / seconds
      speeds['model_flops_per_second'] = reached
      if self._work.peak:
        speeds['share_of_peak_flops_per_second'] = reached / self._work.peak
    return speeds

  def _by_cluster(self, losses: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    sums = {}
    for task, loss, weight in zip(self._tasks, losses, weights):
      before = sums.get(task.cluster, (0.0, 0.0))
      sums[task.cluster] = (before[0] + float(loss), before[1] + float(weight))
    return {cluster: loss / weight for cluster, (loss, weight) in sums.items() if weight}


def _count(steps: Sequence[Mapping[str, Any]], name: str) -> int:
  """The exact sum of whole float32 numbers; a float32 sum would round above 2**24."""
  return int(np.sum([s[name] for s in steps], dtype=np.float64))
