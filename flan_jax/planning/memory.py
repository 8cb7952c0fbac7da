"""What a training step needs of one device's memory, by arithmetic on the model's shape.

State and gradients are exact. The rest is what lies beside them at the fullest of a few moments: in
the backward pass of each stack of layers, while position biases are made or their gradients are
summed, and at the logits. What is kept for the gradient, and what a layer works with, was read off
the compiler's own reports for TPUs (docs/scaling.md has the comparison). Letters: R rows that a
device has at once, T query positions, S key positions, D d_model, H heads, K head width, F MLP
width, V vocabulary.
"""
from collections.abc import Iterator, Mapping
import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp

from flan_jax import models, partitioning
from flan_jax.partitioning import Layout
from flan_jax.training import state as state_lib
from flan_jax.training.config import StepConfig

FLOAT32 = 4
OUTSIDE = 'outside'  # of all layers: embedding and logits
# Arrays as large as all scores of an attention, in float32, while its gradient is worked out: where
# memory is short, and where it is not.
_COPIES_OF_SCORES = (2.0, 2.5)


@dataclasses.dataclass(frozen=True)
class Stack:
  """Layers of one kind, one behind the other.

  Attributes:
    name: what the paths of its parameters begin with.
    layers: how many.
    positions: of a row that pass through them.
    attentions: for each attention of a layer, its query and its key positions; the first is that
      to itself, with a position bias.
  """

  name: str
  layers: int
  positions: int
  attentions: tuple[tuple[int, int], ...]


def stacks(config: Any, lengths: Mapping[str, int]) -> tuple[Stack, ...]:
  """A model's stacks for rows of these lengths, in the order of the forward pass."""
  inputs, targets = lengths['inputs'] + config.prompt_length, lengths['targets']
  if isinstance(config, models.T5Config):
    return (
        Stack('encoder', config.num_encoder_layers, inputs, ((inputs, inputs),)),
        Stack('decoder', config.num_decoder_layers, targets,
              ((targets, targets), (targets, inputs))),
    )
  both = inputs + targets
  return (Stack('layers', config.num_layers, both, ((both, both),)),)


@dataclasses.dataclass(frozen=True)
class Memory:
  """Bytes on one device.

  Attributes:
    parameters: exact.
    optimizer: exact; with running averages, the random key and the counters.
    gradients: of what trains, and once more where they are accumulated.
    activations: an estimate: what else lies there at the fullest moment of a step.
    loading: what a run that begins with a checkpoint has on the device before its first step: its
      state, and parameters once more.
  """

  parameters: int
  optimizer: int
  gradients: int
  activations: int
  loading: int

  @property
  def step(self) -> int:
    """The most that a step needs."""
    return self.parameters + self.optimizer + self.gradients + self.activations

  @property
  def total(self) -> int:
    """The most that is ever needed."""
    return max(self.step, self.loading)


def memory(job: StepConfig, layout: Layout, available: int) -> Memory:
  """Bytes on one device of the layout, which has so many `available`.

  A compiler that has room leaves arrays where they are longer, to begin with other things earlier;
  where it has not, it does without.
  """
  state, shardings = state_lib.abstract_state(job), state_lib.shardings(job, layout)
  parameters = bytes_on_device(state.parameters, shardings.parameters)
  whole = bytes_on_device(state, shardings)
  gradients = trained_bytes(job, state, shardings) * (2 if job.accumulation > 1 else 1)
  held = _held(job, state, shardings)
  least, most = (int(max(_moments(job, layout, held, copies))) for copies in _COPIES_OF_SCORES)
  return Memory(
      parameters=parameters,
      optimizer=whole - parameters,
      gradients=gradients,
      activations=max(least, min(most, available - whole - gradients)),
      loading=whole + parameters,
  )


def trained_bytes(job: StepConfig, state: Any, shardings: Any) -> int:
  """Bytes that a device has of the parameters that train."""
  return bytes_on_device(
      job.tuning.split(state.parameters)[0], job.tuning.split(shardings.parameters)[0])


def bytes_on_device(tree: Any, shardings: Any) -> int:
  """Bytes that a device has of a tree of arrays laid out so."""
  return sum(
      math.prod(sharding.shard_shape(array.shape)) * array.dtype.itemsize
      for array, sharding in zip(jax.tree.leaves(tree), jax.tree.leaves(shardings)))


