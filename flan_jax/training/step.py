"""A training step: loss, gradients, update."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from flan_jax import models, partitioning
from flan_jax.models import tuning as tuning_lib
from flan_jax.models.tuning import Tuning
from flan_jax.partitioning import Layout
from flan_jax.stream.batches import ARRAYS
from flan_jax.training import state as state_lib
from flan_jax.training.config import Loss, StepConfig
from flan_jax.training.state import TrainState

Batch = Mapping[str, jax.Array]
Sums = dict[str, jax.Array]

# Sums that are 1 if a number was not finite, and which number.
NONFINITE = {'nonfinite_loss': 'loss', 'nonfinite_gradient': 'gradient'}


def loss_and_sums(
    parameters: Any, batch: Batch, key: jax.Array | None, *, model, loss: Loss, num_tasks: int,
    frozen: Any = None, tokens: jax.Array | None = None,
) -> tuple[jax.Array, Sums]:
  """The loss of a batch, and the sums for reports.

  Args:
    parameters: the parameters that train.
    batch: int32 arrays `[batch, length]` from `Stream.batches`.
    key: for dropout; None turns dropout off.
    model: the Flax module.
    loss: how the loss is computed.
    num_tasks: tasks in the mixture.
    frozen: the parameters that do not train.
    tokens: target tokens to divide by; None for those of the batch.

  Returns:
    The mean over the target tokens of cross-entropy and z-loss, float32 scalar; and float32 sums:
    `loss` (cross-entropy alone), `z_loss`, `correct` and `weights`, all over target tokens,
    `input_tokens`, and `task_loss`, `task_weights`, `task_examples`, `task_truncated` and
    `task_targets_truncated` `[num_tasks]`.
  """
  logits = model.apply(
      {'params': tuning_lib.merge(parameters, frozen) if frozen else parameters},
      batch['encoder_input_tokens'],
      batch['decoder_input_tokens'],
      encoder_segment_ids=batch['encoder_segment_ids'],
      decoder_segment_ids=batch['decoder_segment_ids'],
      deterministic=key is None,
      rngs={} if key is None else {'dropout': key},
  )
  targets = batch['decoder_target_tokens']
  weights = batch['decoder_loss_weights'].astype(jnp.float32)
  total, z_term = models.token_cross_entropy(
      logits, targets, z_loss=loss.z_loss, label_smoothing=loss.label_smoothing)
  cross_entropy = (total - z_term) * weights
  member = jax.nn.one_hot(batch['task_ids'] - 1, num_tasks)
  begins = jnp.diff(batch['decoder_segment_ids'], axis=1, prepend=0) > 0
  count = lambda marks: jnp.einsum('bt,btk->k', marks.astype(jnp.float32), member)
  sums = {
      'loss': jnp.sum(cross_entropy),
      'z_loss': jnp.sum(z_term * weights),
      'correct': jnp.sum((jnp.argmax(logits, -1) == targets) * weights),
      'weights': jnp.sum(weights),
      'input_tokens': jnp.sum(batch['encoder_segment_ids'] > 0, dtype=jnp.float32),
      'task_loss': jnp.einsum('bt,btk->k', cross_entropy, member),
      'task_weights': jnp.einsum('bt,btk->k', weights, member),
      'task_examples': count(begins),
      # Bit 0: the inputs were cut. Bit 1, the highest: the targets were.
      'task_truncated': count(batch['truncated'] & 1),
      'task_targets_truncated': count(batch['truncated'] >> 1),
  }
  tokens = sums['weights'] if tokens is None else tokens
  return jnp.sum(total * weights) / jnp.maximum(tokens, 1.0), sums


def gradients_and_sums(
    parameters: Any, batch: Batch, key: jax.Array, *, frozen: Any = None, accumulation: int = 1,
    **static: Any,
) -> tuple[Any, Sums]:
  """Gradients of the loss of a batch, and the sums of `loss_and_sums`.

  Args:
    parameters, batch, key, frozen: as in `loss_and_sums`.
    accumulation: number of parts of the batch's rows, computed one after the other, each with its
      own dropout key. A part's loss is divided by the tokens of the whole batch, so the gradients
      of the parts add up to those of the whole batch.
    **static: the other arguments of `loss_and_sums`.
  """
  gradient = jax.grad(loss_and_sums, has_aux=True)
  if accumulation == 1:
    return gradient(parameters, batch, key, frozen=frozen, **static)
  tokens = jnp.sum(batch['decoder_loss_weights'].astype(jnp.float32))

  def add(total, numbered_part):
    number, part = numbered_part
    # The barrier ties the parameters to the part. Without it, XLA gathers sharded parameters before
    # the loop and keeps them in memory throughout.
    tied, tied_frozen, part = jax.lax.optimization_barrier((parameters, frozen, part))
    part_key = jax.random.fold_in(key, number)
    gradients, sums = gradient(tied, part, part_key, frozen=tied_frozen, tokens=tokens, **static)
    return jax.tree.map(lambda t, g: t + g.astype(t.dtype), total, gradients), sums

  zeros = jax.tree.map(lambda p: jnp.zeros(p.shape, jnp.float32), parameters)
  parts = (jnp.arange(accumulation), jax.tree.map(lambda x: _parts(x, accumulation), batch))
  gradients, sums = jax.lax.scan(add, zeros, parts)
  return gradients, jax.tree.map(lambda x: jnp.sum(x, axis=0), sums)


def _parts(x: jax.Array, n: int) -> jax.Array:
  """Rows `[B, ...]` -> `[n, B / n, ...]`: every n-th row, so no row moves to another device."""
  parts = x.reshape(x.shape[0] // n, n, *x.shape[1:]).swapaxes(0, 1)
  return nn.with_logical_constraint(parts, (None, 'batch') + (None,) * (x.ndim - 1))


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: Any,
    optimizer: optax.GradientTransformation,
    loss: Loss,
    num_tasks: int,
    accumulation: int = 1,
    tuning: Tuning = Tuning(),
    on_nonfinite: str = 'stop',
) -> tuple[TrainState, Sums]:
  """Takes one step.

  Returns:
    The new state, and the sums: those of `loss_and_sums`, `gradient_norm` (float32 scalar, before
    any clipping) and those of `NONFINITE`.
  """
  key = jax.random.fold_in(state.key, state.step)
  trained, frozen = tuning.split(state.parameters)
  gradients, sums = gradients_and_sums(
      trained, batch, key, frozen=frozen, model=model, loss=loss, num_tasks=num_tasks,
      accumulation=accumulation)
  updates, optimizer_state = optimizer.update(gradients, state.optimizer_state, trained)
  trained = optax.apply_updates(trained, updates)
  new_state = dataclasses.replace(
      state,
      step=state.step + 1,
      parameters=tuning_lib.merge(trained, frozen),
      optimizer_state=optimizer_state,
      averages=tuning.updated_averages(state.averages, trained),
  )
  sums['gradient_norm'] = optax.global_norm(gradients)
  return _unless_nonfinite(state, new_state, sums, on_nonfinite)


def _unless_nonfinite(
    old: TrainState, new: TrainState, sums: Sums, on_nonfinite: str
) -> tuple[TrainState, Sums]:
  """The new state, or the old one if a number was not finite. Sums of a bad step are zero."""
  is_bad = {
      'nonfinite_loss': ~jnp.isfinite(sums['loss'] + sums['z_loss']),
      'nonfinite_gradient': ~jnp.isfinite(sums['gradient_norm']),
  }
  bad = is_bad['nonfinite_loss'] | is_bad['nonfinite_gradient']
  halted = old.halted | bad if on_nonfinite == 'stop' else old.halted
  kept = halted | bad
  state = jax.tree.map(lambda o, n: o if n is o else jnp.where(kept, o, n), old, new)
  state = dataclasses.replace(
      state, halted=halted, step=state.step if on_nonfinite == 'stop' else new.step)
  sums = {name: jnp.where(bad, jnp.zeros_like(value), value) for name, value in sums.items()}
  return state, sums | {name: flag.astype(jnp.float32) for name, flag in is_bad.items()}


def jit_train_step(
    shardings: TrainState, batch_sharding: jax.sharding.Sharding, **static: Any
) -> Callable[[TrainState, Batch], tuple[TrainState, Sums]]:
  """`train_step`, jitted for a layout. The new state reuses the memory of the old one."""

  def step(state, batch):
    return train_step(state, batch, **static)

  return jax.jit(
      step,
      in_shardings=(shardings, batch_sharding),
      out_shardings=(shardings, shardings.step),  # the sums are replicated, like the step
      donate_argnums=0,
  )


def lower_step(config: StepConfig, layout: Layout, num_tasks: int) -> jax.stages.Lowered:
  """The jitted step, lowered for a layout from shapes alone.

  Args:
    config: of the step.
    layout: its devices need not be attached to this machine.
    num_tasks: tasks in the mixture.
  """
  shardings, placement = state_lib.shardings(config, layout), layout.batch_sharding()
  step = jit_train_step(
      shardings, placement, model=models.build(config.model), optimizer=config.optimizer.build(),
      loss=config.loss, num_tasks=num_tasks, accumulation=config.accumulation,
      tuning=config.tuning, on_nonfinite=config.on_nonfinite)
  batch = {
      name: jax.ShapeDtypeStruct(
          (config.batch_size, config.lengths[side]), np.int32, sharding=placement)
      for side, names in ARRAYS.items() for name in names
  }
  with layout.partitioned():
    return step.lower(partitioning.laid_out(state_lib.abstract_state(config), shardings), batch)
