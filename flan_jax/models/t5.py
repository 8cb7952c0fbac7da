"""T5 1.1: the encoder-decoder of arXiv 1910.10683 as released in 2020, with gated-gelu MLPs.

Parameter names and shapes are those of T5X's checkpoints. Letters in shapes: B batch, S encoder
length, T decoder length, D d_model, H heads, K head width, V vocabulary.
"""
import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from flan_jax.errors import UserError
from flan_jax.models import layers

_VOCABULARY_MULTIPLE = 128  # divides evenly over devices and fills the matrix units
_DTYPES = ('bfloat16', 'float32')


@dataclasses.dataclass(frozen=True)
class T5Config:
  """The shape of a T5 1.1 model; the defaults are those of `small`.

  Attributes:
    vocab_size: rows of the embedding; 0 for the vocabulary's size (`with_vocabulary_size`).
    d_model: width of the residual stream.
    num_heads: attention heads.
    head_dim: width of a head.
    mlp_dim: width of the MLP.
    num_encoder_layers: layers of the encoder.
    num_decoder_layers: layers of the decoder.
    relpos_buckets: buckets of relative positions.
    relpos_max_distance: distance from which on all positions share a bucket.
    dropout_rate: at least 0, below 1.
    dtype: of the activations, 'bfloat16' or 'float32'; parameters are float32.

  Raises:
    UserError: a value makes no sense.
  """

  vocab_size: int = 32128
  d_model: int = 512
  num_heads: int = 6
  head_dim: int = 64
  mlp_dim: int = 1024
  num_encoder_layers: int = 8
  num_decoder_layers: int = 8
  relpos_buckets: int = 32
  relpos_max_distance: int = 128
  dropout_rate: float = 0.1
  dtype: str = 'bfloat16'

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value = getattr(self, field.name)
      least = 0 if field.name == 'vocab_size' else 1
      if field.type is int and (type(value) is not int or value < least):
        _refuse(field.name, value, f'Use a whole number, {least} or more.')
    if self.dtype not in _DTYPES:
      _refuse('dtype', self.dtype, f'Use one of {", ".join(map(repr, _DTYPES))}.')
    if not isinstance(self.dropout_rate, int | float) or not 0 <= self.dropout_rate < 1:
      _refuse('dropout_rate', self.dropout_rate, 'Use a number of at least 0 and below 1.')
    if self.relpos_buckets < 4 or self.relpos_buckets % 4:
      _refuse('relpos_buckets', self.relpos_buckets, 'Use a multiple of 4, such as 32.')
    if self.relpos_max_distance <= self.relpos_buckets // 2:
      _refuse('relpos_max_distance', self.relpos_max_distance,
              f'Use more than {self.relpos_buckets // 2}, half of relpos_buckets.')


def _refuse(field: str, value: Any, remedy: str) -> None:
  raise UserError(f'{value!r} is no valid {field}', f'T5Config.{field}', remedy)


