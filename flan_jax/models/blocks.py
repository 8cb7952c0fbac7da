"""Parts that both model families are built from, made from a configuration; and a whole layer.

Letters in shapes: B batch, L length, S keys, D d_model, H heads, K head width, P prompt length.
"""
import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from flan_jax.models import layers
from flan_jax.models.config import TransformerConfig

KeysValues = tuple[jax.Array, jax.Array]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Cache:
  """State of decoding token by token.

  Attributes:
    index: number of tokens decoded so far, int32 scalar.
    layers: keys and values of each layer.
  """

  index: jax.Array
  layers: Any


def embed(config: TransformerConfig) -> layers.Embed:
  return layers.Embed(config.vocab_size, config.d_model, config.dtype)


def norm(config: TransformerConfig) -> layers.RMSNorm:
  return layers.RMSNorm(config.dtype)


def attention(config: TransformerConfig) -> layers.MultiHeadAttention:
  return layers.MultiHeadAttention(
      config.num_heads, config.head_dim, config.d_model, config.dropout_rate, config.dtype,
      config.lora_rank, config.lora_alpha)


def mlp(config: TransformerConfig) -> layers.GatedMLP:
  return layers.GatedMLP(config.mlp_dim, config.dropout_rate, config.dtype, config.lora_rank,
                         config.lora_alpha)


def relative_bias(config: TransformerConfig, bidirectional: bool) -> layers.RelativePositionBias:
  return layers.RelativePositionBias(
      config.num_heads, config.relpos_buckets, config.relpos_max_distance, bidirectional)


def logits_dense(config: TransformerConfig) -> layers.Dense:
  return layers.Dense(config.vocab_size, ('embed', 'vocab'), 'float32')


def prompt(module: nn.Module, config: TransformerConfig) -> jax.Array | None:
  """The parameter `prompt` of a module, float32 `[P, D]`; None if the length is 0."""
  if not config.prompt_length:
    return None
  # The embedding's initializer: a new prompt looks like a few random tokens.
  init = nn.with_logical_partitioning(nn.initializers.normal(stddev=1.0), (None, 'embed'))
  return module.param('prompt', init, (config.prompt_length, config.d_model), jnp.float32)


def behind_prompt(
    vectors: jax.Array | None, x: jax.Array, mask: jax.Array, bias: jax.Array, far: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
  """Puts a soft prompt in front of a row that attends to itself.

  All positions see the prompt; the prompt sees only itself. If it saw the row, it would carry
  information from one packed example to another. Every position sees it at the greatest distance,
  so that an example's place in the row makes no difference.

  Args:
    vectors: the prompt, `[P, D]`, or None without one.
    x: `[B, L, D]`.
    mask: `[B, 1, L, L]`.
    bias: `[H, L, L]`.
    far: the bias for the greatest distance, `[H, 1]`.

  Returns:
    x, mask and bias with length P + L.
  """
  if vectors is None:
    return x, mask, bias
  length = len(vectors)
  front = jnp.broadcast_to(vectors.astype(x.dtype), (len(x), *vectors.shape))
  mask, bias = (jnp.pad(a, [(0, 0)] * (a.ndim - 2) + [(length, 0), (0, 0)]) for a in (mask, bias))
  return jnp.concatenate([front, x], axis=1), *seeing_prompt(length, mask, bias, far)


def seeing_prompt(
    length: int, mask: jax.Array, bias: jax.Array, far: jax.Array
) -> tuple[jax.Array, jax.Array]:
  """Adds keys of a prompt in front, which all positions see at the greatest distance.

  mask `[..., L, S]` and bias `[..., H, L, S]` -> `[..., L, length + S]`; far `[H, 1]`.
  """
  columns = jnp.broadcast_to(far[..., None], (*bias.shape[:-1], length))
  return see_first(length, mask), jnp.concatenate([columns, bias], axis=-1)


def see_first(length: int, mask: jax.Array) -> jax.Array:
  """mask `[..., S]` -> `[..., length + S]`: adds keys in front that all positions see."""
  return jnp.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(length, 0)], constant_values=True)


def residual(x: jax.Array) -> jax.Array:
  return nn.with_logical_constraint(x, ('batch', 'length', 'activation_embed'))


def append(kept: KeysValues, new: KeysValues, index: jax.Array) -> KeysValues:
  """Writes keys and values `[B, L, H, K]` into the cache `[B, S, H, K]` from position `index`."""
  keys, values = (
      jax.lax.dynamic_update_slice_in_dim(old, part, index, axis=1)
      for old, part in zip(kept, new))
  return keys, values


def for_each_row(array: jax.Array, rows: int) -> jax.Array:
  """Repeats each entry `rows` times in succession: `[B, ...]` -> `[B rows, ...]`."""
  return array if rows == 1 else jnp.repeat(array, rows, axis=0)


class SelfAttentionLayer(nn.Module):
  """Self-attention and MLP, each with a norm before it and a residual connection around it."""

  config: TransformerConfig

  def setup(self):
    self.pre_attention_layer_norm = norm(self.config)
    self.attention = attention(self.config)
    self.pre_mlp_layer_norm = norm(self.config)
    self.mlp = mlp(self.config)
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, mask, bias, deterministic, earlier=None):
    """Computes a row that attends to itself and to earlier positions.

    Args:
      x: `[B, L, D]`.
      mask: bool, broadcasts to `[B, H, L, S + L]`.
      bias: `[H, L, S + L]` or `[B, H, L, S + L]`.
      deterministic: without dropout.
      earlier: keys and values `[B, S, H, K]` of earlier positions; None for S = 0.

    Returns:
      x, and its own keys and values `[B, L, H, K]`.
    """
    h = self.pre_attention_layer_norm(x)
    own = self.attention.keys_values(h)
    seen = own
    if earlier is not None:
      seen = tuple(jnp.concatenate(pair, axis=1) for pair in zip(earlier, own))
    return self._attend(x, h, seen, mask, bias, deterministic), own

  def extend(self, x, kept, index, mask, bias):
    """Decodes one token: x `[B, 1, D]` -> x, and the cache `kept` with the token at `index`.

    Mask and bias cover all positions of the cache.
    """
    h = self.pre_attention_layer_norm(x)
    kept = append(kept, self.attention.keys_values(h), index)
    return self._attend(x, h, kept, mask, bias, deterministic=True), kept

  def _attend(self, x, h, seen, mask, bias, deterministic):
    h = self.attention.attend(h, *seen, mask, bias, deterministic)
    x = residual(x + self.dropout(h, deterministic=deterministic))
    h = self.mlp(self.pre_mlp_layer_norm(x), deterministic)
    return residual(x + self.dropout(h, deterministic=deterministic))
