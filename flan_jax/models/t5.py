"""T5 1.1: the encoder-decoder of arXiv 1910.10683 as released in 2020, with gated-gelu MLPs.

Parameter names and shapes are those of T5X's checkpoints. Letters in shapes: B batch, S encoder
length, T decoder length, D d_model, H heads, K head width, P prompt length, V vocabulary.
"""
import dataclasses

import flax.linen as nn
import jax
import jax.numpy as jnp

from flan_jax import checks
from flan_jax.models import blocks, layers
from flan_jax.models.blocks import Cache
from flan_jax.models.config import TransformerConfig
from flan_jax.models.stacking import make_layers, through_layers


@dataclasses.dataclass(frozen=True, kw_only=True)
class T5Config(TransformerConfig):
  """The shape of a T5 1.1 model; the defaults are those of `small`.

  Attributes:
    num_encoder_layers: layers of the encoder.
    num_decoder_layers: layers of the decoder.

  Raises:
    UserError: a value is not possible.
  """

  num_encoder_layers: int = 8
  num_decoder_layers: int = 8

  def __post_init__(self):
    super().__post_init__()
    checks.check(self, num_encoder_layers=checks.whole(1), num_decoder_layers=checks.whole(1))


class DecoderLayer(nn.Module):
  """Self-attention, attention to the encoded input and MLP, as in `SelfAttentionLayer`."""

  config: T5Config

  def setup(self):
    self.pre_self_attention_layer_norm = blocks.norm(self.config)
    self.self_attention = blocks.attention(self.config)
    self.pre_cross_attention_layer_norm = blocks.norm(self.config)
    self.encoder_decoder_attention = blocks.attention(self.config)
    self.pre_mlp_layer_norm = blocks.norm(self.config)
    self.mlp = blocks.mlp(self.config)
    self.dropout = layers.dropout(self.config.dropout_rate)

  def __call__(self, x, encoded, mask, bias, cross_mask, deterministic):
    """Computes a row that attends to itself and to the encoded input.

    Args:
      x: `[B, T, D]`.
      encoded: `[B / K, S, D]`; K consecutive rows attend to one encoded input.
      mask: bool `[B, 1, T, T]`.
      bias: `[H, T, T]`.
      cross_mask: bool `[B / K, 1, K T, S]`.
      deterministic: without dropout.

    Returns:
      `[B, T, D]`.
    """
    h = self.pre_self_attention_layer_norm(x)
    own = self.self_attention.keys_values(h)
    cross = self.encoder_decoder_attention.keys_values(encoded)
    return self._attend(x, h, own, cross, mask, bias, cross_mask, deterministic)

  def start_cache(self, encoded, max_length):
    """The layer's cache before the first token.

    Its own keys and values, zeros `[B, max_length, H, K]`, and those of the encoded input.
    """
    cross = self.encoder_decoder_attention.keys_values(encoded)
    rows, _, *head_shape = cross[0].shape
    empty = jnp.zeros((rows, max_length, *head_shape), cross[0].dtype)
    return (empty, empty), cross

  def extend(self, x, kept, index, bias, cross_mask):
    """Decodes one token, x `[B, 1, D]`, at position `index` -> x, and the cache with the token."""
    own, cross = kept
    h = self.pre_self_attention_layer_norm(x)
    own = blocks.append(own, self.self_attention.keys_values(h), index)
    mask = jnp.arange(own[0].shape[1]) <= index
    x = self._attend(x, h, own, cross, mask, bias, cross_mask, deterministic=True)
    return x, (own, cross)

  def _attend(self, x, h, own, cross, mask, bias, cross_mask, deterministic):
    h = self.self_attention.attend(h, *own, mask, bias, deterministic)
    x = blocks.residual(x + self.dropout(h, deterministic=deterministic))
    h = self.pre_cross_attention_layer_norm(x)
    # The rows of one input become one long row, so that its keys and values are not repeated.
    rows = h.reshape(len(cross[0]), -1, h.shape[-1])
    h = self.encoder_decoder_attention.attend(rows, *cross, cross_mask, None, deterministic)
    x = blocks.residual(x + self.dropout(h.reshape(x.shape), deterministic=deterministic))
    h = self.mlp(self.pre_mlp_layer_norm(x), deterministic)
    return blocks.residual(x + self.dropout(h, deterministic=deterministic))


