"""The memory that a training step needs on one device, by arithmetic on the model's shape.

State and gradients are exact. Activations are an estimate: the most that is in memory at one of a
few moments. These are the backward pass of each stack of layers, the computation of position biases
and of their gradients, and the logits. The factors (how many arrays of which size are kept for the
gradient, and how many a layer works with) come from the TPU compiler's memory reports;
docs/scaling.md compares the estimates with them. Letters: R rows that a device has at once, T query
positions, S key positions, D d_model, H heads, K head width, F MLP width, V vocabulary.
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
# While the gradient of an attention is computed, so many float32 arrays of the size of its scores
# are in memory: if memory is short, and if it is not.
_COPIES_OF_SCORES = (2.0, 2.5)


@dataclasses.dataclass(frozen=True)
class Stack:
  """A sequence of layers of one kind.

  Attributes:
    name: the paths of its parameters begin with it.
    layers: the number of layers.
    positions: the positions of a row that pass through them.
    attentions: for each attention of a layer, its numbers of query and key positions. The first
      is self-attention, with a position bias.
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
    gradients: of the parameters that train; twice that if gradients are accumulated.
    activations: an estimate of everything else at the moment of a step that needs the most.
    loading: what a run that starts from a checkpoint needs before its first step: the state, and
      the parameters once more.
  """

  parameters: int
  optimizer: int
  gradients: int
  activations: int
  loading: int

  @property
  def step(self) -> int:
    """The most that a step needs at one time."""
    return self.parameters + self.optimizer + self.gradients + self.activations

  @property
  def total(self) -> int:
    """The most that a run needs at one time."""
    return max(self.step, self.loading)


def memory(job: StepConfig, layout: Layout, available: int) -> Memory:
  """Bytes that a job needs on one device of the layout, which has `available` bytes.

  The estimate depends on `available`: a compiler that has room keeps arrays longer, so that it can
  begin other work earlier.
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
  """Bytes on one device of the parameters that train."""
  return bytes_on_device(
      job.tuning.split(state.parameters)[0], job.tuning.split(shardings.parameters)[0])


def bytes_on_device(tree: Any, shardings: Any) -> int:
  """Bytes on one device of a tree of arrays with these shardings."""
  return sum(
      math.prod(sharding.shard_shape(array.shape)) * array.dtype.itemsize
      for array, sharding in zip(jax.tree.leaves(tree), jax.tree.leaves(shardings)))


def itemsize(config: Any) -> int:
  """Bytes of an element of the activations."""
  return jnp.dtype(config.dtype).itemsize


def rows_at_once(job: StepConfig, layout: Layout) -> int:
  """The rows that one device computes at a time."""
  return job.batch_size // job.accumulation // layout.ways(partitioning.DATA_AXES)


# ---- Beside the state ----


