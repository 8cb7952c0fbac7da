"""Reads a few rows of a dataset: their lengths in tokens, and examples to show.

One TensorFlow pipeline per dataset maps rows to fields, and Python renders the templates. One
pipeline per template would take many times longer.
"""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data import keeping
from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.templates import OPTIONS_FIELD, Template, fill

FEATURES = ('inputs', 'targets')
_SHOWN_CHARACTERS = 800  # of a field or column, so that the page does not contain whole articles
_BATCH = 256  # rows that are read at once

Texts = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Read:
  """A row that was read.

  Attributes:
    position: its index in its slice.
    fields: the texts that templates use, and the answer.
    options: the options of this row; empty if the answer is free text.
  """

  position: int
  fields: Texts
  options: tuple[str, ...] = ()


def read(dataset: Dataset, count: int) -> list[Read]:
  """The first `count` rows that are kept in the dataset's first slice."""
  source = row_source(dataset)
  kept = keeping.kept_fields(dataset, source.get_dataset(source.splits[0]))
  used = {name for template in dataset.templates for name in template.fields}
  names = sorted(used | {dataset.answer})

  def texts(position, fields):
    options = () if dataset.options is None else dataset.row_options(fields)
    return (position, tf.stack([fields[name] for name in names]),
            tf.convert_to_tensor(options, tf.string))

  found = []
  plain = tf.autograph.experimental.do_not_convert(texts)
  for batch in kept.map(plain).take(count).ragged_batch(_BATCH):
    found += [Read(position, dict(zip(names, _decoded(fields))), _decoded(options))
              for position, fields, options in zip(*map(_as_list, batch))]
  return found


def _as_list(batch: tf.Tensor | tf.RaggedTensor) -> list[Any]:
  return batch.to_list() if isinstance(batch, tf.RaggedTensor) else batch.numpy().tolist()


def _decoded(texts: Sequence[bytes]) -> tuple[str, ...]:
  return tuple(text.decode(errors='replace') for text in texts)


def raw(dataset: Dataset, positions: Sequence[int]) -> list[Mapping[str, Any]]:
  """The rows at these indices of the dataset's first slice, as the source yields them."""
  source = row_source(dataset)
  rows = source.first_rows(source.splits[0], max(positions, default=-1) + 1)
  wanted = {position: row for position, row in enumerate(rows) if position in positions}
  return [wanted[position] for position in positions]


def token_lengths(
    templates: Sequence[Template], rows: Sequence[Texts], vocabulary: seqio.Vocabulary
) -> dict[str, list[int]]:
  """Tokens of `inputs` and `targets`, end mark included. Rows take the templates in turn."""
  dealt = [(templates[i % len(templates)], row) for i, row in enumerate(rows)]
  return {
      feature: [len(vocabulary.encode(fill(getattr(template, feature), row))) + 1
                for template, row in dealt]
      for feature in FEATURES
  }


def varied(rows: Sequence[Read], answer: str, count: int) -> list[Read]:
  """At most `count` rows; those with distinct answers come first."""
  seen, first, repeated = set(), [], []
  for row in rows:
    (repeated if row.fields[answer] in seen else first).append(row)
    seen.add(row.fields[answer])
  return (first + repeated)[:count]


def cut_short(row: Texts) -> Texts:
  """The fields, long ones cut. Options are never cut."""
  return {name: text if name == OPTIONS_FIELD else shortened(text) for name, text in row.items()}


def shortened(text: str) -> str:
  """The text, or only its beginning if it is long."""
  if len(text) <= _SHOWN_CHARACTERS:
    return text
  return text[:_SHOWN_CHARACTERS].rstrip() + ' […]'
