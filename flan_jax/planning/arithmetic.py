"""The cost of a training step by arithmetic on the model's shape: FLOPs and bytes.

A kernel costs two FLOPs (multiply and add) for each of its parameters and each position that passes
through it. The forward pass does this once. The backward pass does it twice: for the gradient of
the input and for the gradient of the kernel. Attention adds two products of T x S x H x K
multiplications each. Elementwise operations do not count. Letters: B rows, T query positions, S key
positions, D d_model, H heads, K head width, F MLP width, V vocabulary.
"""
from collections.abc import Iterator
import dataclasses
import math
from typing import Any

import jax

from flan_jax import partitioning
from flan_jax.partitioning import Layout
from flan_jax.planning import memory
from flan_jax.planning.memory import FLOAT32, Stack, stacks
from flan_jax.training import state as state_lib
from flan_jax.training.config import StepConfig


def count(job: StepConfig) -> int:
  """The number of parameters."""
  return sum(math.prod(a.shape) for a in jax.tree.leaves(state_lib.abstract_state(job).parameters))


# ---- FLOPs ----


@dataclasses.dataclass(frozen=True)
class Flops:
  """FLOPs of one step, summed over all devices.

  Attributes:
    forward: once through the model.
    backward: the gradients.
    recomputed: repeated by rematerialization.
  """

  forward: int
  backward: int
  recomputed: int

  @property
  def total(self) -> int:
    return self.forward + self.backward + self.recomputed


def flops(job: StepConfig) -> Flops:
  """FLOPs of the matrix products of a step; exact. Other operations do not count."""
  rows, stacked = job.batch_size, stacks(job.model, job.lengths)
  kernels = {path: rows * n for path, n in _kernel_flops(job, stacked)}
  attention = rows * sum(_attention_flops(job.model, stack) for stack in stacked)
  forward = sum(kernels.values()) + attention
  # Frozen kernels have no gradient of their own, but gradients still pass through them.
  trained = sum(n for path, n in kernels.items() if job.tuning.trains(path))
  backward = forward + trained + attention
  in_layers = sum(n for path, n in kernels.items() if _is_computed_again(path))
  again = {'none': 0, 'dots': attention, 'full': in_layers + attention}[job.model.remat]
  return Flops(forward, backward, again)


def _kernel_flops(job: StepConfig, stacked: tuple[Stack, ...]) -> Iterator[tuple[str, int]]:
  """The path of each kernel, and the FLOPs of one row's forward pass through it."""
  inputs, targets = stacked[0].positions, job.lengths['targets']
  for path, array in jax.tree_util.tree_leaves_with_path(
      state_lib.abstract_state(job).parameters):
    names = partitioning.path_names(path)
    if names[-1] not in ('kernel', 'lora_a', 'lora_b'):
      continue
    through = next((s.positions for s in stacked if names[0].startswith(s.name)), targets)
    # A kernel's own stack decides the positions, with two exceptions: logits are for targets only,
    # and the keys and values of cross-attention come from the encoder's output.
    if 'logits_dense' in names:
      through = targets
    elif 'encoder_decoder_attention' in names and names[-2] in ('key', 'value'):
      through = inputs
    yield '.'.join(names), 2 * through * math.prod(array.shape)


def _attention_flops(config: Any, stack: Stack) -> int:
  pairs = sum(queries * keys for queries, keys in stack.attentions)
  # Two products (scores, and weights times values), two FLOPs a multiplication.
  return stack.layers * 4 * pairs * config.num_heads * config.head_dim


def _is_computed_again(path: str) -> bool:
  """Whether full rematerialization computes a kernel's product again.

  It does so for all kernels of a layer except the MLP's last, because no gradient needs its result.
  """
  return 'layers' in path and not path.endswith('.wo.kernel')


# ---- Between devices ----


def collective_bytes(job: StepConfig, layout: Layout) -> dict[str, int]:
  """Bytes that one device sends along each mesh axis in a step, if rings are used.

  'fsdp': in each part of the batch, parameters are gathered for the forward and for the backward
  pass (and once more if remat is not 'none'), and gradients are reduced and scattered. 'data' and
  'slice': gradients are added. 'tensor': the residual stream is added after each attention and each
  MLP, in the forward, the backward and any recomputed pass.
  """
  state, shardings = state_lib.abstract_state(job), state_lib.shardings(job, layout)
  mesh = layout.mesh
  gradients = memory.trained_bytes(job, state, shardings)
  whole = memory.bytes_on_device(state.parameters, shardings.parameters) * mesh.shape['fsdp']
  passes = 2 + (job.model.remat != 'none')
  sent = {
      'fsdp': _ring(mesh.shape['fsdp']) * job.accumulation * (
          passes * whole * memory.itemsize(job.model) / FLOAT32 + gradients * mesh.shape['fsdp']),
      'tensor': _ring(mesh.shape['tensor']) * 2 * passes * _stream_sums(job, layout),
  }
  # Adding over a ring takes two rounds: reduce-scatter, then all-gather.
  for axis in ('data', 'slice'):
    sent[axis] = 2 * _ring(mesh.shape[axis]) * gradients
  return {axis: round(sent[axis]) for axis in mesh.axis_names if mesh.shape[axis] > 1}


def _ring(n: int) -> float:
  """The share of an array that each of n devices sends in one all-gather or reduce-scatter."""
  return (n - 1) / n


def _stream_sums(job: StepConfig, layout: Layout) -> float:
  """Bytes of the residual stream that one device adds over 'tensor' in one pass of its rows."""
  rows = job.batch_size // layout.ways(partitioning.DATA_AXES)
  width = job.model.d_model * memory.itemsize(job.model)
  sums = 0
  for stack in stacks(job.model, job.lengths):
    attended = sum(queries for queries, _ in stack.attentions)
    sums += stack.layers * (attended + stack.positions)
  return rows * width * sums
