"""Salient span masking: what is masked are spans that the text marks, not random ones.

Guu et al. 2020 (REALM, arXiv 2002.08909, section 3.4) mask names and dates, so that filling them in
takes knowledge or reading, not grammar; Roberts et al. 2020 (arXiv 2002.08910) trained T5 so. Here
the marks are in the text: "Said: ⟦tea⟧." (`span_marks`). Pure NumPy.
"""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any, ClassVar

import numpy as np

from flan_jax import randomness
from flan_jax.data.objectives import Span
from flan_jax.data.prefix_lm import PrefixLM
from flan_jax.data.span_corruption import SpanCorruption, hide
from flan_jax.errors import UserError

_NUMBER, _CHOICE = 1, 2  # uses of random numbers


@dataclasses.dataclass(frozen=True)
class SalientSpans:
  """Masks some of the marked spans; the targets tell them, as in span corruption.

  A text without marks gets span corruption with T5's settings.

  Attributes:
    most: so many spans are masked at most; each number from 1 is equally likely.
  """

  reads_spans: ClassVar[bool] = True

  most: int = 6

  def __post_init__(self):
    if self.most < 1:
      raise UserError(f'most={self.most} is below 1', 'SalientSpans')

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text: masked spans may be one token each, and inputs have an end mark."""
    return max(2, min(lengths['inputs'] - 1, SpanCorruption().text_length(lengths)))

  def example(self, tokens: np.ndarray, spans: Sequence[Span], lengths: Mapping[str, int],
              vocabulary: Any, *keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each; see `Objective`.

    Raises:
      UserError: the vocabulary has fewer sentinels than spans are masked.
    """
    chosen = self._chosen(spans, lengths['targets'], *keys)
    if not chosen:
      return SpanCorruption().example(tokens, spans, lengths, vocabulary, *keys)
    masked = np.zeros(len(tokens), bool)
    for start, end in chosen:
      masked[start:end] = True
    return hide(tokens, masked, vocabulary)

  def _chosen(self, spans: Sequence[Span], room: int, *keys: int) -> list[Span]:
    """Spans to mask, at random; those for which `room` tokens of targets are too few are not."""
    spans = [span for span in spans if span[0] > 0]  # targets begin with what is not masked
    number = 1 + int(randomness.uniforms(1, *keys, _NUMBER)[0] * min(self.most, len(spans)))
    chosen, room = [], room - 2  # the last sentinel, and the end mark
    for place in randomness.permutation(len(spans), *keys, _CHOICE)[:number]:
      start, end = spans[place]
      if end - start + 1 <= room:
        chosen.append((start, end))
        room -= end - start + 1
    return chosen


@dataclasses.dataclass(frozen=True)
class SalientCompletion:
  """Inputs are the text up to a marked span, targets are the span: a question and its answer.

  A text without marks is cut anywhere, as in prefix language modeling.
  """

  reads_spans: ClassVar[bool] = True

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text: those of prefix language modeling."""
    return PrefixLM().text_length(lengths)

  def example(self, tokens: np.ndarray, spans: Sequence[Span], lengths: Mapping[str, int],
              vocabulary: Any, *keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each; see `Objective`."""
    fitting = [(start, end) for start, end in spans
               if 0 < start < lengths['inputs'] and end - start < lengths['targets']]
    if not fitting:
      return PrefixLM().example(tokens, spans, lengths, vocabulary, *keys)
    start, end = fitting[int(randomness.uniforms(1, *keys, _CHOICE)[0] * len(fitting))]
    mark = vocabulary.eos_id
    return np.append(tokens[:start], mark), np.append(tokens[start:end], mark)
