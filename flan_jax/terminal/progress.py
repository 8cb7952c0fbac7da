"""What the command line shows people: progress, tables, previews. Used by cli.py only."""
import collections
from collections.abc import Iterator, Mapping
import sys
import time
from typing import Any

import jax
import tqdm

from flan_jax import api
from flan_jax.evaluation import harness
from flan_jax.terminal.results import results_table
from flan_jax.training.observing import Observer


def observers(run: api.Run, data: str) -> list[Observer]:
  """Show a training: a bar on a terminal, else a line for each report."""
  return [TrainingProgress(run, data), Preparation(), EvaluationProgress()]


class TrainingProgress(Observer):
  """Shows a training: a bar on a terminal, else a line for each report."""

  def __init__(self, run: api.Run, data: str):
    self._run, self._data = run, data
    self._bar, self._began, self._first = None, None, 0
    self._truncated, self._cut = collections.Counter(), collections.Counter()
    self._advice = lambda: ()  # known once the data is prepared, before the first report

  def started(self, built, first_step: int) -> None:
    print(summary(self._run, built, self._data, first_step))
    self._advice = built.stream.advice
    steps = self._run.training.steps
    if first_step >= steps:
      print(f'All {steps} steps are done already.')
    elif first_step:
      print(f'Going on from step {first_step}.')
    if sys.stderr.isatty():
      self._bar = tqdm.tqdm(total=steps, initial=first_step, unit='step')

  def reported(self, report: Mapping[str, Any]) -> None:
    step, steps = report['step'], self._run.training.steps
    rate = f'{report["tokens_per_second"]:,.0f} tokens/s'
    if 'share_of_peak_flops_per_second' in report:
      rate += f' ({report["share_of_peak_flops_per_second"]:.0%} of peak)'
    self._truncated.update(report['truncated_by_task'])
    self._cut.update(report['targets_truncated_by_task'])
    for line in self._advice():
      print(f'Warning: {line}')
    self._advice = lambda: ()
    if self._bar is not None:
      self._bar.set_postfix_str(f'loss {report["loss"]:.3f}, {rate}')
      self._bar.update(step - self._bar.n)
    else:
      print(f'step {step:>{len(str(steps))}}/{steps}  loss {report["loss"]:.4f}  '
            f'accuracy {report["accuracy"]:.3f}  {rate}{self._eta(step, steps)}', flush=True)
    if step == steps:
      self._finish()

  def noticed(self, text: str) -> None:
    print(text)

  def _eta(self, step: int, steps: int) -> str:
    """Time left, reckoned from the second report on: the first one's step waited for much else."""
    now = time.monotonic()
    if self._began is None:
      self._began, self._first = now, step
      return ''
    left = (now - self._began) / (step - self._first) * (steps - step)
    return f'  ETA {_clock(left)}'

  def _finish(self) -> None:
    if self._bar is not None:
      self._bar.close()
    for what, counter in (('Prompts shortened to fit', self._truncated),
                          ('Targets cut', self._cut)):
      if counter:
        counts = ', '.join(f'{task} {n}' for task, n in counter.most_common())
        print(f'{what}: {counts}')


class Preparation(Observer):
  """Shows data being prepared: a bar on a terminal, else a line at its beginning and its end."""

  def __init__(self):
    self._bar, self._began, self._examples = None, 0.0, 0

  def prepared(self, manifest: Mapping[str, Any], done: int, total: int) -> None:
    if self._bar is None:
      self._began, self._examples = time.monotonic(), 0
      self._bar = tqdm.tqdm(
          total=total, unit='part', desc='preparing data', disable=not sys.stderr.isatty())
      if self._bar.disable:
        print(f'Preparing data: {total} parts, once for all runs.', flush=True)
    self._examples += manifest['examples']
    self._bar.update()
    self._bar.set_postfix_str(manifest['dataset'])
    if done == total:
      self._bar.close()
      if self._bar.disable:
        print(f'Prepared {self._examples:,} examples in '
              f'{time.monotonic() - self._began:.0f} s.', flush=True)
      self._bar = None


