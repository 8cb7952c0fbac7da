"""Prefix language modeling: a text is cut in two, and the second part is predicted.

The objective of the LM-adapted T5 checkpoints (Lester et al. 2021, section 3.2; Raffel et al. 2020,
section 3.1.1). Pure NumPy: an example is a function of its tokens and random keys.
"""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any, ClassVar

import numpy as np

from flan_jax import randomness
from flan_jax.data.objectives import Span


@dataclasses.dataclass(frozen=True)
class PrefixLM:
  """Prefix language modeling: each place to cut is equally likely."""

  reads_spans: ClassVar[bool] = False

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text: as in T5 those of `inputs`, if there is room for the targets."""
    return max(2, min(lengths['inputs'], lengths['inputs'] + lengths['targets'] - 2))

  def example(self, tokens: np.ndarray, spans: Sequence[Span], lengths: Mapping[str, int],
              vocabulary: Any, *keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each; see `Objective`.

    The cut is where both fit. Inputs get an end mark too, as in T5: without it the encoder would
    hardly know where they end.
    """
    del spans
    earliest = max(1, len(tokens) + 1 - lengths['targets'])
    latest = min(len(tokens), lengths['inputs']) - 1
    place = earliest + int(randomness.uniforms(1, *keys)[0] * (latest - earliest + 1))
    end = vocabulary.eos_id
    return np.append(tokens[:place], end), np.append(tokens[place:], end)
