"""Guards a run against numbers that are not finite, and against a loss that jumps."""
import collections
from collections.abc import Callable, Mapping, Sequence
import json
import math
from typing import Any

from absl import logging
from etils import epath
import jax
import numpy as np
import optax

from flan_jax import json_text, storage
from flan_jax.errors import Diverged
from flan_jax.models import tuning as tuning_lib
from flan_jax.stream.prepared.pipeline import TrainingTask
from flan_jax.training import step as step_lib
from flan_jax.training.config import Guards

FOLDER = 'debug'
# A step's numbers are read this many steps later. Reading them at once would keep the host from
# preparing the next steps while the devices work.
_LAG = 8
_KEPT = 5         # batches of skipped steps that are written, at most
_SHOWN = 6        # datasets that a log line names, at most
_MEMORY = 0.95    # decay of the running mean of the loss
_SETTLED = 20     # losses that the running mean needs before a loss is compared with it


class Watch:
  """Reads each step's numbers a few steps later, when the devices have computed them.

  The last few batches stay in memory until then, so the batch of a bad step can be written.
  """

  def __init__(self, guards: Guards, tasks: Sequence[TrainingTask], model_dir: epath.Path,
               key: jax.Array, keep_state: Callable[[epath.Path], None],
               settings: Mapping[str, Any]):
    """Begins to watch a run.

    Args:
      guards: the settings.
      tasks: the tasks of the stream of batches, in its order.
      model_dir: batches are written to `debug/` in it.
      key: the state's random key.
      keep_state: saves the state in a folder when the run stops.
      settings: what `replay` needs; JSON values, written beside a batch.
    """
    self._keep_state = keep_state
    self._guards, self._tasks, self._settings = guards, tasks, settings
    self._folder, self._key = model_dir / FOLDER, np.asarray(key)
    self._waiting = collections.deque()
    self._mean = RunningMean(guards.spike_deviations)
    self._in_a_row, self._written = 0, 0
    self._skipped, self._spikes = 0, []

  def add(self, step: int, batch: Mapping[str, np.ndarray], sums: Mapping[str, jax.Array]) -> None:
    """Adds a step.

    Raises:
      Diverged: the step `_LAG` steps before this one went wrong.
    """
    watched = {name: sums[name] for name in ('loss', 'weights', *step_lib.NONFINITE)}
    self._waiting.append((step, batch, watched))
    if len(self._waiting) > _LAG:
      self._look(*self._waiting.popleft())

  def check(self) -> None:
    """Waits for all steps so far, and reads their numbers.

    Raises:
      Diverged: one of them went wrong.
    """
    while self._waiting:
      self._look(*self._waiting.popleft())

  def notes(self) -> dict[str, Any]:
    """Fields for the report of the steps since the last report. Waits for these steps."""
    self.check()
    notes = {'skipped_steps': self._skipped, 'loss_spikes': self._spikes}
    self._skipped, self._spikes = 0, []
    return notes

  def _look(self, step, batch, sums) -> None:
    sums = jax.device_get(sums)
    wrong = [what for name, what in step_lib.NONFINITE.items() if sums[name]]
    if wrong:
      self._nonfinite(step, batch, ' and '.join(wrong))
      return
    self._in_a_row = 0
    loss = float(sums['loss']) / max(float(sums['weights']), 1.0)
    if (usual := self._mean.add(loss)) is not None:
      self._spikes.append(step)
      logging.warning('Step %d: the loss is %.4f, its running mean %.4f. The batch has %s.', step,
                      loss, usual, _in_words(_datasets(batch, self._tasks)))

  def _nonfinite(self, step, batch, wrong) -> None:
    self._in_a_row += 1
    self._skipped += 1
    datasets = _datasets(batch, self._tasks)
    what = f'{wrong} not finite with a batch of {_in_words(datasets)}'
    if self._written < _KEPT:
      what += f', written to {self._write(step, batch, wrong, datasets)}'
    if self._guards.on_nonfinite == 'stop':
      self._keep_state(self._folder)
      raise Diverged(what, f'step {step}', _REMEDY)
    logging.warning('Step %d skipped: %s.', step, what)
    if self._in_a_row >= self._guards.give_up_after:
      raise Diverged(f'{what}; all of the last {self._in_a_row} steps were skipped',
                     f'step {step}', f'{_OTHERWISE}.')

  def _write(self, step, batch, wrong, datasets) -> epath.Path:
    """Writes the batch (this process's rows) and all that `replay` needs."""
    self._written += 1
    suffix = f'_process_{jax.process_index()}' if jax.process_count() > 1 else ''
    path = self._folder / f'step_{step}{suffix}.npz'
    self._folder.mkdir(parents=True, exist_ok=True)
    # `train_step` folded in the number of steps before it. The replay needs the same dropout masks.
    key = jax.random.fold_in(self._key, step - 1)
    with storage.whole_file(path) as unfinished, unfinished.open('wb') as file:
      np.savez_compressed(file, key=np.asarray(key), **batch)
    about = {'step': step, 'wrong': wrong, 'datasets': datasets, 'num_tasks': len(self._tasks),
             **self._settings}
    storage.write_text(path.with_suffix('.json'), json_text.dumps(about, indent=2) + '\n')
    return path


