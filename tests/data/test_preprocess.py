"""Rows become instructions: dealt templates, shortened bodies, whole options."""
from collections import Counter

import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import own_features as own
from flan_jax.data import preprocess


@pytest.fixture
def rte(declared):
  return seqio.TaskRegistry.get('rte')


def examples(task, split='train', lengths=None, **kwargs):
  return list(task.get_dataset(lengths, split, shuffle=False, **kwargs).as_numpy_iterator())


def test_a_pass_deals_every_template_equally_and_each_row_once(rte):
  dealt = Counter(int(e[own.TEMPLATE]) for e in examples(rte))
  rows = rte.num_input_examples('train')
  assert rows % 10 == 0 and dealt == dict.fromkeys(range(10), rows // 10)


def test_a_row_meets_another_template_in_the_next_pass(rte):
  two = examples(rte, num_epochs=2)
  first, second = two[: len(two) // 2], two[len(two) // 2 :]
  assert len(first) == len(second) == rte.num_input_examples('train')
  assert all(a[own.TEMPLATE] != b[own.TEMPLATE] for a, b in zip(first, second))


def test_dealing_survives_sharding_over_processes(rte):
  whole = {(e['inputs_pretokenized']) for e in examples(rte)}
  shards = [examples(rte, shard_info=seqio.ShardInfo(i, 3)) for i in range(3)]
  assert {e['inputs_pretokenized'] for shard in shards for e in shard} == whole


def test_an_evaluation_example_carries_ids_and_options(declared, vocabulary):
  example = examples(seqio.TaskRegistry.get('rte_template_3'), 'test')[0]
  assert example[own.DATASET] == b'rte' and example[own.TEMPLATE] == 3
  answers = [o.decode() for o in example[own.CHOICES]]
  assert answers == ['yes', 'no']
  assert answers[example[own.OPTION]] == example[own.ANSWERS][0].decode()
  for number, text in enumerate(answers, start=1):
    tokens = example[own.OPTION_TOKENS][example[own.OPTION_IDS] == number].tolist()
    assert tokens[-1] == vocabulary.eos_id and vocabulary.decode(tokens[:-1]) == text


def test_an_answer_that_is_none_of_the_options_is_right_as_no_option(declared):
  answers = ['no', 'perhaps', 'yes']
  rows = tf.data.Dataset.from_tensor_slices({
      'premise': ['p'] * 3, 'hypothesis': ['h'] * 3, 'answer': answers, 'options_': [''] * 3,
      own.INDEX: np.arange(3), own.POSITION: np.arange(3)})
  made = list(preprocess.apply_template(declared['rte'], 0)(rows).as_numpy_iterator())
  assert [e[own.OPTION] for e in made] == [1, -1, 0]
  assert [e[own.RIGHT].tolist() for e in made] == [[False, True], [False, False], [True, False]]


def test_a_long_prompt_loses_text_of_its_body_never_its_options(declared, vocabulary):
  task = seqio.TaskRegistry.get('bool_q_template_0')
  whole = examples(task, 'test')
  cut = examples(task, 'test', {'inputs': 60, 'targets': 16})
  assert any(e[own.TRUNCATED] for e in cut) and not any(e[own.TRUNCATED] for e in whole)
  for full, short in zip(whole, cut):
    assert len(short['inputs']) <= 60
    assert short[own.TRUNCATED] == len(full['inputs']) - len(short['inputs'])
    assert vocabulary.decode(short['inputs'].tolist()).endswith('OPTIONS:\n- no\n- yes')


def test_inputs_and_targets_end_with_the_end_mark(rte, vocabulary):
  for example in examples(rte, lengths={'inputs': 64, 'targets': 8})[:50]:
    assert example['inputs'][-1] == example['targets'][-1] == vocabulary.eos_id
    assert not np.any(example['inputs'][:-1] == vocabulary.eos_id)


def test_rows_with_hidden_labels_are_dropped(declared):
  source = declared['snli'].source
  rows = seqio.TaskRegistry.get('snli').num_input_examples('test')
  kept = len(examples(seqio.TaskRegistry.get('snli_template_0'), 'test'))
  assert source.name == 'snli:1.1.0' and 0 < kept < rows