def itemsize(config: Any) -> int:
  """Bytes of an element of the activations."""
  return jnp.dtype(config.dtype).itemsize


def rows_at_once(job: StepConfig, layout: Layout) -> int:
  """Rows that a device has in the model at a time."""
  return job.batch_size // job.accumulation // layout.ways(partitioning.DATA_AXES)


# ---- Beside the state ----


@dataclasses.dataclass(frozen=True)
class Sizes:
  """Bytes on a device of the arrays that a stack works with.

  Attributes:
    stream: of the residual stream `[R, T, D]`.
    heads: of queries or mixtures `[R, T, H, K]`, over all attentions of a layer.
    keys: of keys and values `[R, S, H, K]`, over all attentions.
    mlp: of an MLP's hidden layer `[R, T, F]`.
    scores: float32, of all attentions of a layer.
    most_scores: float32, of its largest attention.
    bias: float32, of a position bias `[H, T, S]`.
    shifted: float32, of what a bias is cut out of, `[H, T, T + S]`.
    wide_stream: of a float32 copy of the stream.
    wide_heads: of float32 mixtures.
  """

  stream: float
  heads: float
  keys: float
  mlp: float
  scores: float
  most_scores: float
  bias: float
  shifted: float
  wide_stream: float
  wide_heads: float


def array_sizes(job: StepConfig, layout: Layout, stack: Stack) -> Sizes:
  """Bytes of the arrays that a layer of the stack works with."""
  config, size = job.model, itemsize(job.model)
  rows, tensor = rows_at_once(job, layout), layout.mesh.shape['tensor']
  sequence = layout.ways(dict(layout.rules)['length'])
  stream = rows * stack.positions * config.d_model / sequence
  joined = rows * config.num_heads * config.head_dim / tensor
  heads = joined * sum(queries for queries, _ in stack.attentions)
  keys = 2 * joined * sum(keys for _, keys in stack.attentions)
  pairs = [queries * keys for queries, keys in stack.attentions]
  by_head = FLOAT32 * config.num_heads / tensor
  queries, keys_of_own = stack.attentions[0]
  return Sizes(
      stream=size * stream, heads=size * heads, keys=size * keys,
      mlp=size * rows * stack.positions * config.mlp_dim / tensor,
      scores=by_head * rows * sum(pairs), most_scores=by_head * rows * max(pairs),
      bias=by_head * pairs[0], shifted=by_head * queries * (queries + keys_of_own),
      wide_stream=FLOAT32 * stream, wide_heads=FLOAT32 * heads)


def _kept(config: Any, sizes: Sizes, attentions: int) -> float:
  """Bytes that are kept of one layer for the gradient, by its remat policy.

  'full': what goes in. 'dots': the results of products with parameters too, but for the last
  one's. 'none': what each operation's gradient needs: of an attention its weights, before and after
  they are cast, and float32 mixtures; of an MLP both halves, the gate's value and slope and
  products of these; of a norm what goes in and two steps between, in float32.
  """
  if config.remat == 'full':
    return sizes.stream
  if config.remat == 'dots':
    return (1 + attentions) * sizes.stream + sizes.heads + sizes.keys + 2 * sizes.mlp
  if config.scan_layers:
    return _made(config, sizes, attentions)
  # Without a loop between, the compiler makes again whatever is elementwise.
  return ((1 + 2 * attentions) * sizes.stream + 2 * (sizes.heads + sizes.keys) + sizes.wide_heads
          + 2 * sizes.mlp + sizes.scores)


def _made(config: Any, sizes: Sizes, attentions: int) -> float:
  """Bytes of what one layer writes to memory in the forward pass."""
  cast = itemsize(config) / FLOAT32
  norms = (1 + attentions) * (3 * sizes.wide_stream + sizes.stream)
  return (norms + 2 * sizes.heads + sizes.keys + sizes.wide_heads + 8 * sizes.mlp
          + (1 + cast) * sizes.scores)


