"""The configuration of a training run. `StepConfig` is the part that decides what a step costs.

Planning imports this file, so it must not import TensorFlow.
"""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

from flan_jax import checks, models, partitioning, storage
from flan_jax.checkpoints.policy import Policy
from flan_jax.data import pieces
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning
from flan_jax.partitioning import Layout
from flan_jax.training import profiling
from flan_jax.training.optimizers import Adafactor, Optimizer

# What to do about a loss or gradient that is not finite, see `Guards`.
ON_NONFINITE = ('stop', 'skip')


@dataclasses.dataclass(frozen=True)
class Loss:
  """How the loss is computed.

  Attributes:
    z_loss: weight of the squared log of the softmax's normalizer (T5X, mesh TensorFlow).
    label_smoothing: share of the target spread over the vocabulary.
  """

  z_loss: float = 1e-4
  label_smoothing: float = 0.0

  def __post_init__(self):
    checks.check(self, z_loss=checks.number(0), label_smoothing=checks.number(0, below=1))


@dataclasses.dataclass(frozen=True)
class Guards:
  """What to do if a run goes wrong.

  Attributes:
    on_nonfinite: what to do after a loss or gradient that is not finite. Such a step never changes
      a parameter. 'stop' ends the run and saves the batch and the parameters; 'skip' continues with
      the next batch.
    give_up_after: the run ends after this many skipped steps in a row.
    spike_deviations: a warning is logged if a loss is this many standard deviations above its
      running mean; 0 turns the warnings off.
  """

  on_nonfinite: str = 'stop'
  give_up_after: int = 50
  spike_deviations: float = 6.0

  def __post_init__(self):
    checks.check(
        self, on_nonfinite=checks.choice(ON_NONFINITE), give_up_after=checks.whole(1),
        spike_deviations=checks.number(0))


