"""The layers that all model families share.

Parameters carry logical axis names. They are initialized in float32, but bfloat16 works too;
`dtype` is that of the activations. Letters in shapes: B batch, T query length, S key length, D
d_model, H heads, K head width, F MLP width, V vocabulary.
"""
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

Dtype = Any
Initializer = Callable[..., jax.Array]

# Finite: a row that may attend to nothing then gives a mean instead of NaN.
_MASKED = -1e10

_KERNEL_INIT = nn.initializers.variance_scaling(1.0, 'fan_in', 'truncated_normal')
_ATTENTION_INIT = nn.initializers.variance_scaling(1.0, 'fan_in', 'normal')


def _query_init(head_dim: int) -> Initializer:
  """Attention scores are not divided by sqrt(K); the query kernel starts smaller instead."""
  return lambda *args: _ATTENTION_INIT(*args) / head_dim**0.5


def dropout(rate: float) -> nn.Dropout:
  """Dropout with one mask for all positions (axis -2), as in T5X."""
  return nn.Dropout(rate, broadcast_dims=(-2,))


class RMSNorm(nn.Module):
  """x / sqrt(mean(x^2) + epsilon) * scale (Zhang and Sennrich, arXiv 1910.07467).

  `[..., D] -> [..., D]` in `dtype`, statistics in float32.
  """

  dtype: Dtype
  epsilon: float = 1e-6

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    init = nn.with_logical_partitioning(nn.initializers.ones, ('embed',))
    scale = self.param('scale', init, (x.shape[-1],), jnp.float32)
    x = x.astype(jnp.float32)
    mean_square = jnp.mean(jnp.square(x), axis=-1, keepdims=True)
    return (x * jax.lax.rsqrt(mean_square + self.epsilon) * scale).astype(self.dtype)


class Dense(nn.Module):
  """Matrix product without bias, `[..., in] -> [..., features]` in `dtype`.

  With a `lora_rank`, x @ lora_a @ lora_b * lora_alpha / lora_rank is added (Hu et al., arXiv
  2106.09685). A new lora_b is zero, so that LoRA starts from the unchanged model.
  """

  features: int
  axes: tuple[str, str]
  dtype: Dtype
  kernel_init: Initializer = _KERNEL_INIT
  lora_rank: int = 0
  lora_alpha: float = 1.0

  @nn.compact
  def __call__(self, x: jax.Array) -> jax.Array:
    width, (axis_in, axis_out) = x.shape[-1], self.axes
    kernel = self._matrix('kernel', self.kernel_init, (width, self.features), self.axes)
    # Two-dimensional operands: with three dimensions, XLA on CPU copies and transposes both
    # activations before each gradient of a kernel.
    rows = x.reshape(-1, width)
    y = _product(rows, kernel, self.dtype)
    if self.lora_rank:
      a = self._matrix('lora_a', _KERNEL_INIT, (width, self.lora_rank), (axis_in, None))
      b = self._matrix('lora_b', nn.initializers.zeros, (self.lora_rank, self.features),
                       (None, axis_out))
      y += _product(_product(rows, a, self.dtype), b, self.dtype) * (
          self.lora_alpha / self.lora_rank)
    return y.reshape(*x.shape[:-1], self.features)

  def _matrix(self, name, init, shape, axes):
    return self.param(name, nn.with_logical_partitioning(init, axes), shape, jnp.float32)


def _product(rows: jax.Array, kernel: jax.Array, dtype: Dtype) -> jax.Array:
  """rows @ kernel in `dtype`. Operands take the narrower type; only the sums are in `dtype`."""
  operand = min(kernel.dtype, jnp.dtype(dtype), key=lambda d: d.itemsize)
  return jnp.dot(rows.astype(operand), kernel.astype(operand), preferred_element_type=dtype)


class Embed(nn.Module):
  """Rows of a table: int32 `[B, T]` -> `[B, T, D]` in `dtype`."""

  vocab_size: int
  d_model: int
  dtype: Dtype

  @nn.compact
  def __call__(self, tokens: jax.Array) -> jax.Array:
    init = nn.with_logical_partitioning(nn.initializers.normal(stddev=1.0), ('vocab', 'embed'))
    table = self.param('embedding', init, (self.vocab_size, self.d_model), jnp.float32)
    # Devices that share the table each look up their part of the width for the rows of all of
    # them, then exchange the results. Without these constraints XLA gathers whole activations when
    # there are several data axes.
    tokens = nn.with_logical_constraint(tokens, ('rows_of_table', None))
    x = jnp.take(table, tokens, axis=0, mode='clip')
    x = nn.with_logical_constraint(x, ('rows_of_table', None, 'embed')).astype(self.dtype)
    return nn.with_logical_constraint(x, ('batch', 'length', 'activation_embed'))


