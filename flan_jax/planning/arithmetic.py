"""What a training step costs, by arithmetic on the model's shape: FLOPs and bytes.

A product of a matrix with a row takes two FLOPs a parameter: so each kernel costs twice its size
for every position that passes through it. Forward once; backward once for the gradient of what
went in and once for that of the kernel. Attention adds two products of T x S x H x K multiplied
pairs. What is elementwise is left out of FLOPs. Letters: B rows, T query positions, S key
positions, D d_model, H heads, K head width, F MLP width, V vocabulary.
"""
from collections.abc import Iterator, Mapping
import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp

from flan_jax import models, partitioning
from flan_jax.planning import job as job_lib
from flan_jax.planning.job import Job

FLOAT32 = 4


@dataclasses.dataclass(frozen=True)
class Stack:
  """Layers of one kind, one behind the other.

  Attributes:
    name: what the paths of its parameters begin with.
    layers: how many.
    positions: of a row that pass through them.
    attentions: for each attention of a layer, its query and its key positions.
  """

  name: str
  layers: int
  positions: int
  attentions: tuple[tuple[int, int], ...]


def stacks(config: Any, lengths: Mapping[str, int]) -> tuple[Stack, ...]:
  """A model's stacks for rows of these lengths."""
  inputs, targets = lengths['inputs'] + config.prompt_length, lengths['targets']
  if isinstance(config, models.T5Config):
    return (
        Stack('encoder', config.num_encoder_layers, inputs, ((inputs, inputs),)),
        Stack('decoder', config.num_decoder_layers, targets,
              ((targets, targets), (targets, inputs))),
    )
  both = inputs + targets
  return (Stack('layers', config.num_layers, both, ((both, both),)),)


def count(job: Job) -> int:
  """The number of parameters."""
  return sum(math.prod(a.shape) for a in jax.tree.leaves(job_lib.abstract_state(job).parameters))


# ---- FLOPs ----


@dataclasses.dataclass(frozen=True)
class Flops:
  """FLOPs of one step over all devices.

  Attributes:
    forward: once through the model.
    backward: the gradients.
    recomputed: what rematerialisation computes again.
  """

  forward: int
  backward: int
  recomputed: int

  @property
  def total(self) -> int:
    return self.forward + self.backward + self.recomputed


def flops(job: Job) -> Flops:
  """FLOPs of a step, exact for products of matrices."""
  rows, stacked = job.batch_size, stacks(job.model, job.lengths)
  kernels = {path: rows * n for path, n in _kernel_flops(job, stacked)}
  attention = rows * sum(_attention_flops(job.model, stack) for stack in stacked)
  forward = sum(kernels.values()) + attention
  trained = sum(n for path, n in kernels.items() if job.tuning.trains(path))
  backward = forward + trained + attention
  in_layers = sum(n for path, n in kernels.items() if _is_computed_again(path))
  again = {'none': 0, 'dots': attention, 'full': in_layers + attention}[job.model.remat]
  return Flops(forward, backward, again)


def _kernel_flops(job: Job, stacked: tuple[Stack, ...]) -> Iterator[tuple[str, int]]:
  """For each kernel its path, and the FLOPs of a row going through it once."""
  inputs, targets = stacked[0].positions, job.lengths['targets']
  for path, array in jax.tree_util.tree_leaves_with_path(
      job_lib.abstract_state(job).parameters):
    names = partitioning.path_names(path)
    if names[-1] not in ('kernel', 'lora_a', 'lora_b'):
      continue
    through = next((s.positions for s in stacked if names[0].startswith(s.name)), targets)
    if 'logits_dense' in names:
      through = targets
    elif 'encoder_decoder_attention' in names and names[-2] in ('key', 'value'):
      through = inputs
    yield '.'.join(names), 2 * through * math.prod(array.shape)


def _attention_flops(config: Any, stack: Stack) -> int:
  pairs = sum(queries * keys for queries, keys in stack.attentions)
  return stack.layers * 4 * pairs * config.num_heads * config.head_dim


def _is_computed_again(path: str) -> bool:
  """Whether full rematerialisation does: nothing waits for what a layer's last kernel gives."""
  return 'layers' in path and not path.endswith('.wo.kernel')


# ---- Memory of one device ----


@dataclasses.dataclass(frozen=True)
class Memory:
  """Bytes on one device during a step.

  Attributes:
    parameters: exact.
    optimizer: exact; with running averages, the random key and the counters.
    gradients: of what trains, and once more where they are accumulated.
    activations: an estimate: what the backward pass needs of the forward pass, the layer that is
      computed at the moment, logits, and a layer's parameters gathered over 'fsdp'.
  """

  parameters: int
  optimizer: int
  gradients: int
  activations: int

  @property
  def total(self) -> int:
    return self.parameters + self.optimizer + self.gradients + self.activations


