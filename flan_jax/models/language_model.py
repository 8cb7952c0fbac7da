"""The interface that every model family implements.

Training, scoring and generation call these functions and never check a model's family. A new
family needs a Flax module with these functions, a subclass of `TransformerConfig` and an entry in
`families.FAMILIES`. planning/memory.py must know its layer stacks, and checkpoints/convert its
parameter names.
"""
from typing import Any, Protocol

import jax

from flan_jax.models.config import TransformerConfig

# The output of `encode`: hidden states, or keys and values. Opaque outside the model.
Encoded = Any
Cache = Any


class LanguageModel(Protocol):
  """A model that reads inputs and predicts targets.

  Token ids are int32, 0 is padding. Segment ids are int32, 0 for padding; a token sees only its
  own segment. B is the number of rows, S and T are the lengths of inputs and targets, V is the
  size of the vocabulary, D the width of the model.

  Attributes:
    config: the shape of the model.
  """

  config: TransformerConfig

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
    """Packed inputs `[B, S]` and shifted targets `[B, T]` -> logits, float32 `[B, T, V]`."""

  def encode(
      self,
      encoder_input_tokens: jax.Array,
      encoder_segment_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> Encoded:
    """Inputs `[B, S]` -> the `encoded` of the functions below."""

  def decode_states(
      self,
      encoded: Encoded,
      encoder_segment_ids: jax.Array,
      decoder_input_tokens: jax.Array,
      decoder_segment_ids: jax.Array | None = None,
      decoder_source_ids: jax.Array | None = None,
      deterministic: bool = True,
  ) -> jax.Array:
    """Shifted targets `[B, T]` -> the states that `logits` takes, `[B, T, D]`.

    `encoded` may have B / K inputs: each input then has K rows of targets, which are consecutive.
    """

  def logits(self, states: jax.Array, deterministic: bool = True) -> jax.Array:
    """States of all positions or of some, `[B, T, D]` -> float32 `[B, T, V]`."""

  def start_cache(self, encoded: Encoded, max_length: int) -> Cache:
    """The state of generation, with room for `max_length` tokens."""

  def decode_token(
      self, token: jax.Array, cache: Cache, encoder_segment_ids: jax.Array
  ) -> tuple[jax.Array, Cache]:
    """The previous token `[B]`, first 0 -> logits of the next, float32 `[B, V]`, and new state."""
