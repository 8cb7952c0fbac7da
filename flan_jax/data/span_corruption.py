"""T5's span corruption: spans of a text become sentinels, and the targets tell what they were.

Raffel et al. 2020, section 3.1.4 and figure 2: "Thank you <X> me to your party <Y> week" becomes
"<X> for inviting <Y> last <Z>". Pure NumPy: an example is a function of its tokens and random keys.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import functools
from typing import Any, ClassVar

import numpy as np

from flan_jax import randomness
from flan_jax.data.objectives import Span
from flan_jax.errors import UserError

_NOISE, _REST = 1, 2  # the two divisions into spans, each with random numbers of its own


@dataclasses.dataclass(frozen=True)
class SpanCorruption:
  """Span corruption with T5's settings by default.

  Attributes:
    noise_density: share of the tokens that are masked.
    mean_span_length: mean number of tokens in a masked span.
  """

  reads_spans: ClassVar[bool] = False

  noise_density: float = 0.15
  mean_span_length: float = 3.0

  def __post_init__(self):
    if not 0 < self.noise_density < 1:
      raise UserError(f'noise_density={self.noise_density} is not between 0 and 1',
                      'SpanCorruption')
    if self.mean_span_length < 1:
      raise UserError(f'mean_span_length={self.mean_span_length} is below 1', 'SpanCorruption')

  def text_length(self, lengths: Mapping[str, int]) -> int:
    """The most tokens of text whose corrupted inputs and targets fit, with an end mark each."""
    return _text_length(self, lengths['inputs'], lengths['targets'])

  def fits(self, length: int, inputs: int, targets: int) -> bool:
    """Whether a text of `length` tokens becomes inputs and targets of at most so many."""
    noise, spans = self._counts(length)
    return length - noise + spans + 1 <= inputs and noise + spans + 1 <= targets

  def _counts(self, length: int) -> tuple[int, int]:
    """The number of masked tokens and of masked spans in a text of at least 2 tokens."""
    # In float32 and rounded half to even, as T5 does it: other numbers would be off by one.
    noise = int(np.round(np.float32(length) * np.float32(self.noise_density)))
    noise = min(max(noise, 1), length - 1)
    spans = int(np.round(np.float32(noise) / np.float32(self.mean_span_length)))
    return noise, max(1, min(spans, length - noise))

  def mask(self, length: int, *keys: int) -> np.ndarray:
    """Which tokens are masked: bool `[length]`. Unmasked and masked spans alternate.

    All divisions into so many spans are equally likely.

    Args:
      length: tokens of the text, at least 2.
      *keys: choose the random numbers.
    """
    noise, spans = self._counts(length)
    rest = _division(length - noise, spans, *keys, _REST)
    masked = _division(noise, spans, *keys, _NOISE)
    return np.repeat(np.tile([False, True], spans), np.stack([rest, masked], 1).ravel())

  def example(self, tokens: np.ndarray, spans: Sequence[Span], lengths: Mapping[str, int],
              vocabulary: Any, *keys: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and targets of a text, int `[n]` each; see `Objective`.

    Raises:
      UserError: the vocabulary has fewer sentinels than the text has spans.
    """
    del spans, lengths  # `text_length` has looked at the lengths
    return hide(tokens, self.mask(len(tokens), *keys), vocabulary)


@functools.lru_cache(maxsize=64)  # it is asked for each example
def _text_length(objective: SpanCorruption, inputs: int, targets: int) -> int:
  length = 2
  while objective.fits(length + 1, inputs, targets):
    length += 1
  return length


def hide(tokens: np.ndarray, masked: np.ndarray, vocabulary: Any
         ) -> tuple[np.ndarray, np.ndarray]:
  """Inputs in which masked spans are sentinels, and targets that tell what they were.

  T5 numbers its sentinels from the end of the vocabulary. It has as many as extra ids.

  Args:
    tokens: int `[length]`, at least 2.
    masked: bool `[length]`: which tokens are masked.
    vocabulary: a SeqIO vocabulary, whose end mark both get.

  Returns:
    Inputs and targets, int `[n]` each.

  Raises:
    UserError: the vocabulary has fewer sentinels than there are spans.
  """
  sentinels = vocabulary.vocab_size - 1 - np.arange(vocabulary.extra_ids)
  starts = np.diff(masked, prepend=not masked[0])
  # A text that ends unmasked has a span more outside the masks. T5's end masked.
  spans = max(int((starts & masked).sum()), int((starts & ~masked).sum()))
  if spans > len(sentinels):
    raise UserError(
        f'{len(tokens)} tokens have {spans} masked spans, and the vocabulary has '
        f'{len(sentinels)} sentinels', 'VOCABULARY',
        'Use shorter TASK_FEATURE_LENGTHS, or a vocabulary with more extra ids.')
  return (_with_sentinels(tokens, masked, sentinels, vocabulary.eos_id),
          _with_sentinels(tokens, ~masked, sentinels, vocabulary.eos_id))


def _with_sentinels(tokens: np.ndarray, hidden: np.ndarray, sentinels: np.ndarray, end: int
                    ) -> np.ndarray:
  """The tokens that are not hidden; each hidden span is one sentinel, the first the first."""
  begins = hidden & ~np.concatenate([[False], hidden[:-1]])
  shown = np.where(begins, sentinels[np.cumsum(begins) - 1], tokens)
  return np.append(shown[begins | ~hidden], end)


def _division(count: int, parts: int, *keys: int) -> np.ndarray:
  """A random division of `count` into `parts` numbers of at least 1: int64 `[parts]`."""
  cuts = np.sort(randomness.permutation(count - 1, *keys)[: parts - 1]) + 1
  return np.diff(np.concatenate([[0], cuts, [count]]))