def with_vocabulary_size(config: T5Config, size: int) -> T5Config:
  """The config for a vocabulary of `size` pieces.

  A `vocab_size` of 0 becomes the next multiple of 128; one that was set is kept.

  Raises:
    UserError: the embedding has fewer rows than the vocabulary has pieces.
  """
  if config.vocab_size == 0:
    blocks = -(-size // _VOCABULARY_MULTIPLE)
    return dataclasses.replace(config, vocab_size=blocks * _VOCABULARY_MULTIPLE)
  if config.vocab_size < size:
    raise UserError(
        f'{config.vocab_size} rows are too few for a vocabulary of {size} pieces',
        'T5Config.vocab_size', 'Set it to 0 to follow the vocabulary, or change the vocabulary.')
  return config


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class LayerCache:
  """What one decoder layer keeps between tokens, in the activations' dtype.

  Attributes:
    keys, values: of self-attention, `[B, max_length, H, K]`.
    cross_keys, cross_values: of the encoded input, `[B, S, H, K]`.
  """

  keys: jax.Array
  values: jax.Array
  cross_keys: jax.Array
  cross_values: jax.Array


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Cache:
  """State of decoding token by token: tokens seen so far (int32 scalar), and each layer's part."""

  index: jax.Array
  layers: tuple[LayerCache, ...]


def _norm(config: T5Config) -> layers.RMSNorm:
  return layers.RMSNorm(config.dtype)


def _attention(config: T5Config) -> layers.MultiHeadAttention:
  return layers.MultiHeadAttention(
      config.num_heads, config.head_dim, config.d_model, config.dropout_rate, config.dtype)


def _mlp(config: T5Config) -> layers.GatedMLP:
  return layers.GatedMLP(config.mlp_dim, config.dropout_rate, config.dtype)


def _relative_bias(config: T5Config, bidirectional: bool) -> layers.RelativePositionBias:
  return layers.RelativePositionBias(
      config.num_heads, config.relpos_buckets, config.relpos_max_distance, bidirectional)


class EncoderLayer(nn.Module):
  """Self-attention and MLP, each behind a norm and beside a residual."""

  config: T5Config

  def setup(self):
    self.pre_attention_layer_norm = _norm(self.config)
    self.attention = _attention(self.config)
    self.pre_mlp_layer_norm = _norm(self.config)
    self.mlp = _mlp(self.config)
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, mask, bias, deterministic):
    """x `[B, S, D]`, mask bool `[B, 1, S, S]`, bias `[H, S, S]` -> `[B, S, D]`."""
    h = self.pre_attention_layer_norm(x)
    h = self.attention(h, h, mask, bias, deterministic)
    x = _residual(x + self.dropout(h, deterministic=deterministic))
    h = self.mlp(self.pre_mlp_layer_norm(x), deterministic)
    return _residual(x + self.dropout(h, deterministic=deterministic))


class DecoderLayer(nn.Module):
  """Self-attention, attention to the encoded input and MLP, as in `EncoderLayer`."""

  config: T5Config

  def setup(self):
    self.pre_self_attention_layer_norm = _norm(self.config)
    self.self_attention = _attention(self.config)
    self.pre_cross_attention_layer_norm = _norm(self.config)
    self.encoder_decoder_attention = _attention(self.config)
    self.pre_mlp_layer_norm = _norm(self.config)
    self.mlp = _mlp(self.config)
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, encoded, mask, bias, cross_mask, deterministic):
    """x `[B, T, D]`, mask `[B, 1, T, T]`, bias `[H, T, T]`, cross_mask `[B, 1, T, S]` -> as x."""
    h = self.pre_self_attention_layer_norm(x)
    own = self.self_attention.keys_values(h)
    cross = self.encoder_decoder_attention.keys_values(encoded)
    return self._attend(x, h, own, cross, mask, bias, cross_mask, deterministic)

  def start_cache(self, encoded, max_length) -> LayerCache:
    """The cache before the first token, `encoded` projected already."""
    cross_keys, cross_values = self.encoder_decoder_attention.keys_values(encoded)
    rows, _, *head_shape = cross_keys.shape
    empty = jnp.zeros((rows, max_length, *head_shape), cross_keys.dtype)
    return LayerCache(empty, empty, cross_keys, cross_values)

  def extend(self, x, cache, index, bias, cross_mask):
    """One token, x `[B, 1, D]`, at position `index` -> x and the cache with it in."""
    h = self.pre_self_attention_layer_norm(x)
    keys, values = (
        jax.lax.dynamic_update_slice_in_dim(kept, new, index, axis=1)
        for kept, new in zip((cache.keys, cache.values), self.self_attention.keys_values(h)))
    mask = jnp.arange(keys.shape[1]) <= index
    cross = (cache.cross_keys, cache.cross_values)
    x = self._attend(x, h, (keys, values), cross, mask, bias, cross_mask, deterministic=True)
    return x, dataclasses.replace(cache, keys=keys, values=values)

  def _attend(self, x, h, own, cross, mask, bias, cross_mask, deterministic):
    h = self.self_attention.attend(h, *own, mask, bias, deterministic)
    x = _residual(x + self.dropout(h, deterministic=deterministic))
    h = self.pre_cross_attention_layer_norm(x)
    h = self.encoder_decoder_attention.attend(h, *cross, cross_mask, None, deterministic)
    x = _residual(x + self.dropout(h, deterministic=deterministic))
    h = self.mlp(self.pre_mlp_layer_norm(x), deterministic)
    return _residual(x + self.dropout(h, deterministic=deterministic))


