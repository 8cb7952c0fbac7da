"""The part of a training run that decides what a step costs, and the step itself, all abstract."""
from collections.abc import Mapping
import dataclasses
import functools
import pathlib
from typing import Any

import jax
import numpy as np

from flan_jax import checks, models, partitioning, storage
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning
from flan_jax.partitioning import Layout
from flan_jax.partitioning.chips import Topology
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.optimizers import Adafactor, AdamW, Optimizer

# The arrays of a batch, as `stream.pipeline.ARRAYS` has them (that module needs TensorFlow).
BATCH_ARRAYS = {
    'inputs': ('encoder_input_tokens', 'encoder_segment_ids'),
    'targets': ('decoder_input_tokens', 'decoder_target_tokens', 'decoder_segment_ids',
                'decoder_loss_weights', 'task_ids', 'template_ids', 'truncated'),
}
_NUM_TASKS = 64  # the sums by task cost nothing that depends on it
_T5_VOCABULARY_SIZE = 32100  # SentencePiece model of 32,000 pieces and 100 sentinels
_EXTRA_IDS = 100
_SAMPLE_VOCABULARY = pathlib.Path(__file__).parents[1] / 'sample_world/vocabulary.model'


@dataclasses.dataclass(frozen=True)
class Job:
  """What is to be planned; the fields are those of `TrainConfig`.

  Attributes:
    model: the model's shape; a vocabulary size of 0 takes the vocabulary's.
    lengths: tokens of `inputs` and `targets` in a row.
    batch_size: rows in a global batch.
    optimizer: as training has it.
    loss: z-loss and label smoothing.
    tuning: which parameters train.
    on_nonfinite: 'stop' or 'skip'.
    accumulation: parts that a batch goes through the model in.
    mesh: size of each mesh axis; None chooses.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    vocabulary: 'sample' or the path of a SentencePiece model; None for the size of T5's.
  """

  model: Any
  lengths: Mapping[str, int]
  batch_size: int
  optimizer: Optimizer = Adafactor()
  loss: step_lib.Loss = step_lib.Loss()
  tuning: Tuning = Tuning()
  on_nonfinite: str = 'stop'
  accumulation: int = 1
  mesh: Mapping[str, int] | None = None
  axis_rules: Mapping[str, Any] | None = None
  vocabulary: str | None = None

  def __post_init__(self):
    checks.check(self, **_RULES)
    storage.expand_fields(self, 'vocabulary')
    size = _vocabulary_size(self.vocabulary) if self.model.vocab_size == 0 else 0
    object.__setattr__(self, 'model', models.with_vocabulary_size(self.model, size))
    hashable = dataclasses.replace(self.optimizer, groups=tuple(self.optimizer.groups))
    object.__setattr__(self, 'optimizer', hashable)

  @property
  def tokens(self) -> int:
    """Tokens in a batch, inputs and targets, padding included."""
    return self.batch_size * sum(self.lengths.values())

  @property
  def rules(self) -> partitioning.Rules:
    return partitioning.axis_rules(self.axis_rules)


_RULES = {
    'model': checks.instance(models.TransformerConfig, noun='a model configuration'),
    'lengths': checks.lengths(),
    'batch_size': checks.whole(1),
    'optimizer': checks.instance(Adafactor, AdamW, noun='an optimizer'),
    'loss': checks.instance(step_lib.Loss, noun='a Loss'),
    'tuning': checks.instance(Tuning, noun='a Tuning'),
    'on_nonfinite': checks.choice(step_lib.ON_NONFINITE),
    'accumulation': checks.whole(1),
    'mesh': checks.table("{'data': -1}").or_none,
    'axis_rules': checks.table("{'length': 'tensor'}").or_none,
    'vocabulary': checks.path().or_none,
}


def of_training(config: Any, **changes: Any) -> Job:
  """The job of a `TrainConfig`, with changes to its fields."""
  known = {f.name for f in dataclasses.fields(Job)} & {f.name for f in dataclasses.fields(config)}
  same = {name: getattr(config, name) for name in known}
  return Job(**{**same, 'on_nonfinite': config.guards.on_nonfinite, **changes})