class Encoder(nn.Module):
  """The encoder without the embedding."""

  config: T5Config

  def setup(self):
    config = self.config
    self.relpos_bias = blocks.relative_bias(config, bidirectional=True)
    self.layers = make_layers(
        lambda: blocks.SelfAttentionLayer(config), config.num_encoder_layers, config.scan_layers)
    self.encoder_norm = blocks.norm(config)
    self.dropout = layers.dropout(config.dropout_rate)

  def __call__(self, x, segment_ids, prompt, deterministic):
    """x `[B, S, D]`, segment_ids int32 `[B, S]`, prompt `[P, D]` or None -> `[B, P + S, D]`."""
    length = x.shape[1]
    mask = layers.same_segment(segment_ids, segment_ids)
    bias = layers.position_bias(self.relpos_bias, length, length)
    x, mask, bias = blocks.behind_prompt(prompt, x, mask, bias, self.relpos_bias.farthest())

    def step(layer, x, _):
      return layer(x, mask, bias, deterministic)[0], None

    x = self.dropout(x, deterministic=deterministic)
    x, _ = through_layers(
        step, self.layers, x, count=self.config.num_encoder_layers, remat=self.config.remat)
    return self.dropout(self.encoder_norm(x), deterministic=deterministic)


class Decoder(nn.Module):
  """The decoder without the embedding, with the projection to logits."""

  config: T5Config

  def setup(self):
    config = self.config
    self.relpos_bias = blocks.relative_bias(config, bidirectional=False)
    self.layers = make_layers(
        lambda: DecoderLayer(config), config.num_decoder_layers, config.scan_layers)
    self.decoder_norm = blocks.norm(config)
    self.logits_dense = blocks.logits_dense(config)
    self.dropout = layers.dropout(config.dropout_rate)

  def __call__(self, x, encoded, segment_ids, cross_mask, deterministic):
    """x `[B, T, D]`, segment_ids int32 `[B, T]`, others as in `DecoderLayer` -> `[B, T, D]`."""
    length = x.shape[1]
    mask = layers.causal(length) & layers.same_segment(segment_ids, segment_ids)
    bias = layers.position_bias(self.relpos_bias, length, length)

    def step(layer, x, _):
      return layer(x, encoded, mask, bias, cross_mask, deterministic), None

    x = self.dropout(x, deterministic=deterministic)
    return self._through(step, x, remat=self.config.remat)[0]

  def start_cache(self, encoded, max_length) -> Cache:
    def step(layer, nothing, _):
      return nothing, layer.start_cache(encoded, max_length)

    return Cache(jnp.zeros((), jnp.int32), self._through(step, ())[1])

  def extend(self, x, cache, cross_mask):
    """x `[B, 1, D]` -> logits `[B, 1, V]` and the cache one token longer."""
    max_length = jax.tree.leaves(cache.layers)[0].shape[-3]
    bias = self.relpos_bias(jnp.arange(max_length) - cache.index)[:, None, :]

    def step(layer, x, kept):
      return layer.extend(x, kept, cache.index, bias, cross_mask)

    x, kept = self._through(step, x, cache.layers)
    return self.logits(x), Cache(cache.index + 1, kept)

  def _through(self, step, x, kept=None, remat='none'):
    return through_layers(
        step, self.layers, x, kept, count=self.config.num_decoder_layers, remat=remat)

  def logits(self, x, deterministic=True):
    """The decoder's states, `[B, T, D]` -> float32 `[B, T, V]`."""
    x = self.dropout(self.decoder_norm(x), deterministic=deterministic)
    return nn.with_logical_constraint(self.logits_dense(x), ('batch', 'length', 'vocab'))


