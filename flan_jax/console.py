"""What the command line shows people: progress, tables, previews. Used by cli.py only."""
import collections
from collections.abc import Mapping, Sequence
import sys
import time
from typing import Any

import jax
import tqdm

from flan_jax import api
from flan_jax.evaluation.report.table import align, results_table


def monitor(run: api.Run, data: str) -> api.Monitor:
  """Shows a training: a bar on a terminal, else a line for each report."""
  training = _TrainingProgress(run, data)
  shown = evaluation_monitor(data)
  return api.Monitor(
      started=training.started,
      reported=training.reported,
      evaluating=shown.evaluating,
      evaluated=shown.evaluated,
  )


def evaluation_monitor(data: str) -> api.Monitor:
  """Shows an evaluation: progress, then the table."""
  progress = _EvaluationProgress(data)
  return api.Monitor(evaluating=progress.evaluating, evaluated=progress.evaluated)


class _TrainingProgress:

  def __init__(self, run: api.Run, data: str):
    self._run, self._data = run, data
    self._bar, self._began, self._first = None, None, 0
    self._truncated = collections.Counter()

  def started(self, built, first_step: int) -> None:
    print(summary(self._run, built, self._data))
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
    self._truncated.update(report['truncated_by_task'])
    if self._bar is not None:
      self._bar.set_postfix_str(f'loss {report["loss"]:.3f}, {rate}')
      self._bar.update(step - self._bar.n)
    else:
      print(f'step {step:>{len(str(steps))}}/{steps}  loss {report["loss"]:.4f}  '
            f'accuracy {report["accuracy"]:.3f}  {rate}{self._eta(step, steps)}', flush=True)
    if step == steps:
      self._finish()

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
    if self._truncated:
      counts = ', '.join(f'{task} {n}' for task, n in self._truncated.most_common())
      print(f'Prompts shortened to fit: {counts}')


class _EvaluationProgress:

  def __init__(self, data: str):
    self._data, self._bar = data, None

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
    cut = {task: r['truncated'] for task, r in results['tasks'].items() if r['truncated']}
    if cut:
      print(f'Prompts shortened to fit: {sum(cut.values())} in {len(cut)} tasks '
            '(see "truncated" in the results).')
    print(f'Results: {folder}/results.json; predictions: {folder}/predictions/')


def summary(run: api.Run, built, data: str) -> str:
  """A few lines that say what a run is."""
  training = run.training
  parameters = sum(x.size for x in jax.tree.leaves(
      jax.eval_shape(lambda: jax.tree.map(lambda s: jax.numpy.zeros(s.shape), _shapes(built)))))
  mesh = ', '.join(f'{axis}={size}' for axis, size in built.mesh.shape.items())
  clusters = len({t.cluster for t in built.stream.tasks})
  evaluated = run.evaluation.mixture if run.evaluation else 'nothing'
  return '\n'.join((
      f'Data       {data}',
      f'Training   {training.mixture}: {len(built.stream.tasks)} tasks in {clusters} clusters',
      f'Evaluation {evaluated}',
      f'Model      {parameters / 1e6:,.1f} million parameters, '
      f'vocabulary {built.model_config.vocab_size:,}',
      f'Devices    {mesh} ({jax.devices()[0].platform})',
      f'Batch      {training.batch_size} rows of {training.lengths["inputs"]} + '
      f'{training.lengths["targets"]} tokens, {training.steps} steps, seed {training.seed}',
      f'Writing to {training.model_dir}',
  ))


def _shapes(built):
  from flan_jax import models

  return models.abstract_parameters(built.model_config)


def dry_run(run: api.Run, built) -> str:
  """What `--dry_run` prints."""
  tasks = ', '.join(t.name for t in built.stream.tasks)
  return f'{summary(run, built, "as configured")}\nTasks      {tasks}\nEverything checks out.'


def mixture_table(described: Mapping[str, Any], data: str) -> str:
  """A mixture as `describe_mixture` describes it, for a terminal."""
  head = ('task', 'cluster', 'examples', 'rate', 'share', 'epochs')
  rows = [
      (t['task'], t['cluster'] or '-', f'{t["examples"]:,}' if t['examples'] else '?',
       f'{t["rate"]:,.0f}', f'{100 * t["share"]:.2f} %',
       f'{t["expected_epochs"]:.2f}' if t['expected_epochs'] else '?')
      for t in described['tasks']
  ]
  lines = [
      f'Mixture {described["mixture"]}; rows of: {data}', '', align((head, *rows), left=2), '',
      f'{len(rows)} tasks, {described["examples"]:,} examples after caps (30,000 a dataset; '
      'rates: examples, at most 3,000).',
      f'Epochs: expected in {described["steps"]:,} steps of {described["batch_size"]} rows, about '
      f'{described["examples_per_row"]:.1f} examples a row.',
  ]
  if described['left_out']:
    head = ('left out', 'cluster', 'why')
    left = [(d['dataset'], d['cluster'], d['why']) for d in described['left_out']]
    lines += ['', align((head, *left), left=3)]
  return '\n'.join(lines)


def previews(shown: Sequence[Mapping[str, Any]], data: str) -> str:
  """Rendered examples; the tokens the loss is taken on stand between bars."""
  parts = [f'Rows of: {data}. The loss is taken on the tokens between | bars |.']
  for number, example in enumerate(shown):
    template = '' if example['template'] is None else f', template {example["template"]}'
    cut = example['truncated_tokens']
    parts.append('\n'.join((
        f'--- {number}: {example["task"]}{template}, {len(example["input_tokens"])} + '
        f'{len(example["target_tokens"])} tokens' + (f', {cut} cut' if cut else ''),
        example['inputs'],
        '=> |' + '|'.join(example['target_tokens']) + '|',
    )))
  return '\n\n'.join(parts)


def _clock(seconds: float) -> str:
  minutes, seconds = divmod(int(seconds), 60)
  return f'{minutes}:{seconds:02d}'
