"""Training: build, restore, loop."""
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
import contextlib
import dataclasses
import sys
import threading
from typing import Any

from etils import epath
import jax
import numpy as np

from flan_jax import checks, distributed, models, partitioning, storage
from flan_jax.checkpoints import kept_vocabulary
from flan_jax.checkpoints.store import Checkpoints, Policy
from flan_jax.data.vocabulary import SAMPLE, end_id, load_vocabulary
from flan_jax.errors import UserError
from flan_jax.models import tuning as tuning_lib
from flan_jax.models.tuning import Tuning
from flan_jax.partitioning import Layout
from flan_jax.stream.batches import Batches, merge_positions
from flan_jax.stream.prepared.pipeline import Stream
from flan_jax.training import guards as guards_lib
from flan_jax.training import identity, profiling, restoring
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.guards import Guards
from flan_jax.training.metrics import Meter, StepCost
from flan_jax.training.metrics_files import MetricsFiles
from flan_jax.training.observing import Log, Observer, Observers, PeriodicWork
from flan_jax.training.optimizers import Adafactor, AdamW, Optimizer, updates_made

State = state_lib.TrainState

_FULL = ('Free some room and start again: earlier checkpoints are whole, and the run goes on from '
         'the newest. CHECKPOINTS_TO_KEEP says how many stay.')


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """A training run.

  Attributes:
    model: the model's shape; a vocabulary size of 0 takes the vocabulary's.
    mixture: SeqIO mixture or task, dataset or cluster, or several of them, with rates or without.
    lengths: tokens of `inputs` and `targets` in a packed row.
    steps: steps in all, counted from the start of this run (not of its initial checkpoint).
    batch_size: packed rows in a global batch.
    model_dir: where everything the run writes goes.
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary.
    optimizer: Adafactor, AdamW or ScaledAdamW.
    tuning: which parameters train; averages of them.
    loss: z-loss and label smoothing.
    guards: what to do about numbers that are not finite, and about a loss that jumps.
    seed: decides parameters, dropout, shuffling and mixing.
    accumulation: parts that a batch goes through the model in, one after the other.
    mesh: size of each mesh axis, -1 for what is left; None chooses by the model and the devices.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    checkpoints: when to write and what to keep.
    initial_checkpoint: run, checkpoint or Hugging Face directory to take parameters from.
    eval_period: steps between two evaluations; 0 evaluates at the end only.
    report_period: steps between two lines of metrics.
    pack: put several examples into a row.
    shuffle: shuffle each task's examples.
    use_cached: read what SeqIO's own caching job has written, not prepared data.
    prepared_dir: where prepared data is kept, local or `gs://`; None takes the cache directory.
    profile: steps to trace into `model_dir/profile`; those an earlier start has taken are left out.
  """

  model: models.TransformerConfig
  mixture: str | Sequence[str] | Mapping[str, float]
  lengths: Mapping[str, int]
  steps: int
  batch_size: int
  model_dir: str
  vocabulary: Any = SAMPLE
  optimizer: Optimizer = Adafactor()
  tuning: Tuning = Tuning()
  loss: step_lib.Loss = step_lib.Loss()
  guards: Guards = Guards()
  seed: int = 0
  accumulation: int = 1
  mesh: Mapping[str, int] | None = None
  axis_rules: Mapping[str, Any] | None = None
  checkpoints: Policy = Policy()
  initial_checkpoint: str | None = None
  eval_period: int = 0
  report_period: int = 10
  pack: bool = True
  shuffle: bool = True
  use_cached: bool = False
  prepared_dir: str | None = None
  profile: profiling.Steps | None = None

  def __post_init__(self):
    checks.check(self, **_RULES)
    storage.expand_fields(self, 'model_dir', 'vocabulary', 'initial_checkpoint', 'prepared_dir')
    if self.batch_size % self.accumulation:
      raise checks.refusal(
          self, 'accumulation', f'{self.batch_size} rows do not divide into {self.accumulation} '
          'parts', 'Choose a batch size and an accumulation that divide.')
    if self.profile and self.profile.stop > self.steps:
      raise UserError(f'there is no step {self.profile.stop} in a run of {self.steps}', '--profile',
                      'Choose steps that are taken.')


