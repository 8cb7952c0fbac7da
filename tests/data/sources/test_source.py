"""A source of somebody's own needs its own file and nothing else."""
from collections.abc import Callable
import dataclasses

import pytest
import tensorflow as tf

from flan_jax.data import Dataset, Template, accuracy, naming, registry
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources.slice_source import SliceSource, Whereabouts
from flan_jax.data.sources.slices import Interval
from flan_jax.data.sources.source import Schema, Source
from flan_jax.data_tools import doctor, lint
from flan_jax.errors import UserError
from flan_jax.report.data.links import links


@dataclasses.dataclass(frozen=True)
class Shelf(Source):
  """Rows that count up: `{'text': 'Row 3.', 'label': 1}`."""

  name: str
  rows: int
  train: str | None = 'train'
  validation: str | None = None
  test: str | None = None
  max_train: int = 10

  def open(self, check: Callable[[], None], mirror=None) -> SliceSource:
    return ShelfSlices(self)

  def schema(self) -> Schema:
    return Schema(('text', 'label'), {'label': ('no', 'yes')}, {
        'text': tf.TensorSpec([], tf.string), 'label': tf.TensorSpec([], tf.int64)})


class ShelfSlices(SliceSource):
  """The rows of a `Shelf`."""

  when_missing = 'fill the shelf'

  def whereabouts(self) -> Whereabouts:
    return Whereabouts('shelf', (self.source.name,), 'the shelf ({})')

  def link(self) -> str:
    return 'https://shelf.example'

  def interval(self, split: str) -> Interval:
    if not self.source.rows:
      raise UserError('the shelf is empty', self.source.name)
    return Interval(split, 0, self.source.rows, self.source.rows)

  def rows(self, split: str) -> tf.data.Dataset:
    return tf.data.Dataset.range(self.source.rows).map(lambda i: {
        'text': tf.strings.format('Row {}.', i), 'label': i % 2})

  def fingerprint(self, split: str) -> str:
    return repr(self.source)


def declare(name, rows=6, options=('no', 'yes')):
  return Dataset(
      name=name, cluster='mine', source=Shelf('oak', rows), options=options, metrics=(accuracy,),
      fields=lambda row: {'text': row['text'],
                          'answer': tf.gather(tf.constant(['no', 'yes']), row['label'])},
      templates=(Template('{text}\n{options_}', '{answer}'),))


def test_everything_that_asks_a_source_asks_one_of_ones_own(registered):
  dataset = registered(declare('on_a_shelf'))
  assert row_source(dataset).num_input_examples('train') == 6
  assert naming.rows_of('on_a_shelf,rte').text.startswith('the shelf (oak), SAMPLE DATA in ')
  assert links(dataset) == {'source': 'https://shelf.example'}
  state, = doctor.examine(['on_a_shelf'])
  assert (state.state, state.rows, state.source) == ('ready', {'train': 6}, 'oak')
  assert not [f for f in lint.lint(['on_a_shelf']) if f.rule in ('rows', 'schema')]
  example = next(registry.tasks(dataset)['on_a_shelf'].get_dataset(
      None, 'train', shuffle=False).as_numpy_iterator())
  assert example['inputs_pretokenized'].startswith(b'Row 0.')


def test_what_it_lacks_is_told_in_its_own_words(registered):
  state, = doctor.examine([registered(declare('on_an_empty_shelf', rows=0)).name])
  assert state.state == 'missing' and state.why == 'oak: the shelf is empty; fill the shelf'


def test_its_labels_are_held_against_the_options():
  with pytest.raises(UserError, match="the answer 'yes' .* is not among the options"):
    declare('on_no_shelf', options=('no', 'maybe'))
