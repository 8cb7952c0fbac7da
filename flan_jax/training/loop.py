"""Builds a run, restores it from its newest checkpoint, and trains."""
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
import contextlib
import dataclasses
import sys
import threading
from typing import Any

from etils import epath

from flan_jax import distributed, models, storage
from flan_jax.checkpoints import kept_vocabulary, shipped
from flan_jax.checkpoints.policy import Policy
from flan_jax.checkpoints.store import Checkpoints
from flan_jax.data.vocabulary import end_id, load_vocabulary
from flan_jax.models import tuning as tuning_lib
from flan_jax.partitioning import Layout
from flan_jax.stream.batches import Batches, merge_positions
from flan_jax.stream.prepared.pipeline import Stream
from flan_jax.training import guards as guards_lib
from flan_jax.training import identity, profiling, restoring
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.config import StepConfig, TrainConfig
from flan_jax.training.metrics import Meter, StepCost
from flan_jax.training.metrics_files import MetricsFiles
from flan_jax.training.observing import Log, Observer, Observers, PeriodicWork
from flan_jax.training.optimizers import updates_made

State = state_lib.TrainState

_FULL = ('Free some space and start again: earlier checkpoints are complete, and the run goes on '
         'from the newest. CHECKPOINTS_TO_KEEP sets how many are kept.')


@dataclasses.dataclass(frozen=True)
class BuiltRun:
  """What `build` makes of a configuration: everything that does not change from step to step.

  `work` is the cost of a step in FLOPs, if it has been computed.
  """

  config: TrainConfig
  step_config: StepConfig
  vocabulary: Any
  layout: Layout
  stream: Stream
  shardings: State
  work: StepCost | None = None

  @property
  def model_config(self) -> models.TransformerConfig:
    """The model's shape, with its vocabulary's size."""
    return self.step_config.model


def build(config: TrainConfig) -> BuiltRun:
  """Builds a run after checking everything that can be wrong with it.

  Raises:
    UserError: the configuration does not fit the model, the data or the devices.
  """
  vocabulary = load_vocabulary(config.vocabulary)
  model_config = models.with_vocabulary_size(
      config.model, vocabulary.vocab_size, end_id(vocabulary))
  config.tuning.check(models.abstract_parameters(model_config))
  step_config = config.step_config(model_config)
  layout = state_lib.layout_for(step_config)
  step_config.check(layout)
  stream = Stream(
      config.mixture, config.lengths, config.batch_size, vocabulary, config.seed,
      pack=config.pack, use_cached=config.use_cached, shuffle=config.shuffle,
      prepared_dir=config.prepared_dir, pieces=model_config.vocab_size)
  stream.check()
  return BuiltRun(
      config=config,
      step_config=step_config,
      vocabulary=vocabulary,
      layout=layout,
      stream=stream,
      shardings=state_lib.shardings(step_config, layout),
  )


def train(
    run: BuiltRun,
    about: Mapping[str, Any],
    observers: Sequence[Observer] = (),
    works: Sequence[PeriodicWork] = (),
) -> State:
  """Trains, from the newest checkpoint of `model_dir` if there is one.

  Args:
    run: the result of `build`.
    about: JSON-able facts to save with every checkpoint. The model's shape, the vocabulary, the
      tuning and the settings are always saved.
    observers: watch the run; each is called in turn.
    works: work to do between steps, such as evaluations.

  Returns:
    The last state.
  """
  config = run.config
  files = [MetricsFiles()] if distributed.is_first() else []
  told = Observers([Log(), *files, *observers])
  with (_claimed(config.model_dir),
        storage.explaining_a_full_disk(config.model_dir, _FULL),
        _told_when_it_stops(told)):
    checkpoints = Checkpoints(config.model_dir, config.checkpoints)
    try:
      state = _train(run, told, works, about, checkpoints)
      checkpoints.wait()
    finally:
      _finish_saving(checkpoints)
  return state


def _train(run, observer, works, about, checkpoints) -> State:
  config = run.config
  with run.layout.partitioned():
    begun = restoring.begin(run, checkpoints, observer.noticed)
  state, first = begun.state, int(begun.state.step)
  about = {**about, 'tuning': dataclasses.asdict(config.tuning), 'base': begun.base,
           'base_digest': shipped.digest(begun.base),
           'model': models.config_to_dict(run.model_config),
           'vocabulary': kept_vocabulary.describe(run.vocabulary),
           'configuration': identity.configuration(config, run.model_config)}
  _keep_vocabulary(about, config.model_dir)
  observer.started(run, first)
  for work in works:
    if work.begin:
      work.begin(run, first, _evaluated(run, state))
    if work.is_due(first, config.steps):
      work.catch_up(run, first, _evaluated(run, state))
  if first >= config.steps:
    return state
  return _loop(run, state, begun.position, observer, works, checkpoints, about)


@contextlib.contextmanager
def _told_when_it_stops(observer: Observer) -> Iterator[None]:
  try:
    yield
  except BaseException as error:
    observer.stopped(error)
    raise
  observer.stopped(None)


