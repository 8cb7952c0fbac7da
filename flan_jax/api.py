"""Training and evaluating as calls, as the command line does them."""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

from etils import epath

from flan_jax import checks, distributed, storage
from flan_jax.checkpoints import convert, lineage
from flan_jax.checkpoints.finding import has_checkpoint
from flan_jax.checkpoints.loading import Model, check_parameters, load, with_dtype
from flan_jax.checkpoints.store import FOLDER
from flan_jax.data import experiments, mixtures, naming, presence, registry, variants
from flan_jax.data.rates import as_list
from flan_jax.errors import UserError, found_in
from flan_jax.evaluation import harness, protocol
from flan_jax.evaluation import results as results_lib
from flan_jax.partitioning import chips
from flan_jax.planning import arithmetic
from flan_jax.training import loop, restoring
from flan_jax.training.config import TrainConfig
from flan_jax.training.metrics import StepCost
from flan_jax.training.observing import Observer, Observers, PeriodicWork

FORMAT = 1  # of what a checkpoint says about itself


@dataclasses.dataclass(frozen=True)
class Run:
  """What `t5x train` does: train, and evaluate on the way and at the end.

  Attributes:
    training: the training.
    evaluation: what to evaluate; None, or one that names no mixture, for nothing.
    module: a module to import first, which registers tasks of your own.
  """

  training: TrainConfig
  evaluation: harness.Evaluation | None = None
  module: str | None = None

  def __post_init__(self):
    checks.check(
        self, training=checks.instance(TrainConfig, noun='a TrainConfig'),
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
    num_fewshot: solved examples in front of each prompt, as many as fit: what is evaluated is the
      names with `_few_shot_<num_fewshot>` behind them.
  """

  evaluation: harness.Evaluation
  checkpoint: str | None = None
  output_dir: str | None = None
  model_dir: str | None = None
  mesh: Mapping[str, int] | None = None
  axis_rules: Mapping[str, Any] | None = None
  ema: bool = True
  vocabulary: Any = None
  num_fewshot: int = 0

  def __post_init__(self):
    checks.check(
        self, evaluation=checks.instance(harness.Evaluation, noun='an Evaluation'),
        checkpoint=checks.path().or_none, output_dir=checks.path().or_none,
        model_dir=checks.path().or_none, mesh=checks.table("{'data': -1}").or_none,
        axis_rules=checks.table("{'length': 'tensor'}").or_none, ema=checks.truth(),
        vocabulary=checks.vocabulary().or_none, num_fewshot=checks.whole(0))
    storage.expand_fields(self, 'checkpoint', 'output_dir', 'model_dir', 'vocabulary')


def train(run: Run, observers: Sequence[Observer] = ()) -> Mapping[str, Any] | None:
  """Trains and evaluates.

  Args:
    run: what to do.
    observers: are told what happens, one after the other. In a run of several processes each
      process tells its own.

  Returns:
    The last evaluation's results, as in `results.json`; None where there is nothing to evaluate.
  """
  built = check(run)
  built = dataclasses.replace(built, work=_work(built))
  about = _about(run)
  if run.evaluation is None:
    loop.train(built, about, observers)
    return None
  evaluating = _Evaluating(run.evaluation, Observers(observers), about)
  loop.train(built, about, observers, [PeriodicWork(
      evaluating.do, evaluating.catch_up, every_steps=run.training.eval_period)])
  return evaluating.results


def _work(built: loop.BuiltRun) -> StepCost:
  """What a step has the devices do, by the arithmetic of `t5x plan`."""
  flops = arithmetic.flops(built.step_config)
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
      harness.work_to_do(run.evaluation)
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
  names = as_list(run.training.mixture)
  with found_in('MIXTURE_OR_TASK_NAME'):
    needed = [(task, 'train') for task in mixtures.training_subtasks(names)]
  if run.evaluation:
    with found_in('EVAL_MIXTURE_OR_TASK_NAME'):
      needed += [(work.task, work.split) for work in harness.wanted(run.evaluation)]
    names += as_list(run.evaluation.mixture)
  presence.check(needed, names)


class _Evaluating:
  """The evaluations of a training.

  Attributes:
    results: those of the last one; None before the first.
  """

  def __init__(self, evaluation: harness.Evaluation, observer: Observer, about: Mapping[str, Any]):
    self._evaluation, self._observer, self._about = evaluation, observer, about
    self.results: Mapping[str, Any] | None = None

  def do(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Evaluates these parameters."""
    self.results = evaluate(self._model(built, step, parameters), self._evaluation,
                            built.config.model_dir, [self._observer])

  def catch_up(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Evaluates, unless an earlier start has; tells of its results where no step is left."""
    folder, found = stored_results(
        self._model(built, step, parameters), self._evaluation, built.config.model_dir)
    found = distributed.as_first_says(found)
    if not found:
      self.do(built, step, parameters)
    elif step >= built.config.steps:
      self.results = found
      self._observer.evaluated(found, folder)

  def _model(self, built: loop.BuiltRun, step: int, parameters: Any) -> Model:
    tuning, directory = built.config.tuning, epath.Path(built.config.model_dir).resolve()
    model = Model(
        built.model_config, parameters, built.vocabulary, built.layout, step, self._about,
        path=str(directory / FOLDER / str(step)),
        averaged=tuning.ema_decay is not None and tuning.evaluate_ema)
    return with_dtype(model, self._evaluation.dtype)  # in which `t5x eval` would evaluate it


def evaluate(
    model: Model,
    evaluation: harness.Evaluation,
    output_dir: str,
    observers: Sequence[Observer] = (),
) -> dict[str, Any]:
  """Evaluates a model and writes results and predictions to `eval/<step>/<mixture>/`.

  In a run of several processes all of them work on every example, and the first one writes. Another
  evaluation of this mixture is not written over, see evaluation/results.py.

  Args:
    model: as `load` gives it.
    evaluation: what to evaluate and how.
    output_dir: the directory to write to.
    observers: are told what happens, one after the other.

  Returns:
    The contents of `results.json`.

  Raises:
    UserError: something to evaluate is unknown or missing, or `output_dir` is a model's directory
      or cannot be written to.
  """
  observer = Observers(observers)
  output_dir = storage.expand(output_dir)
  _check_output_dir(output_dir)
  works = harness.work_to_do(evaluation)
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
    observer.evaluating(outcome, len(outcomes), len(works))
  rows = naming.rows_of_tasks(work.task for work in works)
  results = protocol.results(
      outcomes, step=model.step, mixture=evaluation.mixture, sample_data=rows.sample,
      facts={'rows_of': rows.text, 'left_out': harness.empty_slices(evaluation), **facts},
      seen=lineage.seen(model.about, [work.task for work in works]))
  if first:
    with writing():
      results_lib.finish(folder, results)
  observer.evaluated(results, folder)
  return results


def stored_results(
    model: Model, evaluation: harness.Evaluation, output_dir: str
) -> tuple[epath.Path, dict[str, Any] | None]:
  """The folder of an evaluation, and its results; None where it has not been made."""
  facts = _facts(model, evaluation, harness.work_to_do(evaluation), output_dir)
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


def evaluate_checkpoint(run: EvalRun, observers: Sequence[Observer] = ()) -> dict[str, Any]:
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
  mixture = variants.with_shots(mixture, run.num_fewshot)
  evaluation = dataclasses.replace(run.evaluation, mixture=mixture, lengths=lengths)
  return evaluate(model, evaluation, output_dir, observers)


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
      'trained_on': lineage.seen_by_run(
          training.mixture, training.model_dir, training.initial_checkpoint),
  }