_OTHERWISE = ('Begin a new run in another MODEL_DIR from an earlier checkpoint '
              '(INITIAL_CHECKPOINT_PATH), with a lower LEARNING_RATE or clipped gradients')
_REMEDY = (f"This step changed no parameter and no checkpoint. {_OTHERWISE}; or start again with "
           "ON_NONFINITE='skip', which continues from the newest checkpoint and skips such steps.")


class RunningMean:
  """The running mean and standard deviation of a loss. Finds losses that jump."""

  def __init__(self, deviations: float):
    self._deviations = deviations
    self._count, self._mean, self._variance = 0, 0.0, 0.0

  def add(self, loss: float) -> float | None:
    """Adds a loss. If it is a spike, returns the mean before it; otherwise None."""
    mean, spread = self._mean, math.sqrt(self._variance)
    # The deviation counts as at least 1 % of the mean: for a loss that hardly varies, small changes
    # would be many deviations.
    ceiling = mean + self._deviations * max(spread, 0.01 * mean)
    spike = bool(self._deviations) and self._count >= _SETTLED and loss > ceiling
    # A spike enters the mean as if it were at the ceiling, so that it does not hide the next one.
    # If the loss stays high, the mean still rises to it and the warnings end.
    off = (ceiling if spike else loss) - mean
    # A plain average at first: an exponential one would start too low, pulled down by the 0.0.
    rate = max(1 - _MEMORY, 1 / (self._count + 1))
    self._mean += rate * off
    self._variance = (1 - rate) * (self._variance + rate * off**2)
    self._count += 1
    return mean if spike else None


def replay(path: str, model: Any) -> dict[str, Any]:
  """Computes loss and gradients of a written batch again, with the random key of its step.

  A step that stops a run does not change the state, so its parameters are saved beside the batch:
  `replay('RUN/debug/step_7.npz', flan_jax.load('RUN/debug', ema=False))`.

  Args:
    path: the batch's file, `MODEL_DIR/debug/step_<n>.npz`. In a run of several processes it has the
      rows of one process.
    model: the model that `flan_jax.load` returns.

  Returns:
    `loss` (mean over target tokens), `gradient_norm`, and `nonfinite_gradients`: the names of
    parameters whose gradients are not finite.
  """
  file = epath.Path(path)
  about = json.loads(file.with_suffix('.json').read_text())
  with file.open('rb') as opened, np.load(opened) as arrays:
    batch = dict(arrays)
  key = batch.pop('key')
  tuning = tuning_lib.Tuning(**about['tuning'])
  with model.layout.partitioned():
    trained, frozen = tuning.split(model.parameters)
    gradients, sums = jax.jit(lambda trained: step_lib.gradients_and_sums(
        trained, batch, key, frozen=frozen, model=model.module, loss=step_lib.Loss(**about['loss']),
        num_tasks=about['num_tasks'], accumulation=about['accumulation']))(trained)
  return {
      'loss': float(sums['loss']) / max(float(sums['weights']), 1.0),
      'gradient_norm': float(optax.global_norm(gradients)),
      'nonfinite_gradients': [
          name for name, g in tuning_lib.flatten(gradients).items()
          if not np.isfinite(g).all()],
  }


def _datasets(batch, tasks) -> dict[str, list[int]]:
  """The templates of each dataset in a batch; -1 for examples without a template."""
  pairs = np.unique(np.stack([batch['task_ids'].ravel(), batch['template_ids'].ravel()]), axis=1)
  datasets = {}
  for task, template in pairs.T.tolist():
    if task:  # 0 is padding: tasks and templates count from 1 in a batch
      datasets.setdefault(tasks[task - 1].name, []).append(template - 1)
  return datasets


def _in_words(datasets: Mapping[str, Sequence[int]]) -> str:
  shown = []
  for name, templates in list(datasets.items())[:_SHOWN]:
    numbers = ', '.join(str(t) for t in templates if t >= 0)
    shown.append(f'{name} (templates {numbers})' if numbers else name)
  more = len(datasets) - len(shown)
  return ', '.join(shown) + (f' and {more} more' if more else '')