def _vocabulary_size(vocabulary: str | None) -> int:
  """Pieces of a vocabulary, read without TensorFlow."""
  if vocabulary is None:
    return _T5_VOCABULARY_SIZE
  from etils import epath
  import sentencepiece

  path = epath.Path(_SAMPLE_VOCABULARY if vocabulary == 'sample' else vocabulary)
  if not path.exists():
    raise UserError(f'there is no SentencePiece model {str(path)!r}', 'VOCABULARY')
  model = sentencepiece.SentencePieceProcessor()
  model.LoadFromSerializedProto(path.read_bytes())
  return model.GetPieceSize() + _EXTRA_IDS


# ---- Where it would run ----


@dataclasses.dataclass(frozen=True)
class PlannedDevice:
  """Stands for a device that is not here: enough of one to lay arrays out on."""

  id: int
  bytes_limit: int
  platform: str = 'planned'
  process_index: int = 0

  def memory_stats(self) -> dict[str, int]:
    return {'bytes_limit': self.bytes_limit}


def planned_layout(job: Job, topology: Topology) -> Layout:
  """The layout that training would use on the topology.

  Raises:
    UserError: the mesh does not make up the devices, or rows, lengths or widths do not divide.
  """
  devices = [PlannedDevice(i, topology.chip.hbm_bytes) for i in range(topology.devices)]
  shape = job.mesh
  if shape is None:
    one_slice = devices[: topology.devices // topology.slices]
    chosen = _choose(job, one_slice, topology.slices)
    shape = {**chosen, 'slice': topology.slices}
  layout = Layout(partitioning.make_mesh(shape, devices), job.rules)
  layout.check_batch_size(job.batch_size, job.accumulation)
  layout.check_lengths(job.lengths)
  return layout


def _choose(job: Job, devices: list[PlannedDevice], slices: int) -> Mapping[str, int]:
  state = abstract_state(job)
  gradients, _ = job.tuning.split(state.parameters)
  return partitioning.choose_layout(
      None, logical_axes(job), state.parameters,
      partitioning.tree_bytes((state, gradients)), devices=devices, rules=job.rules,
      rows=job.batch_size // job.accumulation // slices).mesh.shape


# ---- The step ----


@functools.lru_cache(maxsize=16)
def _abstract_state(model: Any, optimizer: Optimizer, tuning: Tuning) -> state_lib.TrainState:
  return state_lib.abstract_state(model, optimizer.build(), tuning)


def abstract_state(job: Job) -> state_lib.TrainState:
  """The state's shapes and types; nothing is allocated."""
  return _abstract_state(_without_remat(job.model), job.optimizer, job.tuning)


def logical_axes(job: Job) -> Any:
  """The logical axes of the parameters."""
  return _logical_axes(_without_remat(job.model))


@functools.lru_cache(maxsize=16)
def _logical_axes(model: Any) -> Any:
  return models.logical_axes(model)


def _without_remat(model: Any) -> Any:
  """A model with the same parameters, so that they are worked out once."""
  return dataclasses.replace(model, remat='none')


def shardings(job: Job, layout: Layout) -> state_lib.TrainState:
  """How the state would lie.

  Raises:
    UserError: a dimension does not divide over its mesh axis.
  """
  state = abstract_state(job)
  parameters = layout.parameter_shardings(logical_axes(job), state.parameters)
  whole = layout.whole()
  return dataclasses.replace(
      jax.tree.map(lambda _: whole, state), parameters=parameters,
      optimizer_state=partitioning.state_shardings(
          layout.mesh, state.optimizer_state, state.parameters, parameters),
      averages=state.averages and job.tuning.split(parameters)[0])


def lower(job: Job, layout: Layout) -> jax.stages.Lowered:
  """The training step for a layout, lowered from shapes alone."""
  placement, lie = layout.batch_sharding(), shardings(job, layout)
  step = step_lib.jit_train_step(
      lie, placement, model=models.build(job.model), optimizer=job.optimizer.build(),
      loss=job.loss, num_tasks=_NUM_TASKS, accumulation=job.accumulation,
      tuning=job.tuning, on_nonfinite=job.on_nonfinite)
  batch = {
      name: jax.ShapeDtypeStruct((job.batch_size, job.lengths[side]), np.int32, sharding=placement)
      for side, names in BATCH_ARRAYS.items() for name in names
  }
  with layout.partitioned():
    return step.lower(partitioning.laid_out(abstract_state(job), lie), batch)