@dataclasses.dataclass(frozen=True)
class Sizes:
  """Bytes on a device of the arrays that a layer of a stack works with.

  Attributes:
    stream: the residual stream `[R, T, D]`.
    heads: queries, or the attentions' outputs, `[R, T, H, K]`, for all attentions of a layer.
    keys: keys and values `[R, S, H, K]`, for all attentions of a layer.
    mlp: an MLP's hidden layer `[R, T, F]`.
    scores: the float32 scores of all attentions of a layer.
    most_scores: the float32 scores of its largest attention.
    bias: a float32 position bias `[H, T, S]`.
    shifted: the float32 array that a bias is cut from, `[H, T, T + S]`.
    wide_stream: a float32 copy of the residual stream.
    wide_heads: the attentions' outputs in float32.
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
  """Bytes of one layer that are kept for the gradient, under its remat policy.

  'full': the layer's input. 'dots': also the results of products with parameters, without the last
  product's. 'none': what the gradient of each operation needs. For an attention these are its
  weights, before and after the cast, and its float32 output. For an MLP: both halves, the gate's
  value and slope, and their products. For a norm: its input and two intermediate results, float32.
  """
  if config.remat == 'full':
    return sizes.stream
  if config.remat == 'dots':
    return (1 + attentions) * sizes.stream + sizes.heads + sizes.keys + 2 * sizes.mlp
  if config.scan_layers:
    return _made(config, sizes, attentions)
  # Without a loop over layers, the compiler recomputes elementwise operations by itself.
  return ((1 + 2 * attentions) * sizes.stream + 2 * (sizes.heads + sizes.keys) + sizes.wide_heads
          + 2 * sizes.mlp + sizes.scores)


def _made(config: Any, sizes: Sizes, attentions: int) -> float:
  """Bytes that one layer writes to memory in the forward pass."""
  cast = itemsize(config) / FLOAT32
  norms = (1 + attentions) * (3 * sizes.wide_stream + sizes.stream)
  return (norms + 2 * sizes.heads + sizes.keys + sizes.wide_heads + 8 * sizes.mlp
          + (1 + cast) * sizes.scores)


def moved_bytes(job: StepConfig, layout: Layout) -> float:
  """Bytes that the layers write to and read from a device's memory in one step.

  A layer's results are written and read. The backward pass reads them once more, and writes and
  reads their gradients: five times in all, and two more if they are recomputed. A position bias is
  read whenever scores are computed, and its gradient is summed over the layers.
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
  """Bytes on a device that belong to one stack of layers, or to the parameters outside of all.

  Attributes:
    cast: a copy of its parameters in the type of the activations, made once for all layers. A loop
      without remat keeps a second copy for the gradient.
    gradients: the gradients of its parameters that train.
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
  """Bytes on one device of the parameters in each stack's layers, and of those outside of all."""
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
  """Bytes, without state and gradients, at each moment that may need the most memory.

  Args:
    job: what is planned.
    layout: where.
    held: what `_held` returns.
    copies_of_scores: see `_COPIES_OF_SCORES`.
  """
  config, tensor = job.model, layout.mesh.shape['tensor']
  tokens = rows_at_once(job, layout) * job.lengths['targets']
  logits = tokens * config.vocab_size * FLOAT32 / tensor
  gathered = 3 * _largest_kernel(config) / tensor if layout.mesh.shape['fsdp'] > 1 else 0
  # What the stacks before this one keep for their backward pass, which comes later. Their gradients
  # do not exist yet, so that memory is free.
  waiting, looped, all_stacks = 0.0, config.scan_layers, stacks(config, job.lengths)
  for stack in all_stacks:
    sizes, own = array_sizes(job, layout, stack), held[stack.name]
    kept = stack.layers * _kept(config, sizes, len(stack.attentions)) + own.cast
    copies = copies_of_scores - (config.remat == 'none')  # without remat one is in `kept`
    work = (copies * sizes.most_scores + 3 * sizes.mlp + sizes.heads + sizes.keys
            + 4 * sizes.stream)
    # Three moments of a stack: its bias is cut out; the gradient of a layer is computed; the
    # gradient of the bias is put together. This is the first.
    yield waiting + kept + sizes.bias + 2 * sizes.shifted - own.gradients
    # The gradients of the logits stay until the loops end. Without loops, the last stack frees
    # them.
    late = logits / 2 if looped or stack == all_stacks[-1] else 0
    work += 2 * sizes.bias + gathered + late
    if looped:  # a loop frees what it keeps at its end, and allocates all gradients at its start
      yield waiting + kept + work
    else:
      yield waiting + kept + work - own.gradients
      yield waiting + own.cast + work
    yield waiting + 3 * sizes.shifted
    waiting += kept + sizes.bias - own.gradients
  yield waiting + 2 * logits - (0 if looped else held[OUTSIDE].gradients)


def _largest_kernel(config: Any) -> int:
  """Bytes of the largest kernel of a layer, in the type of the activations."""
  return config.d_model * itemsize(config) * max(
      config.mlp_dim, config.num_heads * config.head_dim)