class EvaluationProgress(Observer):
  """Shows an evaluation: progress, then the table."""

  def __init__(self):
    self._bar = None

  def evaluating(self, outcome, done: int, total: int) -> None:
    if self._bar is None:
      self._bar = tqdm.tqdm(
          total=total, unit='task', desc='evaluating', disable=not sys.stderr.isatty())
      if self._bar.disable:
        print(f'Evaluating {total} tasks.', flush=True)
    self._bar.update()
    if done == total:
      self._bar.close()
      self._bar = None

  def evaluated(self, results: Mapping[str, Any], folder) -> None:
    print()
    print(results_table(results))
    for what, key in (('Prompts shortened to fit', 'truncated'),
                      ('Prompts left out, too long', 'left_out'),
                      ('Ties between options of the same tokens', 'ties'),
                      ('Reference answers longer than what is generated', 'targets_truncated')):
      counts = {task: r[key] for task, r in results['tasks'].items() if r[key]}
      if counts:
        print(f'{what}: {sum(counts.values())} in {len(counts)} tasks (see "{key}" in the '
              'results).')
    needed = max((r['needed_inputs'] for r in results['tasks'].values()), default=0)
    if needed:
      print(f'Inputs of {needed:,} tokens in TASK_FEATURE_LENGTHS leave none out.')
    for line in _shots(results):
      print(line)
    print(f'Results: {folder}/results.json; predictions: {folder}/predictions/')


def _shots(results: Mapping[str, Any]) -> Iterator[str]:
  """That prompts have fewer solved examples in front of them than was asked for."""
  few = [r for r in results['tasks'].values()
         if r.get('shots') and r['shots']['mean'] < r['shots']['asked']]
  prompts = sum(r['n'] for r in few)
  if prompts:
    mean = sum(r['shots']['mean'] * r['n'] for r in few) / prompts
    none = sum(r['shots']['none'] for r in few)
    asked = max(r['shots']['asked'] for r in few)
    yield (f'Solved examples that fit in front of a prompt: {mean:.1f} on average of {asked}; '
           f'{none:,} prompts have none. Longer inputs in TASK_FEATURE_LENGTHS hold more.')


def summary(run: api.Run, built, data: str, first_step: int = 0) -> str:
  """A few lines that say what a run is, which has gone as far as `first_step` already."""
  training = run.training
  parameters = sum(x.size for x in jax.tree.leaves(_shapes(built)))
  mesh = ', '.join(f'{axis}={size}' for axis, size in built.layout.mesh.shape.items())
  clusters = len({t.cluster for t in built.stream.tasks})
  evaluated = run.evaluation.mixture if run.evaluation else 'nothing'
  lines = [
      f'Data       {data}',
      f'Training   {built.stream.description}: {len(built.stream.tasks)} tasks in {clusters} '
      'clusters',
      f'Evaluation {evaluated}',
      f'Model      {parameters / 1e6:,.1f} million parameters, '
      f'vocabulary {built.model_config.vocab_size:,}{_trained(run, built)}',
      f'Weights    {_weights(training, first_step)}',
      f'Devices    {mesh} ({jax.devices()[0].platform}{_processes()})',
      f'Batch      {training.batch_size} rows of {training.lengths["inputs"]} + '
      f'{training.lengths["targets"]} tokens, {training.steps} steps, seed {training.seed}',
      f'Writing to {training.model_dir}',
  ]
  if run.evaluation and (empty := harness.empty_slices(run.evaluation)):
    lines.insert(3, f'Left out   of the evaluation, because no row is there: {", ".join(empty)}')
  return '\n'.join(lines)


def _weights(training, first_step: int) -> str:
  if first_step:
    return f'from step {first_step} of {training.model_dir}'
  initial = training.initial_checkpoint
  return f'from {initial}' if initial else 'random; others with INITIAL_CHECKPOINT_PATH'


def _processes() -> str:
  count = jax.process_count()
  return f', {count} processes' if count > 1 else ''


def _trained(run: api.Run, built) -> str:
  trained, held = run.training.tuning.split(_shapes(built))
  if not held:
    return ''
  count = sum(x.size for x in jax.tree.leaves(trained))
  return f'; {count / 1e6:,.3f} million train'


def _shapes(built):
  from flan_jax import models

  return models.abstract_parameters(built.model_config)


def dry_run(run: api.Run, built, data: str) -> str:
  """What `--dry_run` prints."""
  tasks = ', '.join(t.name for t in built.stream.tasks)
  warnings = ''.join(f'Warning: {line}\n' for line in built.stream.advice())
  return (f'{summary(run, built, data)}\nTasks      {tasks}\n{warnings}'
          'Everything checks out.')


def _clock(seconds: float) -> str:
  minutes, seconds = divmod(int(seconds), 60)
  return f'{minutes}:{seconds:02d}'
