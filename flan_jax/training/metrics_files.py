"""Writes reports to files: lines of JSON, and TensorBoard."""
import json

from clu import metric_writers
from etils import epath

from flan_jax import json_text, storage
from flan_jax.training.observing import Observer

METRICS_FILE = 'train_metrics.jsonl'


class MetricsFiles(Observer):
  """Writes reports to `train_metrics.jsonl` and to TensorBoard, into the run's directory."""

  def __init__(self):
    self._path, self._tensorboard = None, None

  def started(self, run, first_step):
    """Opens the files, unless an earlier start took all steps."""
    if first_step >= run.config.steps:
      return
    directory = epath.Path(run.config.model_dir)
    self._path = directory / METRICS_FILE
    drop_lines_after(self._path, first_step)
    self._tensorboard = metric_writers.SummaryWriter(str(directory / 'tensorboard'))

  def reported(self, report):
    """Appends a report to both files."""
    # Appended, so that a reader sees each report at once. `drop_lines_after` removes a line that a
    # crash cut short.
    with self._path.open('a') as file:
      file.write(json_text.dumps(report) + '\n')
    scalars = {k: v for k, v in report.items() if isinstance(v, (int, float)) and k != 'step'}
    for cluster, loss in report['loss_by_cluster'].items():
      scalars[f'loss_by_cluster/{cluster}'] = loss
    self._tensorboard.write_scalars(report['step'], scalars)

  def stopped(self, error):
    """Flushes and closes the files."""
    if self._tensorboard:
      self._tensorboard.close()


def drop_lines_after(path: epath.Path, step: int) -> None:
  """Drops the lines of steps after this one. The run will take these steps again.

  Blank or truncated lines, left by a full disk or a crash, are dropped too.
  """
  there = path.read_bytes() if path.exists() else b''
  kept = b''.join(line + b'\n' for line in there.split(b'\n')
                  if (found := _step_of(line)) is not None and found <= step)
  if kept != there:
    storage.write_text(path, kept.decode())


def _step_of(line: bytes) -> int | None:
  """The step of a line of metrics, or None if the line is malformed."""
  try:
    step = json.loads(line)['step']
  except (ValueError, TypeError, KeyError):
    return None
  return step if isinstance(step, int) else None