def _residual(x: jax.Array) -> jax.Array:
  return nn.with_logical_constraint(x, ('batch', 'length', 'embed'))


class Encoder(nn.Module):
  """The encoder after the embedding."""

  config: T5Config

  def setup(self):
    self.relpos_bias = _relative_bias(self.config, bidirectional=True)
    self.layers = [EncoderLayer(self.config) for _ in range(self.config.num_encoder_layers)]
    self.encoder_norm = _norm(self.config)
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, segment_ids, deterministic):
    """x `[B, S, D]`, segment_ids int32 `[B, S]` -> `[B, S, D]`."""
    length = x.shape[1]
    mask = layers.same_segment(segment_ids, segment_ids)
    bias = layers.position_bias(self.relpos_bias, length, length)
    x = self.dropout(x, deterministic=deterministic)
    for layer in self.layers:
      x = layer(x, mask, bias, deterministic)
    return self.dropout(self.encoder_norm(x), deterministic=deterministic)


class Decoder(nn.Module):
  """The decoder after the embedding, with the projection to logits."""

  config: T5Config

  def setup(self):
    self.relpos_bias = _relative_bias(self.config, bidirectional=False)
    self.layers = [DecoderLayer(self.config) for _ in range(self.config.num_decoder_layers)]
    self.decoder_norm = _norm(self.config)
    self.logits_dense = layers.Dense(self.config.vocab_size, ('embed', 'vocab'), 'float32')
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, encoded, segment_ids, cross_mask, deterministic):
    """x `[B, T, D]`, encoded `[B, S, D]`, segment_ids int32 `[B, T]` -> `[B, T, V]` float32."""
    length = x.shape[1]
    mask = layers.causal(length) & layers.same_segment(segment_ids, segment_ids)
    bias = layers.position_bias(self.relpos_bias, length, length)
    x = self.dropout(x, deterministic=deterministic)
    for layer in self.layers:
      x = layer(x, encoded, mask, bias, cross_mask, deterministic)
    return self._logits(x, deterministic)

  def start_cache(self, encoded, max_length) -> Cache:
    kept = tuple(layer.start_cache(encoded, max_length) for layer in self.layers)
    return Cache(jnp.zeros((), jnp.int32), kept)

  def extend(self, x, cache, cross_mask):
    """x `[B, 1, D]` -> logits `[B, 1, V]` and the cache one token longer."""
    max_length = cache.layers[0].keys.shape[1]
    bias = self.relpos_bias(jnp.arange(max_length) - cache.index)[:, None, :]
    extended = []
    for layer, kept in zip(self.layers, cache.layers):
      x, kept = layer.extend(x, kept, cache.index, bias, cross_mask)
      extended.append(kept)
    return self._logits(x, deterministic=True), Cache(cache.index + 1, tuple(extended))

  def _logits(self, x, deterministic):
    x = self.dropout(self.decoder_norm(x), deterministic=deterministic)
    return nn.with_logical_constraint(self.logits_dense(x), ('batch', 'length', 'vocab'))