def moved_bytes(job: StepConfig, layout: Layout) -> float:
  """Bytes that layers write to a device's memory and read there, in one step.

  What a layer makes is written and read; in the backward pass it is read once more, and its
  gradients are written and read; so is what is computed again. A position bias is read whenever
  scores are made, and its gradient is added up over the layers.
  """
  config, total = job.model, 0.0
  again = config.remat != 'none'
  for stack in stacks(config, job.lengths):
    sizes = array_sizes(job, layout, stack)
    made = _made(config, sizes, len(stack.attentions))
    total += stack.layers * ((5 + 2 * again) * made + (3 + again) * sizes.bias)
  return job.accumulation * total


@dataclasses.dataclass(frozen=True)
class _Held:
  """Bytes on a device that belong to a stack of layers, or to what is outside of them.

  Attributes:
    cast: its parameters in the type of the activations: cast once for all layers, and by a loop
      kept with the rest where nothing is computed again.
    gradients: of those that train.
  """

  cast: float
  gradients: int


def _held(job: StepConfig, state: Any, shardings: Any) -> dict[str, _Held]:
  smaller = itemsize(job.model) / FLOAT32
  twice = job.model.remat == 'none' and job.model.scan_layers
  copies = (2 if twice else 1) if smaller < 1 else 0
  whole = _by_stack(job, state.parameters, shardings.parameters)
  trained = _by_stack(
      job, job.tuning.split(state.parameters)[0], job.tuning.split(shardings.parameters)[0])
  return {name: _Held(copies * smaller * whole[name], trained[name]) for name in whole}


def _by_stack(job: StepConfig, parameters: Any, shardings: Any) -> dict[str, int]:
  """Bytes of the parameters in each stack's layers, and of those outside of them all."""
  found = {stack.name: 0 for stack in stacks(job.model, job.lengths)} | {OUTSIDE: 0}
  for (path, array), sharding in zip(
      jax.tree_util.tree_leaves_with_path(parameters), jax.tree.leaves(shardings)):
    names = partitioning.path_names(path)
    inside = any(name.startswith('layers') for name in names)
    stack = next(n for n in found if names[0].startswith(n)) if inside else OUTSIDE
    found[stack] += bytes_on_device([array], [sharding])
  return found


def _moments(job: StepConfig, layout: Layout, held: Mapping[str, _Held],
             copies_of_scores: float) -> Iterator[float]:
  """Bytes beside the state and all gradients at the moments that may be the fullest.

  Args:
    job: what is planned.
    layout: where.
    held: as `_held` gives it.
    copies_of_scores: see `_COPIES_OF_SCORES`.
  """
  config, tensor = job.model, layout.mesh.shape['tensor']
  tokens = rows_at_once(job, layout) * job.lengths['targets']
  logits = tokens * config.vocab_size * FLOAT32 / tensor
  gathered = 3 * _largest_kernel(config) / tensor if layout.mesh.shape['fsdp'] > 1 else 0
  # Of the stacks in front, whose backward pass comes later: what they wait with, less the gradients
  # that they do not have yet.
  waiting, looped, all_stacks = 0.0, config.scan_layers, stacks(config, job.lengths)
  for stack in all_stacks:
    sizes, own = array_sizes(job, layout, stack), held[stack.name]
    kept = stack.layers * _kept(config, sizes, len(stack.attentions)) + own.cast
    copies = copies_of_scores - (config.remat == 'none')  # one is there already
    work = (copies * sizes.most_scores + 3 * sizes.mlp + sizes.heads + sizes.keys
            + 4 * sizes.stream)
    # The bias is cut out; a layer's gradient is worked out; the bias's gradient is put together.
    yield waiting + kept + sizes.bias + 2 * sizes.shifted - own.gradients
    # Those of the logits wait for the end of loops; without loops, for that of the last stack.
    late = logits / 2 if looped or stack == all_stacks[-1] else 0
    work += 2 * sizes.bias + gathered + late
    if looped:  # what is kept stays to the last, gradients have room from the first
      yield waiting + kept + work
    else:
      yield waiting + kept + work - own.gradients
      yield waiting + own.cast + work
    yield waiting + 3 * sizes.shifted
    waiting += kept + sizes.bias - own.gradients
  yield waiting + 2 * logits - (0 if looped else held[OUTSIDE].gradients)


def _largest_kernel(config: Any) -> int:
  """Bytes of a layer's largest kernel, in the type of the activations."""
  return config.d_model * itemsize(config) * max(
      config.mlp_dim, config.num_heads * config.head_dim)
