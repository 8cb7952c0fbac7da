"""Training: build, restore, loop."""
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
import contextlib
import dataclasses
from typing import Any, Protocol

from absl import logging
from etils import epath
import jax
import numpy as np

from flan_jax import models, partitioning
from flan_jax.data.pipeline import Batches, Stream
from flan_jax.data.vocabulary import SAMPLE, load_vocabulary
from flan_jax.errors import UserError
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.checkpoints import Checkpoints, Policy
from flan_jax.training.metrics import Meter, MetricsFiles, Report
from flan_jax.training.optimizers import Adafactor, Optimizer

State = state_lib.TrainState


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """A training run.

  Attributes:
    model: the model's shape; a vocabulary size of 0 takes the vocabulary's.
    mixture: SeqIO mixture or task, dataset or cluster, or several of them.
    lengths: tokens of `inputs` and `targets` in a packed row.
    steps: steps in all, counted from the start of this run (not of its initial checkpoint).
    batch_size: packed rows in a global batch.
    model_dir: where everything the run writes goes.
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary.
    optimizer: Adafactor or AdamW.
    loss: z-loss and label smoothing.
    seed: decides parameters, dropout, shuffling and mixing.
    mesh: size of each mesh axis, -1 for what is left.
    checkpoints: when to write and what to keep.
    initial_checkpoint: run, checkpoint or Hugging Face directory to take parameters from.
    eval_period: steps between two evaluations; 0 evaluates at the end only.
    report_period: steps between two lines of metrics.
    pack: put several examples into a row.
    shuffle: shuffle each task's examples.
    use_cached: read what SeqIO's own caching job has written, not prepared data.
    prepared_dir: where prepared data is kept, local or `gs://`; None takes the cache directory.
  """

  model: models.T5Config
  mixture: str | Sequence[str]
  lengths: Mapping[str, int]
  steps: int
  batch_size: int
  model_dir: str
  vocabulary: Any = SAMPLE
  optimizer: Optimizer = Adafactor()
  loss: step_lib.Loss = step_lib.Loss()
  seed: int = 0
  mesh: Mapping[str, int] = dataclasses.field(default_factory=lambda: {'data': -1})
  checkpoints: Policy = Policy()
  initial_checkpoint: str | None = None
  eval_period: int = 0
  report_period: int = 10
  pack: bool = True
  shuffle: bool = True
  use_cached: bool = False
  prepared_dir: str | None = None

  def __post_init__(self):
    for name in ('steps', 'batch_size', 'report_period'):
      if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
        raise UserError(f'{getattr(self, name)!r} is not a positive whole number',
                        f'TrainConfig.{name}')


class Listener(Protocol):
  """What a run tells while it goes on."""

  def started(self, run: 'Run', first_step: int) -> None:
    """Everything is built; steps from `first_step` on follow."""

  def prepared(self, manifest: Mapping[str, Any], done: int, total: int) -> None:
    """A part of the missing prepared data is there; so many are, of so many."""

  def reported(self, report: Report) -> None:
    """A line of metrics, see `Meter.report`."""

  def evaluate(self, run: 'Run', step: int, parameters: Any) -> None:
    """It is time to evaluate."""

  def nothing_left(self, run: 'Run', step: int, parameters: Any) -> None:
    """All steps were done by an earlier start."""


@dataclasses.dataclass(frozen=True)
class Run:
  """What a configuration builds: everything that does not change from step to step."""

  config: TrainConfig
  model_config: models.T5Config
  model: Any
  vocabulary: Any
  mesh: jax.sharding.Mesh
  stream: Stream
  optimizer: Any
  shardings: State


def build(config: TrainConfig) -> Run:
  """Builds a run after checking everything that can be wrong with it.

  Raises:
    UserError: what is wrong, where, and what to do.
  """
  mesh = partitioning.make_mesh(config.mesh)
  partitioning.check_batch_size(mesh, config.batch_size)
  vocabulary = load_vocabulary(config.vocabulary)
  model_config = models.with_vocabulary_size(config.model, vocabulary.vocab_size)
  optimizer = config.optimizer.build()
  return Run(
      config=config,
      model_config=model_config,
      model=models.build(model_config),
      vocabulary=vocabulary,
      mesh=mesh,
      stream=Stream(
          config.mixture, config.lengths, config.batch_size, vocabulary, config.seed,
          pack=config.pack, use_cached=config.use_cached, shuffle=config.shuffle,
          prepared_dir=config.prepared_dir),
      optimizer=optimizer,
      shardings=state_lib.shardings(model_config, optimizer, mesh),
  )