def memory(job: Job, mesh: jax.sharding.Mesh) -> Memory:
  """Bytes on one device of the mesh."""
  state, layout = job_lib.abstract_state(job), job_lib.shardings(job, mesh)
  parameters = _bytes_on_device(state.parameters, layout.parameters)
  return Memory(
      parameters=parameters,
      optimizer=_bytes_on_device(state, layout) - parameters,
      gradients=_trained_bytes(job, state, layout) * (2 if job.accumulation > 1 else 1),
      activations=activation_bytes(job, mesh),
  )


def _trained_bytes(job: Job, state: Any, layout: Any) -> int:
  return _bytes_on_device(
      job.tuning.split(state.parameters)[0], job.tuning.split(layout.parameters)[0])


def _bytes_on_device(tree: Any, layout: Any) -> int:
  return sum(
      math.prod(sharding.shard_shape(array.shape)) * array.dtype.itemsize
      for array, sharding in zip(jax.tree.leaves(tree), jax.tree.leaves(layout)))


def activation_bytes(job: Job, mesh: jax.sharding.Mesh) -> int:
  """An estimate of the memory that one device needs beside state and gradients."""
  config = job.model
  rows = job.batch_size // job.accumulation // partitioning.ways(mesh, partitioning.DATA_AXES)
  tensor = mesh.shape['tensor']
  sequence = partitioning.ways(mesh, dict(job.rules)['length'])
  kept = working = 0
  for stack in stacks(config, job.lengths):
    by_policy = _layer_bytes(config, stack, tensor, sequence)
    kept += stack.layers * by_policy[config.remat]
    working = max(working, by_policy['none'])
  targets = job.lengths['targets']
  logits = 2 * targets * config.vocab_size * FLOAT32 // tensor
  gathered = 2 * _layer_parameters(config) * _itemsize(config) // tensor
  return int(rows * (kept + working + logits)) + (gathered if mesh.shape['fsdp'] > 1 else 0)


def _layer_bytes(config: Any, stack: Stack, tensor: int, sequence: int) -> dict[str, float]:
  """What is kept of one layer for one row, by remat policy."""
  wide, size = config.num_heads * config.head_dim, _itemsize(config)
  attentions = len(stack.attentions)
  scores = sum(queries * keys for queries, keys in stack.attentions) * config.num_heads
  stream = stack.positions * config.d_model * size / sequence
  products = stack.positions * size * (
      attentions * 3 * wide + 2 * config.mlp_dim) / tensor + stream * (attentions + 1)
  elementwise = stack.positions * size * (attentions * wide + config.mlp_dim) / tensor
  return {
      'full': stream,
      'dots': stream + products,
      'none': stream * (attentions + 2) + products + elementwise + (
          scores * (FLOAT32 + size) / tensor),
  }


def _layer_parameters(config: Any) -> int:
  wide = config.num_heads * config.head_dim
  return 4 * config.d_model * wide + 3 * config.d_model * config.mlp_dim


def _itemsize(config: Any) -> int:
  return jnp.dtype(config.dtype).itemsize


# ---- Between devices ----


def collective_bytes(job: Job, mesh: jax.sharding.Mesh) -> dict[str, int]:
  """Bytes that one device sends along each mesh axis in a step, by ring algorithms.

  'fsdp': parameters gathered for the forward and for the backward pass (and once more where remat
  is not 'none') in every part of the batch, gradients scattered and added. 'data' and 'slice':
  gradients added. 'tensor': the residual stream added after each attention and each MLP, forward
  and backward, and again where it is computed again.
  """
  state, layout = job_lib.abstract_state(job), job_lib.shardings(job, mesh)
  gradients = _trained_bytes(job, state, layout)
  whole = _bytes_on_device(state.parameters, layout.parameters) * mesh.shape['fsdp']
  passes = 2 + (job.model.remat != 'none')
  sent = {
      'fsdp': _ring(mesh.shape['fsdp']) * job.accumulation * (
          passes * whole * _itemsize(job.model) / FLOAT32 + gradients * mesh.shape['fsdp']),
      'tensor': _ring(mesh.shape['tensor']) * 2 * passes * _stream_sums(job, mesh),
  }
  for axis in ('data', 'slice'):
    sent[axis] = 2 * _ring(mesh.shape[axis]) * gradients
  return {axis: round(sent[axis]) for axis in mesh.axis_names if mesh.shape[axis] > 1}


def _ring(n: int) -> float:
  """Share of an array that each of n devices sends when it is gathered or scattered."""
  return (n - 1) / n


def _stream_sums(job: Job, mesh: jax.sharding.Mesh) -> float:
  """Bytes of residual streams of one device's rows that are added over 'tensor' in one pass."""
  rows = job.batch_size // partitioning.ways(mesh, partitioning.DATA_AXES)
  width = job.model.d_model * _itemsize(job.model)
  sums = 0
  for stack in stacks(job.model, job.lengths):
    attended = sum(queries for queries, _ in stack.attentions)
    sums += stack.layers * (attended + stack.positions)
  return rows * width * sums
