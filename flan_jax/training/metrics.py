"""What training reports: sums over steps become a line of numbers."""
from collections.abc import Sequence
import json
import math
import time
from typing import Any

from clu import metric_writers
from etils import epath
import jax
import numpy as np

from flan_jax import json_text
from flan_jax.data.pipeline import TrainingTask

Report = dict[str, Any]
METRICS_FILE = 'train_metrics.jsonl'


class Meter:
  """Collects the steps' sums and makes a report of them now and then.

  The sums stay on the devices until a report is made, so that a step never waits for its numbers.
  """

  def __init__(self, tasks: Sequence[TrainingTask]):
    self._tasks = tasks
    self._pending: list[dict[str, jax.Array]] = []
    self._started = time.monotonic()

  def add(self, sums: dict[str, jax.Array]) -> None:
    """Takes a step's sums in."""
    self._pending.append(sums)

  def report(self, step: int, learning_rate: float, rows: int) -> Report:
    """The report of the steps since the last one, documented in the README.

    Args:
      step: the last step taken.
      learning_rate: of that step.
      rows: rows of a batch.
    """
    steps = jax.device_get(self._pending)
    now = time.monotonic()
    seconds = now - self._started
    total = {k: np.sum([s[k] for s in steps], axis=0) for k in steps[0]}
    weights, examples = float(total['weights']), int(total['task_examples'].sum())
    mean = lambda name: float(total[name]) / weights if weights else math.nan
    taken = sum(bool(s['weights']) for s in steps)  # the others were skipped
    report = {
        'step': step,
        'loss': mean('loss'),
        'accuracy': mean('correct'),
        'loss_by_cluster': self._by_cluster(total['task_loss'], total['task_weights']),
        'target_tokens': int(weights),
        'weights': weights,
        'z_loss': mean('z_loss'),
        'learning_rate': learning_rate,
        'gradient_norm': float(total['gradient_norm']) / taken if taken else math.nan,
        'examples': examples,
        'examples_per_row': examples / (rows * len(steps)),
        'truncated_by_task': {
            t.name: int(n) for t, n in zip(self._tasks, total['task_truncated']) if n},
        'seconds': seconds,
        'seconds_per_step': seconds / len(steps),
        'tokens_per_second': weights / seconds,
    }
    self._pending, self._started = [], now
    return report

  def _by_cluster(self, losses: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    sums = {}
    for task, loss, weight in zip(self._tasks, losses, weights):
      before = sums.get(task.cluster, (0.0, 0.0))
      sums[task.cluster] = (before[0] + float(loss), before[1] + float(weight))
    return {cluster: loss / weight for cluster, (loss, weight) in sums.items() if weight}


class MetricsFiles:
  """Writes reports to `train_metrics.jsonl` and to TensorBoard."""

  def __init__(self, model_dir: epath.Path, resume_step: int):
    """Opens the files; lines of steps beyond `resume_step` are dropped, to be made again."""
    self._path = model_dir / METRICS_FILE
    kept = [line for line in self._lines() if json.loads(line)['step'] <= resume_step]
    self._path.write_text(''.join(line + '\n' for line in kept))
    self._tensorboard = metric_writers.SummaryWriter(str(model_dir / 'tensorboard'))

  def _lines(self) -> list[str]:
    return self._path.read_text().splitlines() if self._path.exists() else []

  def write(self, report: Report) -> None:
    """Adds a report."""
    with self._path.open('a') as file:
      file.write(json_text.dumps(report) + '\n')
    scalars = {k: v for k, v in report.items() if isinstance(v, (int, float)) and k != 'step'}
    for cluster, loss in report['loss_by_cluster'].items():
      scalars[f'loss_by_cluster/{cluster}'] = loss
    self._tensorboard.write_scalars(report['step'], scalars)

  def close(self) -> None:
    """Writes out what is buffered."""
    self._tensorboard.close()
