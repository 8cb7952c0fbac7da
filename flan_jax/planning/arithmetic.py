"""What a training step costs, by arithmetic on the model's shape: FLOPs and bytes.

A product of a matrix with a row takes two FLOPs a parameter: so each kernel costs twice its size
for every position that passes through it. Forward once; backward once for the gradient of what
went in and once for that of the kernel. Attention adds two products of T x S x H x K multiplied
pairs. What is elementwise is left out of FLOPs. Letters: B rows, T query positions, S key
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
  """FLOPs of one step over all devices.

  Attributes:
    forward: once through the model.
    backward: the gradients.
    recomputed: what rematerialization computes again.
  """

  forward: int
  backward: int
  recomputed: int

  @property
  def total(self) -> int:
    return self.forward + self.backward + self.recomputed


def flops(job: StepConfig) -> Flops:
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


def _kernel_flops(job: StepConfig, stacked: tuple[Stack, ...]) -> Iterator[tuple[str, int]]:
  """For each kernel its path, and the FLOPs of a row going through it once."""
  inputs, targets = stacked[0].positions, job.lengths['targets']
  for path, array in jax.tree_util.tree_leaves_with_path(
      state_lib.abstract_state(job).parameters):
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
  """Whether full rematerialization does: nothing waits for what a layer's last kernel gives."""
  return 'layers' in path and not path.endswith('.wo.kernel')


# ---- Between devices ----


def collective_bytes(job: StepConfig, layout: Layout) -> dict[str, int]:
  """Bytes that one device sends along each mesh axis in a step, by ring algorithms.

  'fsdp': parameters gathered for the forward and for the backward pass (and once more where remat
  is not 'none') in every part of the batch, gradients scattered and added. 'data' and 'slice':
  gradients added. 'tensor': the residual stream added after each attention and each MLP, forward
  and backward, and again where it is computed again.
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
  for axis in ('data', 'slice'):
    sent[axis] = 2 * _ring(mesh.shape[axis]) * gradients
  return {axis: round(sent[axis]) for axis in mesh.axis_names if mesh.shape[axis] > 1}


def _ring(n: int) -> float:
  """Share of an array that each of n devices sends when it is gathered or scattered."""
  return (n - 1) / n


def _stream_sums(job: StepConfig, layout: Layout) -> float:
  """Bytes of residual streams of one device's rows that are added over 'tensor' in one pass."""
  rows = job.batch_size // layout.ways(partitioning.DATA_AXES)
  width = job.model.d_model * memory.itemsize(job.model)
  sums = 0
  for stack in stacks(job.model, job.lengths):
    attended = sum(queries for queries, _ in stack.attentions)
    sums += stack.layers * (attended + stack.positions)
  return rows * width * sums
