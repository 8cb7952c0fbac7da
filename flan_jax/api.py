"""Training and evaluation as Python calls; the command line uses them too."""
from collections.abc import Mapping, Sequence
import dataclasses
import hashlib
from typing import Any

from etils import epath

from flan_jax import checks, distributed, models, storage
from flan_jax.checkpoints import convert, lineage, shipped
from flan_jax.checkpoints.finding import has_checkpoint
from flan_jax.checkpoints.loading import (
  Model,
  check_parameters,
  check_vocabulary,
  load,
  with_dtype,
)
from flan_jax.checkpoints.store import FOLDER
from flan_jax.data import (
  baselines,
  experiments,
  mixtures,
  naming,
  presence,
  pretraining,
  variants,
)
from flan_jax.data.rates import as_list
from flan_jax.data.sources.documents import Text
from flan_jax.errors import UserError, found_in
from flan_jax.evaluation import before, harness, protocol
from flan_jax.evaluation import results as results_lib
from flan_jax.evaluation.before import Comparison
from flan_jax.partitioning import chips
from flan_jax.planning import arithmetic
from flan_jax.training import loop, restoring
from flan_jax.training.config import TrainConfig
from flan_jax.training.metrics import StepCost
from flan_jax.training.observing import Observer, Observers, PeriodicWork

FORMAT = 1  # of the facts in a checkpoint


@dataclasses.dataclass(frozen=True)
class Run:
  """The work of `t5x train`: training, with evaluations during training and at the end.

  Attributes:
    training: the training.
    evaluation: what to evaluate. None, or an evaluation without a mixture, evaluates nothing.
    module: a module of the user to import first; it registers tasks.
    text: text to pretrain on, see `pretraining.register_own`.
    before_tuning: evaluate the initial weights before step 1 too, with templates and with baseline
      prompts, into `eval/0/`; without dev rows, because nobody chooses a template by them.
  """

  training: TrainConfig
  evaluation: harness.Evaluation | None = None
  module: str | None = None
  text: Text | str | None = None
  before_tuning: bool = False

  def __post_init__(self):
    checks.check(
        self, training=checks.instance(TrainConfig, noun='a TrainConfig'),
        evaluation=checks.instance(harness.Evaluation, noun='an Evaluation').or_none,
        module=checks.module().or_none, text=checks.pretraining_text().or_none,
        before_tuning=checks.truth())
    if self.evaluation and self.evaluation.mixture is None:
      object.__setattr__(self, 'evaluation', None)


@dataclasses.dataclass(frozen=True)
class EvalRun:
  """The work of `t5x eval`: the evaluation of a checkpoint.

  Attributes:
    evaluation: what to evaluate. If its mixture or lengths are None, the checkpoint gives them.
    checkpoint: run, checkpoint or Hugging Face directory; None for `model_dir`.
    output_dir: where results are written; None for the checkpoint's run directory, or for
      `model_dir` if the checkpoint is a Hugging Face directory, which is never written to.
    model_dir: the run directory.
    mesh: size of each mesh axis; None chooses by the model and the devices.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    ema: evaluate the running averages of the parameters if the checkpoint has them.
    vocabulary: another copy of the checkpoint's vocabulary; None for the one stored with it.
    num_fewshot: solved examples before each prompt, as many as fit; the same as adding
      `_few_shot_<num_fewshot>` to the names.
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
    run: the work.
    observers: watch the run; each is called in turn. Each process of a run calls its own observers.

  Returns:
    The results of the last evaluation, as in `results.json`; None if nothing is evaluated.
  """
  built = check(run)
  built = dataclasses.replace(built, work=_work(built))
  about = _about(run)
  if run.evaluation is None:
    loop.train(built, about, observers)
    return None
  evaluating = _Evaluating(run.evaluation, Observers(observers), about)
  loop.train(built, about, observers, [PeriodicWork(
      evaluating.do, evaluating.catch_up, every_steps=run.training.eval_period,
      begin=evaluating.begin if run.before_tuning else None)])
  return evaluating.results


