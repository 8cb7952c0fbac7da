"""Prefix language modeling: a text is cut in two, and the second part is predicted.

The objective of the LM-adapted T5 checkpoints (Lester et al. 2021, section 3.2; Raffel et al. 2020,
section 3.1.1). Pure NumPy: an example is a function of its tokens and random keys.
"""
from collections.abc import Mapping
import dataclasses
from typing import Any

import numpy as np

from flan_jax import randomness


@dataclasses.dataclass(frozen=True)
class PrefixLM:
  """Prefix language modeling: each place to cut is equally likely."""

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text: as in T5 those of `inputs`, if there is room for the targets."""
    return max(2, min(lengths['inputs'], lengths['inputs'] + lengths['targets'] - 2))

  def example(self, tokens: np.ndarray, lengths: Mapping[str, int], vocabulary: Any, *keys: int
              ) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each.

    Args:
      tokens: int `[length]`, from 2 to `text_length`.
      lengths: longest inputs and targets, at least 2. The cut is where both fit.
      vocabulary: a SeqIO vocabulary, whose end mark both get, as in T5. Without it the encoder
        would hardly know where the inputs end.
      *keys: choose the random number.
    """
    earliest = max(1, len(tokens) + 1 - lengths['targets'])
    latest = min(len(tokens), lengths['inputs']) - 1
    place = earliest + int(randomness.uniforms(1, *keys)[0] * (latest - earliest + 1))
    end = vocabulary.eos_id
    return np.append(tokens[:place], end), np.append(tokens[place:], end)
