"""Where the tokens of rendered rows end, counted as browsers count."""
from collections.abc import Sequence
import string

import numpy as np
import seqio

from flan_jax.data.templates import Template, fill
from flan_jax.report.data.rows import FEATURES, Texts

# A length is one digit; the last one says that the length goes on with the next.
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def token_marks(
    template: Template, rows: Sequence[Texts], vocabulary: seqio.Vocabulary
) -> list[dict[str, list[int]]]:
  """Where tokens end in rendered rows.

  Returns:
    For each row, by feature, the length of every token but the end mark, in UTF-16 units as
    browsers count; 0 for all but the last byte of a character spelled in bytes. They add up to the
    text's length. A vocabulary that cannot tell has one entry for the whole text.
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
    lengths[-1] += int(_units(text)[-1] - positions[-1])  # blanks that the vocabulary drops
  return lengths


def _units(text: str) -> np.ndarray:
  """UTF-16 units before each byte of the text's UTF-8, and in all."""
  starts = np.array([byte & 0xC0 != 0x80 for byte in text.encode()], np.int64)
  wide = np.array([byte >= 0xF0 for byte in text.encode()], np.int64)
  return np.concatenate([[0], np.cumsum(starts + wide)])


def packed(lengths: Sequence[int]) -> str:
  """Lengths as a text, since there are some hundred thousand of them on a page.

  One base-62 digit each, 0 to 9, A to Z, a to z; what is longer than 60 begins with a `z` for each
  61 of it.
  """
  most = len(_DIGITS) - 1
  return ''.join(_DIGITS[-1] * (n // most) + _DIGITS[n % most] for n in lengths)