def _work(built: loop.BuiltRun) -> StepCost:
  """The cost of a step, by the arithmetic of `t5x plan`."""
  flops = arithmetic.flops(built.step_config)
  return StepCost(flops.forward + flops.backward, chips.peak_flops(built.layout.mesh.devices.flat))


def check(run: Run) -> loop.BuiltRun:
  """Checks a run before any expensive work.

  Returns:
    The built run.

  Raises:
    UserError: the run is misconfigured, or its data is missing.
  """
  pretraining.register_own(run.module, run.text)
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
    where = 'INITIAL_CHECKPOINT_PATH'
    with shipped.telling_the_other_ways(training.initial_checkpoint, where):
      check_vocabulary(training.initial_checkpoint, built.vocabulary, where)
      check_parameters(
          training.initial_checkpoint, built.model_config, training.tuning.may_be_new, where)
  return built


def _check_presence(run: Run) -> None:
  """Checks that the data of training and evaluation exists; names everything that is missing."""
  names = as_list(run.training.mixture)
  with found_in('MIXTURE_OR_TASK_NAME'):
    needed = [(task, 'train') for task in mixtures.training_subtasks(names)]
  if run.evaluation:
    with found_in('EVAL_MIXTURE_OR_TASK_NAME'):
      needed += [(work.task, work.split) for work in harness.wanted(run.evaluation)]
    names += as_list(run.evaluation.mixture)
  presence.check(needed, names)