_RULES = {
    'model': checks.instance(models.TransformerConfig, noun='a model configuration'),
    'mixture': checks.names(rates=True),
    'lengths': checks.lengths(),
    'steps': checks.whole(1),
    'batch_size': checks.whole(1),
    'model_dir': checks.path().or_none,
    'vocabulary': checks.vocabulary(),
    'optimizer': checks.instance(Adafactor, AdamW, noun='an optimizer'),
    'tuning': checks.instance(Tuning, noun='a Tuning'),
    'loss': checks.instance(step_lib.Loss, noun='a Loss'),
    'guards': checks.instance(Guards, noun='Guards'),
    'seed': checks.seed(),
    'accumulation': checks.whole(1),
    'mesh': checks.table("{'data': -1}").or_none,
    'axis_rules': checks.table("{'length': 'tensor'}").or_none,
    'checkpoints': checks.instance(Policy, noun='a Policy'),
    'initial_checkpoint': checks.path().or_none,
    'eval_period': checks.whole(0),
    'report_period': checks.whole(1),
    'pack': checks.truth(),
    'shuffle': checks.truth(),
    'use_cached': checks.truth(),
    'prepared_dir': checks.path().or_none,
    'profile': checks.instance(profiling.Steps, noun='a range of steps').or_none,
}


@dataclasses.dataclass(frozen=True)
class BuiltRun:
  """What a configuration builds: everything that does not change from step to step.

  `work` is what a step has the devices do, where somebody has reckoned it.
  """

  config: TrainConfig
  model_config: models.TransformerConfig
  model: Any
  vocabulary: Any
  layout: Layout
  stream: Stream
  optimizer: Any
  shardings: State
  work: StepCost | None = None


def build(config: TrainConfig) -> BuiltRun:
  """Builds a run after checking everything that can be wrong with it.

  Raises:
    UserError: what is wrong, where, and what to do.
  """
  vocabulary = load_vocabulary(config.vocabulary)
  model_config = models.with_vocabulary_size(
      config.model, vocabulary.vocab_size, end_id(vocabulary))
  config.tuning.check(models.abstract_parameters(model_config))
  optimizer = config.optimizer.build()
  rules = partitioning.axis_rules(config.axis_rules)
  layout = state_lib.choose_layout(
      config.mesh, model_config, optimizer, config.batch_size // config.accumulation, rules,
      config.tuning)
  layout.check_batch_size(config.batch_size, config.accumulation)
  layout.check_lengths(config.lengths)
  stream = Stream(
      config.mixture, config.lengths, config.batch_size, vocabulary, config.seed,
      pack=config.pack, use_cached=config.use_cached, shuffle=config.shuffle,
      prepared_dir=config.prepared_dir, pieces=model_config.vocab_size)
  stream.check()
  return BuiltRun(
      config=config,
      model_config=model_config,
      model=models.build(model_config),
      vocabulary=vocabulary,
      layout=layout,
      stream=stream,
      optimizer=optimizer,
      shardings=state_lib.shardings(model_config, optimizer, layout, config.tuning),
  )


