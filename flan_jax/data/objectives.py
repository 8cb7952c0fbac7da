"""What a pretraining objective owes, and how a text is cut to a length. Pure NumPy."""
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from flan_jax import randomness

_CUT, _OBJECTIVE = 1, 2  # uses of random numbers
_BYTES_PER_TOKEN = 32  # of a window into a long text: more than tokens have on average


class Objective(Protocol):
  """What is learned from a text: `SpanCorruption`, `PrefixLM`."""

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text that an example is made of, at least 2."""
    ...

  def example(self, tokens: np.ndarray, lengths: Mapping[str, int], vocabulary: Any, *keys: int
              ) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each.

    Args:
      tokens: int `[length]`, from 2 to `text_length`.
      lengths: longest inputs and targets.
      vocabulary: a SeqIO vocabulary.
      *keys: choose the random numbers.
    """
    ...


def example(objective: Objective, text: str, lengths: Mapping[str, int], vocabulary: Any,
            *keys: int) -> tuple[np.ndarray, np.ndarray]:
  """The inputs and targets of a text, int32 `[n]` each; none if it has fewer than two tokens.

  Args:
    objective: what is learned.
    text: if it is longer than an example, a random part of it is used.
    lengths: longest inputs and targets.
    vocabulary: a SeqIO vocabulary.
    *keys: choose the random numbers.
  """
  tokens = _part(text, objective.text_length(lengths), vocabulary, *keys)
  if len(tokens) < 2:
    return np.zeros(0, np.int32), np.zeros(0, np.int32)
  inputs, targets = objective.example(tokens, lengths, vocabulary, *keys, _OBJECTIVE)
  return inputs.astype(np.int32), targets.astype(np.int32)


def _part(text: str, most: int, vocabulary: Any, *keys: int) -> np.ndarray:
  """A random part of a text's tokens; all of them if there are at most so many."""
  window_at, part_at = randomness.uniforms(2, *keys, _CUT)
  window = most * _BYTES_PER_TOKEN
  if len(text) > 2 * window:
    # Of a book only a window is tokenized. It begins and ends at a space, so that no word is cut.
    start = int(window_at * (len(text) - window))
    words = text[start : start + window]
    text = words.partition(' ')[2].rpartition(' ')[0] or words
  tokens = np.asarray(vocabulary.encode(text), np.int32)
  start = int(part_at * (max(len(tokens) - most, 0) + 1))
  return tokens[start : start + most]