class _Evaluating:
  """The evaluations during a training.

  Attributes:
    results: of the last evaluation; None before the first.
  """

  def __init__(self, evaluation: harness.Evaluation, observer: Observer, about: Mapping[str, Any]):
    self._evaluation, self._observer, self._about = evaluation, observer, about
    self.results: Mapping[str, Any] | None = None
    self._before: epath.Path | None = None  # the folder of the results before tuning

  def begin(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Evaluates the initial weights, if this is step 0 and no earlier start did."""
    evaluation = dataclasses.replace(
        self._evaluation, prompts=','.join(baselines.PROMPTS), dev_examples=0)
    model = self._initial_model(built, parameters)
    folder, found = stored_results(model, evaluation, built.config.model_dir)
    if distributed.as_first_says(found):
      self._before = folder
    elif step == 0:
      evaluate(model, evaluation, built.config.model_dir, [self._observer])
      self._before = stored_results(model, evaluation, built.config.model_dir)[0]
    else:
      self._observer.noticed(
          'The initial weights were not evaluated (EVAL_BEFORE_TUNING), and the run has gone on '
          f'to step {step}: eval/0/ has no results.')

  def do(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Evaluates these parameters."""
    comparison = None
    if self._before and step >= built.config.steps:
      comparison = Comparison(self._before, len(built.stream.tasks), tuple(
          sorted({task.cluster for task in built.stream.tasks})))
    self.results = evaluate(self._model(built, step, parameters), self._evaluation,
                            built.config.model_dir, [self._observer], comparison)

  def catch_up(self, built: loop.BuiltRun, step: int, parameters: Any) -> None:
    """Evaluates unless an earlier start did. Reports stored results if no step is left."""
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
    return with_dtype(model, self._evaluation.dtype)  # the dtype that `t5x eval` uses

  def _initial_model(self, built: loop.BuiltRun, parameters: Any) -> Model:
    """The weights before step 1, which have seen only what their checkpoint has seen."""
    path, config = built.config.initial_checkpoint, built.model_config
    shape = hashlib.sha256(repr(models.config_to_dict(config)).encode()).hexdigest()[:8]
    named = path or f'random weights of seed {built.config.seed}, model {shape}'
    about = {**self._about, 'trained_on': lineage.seen_by_checkpoint(path)}
    model = Model(config, parameters, built.vocabulary, built.layout, 0, about, path=named)
    return with_dtype(model, self._evaluation.dtype)


def evaluate(
    model: Model,
    evaluation: harness.Evaluation,
    output_dir: str,
    observers: Sequence[Observer] = (),
    comparison: Comparison | None = None,
) -> dict[str, Any]:
  """Evaluates a model and writes results and predictions to `eval/<step>/<mixture>/`.

  In a run of several processes, all work on every example, and the first one writes. Never
  overwrites another evaluation of this mixture, see evaluation/results.py.

  Args:
    model: a model from `load`.
    evaluation: what to evaluate and how.
    output_dir: the directory to write to.
    observers: watch the evaluation; each is called in turn.
    comparison: with the results before tuning; None for none.

  Returns:
    The contents of `results.json`.

  Raises:
    UserError: a name is unknown, data is missing, or `output_dir` is a Hugging Face directory or
      cannot be written to.
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
  if first and comparison:  # others may not see the folder of the first process
    records = {o.task: o.predictions for o in outcomes if not o.chooses}
    results['before'] = before.compared(results, records, comparison)
  if first:
    with writing():
      results_lib.finish(folder, results)
  observer.evaluated(results, folder)
  return results


def stored_results(
    model: Model, evaluation: harness.Evaluation, output_dir: str
) -> tuple[epath.Path, dict[str, Any] | None]:
  """The folder of an evaluation, and its results; None if it has not been made."""
  facts = _facts(model, evaluation, harness.work_to_do(evaluation), output_dir)
  folder = results_lib.folder(output_dir, model.step, evaluation.mixture, facts)
  return folder, results_lib.stored(folder, facts)


def _facts(model: Model, evaluation, works, output_dir: str) -> dict[str, Any]:
  # A run directory may be moved, so a checkpoint in it is identified by its path inside.
  directory, path = str(epath.Path(output_dir).resolve()) + '/', model.path
  return results_lib.facts(
      evaluation, works, checkpoint=path.removeprefix(directory), dtype=model.config.dtype,
      averaged=model.averaged)


def _check_output_dir(output_dir: str) -> None:
  if convert.is_huggingface(output_dir):
    raise UserError(f'{output_dir} is a Hugging Face directory, which is never written to',
                    '--output_dir', 'Give --output_dir=DIR.')


def evaluate_checkpoint(run: EvalRun, observers: Sequence[Observer] = ()) -> dict[str, Any]:
  """Loads a checkpoint and evaluates it; see `EvalRun` and `evaluate`."""
  path = run.checkpoint or run.model_dir
  if not path:
    raise UserError('no checkpoint is named', '--checkpoint', 'Give --checkpoint=DIR.')
  output_dir = run.output_dir or _run_dir(path) or run.model_dir
  if not output_dir:
    raise UserError(f'{path} is not a run directory and gets no results', '--output_dir',
                    'Name a directory for results with --output_dir=DIR.')
  _check_output_dir(output_dir)
  distributed.as_first_does(lambda: storage.check_folder(output_dir, '--output_dir'))
  model = load(path, mesh=run.mesh, axis_rules=run.axis_rules, ema=run.ema,
               vocabulary=run.vocabulary, dtype=run.evaluation.dtype)
  own = model.about.get('evaluation') or {}
  lengths = run.evaluation.lengths or model.about.get('lengths')
  mixture = run.evaluation.mixture or own.get('mixture')
  if not mixture:
    raise UserError(f'{path} does not record what to evaluate', '--mixture',
                    'Give --mixture=NAME.')
  if not lengths:
    raise UserError(
        f'{path} does not record how long prompts are', '--gin.TASK_FEATURE_LENGTHS',
        "Give --gin.TASK_FEATURE_LENGTHS=\"{'inputs': 512, 'targets': 128}\".")
  mixture = variants.with_shots(mixture, run.num_fewshot)
  evaluation = dataclasses.replace(run.evaluation, mixture=mixture, lengths=lengths)
  return evaluate(model, evaluation, output_dir, observers)


def _run_dir(path: str) -> str | None:
  """The run directory of a checkpoint; None if it is not in one."""
  directory = shipped.located(path)
  if directory.parent.name == FOLDER:
    return str(directory.parent.parent)
  return None if convert.is_huggingface(directory) else path


def _about(run: Run) -> dict[str, Any]:
  """The facts for the checkpoints of a run; `loop.train` adds others."""
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