def train(
    run: Run,
    listener: Listener,
    about: Mapping[str, Any],
    load_parameters: Callable[[str, models.T5Config], Any],
) -> State:
  """Trains, going on from the newest checkpoint of `model_dir` where there is one.

  Args:
    run: as `build` gives it.
    listener: is told what happens.
    about: JSON-able facts to keep with every checkpoint.
    load_parameters: reads `initial_checkpoint` for a model's shape.

  Returns:
    The last state.
  """
  config = run.config
  model_dir = epath.Path(config.model_dir)
  model_dir.mkdir(parents=True, exist_ok=True)
  checkpoints = Checkpoints(model_dir, config.checkpoints)
  with partitioning.partitioned(run.mesh):
    state = _restore_or_create(run, checkpoints, load_parameters)
  first = int(state.step)
  files = MetricsFiles(model_dir, first)
  listener.started(run, first)
  try:
    if first >= config.steps:
      listener.nothing_left(run, first, state.parameters)
    else:
      state = _loop(run, state, first, listener, files, checkpoints, about)
    checkpoints.wait()
  finally:
    files.close()
    checkpoints.close()
  return state


def _loop(run, state, first, listener, files, checkpoints, about) -> State:
  config = run.config
  learning_rate = config.optimizer.schedule.build()
  placement = partitioning.batch_sharding(run.mesh)
  # Preparing data is TensorFlow's work, compiling the step XLA's: neither waits for the other.
  with futures.ThreadPoolExecutor(max_workers=1) as beside:
    opening = beside.submit(_open_stream, run, checkpoints, first, listener)
    step_fn = _compile_step(run, state, placement)
  meter = Meter(run.stream.tasks)
  with contextlib.closing(opening.result()) as batches:
    for step, batch in zip(range(first + 1, config.steps + 1), batches):
      with partitioning.partitioned(run.mesh):
        state, sums = step_fn(state, jax.device_put(batch, placement))
      meter.add(batch, sums)
      last = step == config.steps
      if step % config.report_period == 0 or step == first + 1 or last:
        report = meter.report(step, float(learning_rate(step - 1)), config.batch_size)
        files.write(report)
        listener.reported(report)
      if last or step % config.checkpoints.period == 0:
        checkpoints.save(step, state.parameters, _training(state), batches.position, about)
      if last or (config.eval_period and step % config.eval_period == 0):
        listener.evaluate(run, step, state.parameters)
  return state


def _open_stream(run: Run, checkpoints: Checkpoints, first: int, listener: Listener) -> Batches:
  """The batches from where the step that is gone on from left them."""
  run.stream.prepare(run.config.steps, progress=listener.prepared)
  return run.stream.batches(checkpoints.data_position(first) if first else None)


def _compile_step(run: Run, state: State, placement: jax.sharding.Sharding):
  step_fn = step_lib.jit_train_step(
      run.shardings, placement, model=run.model, optimizer=run.optimizer, loss=run.config.loss,
      num_tasks=len(run.stream.tasks))
  batch = {
      name: jax.ShapeDtypeStruct(shape, np.int32, sharding=placement)
      for name, shape in run.stream.shapes().items()
  }
  with partitioning.partitioned(run.mesh):
    return step_fn.lower(state, batch).compile()


def _training(state: State) -> dict[str, Any]:
  """The state without its parameters."""
  return {'step': state.step, 'optimizer_state': state.optimizer_state, 'key': state.key}


def _restore_or_create(run: Run, checkpoints: Checkpoints, load_parameters) -> State:
  newest = checkpoints.newest()
  if newest is not None:
    logging.info('Going on from step %d of %s.', newest, checkpoints.directory)
    return _restore(run, checkpoints, newest)
  state = state_lib.create(run.model_config, run.optimizer, run.config.seed, run.mesh)
  if run.config.initial_checkpoint:
    logging.info('Taking parameters from %s.', run.config.initial_checkpoint)
    parameters = load_parameters(run.config.initial_checkpoint, run.model_config)
    state = state_lib.with_parameters(state, parameters)
  return state


def _restore(run: Run, checkpoints: Checkpoints, step: int) -> State:
  like = partitioning.laid_out(
      state_lib.abstract_state(run.model_config, run.optimizer), run.shardings)
  return State(
      parameters=checkpoints.restore(step, 'parameters', like.parameters),
      **checkpoints.restore(step, 'training', _training(like)))
