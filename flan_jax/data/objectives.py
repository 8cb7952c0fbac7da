"""What a pretraining objective owes, and how a text is cut to a length. Pure NumPy."""
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from flan_jax import randomness, span_marks

_CUT, _OBJECTIVE = 1, 2  # uses of random numbers
_BYTES_PER_TOKEN = 32  # of a window into a long text: more than tokens have on average

Span = tuple[int, int]  # the first token, and the token behind the last one


class Objective(Protocol):
  """What is learned from a text: `SpanCorruption`, `PrefixLM`.

  Attributes:
    reads_spans: whether it wants to know the salient spans, which takes long to find.
  """

  reads_spans: ClassVar[bool]

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text that an example is made of, at least 2."""
    ...

  def example(self, tokens: np.ndarray, spans: Sequence[Span], lengths: Mapping[str, int],
              vocabulary: Any, *keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each.

    Args:
      tokens: int `[length]`, from 2 to `text_length`.
      spans: the salient ones, in order; none if the text has no marks, or without `reads_spans`.
      lengths: longest inputs and targets, at least 2.
      vocabulary: a SeqIO vocabulary.
      *keys: choose the random numbers.
    """
    ...


def example(objective: Objective, text: str, lengths: Mapping[str, int], vocabulary: Any,
            *keys: int) -> tuple[np.ndarray, np.ndarray]:
  """The inputs and targets of a text, int32 `[n]` each; none if it has fewer than two tokens.

  Args:
    objective: what is learned.
    text: if it is longer than an example, a random part of it is used. It may have `span_marks`.
    lengths: longest inputs and targets.
    vocabulary: a SeqIO vocabulary.
    *keys: choose the random numbers.
  """
  tokens, spans = _part(
      text, objective.text_length(lengths), objective.reads_spans, vocabulary, *keys)
  if len(tokens) < 2:
    return np.zeros(0, np.int32), np.zeros(0, np.int32)
  inputs, targets = objective.example(tokens, spans, lengths, vocabulary, *keys, _OBJECTIVE)
  return inputs.astype(np.int32), targets.astype(np.int32)


def _part(text: str, most: int, with_spans: bool, vocabulary: Any, *keys: int
          ) -> tuple[np.ndarray, list[Span]]:
  """A random part of a text's tokens, all if there are at most so many, and its salient spans."""
  window_at, part_at = randomness.uniforms(2, *keys, _CUT)
  window = most * _BYTES_PER_TOKEN
  if len(text) > 2 * window:
    # Of a book only a window is tokenized. It begins and ends at a space, so that no word is cut.
    start = int(window_at * (len(text) - window))
    words = text[start : start + window]
    text = words.partition(' ')[2].rpartition(' ')[0] or words
  text, marked = span_marks.take_off(text)
  tokens = np.asarray(vocabulary.encode(text), np.int32)
  start = int(part_at * (max(len(tokens) - most, 0) + 1))
  end = min(start + most, len(tokens))
  if not with_spans:
    return tokens[start:end], []
  places = [_tokens_before(text[:place], vocabulary) for span in marked for place in span]
  spans = [(first - start, last - start) for first, last in zip(places[::2], places[1::2])
           if start <= first < last <= end]
  return tokens[start:end], spans


def _tokens_before(text: str, vocabulary: Any) -> int:
  """The number of tokens of a text that ends in another one. A space belongs to what follows it."""
  return len(vocabulary.encode(text.rstrip(' ')))