@dataclasses.dataclass(frozen=True)
class StepConfig:
  """The settings that decide the memory and time of a training step, for training and planning.

  Attributes:
    model: the model's shape; a vocabulary size of 0 becomes the vocabulary's.
    lengths: tokens of `inputs` and `targets` in a row.
    batch_size: rows in a global batch.
    optimizer: Adafactor, AdamW or ScaledAdamW.
    loss: z-loss and label smoothing.
    tuning: which parameters train, and whether averages of them are kept.
    on_nonfinite: 'stop' or 'skip'.
    accumulation: number of parts of a batch that go through the model one after the other.
    mesh: size of each mesh axis, -1 for the remaining devices; None chooses by model and devices.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary; None assumes the size
      of T5's.
  """

  model: models.TransformerConfig
  lengths: Mapping[str, int]
  batch_size: int
  optimizer: Optimizer = Adafactor()
  loss: Loss = Loss()
  tuning: Tuning = Tuning()
  on_nonfinite: str = 'stop'
  accumulation: int = 1
  mesh: Mapping[str, int] | None = None
  axis_rules: Mapping[str, Any] | None = None
  vocabulary: Any = None

  def __post_init__(self):
    checks.check(self, **_STEP_RULES, on_nonfinite=checks.choice(ON_NONFINITE),
                 vocabulary=checks.vocabulary().or_none)
    storage.expand_fields(self, 'vocabulary')
    if self.model.vocab_size == 0:
      sized = models.with_vocabulary_size(self.model, pieces.count(self.vocabulary))
      object.__setattr__(self, 'model', sized)

  @property
  def tokens(self) -> int:
    """Tokens in a batch, inputs and targets, padding included."""
    return self.batch_size * sum(self.lengths.values())

  @property
  def rules(self) -> partitioning.Rules:
    """The table of axis rules with its changes."""
    return partitioning.axis_rules(self.axis_rules)

  def check(self, layout: Layout) -> None:
    """Raises UserError if the rows or the lengths do not divide over a layout."""
    layout.check_batch_size(self.batch_size, self.accumulation)
    layout.check_lengths(self.lengths)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """A training run.

  Attributes:
    model: the model's shape; a vocabulary size of 0 takes the vocabulary's.
    mixture: SeqIO mixture or task, dataset or cluster, or several of them, with or without rates.
    lengths: tokens of `inputs` and `targets` in a packed row.
    steps: total steps, counted from the start of this run (not of its initial checkpoint).
    batch_size: packed rows in a global batch.
    model_dir: the run writes all its files into this directory.
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary.
    optimizer: Adafactor, AdamW or ScaledAdamW.
    tuning: which parameters train, and whether averages of them are kept.
    loss: z-loss and label smoothing.
    guards: what to do about numbers that are not finite, and about a loss that jumps.
    seed: of the initial parameters, dropout, shuffling and mixing.
    accumulation: number of parts of a batch that go through the model one after the other.
    mesh: size of each mesh axis, -1 for the remaining devices; None chooses by model and devices.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    checkpoints: when to write checkpoints and which to keep.
    initial_checkpoint: run, checkpoint or Hugging Face directory to take parameters from, or the
      name of one that ships with the package, such as 'tiny'.
    eval_period: steps between two evaluations; 0 evaluates at the end only.
    report_period: steps between two lines of metrics.
    pack: put several examples into a row.
    shuffle: shuffle each task's examples.
    use_cached: read the output of SeqIO's caching job, not our tokenized data.
    prepared_dir: directory of the tokenized data, local or `gs://`; None for the cache directory.
    profile: steps to trace into `model_dir/profile`; steps of an earlier start are not traced.
  """

  model: models.TransformerConfig
  mixture: str | Sequence[str] | Mapping[str, float]
  lengths: Mapping[str, int]
  steps: int
  batch_size: int
  model_dir: str
  vocabulary: Any = pieces.SAMPLE
  optimizer: Optimizer = Adafactor()
  tuning: Tuning = Tuning()
  loss: Loss = Loss()
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
    checks.check(self, **_STEP_RULES, **_RUN_RULES)
    storage.expand_fields(self, 'model_dir', 'vocabulary', 'initial_checkpoint', 'prepared_dir')
    if self.batch_size % self.accumulation:
      raise checks.refusal(
          self, 'accumulation', f'{self.batch_size} rows do not divide into {self.accumulation} '
          'parts', 'Choose a batch size and an accumulation that divide.')
    if self.profile and self.profile.stop > self.steps:
      raise UserError(f'there is no step {self.profile.stop} in a run of {self.steps}', '--profile',
                      'Choose steps of the run.')

  def step_config(self, model: models.TransformerConfig | None = None) -> StepConfig:
    """The settings that decide what a step costs.

    Args:
      model: the model with the size of its vocabulary, if that is known already.
    """
    names = {f.name for f in dataclasses.fields(StepConfig)} - {'model', 'on_nonfinite'}
    return StepConfig(model=model or self.model, on_nonfinite=self.guards.on_nonfinite,
                      **{name: getattr(self, name) for name in names})


_STEP_RULES = {
    'model': checks.instance(models.TransformerConfig, noun='a model configuration'),
    'lengths': checks.lengths(),
    'batch_size': checks.whole(1),
    'optimizer': checks.instance(Optimizer, noun='an optimizer'),
    'loss': checks.instance(Loss, noun='a Loss'),
    'tuning': checks.instance(Tuning, noun='a Tuning'),
    'accumulation': checks.whole(1),
    'mesh': checks.table("{'data': -1}").or_none,
    'axis_rules': checks.table("{'length': 'tensor'}").or_none,
}
_RUN_RULES = {
    'mixture': checks.names(rates=True),
    'steps': checks.whole(1),
    'model_dir': checks.path().or_none,
    'vocabulary': checks.vocabulary(),
    'guards': checks.instance(Guards, noun='Guards'),
    'seed': checks.seed(),
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
