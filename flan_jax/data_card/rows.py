"""A few rows of a dataset, rendered one by one: lengths in tokens, and examples to show.

Tracing the pipelines of hundreds of tasks would take many times longer.
"""
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seqio

from flan_jax.data import keeping
from flan_jax.data.dataset import Dataset
from flan_jax.data.source import row_source
from flan_jax.data.templates import OPTIONS_FIELD, Template, fill

FEATURES = ('inputs', 'targets')
_SHOWN_CHARACTERS = 800  # of a field; the page need not carry whole articles

Texts = dict[str, str]


def read(dataset: Dataset, count: int) -> list[Texts]:
  """The fields of the first `count` rows that are kept, of the first slice there is."""
  source = row_source(dataset.source)
  rows = (row for _, row in source.get_dataset(source.splits[0]))
  return [_texts(dataset, row) for row in keeping.first_kept(dataset, rows, count)]


def _texts(dataset: Dataset, row: Mapping[str, Any]) -> Texts:
  used = {name for template in dataset.templates for name in template.fields}
  fields = dataset.row_fields(row)
  return {name: fields[name].numpy().decode(errors='replace')
          for name in sorted(used | {dataset.answer})}


def token_lengths(
    templates: Sequence[Template], rows: Sequence[Texts], vocabulary: seqio.Vocabulary
) -> dict[str, list[int]]:
  """Tokens of `inputs` and `targets`, end mark included, templates dealt out in turn."""
  dealt = [(templates[i % len(templates)], row) for i, row in enumerate(rows)]
  return {
      feature: [len(vocabulary.encode(fill(getattr(template, feature), row))) + 1
                for template, row in dealt]
      for feature in FEATURES
  }


def varied(rows: Sequence[Texts], answer: str, count: int) -> list[Texts]:
  """Some rows, of different answers as far as there are any, with long fields cut short."""
  seen, first, repeated = set(), [], []
  for row in rows:
    (repeated if row[answer] in seen else first).append(row)
    seen.add(row[answer])
  return [_cut_short(row) for row in (first + repeated)[:count]]


def _cut_short(row: Texts) -> Texts:
  return {
      name: text if name == OPTIONS_FIELD or len(text) <= _SHOWN_CHARACTERS
      else text[:_SHOWN_CHARACTERS].rstrip() + ' […]'
      for name, text in row.items()
  }


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
