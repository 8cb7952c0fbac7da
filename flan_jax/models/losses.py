"""Losses: arrays in, arrays out. B batch, T length, V vocabulary."""
import functools
import math

import jax
import jax.numpy as jnp


def token_cross_entropy(
    logits: jax.Array, targets: jax.Array, z_loss: float = 1e-4, label_smoothing: float = 0.0
) -> tuple[jax.Array, jax.Array]:
  """Cross-entropy of each target token, with T5X's and Mesh TensorFlow's auxiliary z-loss.

  The z-loss is `z_loss * log(Z)^2`, where Z is the softmax's normalizer; it keeps logits from
  drifting. With label smoothing the target has probability `1 - label_smoothing` and every other
  token an equal share of the rest. The entropy of that distribution is subtracted, so that a
  perfect prediction has loss 0.

  Args:
    logits: `[B, T, V]`.
    targets: int32 `[B, T]`.
    z_loss: weight of the z-loss.
    label_smoothing: probability that the target gives to the other tokens, at least 0, below 1.

  Returns:
    The loss including the z-loss, and the z-loss alone, both float32 `[B, T]`. Forward-mode
    derivatives are not defined.
  """
  return _cross_entropy(logits.astype(jnp.float32), targets, z_loss, label_smoothing)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _cross_entropy(logits, targets, z_loss, label_smoothing):
  return _forward(logits, targets, z_loss, label_smoothing)[0]


def _forward(logits, targets, z_loss, label_smoothing):
  log_z = jax.nn.logsumexp(logits, axis=-1)
  high, low, entropy = _smoothed(logits.shape[-1], label_smoothing)
  target_logits = jnp.take_along_axis(logits, targets[..., None], axis=-1, mode='clip')[..., 0]
  expected = (high - low) * target_logits
  if low:
    expected += low * jnp.sum(logits, axis=-1)
  z_term = z_loss * jnp.square(log_z)
  return (log_z - expected - entropy + z_term, z_term), (logits, targets, log_z)


def _backward(z_loss, label_smoothing, saved, cotangents):
  """The gradient in one pass over the logits.

  JAX's own derivative would keep further arrays of the logits' size for the backward pass.
  """
  logits, targets, log_z = saved
  loss_bar, z_bar = cotangents
  high, low, _ = _smoothed(logits.shape[-1], label_smoothing)
  scale = loss_bar + (loss_bar + z_bar) * 2 * z_loss * log_z
  is_target = jax.lax.broadcasted_iota(targets.dtype, logits.shape, 2) == targets[..., None]
  wanted = jnp.where(is_target, high, low)
  softmax = jnp.exp(logits - log_z[..., None])
  return scale[..., None] * softmax - loss_bar[..., None] * wanted, None


_cross_entropy.defvjp(_forward, _backward)


def _smoothed(vocab_size: int, label_smoothing: float) -> tuple[float, float, float]:
  """Probability of the target, of every other token, and the distribution's entropy (nats)."""
  if not label_smoothing:
    return 1.0, 0.0, 0.0
  high, low = 1.0 - label_smoothing, label_smoothing / (vocab_size - 1)
  return high, low, -(high * math.log(high) + (vocab_size - 1) * low * math.log(low))
