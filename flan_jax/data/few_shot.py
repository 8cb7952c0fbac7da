"""Few-shot prompts: solved examples in front of each query (paper, section 4.4).

The solved examples (exemplars) come from the training slice, have the template of the query, and
are never the query itself. The row and the template of a query determine its exemplars.
"""
from collections.abc import Mapping
import dataclasses
import functools
from typing import Any

import tensorflow as tf

from flan_jax.data import keeping
from flan_jax.data import own_features as own
from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.templates import PatternTable, tabulate
from flan_jax.errors import UserError

ANSWER_SEPARATOR, EXEMPLAR_SEPARATOR = '\n\n', '\n\n\n'
_SPARE = 4  # exemplars drawn in addition, to replace the query itself and copies of it

Example = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Pool:
  """Training rows that exemplars are drawn from.

  Attributes:
    fields: string tensors `[rows]` by name.
    ids: int64 `[rows]`, their positions in the training slice.
  """

  fields: Mapping[str, tf.Tensor]
  ids: tf.Tensor


def with_exemplars(dataset: Dataset, fields: Example, rendered: Example) -> Example:
  """Adds exemplars to a rendered example.

  Args:
    dataset: its declaration; without `shots`, nothing is added.
    fields: the fields of the query's row, and `own.INDEX`, its position in its slice.
    rendered: the rendered query: `inputs`, `targets` and `own.TEMPLATE`.

  Returns:
    The same with `own.EXEMPLAR_TEXTS`, string `[drawn]`, and `own.EXEMPLARS`, int64 `[drawn]`:
    the positions of their rows in the training slice. At most `dataset.shots` are drawn.
  """
  if not dataset.shots:
    return rendered
  pool = _pool(dataset, row_source(dataset).fingerprint('train'))
  rows = _draw(tf.size(pool.ids), dataset.shots + _SPARE, fields[own.INDEX], rendered[own.TEMPLATE])
  inputs, targets = (
      _render_rows(table, rendered[own.TEMPLATE], pool.fields, rows) for table in _tables(dataset))
  ids = tf.gather(pool.ids, rows)
  # The query is recognized by its text, because the index of a test row is no index of a training
  # row.
  is_query = (inputs == rendered['inputs']) & (targets == rendered['targets'])
  texts = tf.strings.join([inputs, ANSWER_SEPARATOR, targets, EXEMPLAR_SEPARATOR])
  usable = lambda values: tf.boolean_mask(values, ~is_query)[: dataset.shots]
  return {**rendered, own.EXEMPLAR_TEXTS: usable(texts), own.EXEMPLARS: usable(ids)}


def choose_fitting(lengths: tf.Tensor, room: tf.Tensor) -> tf.Tensor:
  """The first of some texts, as many as fit.

  Texts after one that is too long are not taken, or a prompt would prefer short exemplars.

  Args:
    lengths: tokens of each text, int64 `[texts]`.
    room: tokens available, scalar.

  Returns:
    Indices of the chosen texts, int32 `[chosen]`: 0, 1, 2 and so on.
  """
  together = tf.cumsum(lengths)
  return tf.range(tf.math.count_nonzero(
      together <= tf.cast(room, together.dtype), dtype=tf.int32))


def _tables(dataset: Dataset) -> tuple[PatternTable, PatternTable]:
  return (tabulate([t.inputs for t in dataset.templates]),
          tabulate([t.targets for t in dataset.templates]))


@functools.lru_cache(maxsize=4)  # few, because each entry is a whole training slice
def _pool(dataset: Dataset, fingerprint: str) -> Pool:
  """Reads the pool. `fingerprint` makes the cache distinguish copies of the rows."""
  del fingerprint
  names = {name for table in _tables(dataset) for name in table.names}
  used = lambda index, fields: ({name: fields[name] for name in names}, index)

  # This may run while a pipeline is traced, so it leaves the graph of that pipeline.
  with tf.init_scope():
    source = row_source(dataset)
    rows = keeping.kept_fields(dataset, source.get_dataset('train'))
    rows = rows.map(tf.autograph.experimental.do_not_convert(used))
    found = list(rows.batch(max(source.num_input_examples('train'), 1)))
  if not found:
    raise UserError('it has no training rows, of which solved examples are made',
                    f'dataset {dataset.name}', 'Evaluate it without them.')
  return Pool(*found[0])


def _draw(rows: tf.Tensor, count: int, index: tf.Tensor, template: tf.Tensor) -> tf.Tensor:
  """Distinct indices into the pool, determined by (index, template)."""
  seed = tf.stack([tf.cast(index, tf.int32), tf.cast(template, tf.int32)])
  places = tf.range(tf.minimum(count, rows))
  return tf.random.experimental.index_shuffle(places, seed, rows - 1)


def _render_rows(table: PatternTable, number: tf.Tensor, fields: Example, rows: tf.Tensor):
  """The pattern of this number, filled in for some rows of `fields`: string `[rows]`."""
  columns = [tf.gather(fields[name], rows) for name in table.names]
  values = tf.stack([*columns, tf.fill(tf.shape(rows), '')], axis=1)
  place = tf.gather(table.places, number)
  literal = tf.gather(tf.constant(table.literals, tf.string), number)
  texts = tf.where(place < len(table.names), tf.gather(values, place, axis=1), literal)
  return tf.strings.reduce_join(texts, axis=1)
