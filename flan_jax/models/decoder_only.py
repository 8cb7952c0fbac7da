"""A decoder-only transformer in the shape of LaMDA (arXiv 2201.08239), FLAN's base model.

LaMDA's paper specifies gated GELU, T5's relative attention and the sizes of 2B, 8B and 137B. What
it leaves open is taken from T5 1.1: RMS norms before sublayers, no biases, unscaled scores, 32
buckets up to a distance of 128, a separate kernel for the logits. Letters in shapes: B batch, S
input length, T target length, L = S + T, D d_model, H heads, K head width, P prompt length, V
vocabulary.
"""
import dataclasses
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

from flan_jax import checks
from flan_jax.models import blocks, layers
from flan_jax.models.blocks import Cache
from flan_jax.models.config import TransformerConfig
from flan_jax.models.stacking import make_layers, through_layers


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecoderOnlyConfig(TransformerConfig):
  """The shape of a decoder-only model.

  Attributes:
    num_layers: number of layers.
    prefix_lm: inputs see each other in both directions, with position buckets for both; otherwise
      every token sees only earlier tokens.

  Raises:
    UserError: a value is not possible.
  """

  num_layers: int = 8
  prefix_lm: bool = True

  def __post_init__(self):
    super().__post_init__()
    checks.check(self, num_layers=checks.whole(1), prefix_lm=checks.truth())


