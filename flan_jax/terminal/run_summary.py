"""The header of a run before it starts, and its summary after its end."""
from collections.abc import Iterator
import shlex

from etils import epath
import jax

from flan_jax import api, models
from flan_jax.checkpoints.store import FOLDER
from flan_jax.evaluation import harness
from flan_jax.terminal import screen
from flan_jax.terminal.words import clock, counted
from flan_jax.training import profiling
from flan_jax.training.metrics_files import METRICS_FILE

_LABEL = ' ' * 11  # as wide as the labels at the start of lines


def header(run: api.Run, built, data: str, first_step: int = 0) -> str:
  """A few lines that describe a run. Earlier starts took `first_step` of its steps."""
  training = run.training
  parameters = sum(x.size for x in jax.tree.leaves(_shapes(built)))
  mesh = ', '.join(f'{axis}={size}' for axis, size in built.layout.mesh.shape.items())
  clusters = len({t.cluster for t in built.stream.tasks})
  evaluated = run.evaluation.mixture if run.evaluation else 'nothing'
  lines = [
      f'Data       {data}',
      f'Training   {built.stream.description}: {counted(len(built.stream.tasks), "task")} in '
      f'{counted(clusters, "cluster")}',
      f'Evaluation {evaluated}',
      f'Model      {parameters / 1e6:,.1f} million parameters, '
      f'vocabulary {built.model_config.vocab_size:,}{_trained(run, built)}',
      f'Weights    {_weights(training, first_step)}',
      f'Optimizer  {_optimizer(training.optimizer)}',
      f'Devices    {mesh} ({jax.devices()[0].platform}{_processes()})',
      f'Batch      {training.batch_size} rows of {training.lengths["inputs"]} + '
      f'{training.lengths["targets"]} tokens, {training.steps} steps, seed {training.seed}',
      f'Writing to {training.model_dir}',
  ]
  if run.evaluation and (empty := harness.empty_slices(run.evaluation)):
    lines.insert(3, f'Left out   of the evaluation, because they have no rows: {", ".join(empty)}')
  return screen.wrapped(lines, _LABEL)


def dry_run(run: api.Run, built, data: str) -> str:
  """The output of `--dry_run`."""
  lines = [f'Tasks      {", ".join(t.name for t in built.stream.tasks)}',
           *(f'Warning: {line}' for line in built.stream.advice()), 'Everything checks out.']
  return f'{header(run, built, data)}\n{screen.wrapped(lines, _LABEL)}'


def closing(run: api.Run, step: int, seconds: float, training_seconds: float) -> str:
  """Where the files of a finished run are, how long it took, and a command to type next.

  Args:
    run: the finished run.
    step: its last step, which has a checkpoint.
    seconds: duration of this start.
    training_seconds: duration of the steps of this start.
  """
  directory, taken = run.training.model_dir, ''
  if training_seconds:
    taken = f', of which {clock(training_seconds)} training'
  lines = [
      f'Done in    {clock(seconds)}{taken}',
      f'Checkpoint {directory}/{FOLDER}/{step}',
      f'Metrics    {directory}/{METRICS_FILE}, and for TensorBoard {directory}/tensorboard',
      *_traces(run.training),
  ]
  # The command is not wrapped, so that it can be copied.
  return f'{screen.wrapped(lines, _LABEL)}\nNext       t5x {_next(run)}'


def _traces(training) -> Iterator[str]:
  folder = f'{training.model_dir}/{profiling.FOLDER}'
  if training.profile and epath.Path(folder).exists():
    yield f'Traces     {folder}'


def _next(run: api.Run) -> str:
  checkpoint = f'--checkpoint={shlex.quote(run.training.model_dir)}'
  if run.evaluation is None:
    return f'eval {checkpoint} --mixture=NAME'
  return f'infer {checkpoint} --input=in.jsonl --output=out.jsonl'


def _optimizer(optimizer) -> str:
  """The optimizer's name and its learning-rate schedule."""
  schedule = optimizer.schedule
  parts = [type(optimizer).__name__, f'learning rate {schedule.learning_rate:g}, {schedule.kind}']
  if schedule.warmup_steps:
    parts.append(f'warm-up of {schedule.warmup_steps:,} steps')
  if optimizer.groups:
    parts.append('other settings for parameters like '
                 + ', '.join(group.pattern for group in optimizer.groups))
  return ', '.join(parts)


def _weights(training, first_step: int) -> str:
  if first_step:
    return f'from step {first_step} of {training.model_dir}'
  initial = training.initial_checkpoint
  return f'from {initial}' if initial else 'random; set INITIAL_CHECKPOINT_PATH to load weights'


def _processes() -> str:
  count = jax.process_count()
  return f', {count} processes' if count > 1 else ''


def _trained(run: api.Run, built) -> str:
  trained, frozen = run.training.tuning.split(_shapes(built))
  if not frozen:
    return ''
  count = sum(x.size for x in jax.tree.leaves(trained))
  return f'; {count / 1e6:,.3f} million train'


def _shapes(built):
  return models.abstract_parameters(built.model_config)
