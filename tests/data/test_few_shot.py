"""Solved examples in front of the query: from training, never the query, whole, within budget."""
import numpy as np
import pytest
import tensorflow as tf

from flan_jax.data import few_shot, mixtures
from flan_jax.data import own_features as own

SEPARATOR = '\n\n\n'


def examples(name, split='train', inputs=None, count=20):
  lengths = {'inputs': inputs, 'targets': 32} if inputs else None
  dataset = mixtures.find(name).get_dataset(
      lengths, split, shuffle=False, try_in_mem_cache=False)
  return list(dataset.take(count).as_numpy_iterator())


@pytest.fixture(scope='module')
def pairs():
  """Prompt and answer of each training row of RTE in the words of template 0."""
  rows = mixtures.find('rte_template_0').get_dataset(None, 'train', shuffle=False)
  return [(e['inputs_pretokenized'].decode(), e['targets_pretokenized'].decode())
          for e in rows.as_numpy_iterator()]


def test_exemplars_are_the_training_rows_that_are_recorded(pairs):
  for example in examples('rte_few_shot_3_template_0', 'test'):
    *shown, query = example['inputs_pretokenized'].decode().split(SEPARATOR)
    assert shown == ['\n\n'.join(pairs[i]) for i in example[own.EXEMPLARS]]
    assert len(shown) == 3 and query.endswith('- no')


def test_a_query_is_never_its_own_exemplar():
  for row, example in enumerate(examples('cb_few_shot_16', count=200)):
    *shown, query = example['inputs_pretokenized'].decode().split(SEPARATOR)
    assert row not in example[own.EXEMPLARS]
    assert f'{query}\n\n{example["targets_pretokenized"].decode()}' not in shown
    assert len(set(example[own.EXEMPLARS].tolist())) == 16


def test_exemplars_come_from_all_training_rows_and_stand_as_drawn():
  drawn = [e[own.EXEMPLARS] for e in examples('imdb_reviews_few_shot_2', count=150)]
  places = np.concatenate(drawn)
  assert places.max() > 400 and len(set(places.tolist())) > 150  # of 500
  assert sum(list(d) != sorted(d) for d in drawn) > 30


def test_a_training_row_may_stand_before_a_test_row_of_the_same_number():
  queries = examples('cb_few_shot_16_template_0', 'test', count=100)
  assert any(number in query[own.EXEMPLARS] for number, query in enumerate(queries))


def test_exemplars_depend_on_row_and_template_alone():
  once, again = examples('rte_few_shot_4', count=40), examples('rte_few_shot_4', count=40)
  drawn = [tuple(e[own.EXEMPLARS]) for e in once]
  assert drawn == [tuple(e[own.EXEMPLARS]) for e in again]
  assert len(set(drawn)) == len(drawn)
  test = [[tuple(e[own.EXEMPLARS]) for e in examples(f'rte_few_shot_4_template_{i}', 'test')]
          for i in (0, 1)]
  assert not set(test[0]) & set(test[1])


def test_a_short_prompt_shows_fewer_whole_exemplars_and_the_whole_query(vocabulary):
  plain = examples('rte_template_0', 'test', 96)
  numbers = set()
  for bare, example in zip(plain, examples('rte_few_shot_8_template_0', 'test', 96)):
    assert len(example['inputs']) <= 96 and example[own.TRUNCATED] == bare[own.TRUNCATED]
    assert example['inputs'][-len(bare['inputs']):].tolist() == bare['inputs'].tolist()
    shown = vocabulary.decode(example['inputs'].tolist()).split(SEPARATOR)[:-1]
    assert len(shown) == len(example[own.EXEMPLARS])
    assert all(text.endswith(('yes', 'no')) for text in shown)
    numbers.add(len(shown))
  assert max(numbers) > 0 and min(numbers) < 8


def test_a_query_that_fills_the_prompt_stands_alone():
  for example in examples('rte_few_shot_8_template_0', 'test', 24):
    assert len(example['inputs']) <= 24 and not len(example[own.EXEMPLARS])


@pytest.mark.parametrize('lengths, room, chosen', [
    ([5, 2, 9, 3], 10, [0, 1]), ([5, 2, 9, 3], 1, []), ([4, 4, 4], 8, [0, 1]), ([], 8, []),
])
def test_as_many_as_fit_are_chosen_and_keep_their_order(lengths, room, chosen):
  places = few_shot.choose_fitting(tf.constant(lengths, tf.int64), tf.constant(room))
  assert places.numpy().tolist() == chosen


def test_turned_around_templates_show_examples_of_their_own_kind():
  example = examples('rte_few_shot_2_template_9', count=1)[0]
  *shown, query = example['inputs_pretokenized'].decode().split(SEPARATOR)
  assert all(text.startswith('Write a passage') and 'Statement:' in text for text in shown)


def test_few_training_rows_make_few_exemplars(write_rows, data_dir):
  rows = [{'premise': f'p{i}', 'hypothesis': f'h{i}', 'label': 0, 'idx': i} for i in range(3)]
  copy = write_rows('super_glue/rte', '1.0.2', {'train': rows, 'validation': rows})
  data_dir(str(copy), redraw=True)
  shown = examples('rte_few_shot_5_template_0', 'train')
  assert [sorted(e[own.EXEMPLARS].tolist()) for e in shown] == [
      [i for i in range(len(shown)) if i != row] for row in range(len(shown))]
  # These rows serve as test rows too, and none is shown with its answer in front of itself.
  for example in examples('rte_few_shot_5_template_0', 'test'):
    *shown, query = example['inputs_pretokenized'].decode().split(SEPARATOR)
    assert shown and not any(text.startswith(query) for text in shown)


def test_a_preview_shows_which_rows_were_shown(vocabulary):
  from flan_jax.data_tools import describe

  lengths = {'inputs': 512, 'targets': 32}
  few = describe.preview('rte_few_shot_2_template_0', 1, lengths, vocabulary)[0]
  none = describe.preview('rte_template_0', 1, lengths, vocabulary)[0]
  assert len(few['exemplars']) == 2 and none['exemplars'] == []
