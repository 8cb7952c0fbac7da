"""Token boundaries of rendered rows, in UTF-16 units, because browsers count in these."""
from collections.abc import Sequence
import string

import numpy as np
import seqio

from flan_jax.data.templates import Template, fill
from flan_jax.report.data.rows import FEATURES, Texts

# A length is one digit. The highest digit means that the next digit belongs to the same length.
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def token_marks(
    template: Template, rows: Sequence[Texts], vocabulary: seqio.Vocabulary
) -> list[dict[str, list[int]]]:
  """Token boundaries of rendered rows.

  Returns:
    For each row and feature, the lengths of its tokens without the end mark, in UTF-16 units. They
    add up to the length of the text. If a character is tokenized as bytes, its last byte has the
    character's length and the others have 0. A vocabulary without offsets gives one length for the
    whole text.
  """
  marks = {feature: _marks([fill(getattr(template, feature), row) for row in rows], vocabulary)
           for feature in FEATURES}
  return [dict(zip(marks, of_row)) for of_row in zip(*marks.values())]


def _marks(texts: Sequence[str], vocabulary: seqio.Vocabulary) -> list[list[int]]:
  tokenizer = getattr(vocabulary, 'tf_tokenizer', None)
  if tokenizer is None:
    return [[int(_units(text)[-1])] for text in texts]
  _, _, ends = tokenizer.tokenize_with_offsets(texts)
  return [_lengths(text, np.asarray(e, np.int64)) for text, e in zip(texts, ends.to_list())]


def _lengths(text: str, ends: np.ndarray) -> list[int]:
  """Lengths in UTF-16 units of the tokens that end at these bytes."""
  positions = np.maximum.accumulate(_units(text)[ends]) if len(ends) else ends
  lengths = np.diff(positions, prepend=0).tolist()
  if lengths:
    lengths[-1] += int(_units(text)[-1] - positions[-1])  # spaces that the vocabulary drops
  return lengths


def _units(text: str) -> np.ndarray:
  """The number of UTF-16 units before each byte of the text's UTF-8, and then the total."""
  starts = np.array([byte & 0xC0 != 0x80 for byte in text.encode()], np.int64)
  wide = np.array([byte >= 0xF0 for byte in text.encode()], np.int64)
  return np.concatenate([[0], np.cumsum(starts + wide)])


def packed(lengths: Sequence[int]) -> str:
  """Lengths as a short text, because a page has about a hundred thousand of them.

  A length is one base-62 digit: 0 to 9, A to Z, a to z. A length above 60 begins with a `z` for
  each 61 in it.
  """
  most = len(_DIGITS) - 1
  return ''.join(_DIGITS[-1] * (n // most) + _DIGITS[n % most] for n in lengths)
