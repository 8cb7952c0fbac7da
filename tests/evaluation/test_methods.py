"""What each evaluation method asks, gives to metrics and writes down. No model is needed."""
import numpy as np
import pytest

from flan_jax.data import own_features as own
from flan_jax.data.metric_types import Reference
from flan_jax.evaluation import methods, outcomes
from flan_jax.evaluation.outcomes import ScoredExample

END = 1


class Words:
  """A vocabulary of words, numbered from 2."""

  def decode(self, tokens):
    return ' '.join(f'w{token}' for token in tokens)


def example(options=(), right=0, inputs=(7, 8), targets=(5, END), **features):
  """An example as a task gives it; of each option the tokens."""
  made = {'inputs': np.array(inputs, np.int32), 'targets': np.array(targets, np.int32)}
  if options:
    made[own.CHOICES] = np.array([f'o{i}'.encode() for i in range(len(options))], object)
    made[own.OPTION_TOKENS] = np.array([t for option in options for t in option], np.int32)
    made[own.OPTION_IDS] = np.array(
        [n for n, option in enumerate(options, 1) for _ in option], np.int32)
  texts = tuple(f'o{i}' for i in range(len(options)))
  reference = Reference(
      answers=(texts[right],) if options else ('w5',), option=right if options else -1,
      options=texts, inputs='in', dataset='mine', template=0)
  return ScoredExample(made | features, reference, 3, 'mine/test/3')


def test_ranking_asks_for_each_option_and_drops_rows_that_hold_nan():
  asked = []

  def scorer(questions):
    asked.extend(questions)
    return [np.array([-1.0, -2.0]), np.array([np.nan, -2.0])]

  two = [(5, END), (6, END)]
  outputs = methods.Ranking(scorer).ask([example(two), example(two)])
  assert outputs[0].tolist() == [-1, -2] and outputs[1] is None
  assert [q.num_options for q in asked] == [2, 2]
  assert asked[0].options.tolist() == [5, END, 6, END]


def test_an_example_without_options_ranks_its_target_alone():
  question = methods.question_of(example().features)
  assert question.options.tolist() == [5, END] and question.num_options == 1


def test_metrics_get_rows_of_one_width_in_which_no_missing_option_is_best():
  ranking = methods.Ranking(scorer=None)
  examples = [example([(5,), (6,), (7,)]), example([(5,), (6,)])]
  rows = ranking.for_metrics([np.array([-3.0, -1.0, -2.0]), np.array([-5.0, -4.0])], examples)
  assert [len(row) for row in rows] == [3, 3]
  assert [int(np.argmax(row)) for row in rows] == [1, 1] and rows[1][2] == -np.inf
  assert ranking.for_metrics([np.array([-2.5])], [example()]) == [-2.5]


def test_the_record_of_a_ranking_names_the_best_option_and_whether_it_is_right():
  two = [(5,), (6,)]
  fields = methods.Ranking(None).for_record(example(two, right=1), np.array([-2.0, -1.0]))
  assert fields == {'scores': [-2.0, -1.0], 'prediction': 'o1', 'correct': True}
  assert not methods.Ranking(None).for_record(example(two), np.array([-2.0, -1.0]))['correct']
  assert methods.Ranking(None).for_record(example(), np.array([-2.0])) == {'score': -2.0}


def test_generated_tokens_reach_metrics_with_an_end_mark_and_records_as_text():
  generation = methods.Generation(
      lambda inputs, longest: [[5, 6][:longest] for _ in inputs], Words(), 3, END)
  outputs = generation.ask([example()])
  assert generation.for_metrics(outputs, []) == [[5, 6, END, END]]
  assert generation.for_record(example(), outputs[0]) == {'prediction': 'w5 w6'}


def test_an_example_that_was_not_scored_says_why_in_its_record():
  line = outcomes.record(example([(5,), (6,)]), {}, 'it has no label')
  assert line['prediction'] is None and line['not_scored'] == 'it has no label'
  assert line['id'] == 'mine/test/3' and line['options'] == ['o0', 'o1']


@pytest.mark.parametrize('change, words', [
    ({own.CHOICES: [], own.OPTION_TOKENS: [], own.OPTION_IDS: []}, 'no options'),
    ({own.OPTION_TOKENS: [5, 1, 1], own.OPTION_IDS: [1, 1, 2]}, 'option 1 has no token but'),
    ({own.OPTION_TOKENS: [5, 1], own.OPTION_IDS: [1, 1]}, 'option 1 has no token but'),
    ({}, ''),
])
def test_examples_that_cannot_be_ranked_are_told_apart(change, words):
  changed = {k: np.array(v, np.int32 if k != own.CHOICES else object) for k, v in change.items()}
  fault = methods.why_unanswerable(example([(5, END), (6, END)], **changed).features, END)
  assert words in fault and bool(fault) == bool(words)