class T5(nn.Module):
  """T5 1.1.

  Tokens are int32, 0 is padding. Segment ids are int32, 0 for padding and positive for tokens that
  belong together. Segments are contiguous, so positions are not needed. Encoder tokens see their
  own segment. Decoder tokens see the earlier tokens of their segment and the encoder tokens whose
  segment id is their source id. So a row may hold several examples, or several answers to one
  input. Outputs at padding are finite and meaningless. A soft prompt stands in front of the encoded
  input and all tokens see it.
  """

  config: T5Config

  def setup(self):
    config = self.config
    self.token_embedder = blocks.embed(config)
    self.soft_prompt = blocks.prompt(self, config)
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
      deterministic: without dropout; with dropout, `apply` needs a 'dropout' key.

    Returns:
      float32 `[B, T, V]`.
    """
    if encoder_segment_ids is None:
      encoder_segment_ids = layers.not_padding(encoder_input_tokens)
    encoded = self.encode(encoder_input_tokens, encoder_segment_ids, deterministic)
    states = self.decode_states(
        encoded, encoder_segment_ids, decoder_input_tokens, decoder_segment_ids,
        decoder_source_ids, deterministic)
    return self.logits(states, deterministic)

  def encode(
      self,
      encoder_input_tokens: jax.Array,
      encoder_segment_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """Inputs `[B, S]` -> `[B, P + S, D]` in `config.dtype`; arguments as in `__call__`."""
    if encoder_segment_ids is None:
      encoder_segment_ids = layers.not_padding(encoder_input_tokens)
    x = self.token_embedder(encoder_input_tokens)
    return self.encoder(x, encoder_segment_ids, self.soft_prompt, deterministic)

  def decode_states(
      self,
      encoded: jax.Array,
      encoder_segment_ids: jax.Array,
      decoder_input_tokens: jax.Array,
      decoder_segment_ids: jax.Array | None = None,
      decoder_source_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """What `logits` makes logits of.

    Args:
      encoded: the output of `encode` for inputs `[B / K, S]`; each input has K consecutive rows of
        targets.
      encoder_segment_ids: `[B / K, S]`.
      decoder_input_tokens: `[B, T]`; the rest as in `__call__`.
      decoder_segment_ids: `[B, T]`.
      decoder_source_ids: `[B, T]`.
      deterministic: without dropout.

    Returns:
      `[B, T, D]` in `config.dtype`.
    """
    decoder_segment_ids, decoder_source_ids = layers.target_ids(
        decoder_input_tokens, decoder_segment_ids, decoder_source_ids)
    rows = decoder_source_ids.reshape(len(encoder_segment_ids), -1)
    cross_mask = self._cross_mask(rows, encoder_segment_ids)
    x = self.token_embedder(decoder_input_tokens)
    return self.decoder(x, encoded, decoder_segment_ids, cross_mask, deterministic)

  def logits(self, states: jax.Array, deterministic: bool = True) -> jax.Array:
    """The output of `decode_states`, or some of its positions -> float32 `[B, T, V]`."""
    return self.decoder.logits(states, deterministic)

  def start_cache(self, encoded: jax.Array, max_length: int) -> Cache:
    """The output of `encode` -> the state before the first of `max_length` tokens."""
    return self.decoder.start_cache(encoded, max_length)

  def decode_token(
      self, token: jax.Array, cache: Cache, encoder_segment_ids: jax.Array
  ) -> tuple[jax.Array, Cache]:
    """Decodes one token. At most `max_length` (of `start_cache`) calls may follow each other.

    Args:
      token: int32 `[B]`, first 0, then the previous token.
      cache: from `start_cache` or the previous call.
      encoder_segment_ids: int32 `[B, S]`, 1 for the input and 0 for padding.

    Returns:
      Logits of the next token, float32 `[B, V]`, equal to those of `__call__`; and the new state.
    """
    x = self.token_embedder(token[:, None])
    cross_mask = self._cross_mask(jnp.ones_like(token)[:, None], encoder_segment_ids)
    logits, cache = self.decoder.extend(x, cache, cross_mask)
    return logits[:, 0], cache

  def _cross_mask(self, source_ids, encoder_segment_ids):
    mask = layers.same_segment(source_ids, encoder_segment_ids)
    return blocks.see_first(self.config.prompt_length, mask)
