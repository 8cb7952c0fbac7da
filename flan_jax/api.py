"""Training and evaluating as calls, as the command line does them."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

from absl import logging
from etils import epath

from flan_jax import checks, distributed, storage
from flan_jax.checkpoints import convert, lineage
from flan_jax.checkpoints.finding import has_checkpoint
from flan_jax.checkpoints.loading import Model, check_parameters, load, with_dtype
from flan_jax.checkpoints.store import FOLDER
from flan_jax.data import experiments, mixtures, naming, presence, registry
from flan_jax.errors import UserError, found_in
from flan_jax.evaluation import harness, protocol
from flan_jax.evaluation import results as results_lib
from flan_jax.partitioning import chips
from flan_jax.planning import arithmetic, job
from flan_jax.training import loop, restoring
from flan_jax.training.metrics import Report, StepCost

FORMAT = 1  # of what a checkpoint says about itself


@dataclasses.dataclass(frozen=True)
class Run:
  """What `t5x train` does: train, and evaluate on the way and at the end.

  Attributes:
    training: the training.
    evaluation: what to evaluate; None, or one that names no mixture, for nothing.
    module: a module to import first, which registers tasks of your own.
  """

  training: loop.TrainConfig
  evaluation: harness.Evaluation | None = None
  module: str | None = None

  def __post_init__(self):
    checks.check(
        self, training=checks.instance(loop.TrainConfig, noun='a TrainConfig'),
        evaluation=checks.instance(harness.Evaluation, noun='an Evaluation').or_none,
        module=checks.module().or_none)
    if self.evaluation and self.evaluation.mixture is None:
      object.__setattr__(self, 'evaluation', None)


@dataclasses.dataclass(frozen=True)
class EvalRun:
  """What `t5x eval` does: evaluate a checkpoint.

  Attributes:
    evaluation: what to evaluate; a mixture or lengths of None are taken from the checkpoint.
    checkpoint: run, checkpoint or Hugging Face directory; None takes `model_dir`.
    output_dir: where results go; None takes the checkpoint's run directory, and for a Hugging Face
      directory, which nothing is written into, `model_dir`.
    model_dir: the run directory.
    mesh: size of each mesh axis; None chooses by the model and the devices.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    ema: evaluate the parameters' running averages where the checkpoint has any.
    vocabulary: another copy of the checkpoint's vocabulary; None takes the one that it keeps.
  """

  evaluation: harness.Evaluation
  checkpoint: str | None = None
  output_dir: str | None = None
  model_dir: str | None = None
  mesh: Mapping[str, int] | None = None
  axis_rules: Mapping[str, Any] | None = None
  ema: bool = True
  vocabulary: Any = None

  def __post_init__(self):
    checks.check(
        self, evaluation=checks.instance(harness.Evaluation, noun='an Evaluation'),
        checkpoint=checks.path().or_none, output_dir=checks.path().or_none,
        model_dir=checks.path().or_none, mesh=checks.table("{'data': -1}").or_none,
        axis_rules=checks.table("{'length': 'tensor'}").or_none, ema=checks.truth(),
        vocabulary=checks.vocabulary().or_none)
    storage.expand_fields(self, 'checkpoint', 'output_dir', 'model_dir', 'vocabulary')


@dataclasses.dataclass(frozen=True)
class Monitor:
  """Callbacks for those who watch; each does nothing by default.

  Attributes:
    started: called with the built run and the number of steps already done.
    prepared: called with each manifest of prepared data as it is built, how many are done and how
      many were missing.
    reported: called with each line of metrics.
    evaluating: called with each task's outcome, how many are done and how many there are.
    evaluated: called with the results, as in `results.json`, and the folder they were written to.
    noticed: called with a line about something that people should know.
  """

  started: Callable[[loop.BuiltRun, int], None] = lambda run, done: None
  prepared: Callable[[Mapping[str, Any], int, int], None] = lambda manifest, done, total: None
  reported: Callable[[Report], None] = lambda report: None
  evaluating: Callable[[harness.Outcome, int, int], None] = lambda outcome, done, total: None
  evaluated: Callable[[Mapping[str, Any], epath.Path], None] = lambda results, folder: None
  noticed: Callable[[str], None] = lambda text: None


def train(run: Run, monitor: Monitor = Monitor()) -> Mapping[str, Any] | None:
  """Trains and evaluates.

  Args:
    run: what to do.
    monitor: is told what happens.

  Returns:
    The last evaluation's results, as in `results.json`; None where there is nothing to evaluate.
  """
  built = check(run)
  built = dataclasses.replace(built, work=_work(built))
  about = _about(run)
  listener = _Listener(run, monitor, about)
  loop.train(built, listener, about)
  return listener.results


def _work(built: loop.BuiltRun) -> StepCost:
  """What a step has the devices do, by the arithmetic of `t5x plan`."""
  flops = arithmetic.flops(job.of_training(built.config, model=built.model_config))
  return StepCost(flops.forward + flops.backward, chips.peak_flops(built.layout.mesh.devices.flat))


def check(run: Run) -> loop.BuiltRun:
  """Finds what is wrong with a run before it costs anything.

  Returns:
    What the training is made of.

  Raises:
    UserError: what is wrong.
  """
  if run.module:
    registry.import_module(run.module, 'MIXTURE_OR_TASK_MODULE')
  training = run.training
  _check_presence(run)
  if run.evaluation:
    with found_in('EVAL_MIXTURE_OR_TASK_NAME'):
      harness.plan(run.evaluation)
    experiments.check_held_out(training.mixture, run.evaluation.mixture)
  with found_in('MIXTURE_OR_TASK_NAME'):
    built = loop.build(training)
  restoring.check(built)
  if training.initial_checkpoint and not has_checkpoint(training.model_dir):
    check_parameters(training.initial_checkpoint, built.model_config, training.tuning.may_be_new,
                     'INITIAL_CHECKPOINT_PATH')
  return built


def _check_presence(run: Run) -> None:
  """Names everything that is missing, of training and evaluation together."""
  names = mixtures.as_list(run.training.mixture)
  with found_in('MIXTURE_OR_TASK_NAME'):
    needed = [(task, 'train') for task in mixtures.training_subtasks(names)]
  if run.evaluation:
    with found_in('EVAL_MIXTURE_OR_TASK_NAME'):
      needed += [(work.task, work.split) for work in harness.wanted(run.evaluation)]
    names += mixtures.as_list(run.evaluation.mixture)
  presence.check(needed, names)


class _Listener:
  """Passes a training's news on and evaluates when it is time."""

  def __init__(self, run: Run, monitor: Monitor, about: Mapping[str, Any]):
    self._run, self._monitor, self._about = run, monitor, about
    self.results: Mapping[str, Any] | None = None

  def started(self, built: loop.BuiltRun, first_step: int) -> None:
    self._monitor.started(built, first_step)

  def prepared(self, manifest: Mapping[str, Any], done: int, total: int) -> None:
    self._monitor.prepared(manifest, done, total)

  def reported(self, report: Report) -> None:
    logging.info('Step %d: loss %.4f, accuracy %.4f.', report['step'], report['loss'],
                 report['accuracy'])
    self._monitor.reported(report)

  def evaluate(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    if self._run.evaluation:
      self.results = evaluate(self._model(built, step, parameters), self._run.evaluation,
                              built.config.model_dir, self._monitor)

  def catch_up(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    if self._run.evaluation and not self._stored(built, step, parameters)[1]:
      self.evaluate(built, step, parameters)

  def nothing_left(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Shows this evaluation's results if an earlier start came to them, or evaluates."""
    if self._run.evaluation is None:
      return
    folder, self.results = self._stored(built, step, parameters)
    if self.results:
      self._monitor.evaluated(self.results, folder)
    else:
      self.evaluate(built, step, parameters)

  def noticed(self, text: str) -> None:
    self._monitor.noticed(text)

  def _stored(self, built: loop.BuiltRun, step: int, parameters: Any):
    """The folder of this evaluation, and its results where an earlier start came to them."""
    model = self._model(built, step, parameters)
    folder, found = stored_results(model, self._run.evaluation, built.config.model_dir)
    return folder, distributed.as_first_says(found)

  def _model(self, built: loop.BuiltRun, step: int, parameters: Any) -> Model:
    tuning, directory = built.config.tuning, epath.Path(built.config.model_dir).resolve()
    model = Model(
        built.model_config, parameters, built.vocabulary, built.layout, step, self._about,
        path=str(directory / FOLDER / str(step)),
        averaged=tuning.ema_decay is not None and tuning.evaluate_ema)
    return with_dtype(model, self._run.evaluation.dtype)  # in which `t5x eval` would evaluate it


def evaluate(
    model: Model,
    evaluation: harness.Evaluation,
    output_dir: str,
    monitor: Monitor = Monitor(),
) -> dict[str, Any]:
  """Evaluates a model and writes results and predictions to `eval/<step>/<mixture>/`.

  In a run of several processes all of them work on every example, and the first one writes. Another
  evaluation of this mixture is not written over, see evaluation/results.py.

  Args:
    model: as `load` gives it.
    evaluation: what to evaluate and how.
    output_dir: the directory to write to.
    monitor: is told what happens.

  Returns:
    The contents of `results.json`.

  Raises:
    UserError: something to evaluate is unknown or missing, or `output_dir` is a model's directory
      or cannot be written to.
  """
  output_dir = storage.expand(output_dir)
  _check_output_dir(output_dir)
  works = harness.plan(evaluation)
  facts = _facts(model, evaluation, works, output_dir)
  folder = results_lib.folder(output_dir, model.step, evaluation.mixture, facts)
  first = distributed.is_first()
  writing = lambda: storage.writing(output_dir, '--output_dir')
  if first:
    with writing():
      folder = results_lib.begin(output_dir, model.step, evaluation.mixture, facts)
  outcomes = []
  for outcome in harness.evaluate(
      model.module, model.parameters, evaluation, model.vocabulary, model.layout):
    outcomes.append(outcome)
    if first and not outcome.chooses:
      with writing():
        results_lib.write_predictions(folder, outcome.task, outcome.predictions)
    monitor.evaluating(outcome, len(outcomes), len(works))
  rows = naming.rows_of_tasks(work.task for work in works)
  results = protocol.results(
      outcomes, step=model.step, mixture=evaluation.mixture, sample_data=rows.sample,
      facts={'rows_of': rows.text, 'left_out': harness.empty_slices(evaluation), **facts},
      seen=lineage.seen(model.about, [work.task for work in works]))
  if first:
    with writing():
      results_lib.finish(folder, results)
  monitor.evaluated(results, folder)
  return results


def stored_results(
    model: Model, evaluation: harness.Evaluation, output_dir: str
) -> tuple[epath.Path, dict[str, Any] | None]:
  """The folder of an evaluation, and its results; None where it has not been made."""
  facts = _facts(model, evaluation, harness.plan(evaluation), output_dir)
  folder = results_lib.folder(output_dir, model.step, evaluation.mixture, facts)
  return folder, results_lib.stored(folder, facts)


def _facts(model: Model, evaluation, works, output_dir: str) -> dict[str, Any]:
  # A run directory may be moved: what lies in it is called by its place in it.
  directory, path = str(epath.Path(output_dir).resolve()) + '/', model.path
  return results_lib.facts(
      evaluation, works, checkpoint=path.removeprefix(directory), dtype=model.config.dtype,
      averaged=model.averaged)


def _check_output_dir(output_dir: str) -> None:
  if convert.is_huggingface(output_dir):
    raise UserError(f'{output_dir} is a Hugging Face directory: nothing is written into it',
                    '--output_dir', 'Give --output_dir=DIR.')


def evaluate_checkpoint(run: EvalRun, monitor: Monitor = Monitor()) -> dict[str, Any]:
  """Loads a checkpoint and evaluates it; see `EvalRun` and `evaluate`."""
  path = run.checkpoint or run.model_dir
  if not path:
    raise UserError('no checkpoint is named', '--checkpoint', 'Give --checkpoint=DIR.')
  output_dir = run.output_dir or _run_dir(path) or run.model_dir
  if not output_dir:
    raise UserError(f'{path} is no run of ours: nothing is written into it', '--output_dir',
                    'Say where results go with --output_dir=DIR.')
  _check_output_dir(output_dir)
  distributed.as_first_does(lambda: storage.check_folder(output_dir, '--output_dir'))
  model = load(path, mesh=run.mesh, axis_rules=run.axis_rules, ema=run.ema,
               vocabulary=run.vocabulary, dtype=run.evaluation.dtype)
  own = model.about.get('evaluation') or {}
  lengths = run.evaluation.lengths or model.about.get('lengths')
  mixture = run.evaluation.mixture or own.get('mixture')
  if not mixture or not lengths:
    raise UserError(
        f'{path} does not say what to evaluate', '--mixture',
        "Give --mixture=NAME, and --gin.TASK_FEATURE_LENGTHS=\"{'inputs': 512, 'targets': 128}\".")
  evaluation = dataclasses.replace(run.evaluation, mixture=mixture, lengths=lengths)
  return evaluate(model, evaluation, output_dir, monitor)


def _run_dir(path: str) -> str | None:
  """The run directory that a checkpoint is of; None for a directory that is no run of ours."""
  directory = epath.Path(path)
  if directory.parent.name == FOLDER:
    return str(directory.parent.parent)
  return None if convert.is_huggingface(directory) else path


def _about(run: Run) -> dict[str, Any]:
  """What checkpoints of a run say about themselves, beyond what `loop.train` adds."""
  training = run.training
  evaluation = dataclasses.asdict(run.evaluation) if run.evaluation else None
  return {
      'format': FORMAT,
      'mixture': training.mixture,
      'lengths': dict(training.lengths),
      'evaluation': evaluation,
      'trained_on': lineage.trained_on(
          training.mixture, training.model_dir, training.initial_checkpoint),
  }