@contextlib.contextmanager
def _claimed(model_dir: str) -> Iterator[None]:
  """Makes the directory and claims it, so no other run writes to it meanwhile."""
  held = []

  def claim() -> None:
    with storage.writing(model_dir, 'MODEL_DIR'):
      epath.Path(model_dir).mkdir(parents=True, exist_ok=True)
    held.append(storage.Claim(model_dir, 'MODEL_DIR'))

  distributed.as_first_does(claim)
  try:
    yield
  finally:
    for claimed in held:
      claimed.release()


def _finish_saving(checkpoints: Checkpoints) -> None:
  """Finishes the save in progress. An error of the save does not hide an earlier error."""
  error = sys.exception()
  # A lost process never finishes its share of the save; close() would block until the heartbeat
  # times out.
  if distributed.has_lost_another(error):
    return
  with contextlib.suppress(Exception) if error else contextlib.nullcontext():
    checkpoints.close()


def _loop(run, state, position, observer, works, checkpoints, about) -> State:
  config, first = run.config, int(state.step)
  placement = run.layout.batch_sharding()
  rows = distributed.rows_here(placement, config.batch_size)
  # TensorFlow prepares the data while XLA compiles the step: neither needs the other.
  stop = threading.Event()
  with futures.ThreadPoolExecutor(max_workers=1) as beside:
    opening = beside.submit(_open_stream, run, position, observer, rows, stop)
    try:
      step_fn = step_lib.lower_step(
          run.step_config, run.layout, len(run.stream.tasks)).compile()
    except BaseException:
      stop.set()  # a failed compilation, such as too little memory, must not wait for the data
      raise
  watch = guards_lib.Watch(
      config.guards, run.stream.tasks, epath.Path(config.model_dir), state.key,
      # The lambda reads `state` when it is called: the state of that moment, not of this one.
      keep_state=lambda folder: _save_halted(folder, state, about),
      settings={'tuning': about['tuning'], 'loss': dataclasses.asdict(config.loss),
                'accumulation': config.accumulation})
  of = run.stream.identity()
  profile = config.profile if distributed.is_first() else None
  with (contextlib.closing(opening.result()) as batches,
        profiling.tracing(profile, epath.Path(config.model_dir) / profiling.FOLDER) as tracer):
    meter = Meter(run.stream.tasks, config.optimizer.schedule.build(),
                  updates_made(state.optimizer_state), run.work)
    # `range` comes first: at its end, `zip` stops before it draws a batch that no step would take.
    for step, batch in zip(range(first + 1, config.steps + 1), batches):
      with tracer.step(step), run.layout.partitioned():
        state, sums = step_fn(
            state, distributed.global_batch(batch, rows, config.batch_size, placement))
      tracer.done(step, sums)
      meter.add(sums)
      watch.add(step, batch, sums)
      last = step == config.steps
      if step % config.report_period == 0 or step == first + 1 or last:
        notes = watch.notes() | {'left_out_by_task': run.stream.left_out()}
        observer.reported(meter.report(step, config.batch_size) | notes)
      save = last or step % config.checkpoints.period == 0
      due = [work for work in works if work.is_due(step, config.steps)]
      if save or due:
        watch.check()
      with meter.paused():
        if save:
          rows_at = merge_positions(distributed.gather(batches.position))
          restoring.save(checkpoints, state, {'rows': rows_at, 'of': of}, about, step)
          observer.saved(step, checkpoints.directory / str(step))
        for work in due:
          work.do(run, step, _evaluated(run, state))
  return state


def _open_stream(run: BuiltRun, position: Mapping[str, Any] | None, observer: Observer,
                 rows: Sequence[int], stop: threading.Event) -> Batches:
  """Prepares the data and opens this process's rows of the batches at a position.

  The first process prepares the data before the others. They then find it, or prepare their own if
  they do not share the directory.
  """
  with distributed.first_goes_first('preparing data'):
    run.stream.prepare(run.config.steps, progress=observer.prepared, stop=stop)
  return run.stream.batches(position, rows)


def _keep_vocabulary(about: Mapping[str, Any], directory: str | epath.Path) -> None:
  """Copies the vocabulary of the checkpoints into their run directory."""
  if distributed.is_first():
    kept_vocabulary.copy_files(about['vocabulary'], directory)


def _save_halted(folder: epath.Path, state: State, about: Mapping[str, Any]) -> None:
  """Saves a halted state and its vocabulary as a run directory, for `guards.replay`."""
  _keep_vocabulary(about, folder)
  checkpoints = Checkpoints(folder, Policy(keep=1))
  step = int(state.step)
  checkpoints.delete_after(step)
  if checkpoints.newest() != step:
    restoring.save(checkpoints, state, {}, about, step)
  checkpoints.close()


def _evaluated(run: BuiltRun, state: State) -> Any:
  """The parameters to evaluate."""
  if state.averages is None or not run.config.tuning.evaluate_ema:
    return state.parameters
  return tuning_lib.merge(state.parameters, state.averages)