def train(
    run: BuiltRun,
    about: Mapping[str, Any],
    observers: Sequence[Observer] = (),
    works: Sequence[PeriodicWork] = (),
) -> State:
  """Trains, going on from the newest checkpoint of `model_dir` where there is one.

  Args:
    run: as `build` gives it.
    about: JSON-able facts to keep with every checkpoint, beside the model's shape, the vocabulary,
      what is tuned and the settings, which are kept in any case.
    observers: are told what happens, one after the other.
    works: what is done between steps.

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
      _let_go(checkpoints)
  return state


def _train(run, observer, works, about, checkpoints) -> State:
  config = run.config
  with run.layout.partitioned():
    begun = restoring.begin(run, checkpoints, observer.noticed)
  state, first = begun.state, int(begun.state.step)
  about = {**about, 'tuning': dataclasses.asdict(config.tuning), 'base': begun.base,
           'model': models.config_to_dict(run.model_config),
           'vocabulary': kept_vocabulary.describe(run.vocabulary),
           'configuration': identity.configuration(config, run.model_config)}
  _keep_vocabulary(about, config.model_dir)
  observer.started(run, first)
  for work in works:
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
  """The directory is there, and no other run writes to it meanwhile."""
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


def _let_go(checkpoints: Checkpoints) -> None:
  """Finishes what is being saved; what went wrong before that is not hidden by what does now."""
  error = sys.exception()
  # Who is lost does not finish its part of a save: nobody waits for it.
  if distributed.has_lost_another(error):
    return
  with contextlib.suppress(Exception) if error else contextlib.nullcontext():
    checkpoints.close()


def _loop(run, state, position, observer, works, checkpoints, about) -> State:
  config, first = run.config, int(state.step)
  placement = run.layout.batch_sharding()
  rows = distributed.rows_here(placement, config.batch_size)
  # Preparing data is TensorFlow's work, compiling the step XLA's: neither waits for the other.
  stop = threading.Event()
  with futures.ThreadPoolExecutor(max_workers=1) as beside:
    opening = beside.submit(_open_stream, run, position, observer, rows, stop)
    try:
      step_fn = _compile_step(run, state, placement)
    except BaseException:
      stop.set()  # such as too little memory: said now, not when all the data is prepared
      raise
  watch = guards_lib.Watch(
      config.guards, run.stream.tasks, epath.Path(config.model_dir), state.key,
      keep_state=lambda folder: _keep(folder, state, about),
      settings={'tuning': about['tuning'], 'loss': dataclasses.asdict(config.loss),
                'accumulation': config.accumulation})
  of = run.stream.identity()
  profile = config.profile if distributed.is_first() else None
  with (contextlib.closing(opening.result()) as batches,
        profiling.tracing(profile, epath.Path(config.model_dir) / profiling.FOLDER) as tracer):
    meter = Meter(run.stream.tasks, config.optimizer.schedule.build(),
                  updates_made(state.optimizer_state), run.work)
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
  """The batches' rows from where the step that is gone on from left them.

  The other processes find what the first has prepared, or, where they do not share the directory,
  prepare it for themselves.
  """
  with distributed.first_goes_first('preparing data'):
    run.stream.prepare(run.config.steps, progress=observer.prepared, stop=stop)
  return run.stream.batches(position, rows)


def _compile_step(run: BuiltRun, state: State, placement: jax.sharding.Sharding):
  step_fn = step_lib.jit_train_step(
      run.shardings, placement, model=run.model, optimizer=run.optimizer, loss=run.config.loss,
      num_tasks=len(run.stream.tasks), accumulation=run.config.accumulation,
      tuning=run.config.tuning, on_nonfinite=run.config.guards.on_nonfinite)
  batch = {
      name: jax.ShapeDtypeStruct(shape, np.int32, sharding=placement)
      for name, shape in run.stream.shapes().items()
  }
  with run.layout.partitioned():
    return step_fn.lower(state, batch).compile()


def _keep_vocabulary(about: Mapping[str, Any], directory: str | epath.Path) -> None:
  """Puts the vocabulary that checkpoints are described with into their run directory."""
  if distributed.is_first():
    kept_vocabulary.copy_files(about['vocabulary'], directory)


def _keep(folder: epath.Path, state: State, about: Mapping[str, Any]) -> None:
  """Saves a halted state, for `guards.replay`: with its vocabulary, as any run directory has it."""
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
