"""What a model family owes the rest of the library.

Training, scoring and generation call these functions and never ask which family a model is of. A
new family brings a Flax module with them, a `TransformerConfig` of its own and an entry in
`families.FAMILIES`; planning/memory.py has to know its stacks, checkpoints/convert its names.
"""
from typing import Any, Protocol

import jax

from flan_jax.models.config import TransformerConfig

# What `encode` gives: hidden states, or keys and values. Only the model itself looks inside.
Encoded = Any
Cache = Any


class LanguageModel(Protocol):
  """A model that reads inputs and predicts targets.

  Token ids are int32, 0 is padding. Segment ids are int32, 0 for padding; a token sees no other
  segment than its own. B is the number of rows, S and T are the lengths of inputs and targets, V is
  the size of the vocabulary, D the width of the model.

  Attributes:
    config: its shape.
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
    """Inputs `[B, S]` -> what the functions below take as `encoded`."""

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

    `encoded` may be of B / K inputs: the K rows of targets that belong to one input stand one
    behind the other.
    """

  def logits(self, states: jax.Array, deterministic: bool = True) -> jax.Array:
    """States of all positions or of some, `[B, T, D]` -> float32 `[B, T, V]`."""

  def start_cache(self, encoded: Encoded, max_length: int) -> Cache:
    """The state of generation before the first of `max_length` tokens."""

  def decode_token(
      self, token: jax.Array, cache: Cache, encoder_segment_ids: jax.Array
  ) -> tuple[jax.Array, Cache]:
    """The last token `[B]`, 0 at first -> logits of the next, float32 `[B, V]`, and the state."""
