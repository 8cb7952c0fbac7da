"""Metrics against numbers worked out by hand or by others."""
import numpy as np
import pytest

from flan_jax.data import metrics
from flan_jax.data.metrics import Reference


def options(*right, lengths=(1, 1)):
  return [Reference(('x',), option=r, options=('a', 'b'), option_lengths=lengths) for r in right]


def answers(*texts):
  return [Reference(t if isinstance(t, tuple) else (t,)) for t in texts]


def test_accuracy_ranks_by_sums_and_beside_by_tokens():
  scores = np.array([[-4.0, -3.0], [-4.0, -3.0], [-1.0, -3.0]])
  targets = options(0, 1, 0, lengths=(4, 1))
  assert metrics.accuracy(targets, scores) == pytest.approx(
      {'accuracy': 2 / 3, 'accuracy_per_token': 2 / 3})


def test_options_that_an_example_lacks_are_never_chosen():
  scores = np.array([[-9.0, -8.0, -np.inf], [-9.0, -8.0, -1.0]])
  targets = [Reference(('x',), 1, ('a', 'b'), (1, 1)),
             Reference(('x',), 2, ('a', 'b', 'c'), (1, 1, 1))]
  assert metrics.accuracy(targets, scores)['accuracy'] == 1.0


def test_f1_matthews_and_class_f1_by_hand():
  scores = np.array([[0, 1], [0, 1], [1, 0], [1, 0]], float)  # chosen: 1 1 0 0
  targets = options(1, 0, 1, 0)
  assert metrics.f1(targets, scores)['f1'] == pytest.approx(0.5)
  assert metrics.matthews(targets, scores)['matthews'] == pytest.approx(0.0)
  assert metrics.matthews(options(1, 1, 0, 0), scores)['matthews'] == pytest.approx(1.0)
  assert metrics.mean_class_f1(targets, scores)['mean_class_f1'] == pytest.approx(0.5)


def test_squad_takes_the_best_reference_after_normalising():
  targets = answers(('the Red House', 'a hut'), 'forty two')
  values = metrics.squad(targets, ['Red house!', 'forty three'])
  assert values == pytest.approx({'exact_match': 0.5, 'f1': (1 + 0.5) / 2})


def test_bleu_is_sacrebleus_with_the_intl_tokenizer():
  sacrebleu = pytest.importorskip('sacrebleu')
  predictions = ['the cat sat on the mat', 'there is a "dog" here']
  references = ['the cat sat on a mat', 'there is a "dog" there']
  expected = sacrebleu.corpus_bleu(predictions, [references], tokenize='intl').score / 100
  assert metrics.bleu(answers(*references), predictions)['bleu'] == pytest.approx(expected)


def test_rouge_takes_the_best_reference():
  values = metrics.rouge(answers(('nothing alike', 'a cat sat')), ['a cat sat'])
  assert values == pytest.approx({'rouge1': 1.0, 'rouge2': 1.0, 'rougeLsum': 1.0})


def test_edit_distance_is_relative_to_the_reference():
  assert metrics.edit_distance(answers('abcd'), ['abxd'])['edit_distance'] == pytest.approx(0.25)