class DecoderOnly(nn.Module):
  """Inputs and targets in one row.

  Takes the same arguments as `t5.T5`. Targets see the inputs whose segment id is their source id,
  and the earlier targets of their own segment. Inputs see the inputs of their own segment, as
  `prefix_lm` says. Only targets get logits. A soft prompt stands in front and all tokens see it.
  """

  config: DecoderOnlyConfig

  def setup(self):
    config = self.config
    self.token_embedder = blocks.embed(config)
    self.soft_prompt = blocks.prompt(self, config)
    self.relpos_bias = blocks.relative_bias(config, bidirectional=config.prefix_lm)
    self.layers = make_layers(
        lambda: blocks.SelfAttentionLayer(config), config.num_layers, config.scan_layers)
    self.decoder_norm = blocks.norm(config)
    self.logits_dense = blocks.logits_dense(config)
    self.dropout = layers.dropout(config.dropout_rate)

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
    """Logits of each next target, float32 `[B, T, V]`; arguments as those of `t5.T5`."""
    if encoder_segment_ids is None:
      encoder_segment_ids = layers.not_padding(encoder_input_tokens)
    # Source ids let several targets share one input, which a joined row cannot express.
    if decoder_source_ids is not None:
      encoded = self.encode(encoder_input_tokens, encoder_segment_ids, deterministic)
      states = self.decode_states(
          encoded, encoder_segment_ids, decoder_input_tokens, decoder_segment_ids,
          decoder_source_ids, deterministic)
      return self.logits(states, deterministic)
    if decoder_segment_ids is None:
      decoder_segment_ids = jnp.ones_like(decoder_input_tokens)
    row = join(encoder_input_tokens, decoder_input_tokens, encoder_segment_ids,
               decoder_segment_ids)
    x, _ = self._read(row.tokens, row.segment_ids, row.is_input, deterministic)
    targets = self.config.prompt_length + row.target_positions
    x = jnp.take_along_axis(x, targets[..., None], axis=1, mode='clip')
    return self.logits(x, deterministic)

  def encode(
      self,
      encoder_input_tokens: jax.Array,
      encoder_segment_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> blocks.KeysValues:
    """Inputs `[B, S]` -> each layer's keys and values, `[B, P + S, H, K]`."""
    if encoder_segment_ids is None:
      encoder_segment_ids = layers.not_padding(encoder_input_tokens)
    is_input = jnp.ones_like(encoder_segment_ids, bool)
    return self._read(
        encoder_input_tokens, encoder_segment_ids, is_input, deterministic, keep=True)[1]

  def decode_states(
      self,
      encoded: blocks.KeysValues,
      encoder_segment_ids: jax.Array,
      decoder_input_tokens: jax.Array,
      decoder_segment_ids: jax.Array | None = None,
      decoder_source_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """The states that `logits` takes, `[B, T, D]`; arguments as in `t5.T5.decode_states`."""
    decoder_segment_ids, decoder_source_ids = layers.target_ids(
        decoder_input_tokens, decoder_segment_ids, decoder_source_ids)
    rows = len(decoder_input_tokens) // len(encoder_segment_ids)
    encoder_segment_ids = blocks.for_each_row(encoder_segment_ids, rows)
    length = decoder_input_tokens.shape[1]
    own = layers.causal(length) & layers.same_segment(decoder_segment_ids, decoder_segment_ids)
    mask, bias = self._after_inputs(
        encoder_segment_ids, decoder_source_ids, own,
        query=positions(decoder_segment_ids), key=positions(decoder_segment_ids))

    def step(layer, x, earlier):
      earlier = tuple(blocks.for_each_row(kept, rows) for kept in earlier)
      return layer(x, mask, bias, deterministic, earlier)[0], None

    x = self.token_embedder(decoder_input_tokens)
    x = self.dropout(x, deterministic=deterministic)
    return self._through(step, x, encoded)[0]

  def start_cache(self, encoded: blocks.KeysValues, max_length: int) -> Cache:
    """The output of `encode` -> the state before the first of `max_length` tokens."""
    # Targets share the cache with the inputs: their keys follow behind those of the inputs.
    def with_room(kept):
      return jnp.pad(kept, [(0, 0)] * (kept.ndim - 3) + [(0, max_length), (0, 0), (0, 0)])

    return Cache(jnp.zeros((), jnp.int32), jax.tree.map(with_room, encoded))

  def decode_token(
      self, token: jax.Array, cache: Cache, encoder_segment_ids: jax.Array
  ) -> tuple[jax.Array, Cache]:
    """Decodes one token as `t5.T5.decode_token` does: `[B]` -> float32 `[B, V]`, new state."""
    in_front = self.config.prompt_length + encoder_segment_ids.shape[1]
    max_length = jax.tree.leaves(cache.layers)[0].shape[-3] - in_front
    places = jnp.arange(max_length)
    own = jnp.broadcast_to(places <= cache.index, (len(token), 1, 1, max_length))
    mask, bias = self._after_inputs(
        encoder_segment_ids, jnp.ones_like(token)[:, None], own,
        query=cache.index[None, None], key=places[None])

    def step(layer, x, kept):
      return layer.extend(x, kept, in_front + cache.index, mask, bias)

    x, kept = self._through(step, self.token_embedder(token[:, None]), cache.layers)
    return self.logits(x)[:, 0], Cache(cache.index + 1, kept)

  def _read(self, tokens, segment_ids, is_input, deterministic, keep=False):
    """Rows `[B, L]` with contiguous segments -> `[B, P + L, D]`, keys and values."""
    length = tokens.shape[1]
    mask = layers.causal(length)
    if self.config.prefix_lm:
      mask |= is_input[:, None, None, :]
    mask &= layers.same_segment(segment_ids, segment_ids)
    bias = layers.position_bias(self.relpos_bias, length, length)
    x, mask, bias = blocks.behind_prompt(
        self.soft_prompt, self.token_embedder(tokens), mask, bias, self.relpos_bias.farthest())

    def step(layer, x, _):
      x, own = layer(x, mask, bias, deterministic)
      return x, own if keep else None

    return self._through(step, self.dropout(x, deterministic=deterministic))

  def _after_inputs(self, input_ids, source_ids, own, query, key):
    """The mask and bias of targets over the keys of prompt, inputs and targets, in this order.

    Args:
      input_ids: segment ids of the inputs, `[B, S]`.
      source_ids: source ids of the queries, `[B, T]`.
      own: which targets each query sees, bool `[B, 1, T, kept]`.
      query, key: positions of queries `[B, T]` and targets `[B, kept]` in their segments.

    Returns:
      bool `[B, 1, T, P + S + kept]` and float32 `[B, H, T, P + S + kept]`.
    """
    sees_inputs = layers.same_segment(source_ids, input_ids)
    # A target's position counts from the start of its source's inputs.
    before = jnp.sum(sees_inputs, axis=-1)[:, 0]
    to_inputs = positions(input_ids)[:, None, :] - (before + query)[..., None]
    to_own = jnp.broadcast_to(key[:, None, :] - query[..., None], own[:, 0].shape)
    offsets = jnp.concatenate([to_inputs, to_own], axis=-1)
    # No offset is larger than the number of keys, so one table serves all of them.
    reach = offsets.shape[-1]
    table = self.relpos_bias(jnp.arange(-reach, 1))
    bias = jnp.moveaxis(jnp.take(table, offsets + reach, axis=1, mode='clip'), 0, 1)
    mask = jnp.concatenate([sees_inputs, own], axis=-1)
    return blocks.seeing_prompt(
        self.config.prompt_length, mask, bias, self.relpos_bias.farthest())

  def _through(self, step, x, kept=None):
    return through_layers(
        step, self.layers, x, kept, count=self.config.num_layers, remat=self.config.remat)

  def logits(self, states: jax.Array, deterministic: bool = True) -> jax.Array:
    """The output of `decode_states`, or some of its positions -> float32 `[B, T, V]`."""
    x = self.dropout(self.decoder_norm(states), deterministic=deterministic)
    return nn.with_logical_constraint(self.logits_dense(x), ('batch', 'length', 'vocab'))


class JoinedRow(NamedTuple):
  """Inputs and targets in one row.

  Attributes:
    tokens: int32 `[B, L]`: inputs of the first segment, its targets, inputs of the next segment,
      ..., padding.
    segment_ids: int32 `[B, L]`.
    is_input: bool `[B, L]`.
    target_positions: int32 `[B, T]`, the position of each target in `tokens`.
  """

  tokens: jax.Array
  segment_ids: jax.Array
  is_input: jax.Array
  target_positions: jax.Array


def join(
    inputs: jax.Array, targets: jax.Array, input_ids: jax.Array, target_ids: jax.Array
) -> JoinedRow:
  """Joins tokens and segment ids, `[B, S]` and `[B, T]`, into one row of contiguous segments.

  In such a row the distance of two tokens is the difference of their indices, so all rows share
  one position bias.
  """
  tokens = jnp.concatenate([inputs, targets], axis=1)
  ids = jnp.concatenate([input_ids, target_ids], axis=1)
  is_target = jnp.arange(ids.shape[1]) >= inputs.shape[1]
  # Inputs and targets of segment i sort as 2i and 2i + 1, padding last. The sort must be stable to
  # keep the tokens of each part in order.
  last = jnp.iinfo(jnp.int32).max
  order = jnp.argsort(jnp.where(ids > 0, 2 * ids + is_target, last), axis=1, stable=True)
  places = jnp.argsort(order, axis=1)

  def arranged(array):
    return jnp.take_along_axis(array, order, axis=1, mode='clip')

  return JoinedRow(arranged(tokens), arranged(ids), order < inputs.shape[1],
             places[:, inputs.shape[1] :])


def positions(segment_ids: jax.Array) -> jax.Array:
  """The position of each token in its segment, from 0: int32 `[B, L]` -> int32 `[B, L]`."""
  index = jnp.arange(segment_ids.shape[1])
  before = jnp.pad(segment_ids, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
  return index - jax.lax.cummax(jnp.where(segment_ids != before, index, 0), axis=1)
