"""Progress of runs and evaluations: bars if the terminal can redraw lines, else lines."""
import collections
from collections.abc import Mapping
import time
from typing import Any

from flan_jax import api
from flan_jax.terminal import run_summary, screen, tuning_effect, words
from flan_jax.terminal.bars import Bars
from flan_jax.terminal.results import evaluation_report
from flan_jax.training.observing import Observer


def observers(run: api.Run, data: str, bars: Bars) -> list[Observer]:
  """The observers that show a run: its header, its progress, its evaluations and its end.

  Args:
    run: of the training.
    data: where the rows are from.
    bars: the progress bars.
  """
  return [TrainingProgress(run, data, bars), Preparation(bars),
          EvaluationProgress(bars, brief_before_tuning=run.before_tuning), Closing(run)]


class TrainingProgress(Observer):
  """Shows the progress of training: a bar, or a line for each report."""

  def __init__(self, run: api.Run, data: str, bars: Bars):
    self._run, self._data, self._bars, self._bar = run, data, bars, None
    self._paced: tuple[float, int] | None = None  # seconds and steps after the first report
    self._truncated, self._cut = collections.Counter(), collections.Counter()
    self._advice = lambda: ()  # the advice is known once the data is prepared
    self._reported = 0

  def started(self, run, first_step):
    print(run_summary.header(self._run, run, self._data, first_step), flush=True)
    self._advice, self._reported = run.stream.advice, first_step
    steps = self._run.training.steps
    if first_step >= steps:
      print(f'All {steps} steps were done by an earlier start.')
      return
    if first_step:
      print(f'Going on from step {first_step}.')
    self._bar = self._bars.add('training', steps, first_step, 'getting ready')

  def reported(self, report):
    step, steps = report['step'], self._run.training.steps
    rate = f'{report["tokens_per_second"]:,.0f} tokens/s'
    if 'share_of_peak_flops_per_second' in report:
      rate += f' ({report["share_of_peak_flops_per_second"]:.0%} of peak)'
    self._truncated.update(report['truncated_by_task'])
    self._cut.update(report['targets_truncated_by_task'])
    for line in self._advice():
      print(screen.wrapped([screen.styled('Warning:', 'yellow') + f' {line}']))
    self._advice = lambda: ()
    left = self._time_left(report)
    if step == steps:
      self._bars.remove(self._bar)
    if self._bars.shown and step < steps:
      self._bars.move(self._bar, step, f'loss {report["loss"]:.3f}  {rate}{left}')
    else:
      print(f'step {step:>{len(str(steps))}}/{steps}  loss {report["loss"]:.4f}  '
            f'accuracy {report["accuracy"]:.3f}  {rate}{left}', flush=True)
    if step == steps:
      self._tell_what_was_shortened()

  def noticed(self, text):
    print(text)

  def _time_left(self, report) -> str:
    """The estimated time left, from the second report on: the first report includes start-up.

    Only the time of training counts, not that of preparing, evaluating and saving.
    """
    taken, self._reported = report['step'] - self._reported, report['step']
    if self._paced is None:
      self._paced = 0.0, 0
      return ''
    seconds, steps = self._paced
    self._paced = seconds, steps = seconds + report['seconds'], steps + taken
    left = self._run.training.steps - report['step']
    return f'  ETA {words.clock(seconds / steps * left)}'

  def _tell_what_was_shortened(self) -> None:
    for what, counter in (('Prompts shortened to fit', self._truncated),
                          ('Targets cut', self._cut)):
      if counter:
        counts = ', '.join(f'{task} {n}' for task, n in counter.most_common())
        print(screen.wrapped([f'{what}: {counts}']))


class Preparation(Observer):
  """Shows the preparation of data: a bar, or a line at the beginning; and a line at the end."""

  def __init__(self, bars: Bars):
    self._bars, self._bar = bars, None
    self._began, self._examples, self._is_told = 0.0, 0, False

  def prepared(self, manifest, done, total):
    if not self._is_told:
      self._is_told, self._began, self._examples = True, time.monotonic(), 0
      self._bar = self._bars.add('preparing data', total)
      if not self._bars.shown:
        print(f'Preparing data: {total} parts, once for all runs.', flush=True)
    self._examples += manifest['examples']
    self._bars.move(self._bar, done, manifest['dataset'] + _eta(self._began, done, total))
    if done == total:
      self._bars.remove(self._bar)
      self._is_told = False
      print(f'Prepared {self._examples:,} examples in {time.monotonic() - self._began:.0f} s.',
            flush=True)


class EvaluationProgress(Observer):
  """Shows an evaluation: a bar, or a line at its beginning; then the table."""

  def __init__(self, bars: Bars, brief_before_tuning: bool = False):
    """With `brief_before_tuning`, step 0 gets a line: the last table will show its results."""
    self._bars, self._bar, self._began = bars, None, None
    self._brief = brief_before_tuning

  def evaluating(self, outcome, done, total):
    if self._began is None:
      self._began = time.monotonic()
      self._bar = self._bars.add('evaluating', total)
      if not self._bars.shown:
        print(f'Evaluating {total} tasks.', flush=True)
    # The first task includes compilation, so the estimate leaves it out.
    self._bars.move(self._bar, done, 'tasks' + _eta(self._began, done - 1, total - 1))
    if done == total:
      self._bars.remove(self._bar)
      self._began = None

  def evaluated(self, results: Mapping[str, Any], folder):
    if self._brief and results['step'] == 0:
      lines = [*tuning_effect.before_tuning(results), f'Results: {folder}/results.json']
      print(screen.wrapped(lines), flush=True)
    else:
      print(f'\n{evaluation_report(results, folder)}', flush=True)


class Closing(Observer):
  """Shows at the end of a run where its files are, how long it took, and what to do next."""

  def __init__(self, run: api.Run):
    self._run = run
    self._began, self._training_seconds, self._step = time.monotonic(), 0.0, 0

  def started(self, run, first_step):
    self._step = first_step

  def reported(self, report):
    self._training_seconds += report['seconds']
    self._step = report['step']

  def stopped(self, error):
    if error is None:
      print('\n' + run_summary.closing(
          self._run, self._step, time.monotonic() - self._began, self._training_seconds))


def _eta(began: float, done: int, total: int) -> str:
  """The estimated time left, at the pace since `began`; '' if nothing is done yet."""
  if done < 1:
    return ''
  return f'  ETA {words.clock((time.monotonic() - began) / done * (total - done))}'