class MultiHeadAttention(nn.Module):
  """Multi-head dot-product attention (Vaswani et al., arXiv 1706.03762), scores unscaled.

  `keys_values` makes keys and values, `attend` uses them, so that they can be cached. Calling the
  module does both.
  """

  num_heads: int
  head_dim: int
  d_model: int
  dropout_rate: float
  dtype: Dtype
  lora_rank: int = 0
  lora_alpha: float = 1.0

  def setup(self):
    joined = self.num_heads * self.head_dim

    def project(features, axes, init):
      return Dense(features, axes, self.dtype, init, self.lora_rank, self.lora_alpha)

    self.query = project(joined, ('embed', 'joined_kv'), _query_init(self.head_dim))
    self.key = project(joined, ('embed', 'joined_kv'), _ATTENTION_INIT)
    self.value = project(joined, ('embed', 'joined_kv'), _ATTENTION_INIT)
    self.out = project(self.d_model, ('joined_kv', 'embed'), _ATTENTION_INIT)
    self.dropout = dropout(self.dropout_rate)

  def __call__(
      self,
      x: jax.Array,
      source: jax.Array,
      mask: jax.Array,
      bias: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """x `[B, T, D]`, source `[B, S, D]` -> `[B, T, D]`; the rest as in `attend`."""
    return self.attend(x, *self.keys_values(source), mask, bias, deterministic)

  def keys_values(self, source: jax.Array) -> tuple[jax.Array, jax.Array]:
    """source `[B, S, D]` -> keys and values, both `[B, S, H, K]`."""
    return self._split(self.key(source)), self._split(self.value(source))

  def attend(
      self,
      x: jax.Array,
      keys: jax.Array,
      values: jax.Array,
      mask: jax.Array,
      bias: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """Attends from x to keys and values.

    Args:
      x: `[B, T, D]`.
      keys, values: `[B, S, H, K]`.
      mask: bool, broadcasts to `[B, H, T, S]`; True where attention is allowed.
      bias: float32 `[H, T, S]` or `[B, H, T, S]`; added to the scores.
      deterministic: without dropout.

    Returns:
      `[B, T, D]` in `dtype`. Scores and softmax are float32. A row that may attend to nothing
      gets finite values without meaning.
    """
    query = self._split(self.query(x))
    scores = jnp.einsum(
        'bthk,bshk->bhts', query, keys, preferred_element_type=jnp.float32)
    if bias is not None:
      scores = _add_shared_bias(scores, bias) if bias.ndim == 3 else scores + bias
    scores = jnp.where(mask, scores, _MASKED)
    # The softmax divides after the product with the values: the backward pass then keeps one array
    # of B H T S elements less.
    highest = jax.lax.stop_gradient(jnp.max(scores, axis=-1, keepdims=True))
    weights = jnp.exp(scores - highest)
    total = jnp.einsum('bhts->bth', weights)[..., None]
    weights = self.dropout(weights.astype(self.dtype), deterministic=deterministic)
    mixed = jnp.einsum(
        'bhts,bshk->bthk', weights, values, preferred_element_type=jnp.float32) / total
    return self.out(mixed.reshape(*x.shape[:-1], self.num_heads * self.head_dim))

  def _split(self, x: jax.Array) -> jax.Array:
    heads = x.reshape(*x.shape[:-1], self.num_heads, self.head_dim)
    return nn.with_logical_constraint(heads, ('batch', 'length', 'heads', 'kv'))


@jax.custom_vjp
def _add_shared_bias(scores: jax.Array, bias: jax.Array) -> jax.Array:
  """scores `[B, H, T, S]` + bias `[H, T, S]`, both float32; with a fast gradient on CPUs."""
  return scores + bias


def _add_shared_bias_backward(_, gradient):
  # The sum over B as a matrix product: XLA on CPU needs a fortieth of the time of a sum.
  rows = gradient.reshape(len(gradient), -1)
  total = jnp.dot(jnp.ones((1, len(rows))), rows, precision='highest')
  return gradient, total.reshape(gradient.shape[1:])


_add_shared_bias.defvjp(lambda scores, bias: (scores + bias, None), _add_shared_bias_backward)


class GatedMLP(nn.Module):
  """(gelu(x wi_0) * (x wi_1)) wo (Shazeer, arXiv 2002.05202), gelu in its tanh approximation.

  `[B, T, D] -> [B, T, D]` in `dtype`.
  """

  mlp_dim: int
  dropout_rate: float
  dtype: Dtype
  lora_rank: int = 0
  lora_alpha: float = 1.0

  @nn.compact
  def __call__(self, x: jax.Array, deterministic: bool = True) -> jax.Array:
    def dense(name, features, axes):
      return Dense(features, axes, self.dtype, lora_rank=self.lora_rank,
                   lora_alpha=self.lora_alpha, name=name)

    gate = dense('wi_0', self.mlp_dim, ('embed', 'mlp'))(x)
    linear = dense('wi_1', self.mlp_dim, ('embed', 'mlp'))(x)
    hidden = jax.nn.gelu(gate, approximate=True) * linear
    hidden = dropout(self.dropout_rate)(hidden, deterministic=deterministic)
    hidden = nn.with_logical_constraint(hidden, ('batch', 'length', 'mlp'))
    return dense('wo', x.shape[-1], ('mlp', 'embed'))(hidden)


class RelativePositionBias(nn.Module):
  """A learned bias for each head and bucket of distances (T5, arXiv 1910.10683, section 2.1).

  offsets int32 `[N]` (key position minus query position) -> float32 `[H, N]`.
  """

  num_heads: int
  num_buckets: int
  max_distance: int
  bidirectional: bool

  @nn.compact
  def __call__(self, offsets: jax.Array) -> jax.Array:
    init = nn.with_logical_partitioning(
        nn.initializers.variance_scaling(1.0, 'fan_avg', 'uniform'), ('heads', 'relpos_buckets'))
    table = self.param(
        'rel_embedding', init, (self.num_heads, self.num_buckets), jnp.float32)
    buckets = relative_position_bucket(
        offsets, self.bidirectional, self.num_buckets, self.max_distance)
    # A matrix product instead of a look-up, whose gradient is a slow scatter.
    member = jax.nn.one_hot(buckets, self.num_buckets, dtype=jnp.float32)
    return jnp.einsum('hu,nu->hn', table, member, precision='highest')

  def farthest(self) -> jax.Array:
    """The bias of keys that are at least `max_distance` before the query: float32 `[H, 1]`."""
    return self(jnp.array([-self.max_distance]))


def relative_position_bucket(
    offsets: jax.Array, bidirectional: bool, num_buckets: int, max_distance: int
) -> jax.Array:
  """T5's bucket of each relative position.

  In each direction, half of the buckets hold one distance each. The other half hold ranges that
  grow by a constant factor up to `max_distance`; all larger distances share the last bucket. The
  bounds of the ranges are computed in Python: a float32 logarithm on the device rounds some
  distances at a bound into the wrong bucket.

  Args:
    offsets: int32 `[...]`, key position minus query position.
    bidirectional: buckets for both directions; otherwise every later key shares bucket 0.
    num_buckets: buckets of both directions together.
    max_distance: from this distance on all positions share the last bucket.

  Returns:
    int32 `[...]`, from 0 to num_buckets - 1.
  """
  one_way = num_buckets // 2 if bidirectional else num_buckets
  exact = one_way // 2
  ranges = one_way - exact
  # The small amount below each bound keeps an exact power on its own side after rounding.
  bounds = list(range(1, exact + 1)) + [
      exact * (max_distance / exact) ** (i / ranges) - 1e-6 for i in range(1, ranges)]
  distance = jnp.abs(offsets) if bidirectional else jnp.maximum(-offsets, 0)
  passed = distance[..., None] >= jnp.array(bounds, jnp.float32)
  bucket = jnp.sum(passed, axis=-1, dtype=jnp.int32)
  return bucket + jnp.where(offsets > 0, one_way, 0) if bidirectional else bucket


def position_bias(
    relative_bias: Callable[[jax.Array], jax.Array], query_length: int, key_length: int
) -> jax.Array:
  """The bias of each pair of positions, from the T + S - 1 offsets: float32 `[H, T, S]`.

  Each row of the result is the same vector, shifted by one against the row before. To shift
  without a gather (and its gradient, a scatter), the vector is repeated and the flat array is cut
  into rows that are one element shorter.
  """
  width = query_length + key_length - 1
  values = relative_bias(jnp.arange(1 - query_length, key_length))
  rows = jnp.pad(values, ((0, 0), (0, 1)))[:, None, :]
  flat = jnp.broadcast_to(rows, (values.shape[0], query_length, width + 1))
  flat = flat.reshape(values.shape[0], -1)[:, : query_length * width]
  shifted = flat.reshape(values.shape[0], query_length, width)[:, :, query_length - 1 :]
  return nn.with_logical_constraint(shifted, ('heads', 'length', None))


def not_padding(tokens: jax.Array) -> jax.Array:
  """Segment ids of rows with one segment: int32, 1 wherever the token is not 0."""
  return (tokens > 0).astype(jnp.int32)


def target_ids(
    tokens: jax.Array, segment_ids: jax.Array | None, source_ids: jax.Array | None
) -> tuple[jax.Array, jax.Array]:
  """Segment and source ids of targets `[B, T]`: by default one segment, which is its own source."""
  if segment_ids is None:
    segment_ids = jnp.ones_like(tokens)
  return segment_ids, segment_ids if source_ids is None else source_ids


def same_segment(query_ids: jax.Array, key_ids: jax.Array) -> jax.Array:
  """The mask within segments: `[B, T]`, `[B, S]` -> bool `[B, 1, T, S]`; id 0 sees nothing."""
  query_ids, key_ids = query_ids[:, None, :, None], key_ids[:, None, None, :]
  return (query_ids == key_ids) & (query_ids > 0)


def causal(length: int) -> jax.Array:
  """The causal mask, which includes a position itself: bool `[1, 1, length, length]`."""
  return jnp.tril(jnp.ones((1, 1, length, length), bool))