class T5(nn.Module):
  """T5 1.1.

  Tokens are int32, 0 is padding. Segment ids are int32, 0 for padding and positive for what
  belongs together; a segment lies in one piece, so no positions are needed. Nothing sees beyond
  its segment: encoder tokens see their segment; decoder tokens see the earlier ones of theirs and
  the encoder tokens whose segment id is the decoder token's source id. So a row may hold several
  examples, or several answers to one input. Outputs at padding are finite and mean nothing.
  """

  config: T5Config

  def setup(self):
    config = self.config
    self.token_embedder = layers.Embed(config.vocab_size, config.d_model, config.dtype)
    self.encoder = Encoder(config)
    self.decoder = Decoder(config)

  def __call__(
      self,
      encoder_input_tokens: jax.Array,
      decoder_input_tokens: jax.Array,
      *,
      encoder_segment_ids: jax.Array | None = None,
      decoder_segment_ids: jax.Array | None = None,
      decoder_source_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """Logits of each next token.

    Args:
      encoder_input_tokens: `[B, S]`.
      decoder_input_tokens: `[B, T]`, the targets shifted right with 0 in front of each segment.
      encoder_segment_ids: `[B, S]`; by default 1 wherever the token is not 0.
      decoder_segment_ids: `[B, T]`; by default 1.
      decoder_source_ids: `[B, T]`; by default `decoder_segment_ids`.
      deterministic: without dropout; otherwise a 'dropout' key is needed.

    Returns:
      float32 `[B, T, V]`.
    """
    if encoder_segment_ids is None:
      encoder_segment_ids = _not_padding(encoder_input_tokens)
    encoded = self.encode(encoder_input_tokens, encoder_segment_ids, deterministic)
    return self.decode(encoded, encoder_segment_ids, decoder_input_tokens, decoder_segment_ids,
                       decoder_source_ids, deterministic)

  def encode(
      self,
      encoder_input_tokens: jax.Array,
      encoder_segment_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """Inputs `[B, S]` -> `[B, S, D]` in `config.dtype`; arguments as in `__call__`."""
    if encoder_segment_ids is None:
      encoder_segment_ids = _not_padding(encoder_input_tokens)
    x = self.token_embedder(encoder_input_tokens)
    return self.encoder(x, encoder_segment_ids, deterministic)

  def decode(
      self,
      encoded: jax.Array,
      encoder_segment_ids: jax.Array,
      decoder_input_tokens: jax.Array,
      decoder_segment_ids: jax.Array | None = None,
      decoder_source_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """What `encode` gave, `[B, S, D]` -> logits, float32 `[B, T, V]`; else as in `__call__`."""
    if decoder_segment_ids is None:
      decoder_segment_ids = jnp.ones_like(decoder_input_tokens)
    if decoder_source_ids is None:
      decoder_source_ids = decoder_segment_ids
    cross_mask = layers.same_segment(decoder_source_ids, encoder_segment_ids)
    x = self.token_embedder(decoder_input_tokens)
    return self.decoder(x, encoded, decoder_segment_ids, cross_mask, deterministic)

  def start_cache(self, encoded: jax.Array, max_length: int) -> Cache:
    """What `encode` gave, `[B, S, D]` -> the state before the first of `max_length` tokens."""
    return self.decoder.start_cache(encoded, max_length)

  def decode_token(
      self, token: jax.Array, cache: Cache, encoder_segment_ids: jax.Array
  ) -> tuple[jax.Array, Cache]:
    """Decodes one token; as many calls as `start_cache` was told may follow each other.

    Args:
      token: int32 `[B]`, 0 first, then what was decoded.
      cache: from `start_cache` or the call before.
      encoder_segment_ids: int32 `[B, S]`, 1 for the input and 0 for padding.

    Returns:
      Logits of the next token, float32 `[B, V]`, equal to those of `decode`; and the new state.
    """
    x = self.token_embedder(token[:, None])
    cross_mask = layers.same_segment(jnp.ones_like(token)[:, None], encoder_segment_ids)
    logits, cache = self.decoder.extend(x, cache, cross_mask)
    return logits[:, 0], cache


def _not_padding(tokens: jax.Array) -> jax.Array:
  return (tokens > 0).astype(jnp.int32)


def build(config: T5Config) -> T5:
  """The model; use it as `build(config).apply({'params': parameters}, ...)`.

  Raises:
    UserError: `vocab_size` was left at 0.
  """
  if config.vocab_size == 0:
    raise UserError('the vocabulary has no size yet', 'T5Config.vocab_size',
                    'Set it, or use with_vocabulary_size.')
  return T5(config)
