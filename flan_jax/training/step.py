"""One step of training, and one look at the loss."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import optax

from flan_jax import models
from flan_jax.training.state import TrainState

Batch = Mapping[str, jax.Array]
Sums = dict[str, jax.Array]


@dataclasses.dataclass(frozen=True)
class Loss:
  """How the loss is made.

  Attributes:
    z_loss: weight of the squared log of the softmax's normaliser (T5X, mesh TensorFlow).
    label_smoothing: share of the target spread over the vocabulary.
  """

  z_loss: float = 1e-4
  label_smoothing: float = 0.0


def loss_and_sums(
    parameters: Any, batch: Batch, key: jax.Array | None, *, model, loss: Loss, num_tasks: int
) -> tuple[jax.Array, Sums]:
  """The loss of a batch and the sums that reports are made of.

  Args:
    parameters: the model's parameters.
    batch: int32 arrays `[batch, length]` as `flan_jax.data.pipeline.Stream.batches` gives them.
    key: for dropout; None switches it off.
    model: the Flax module.
    loss: how the loss is made.
    num_tasks: tasks in the mixture.

  Returns:
    The mean over the target tokens of cross-entropy and z-loss, float32 scalar; and float32 sums:
    `loss` (cross-entropy alone), `z_loss`, `correct`, `weights`, `rows`, all over target tokens,
    and `task_loss` and `task_weights` `[num_tasks]`.
  """
  logits = model.apply(
      {'params': parameters},
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
  sums = {
      'loss': jnp.sum(cross_entropy),
      'z_loss': jnp.sum(z_term * weights),
      'correct': jnp.sum((jnp.argmax(logits, -1) == targets) * weights),
      'weights': jnp.sum(weights),
      'task_loss': jnp.einsum('bt,btk->k', cross_entropy, member),
      'task_weights': jnp.einsum('bt,btk->k', weights, member),
  }
  return jnp.sum(total * weights) / jnp.maximum(sums['weights'], 1.0), sums


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: Any,
    optimizer: optax.GradientTransformation,
    loss: Loss,
    num_tasks: int,
) -> tuple[TrainState, Sums]:
  """Takes one step.

  Returns:
    The state after it, and the sums of `loss_and_sums` with `gradient_norm` (float32 scalar, the
    norm before any clipping) beside.
  """
  key = jax.random.fold_in(state.key, state.step)
  gradients, sums = jax.grad(loss_and_sums, has_aux=True)(
      state.parameters, batch, key, model=model, loss=loss, num_tasks=num_tasks)
  updates, optimizer_state = optimizer.update(
      gradients, state.optimizer_state, state.parameters)
  new_state = TrainState(
      step=state.step + 1,
      parameters=optax.apply_updates(state.parameters, updates),
      optimizer_state=optimizer_state,
      key=state.key,
  )
  return new_state, sums | {'gradient_norm': optax.global_norm(gradients)}


def jit_train_step(
    shardings: TrainState, batch_sharding: jax.sharding.Sharding, **static: Any
) -> Callable[[TrainState, Batch], tuple[TrainState, Sums]]:
  """`train_step` compiled for a layout; the old state's memory is given to the new one."""

  def step(state, batch):
    return train_step(state, batch, **static)

  return jax.jit(
      step,
      in_shardings=(shardings, batch_sharding),
      out_shardings=(shardings, None),
      donate_argnums=0,
  )
