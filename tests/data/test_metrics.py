"""Metrics against numbers worked out by hand or by others."""
import numpy as np
import pytest
from scipy import stats

from flan_jax.data import metrics
from flan_jax.data.metric_types import Metric, Reference, describe_value, name_of


def options(*right, lengths=(1, 1)):
  return [Reference(('x',), option=r, options=('a', 'b'), option_lengths=lengths) for r in right]


def answers(*texts):
  return [Reference(t if isinstance(t, tuple) else (t,)) for t in texts]


def test_accuracy_ranks_by_sums_and_beside_by_tokens():
  scores = np.array([[-4.0, -3.0], [-4.0, -3.0], [-4.0, -3.0], [-1.0, -3.0]])
  targets = options(0, 0, 1, 0, lengths=(4, 1))
  assert metrics.accuracy(targets, scores) == {'accuracy': 2 / 4, 'accuracy_per_token': 3 / 4}


def test_options_that_an_example_lacks_are_never_chosen():
  scores = np.array([[-9.0, -8.0, -np.inf], [-9.0, -8.0, -1.0]])
  targets = [Reference(('x',), 1, ('a', 'b'), (1, 1)),
             Reference(('x',), 2, ('a', 'b', 'c'), (1, 1, 1))]
  assert metrics.accuracy(targets, scores)['accuracy'] == 1.0


def test_where_no_option_is_right_every_choice_is_wrong():
  scores = np.array([[2, 1], [1, 2], [2, 1]], float)
  assert metrics.accuracy(options(-1, -1, 0), scores)['accuracy'] == pytest.approx(1 / 3)
  assert describe_value(metrics.accuracy, 'accuracy').chance(options(-1, -1, 0, 1)) == 0.25
  assert metrics.f1(options(-1, -1, 1), scores)['f1'] == 0.0
  assert metrics.entities(options(-1, -1, 0), scores)['entity_exact_match'] == pytest.approx(1 / 3)


def test_f1_matthews_and_class_f1_by_hand():
  scores = np.array([[0, 1], [0, 1], [1, 0], [1, 0]], float)  # chosen: 1 1 0 0
  targets = options(1, 0, 1, 0)
  assert metrics.f1(targets, scores)['f1'] == pytest.approx(0.5)
  assert metrics.matthews(targets, scores)['matthews'] == pytest.approx(0.0)
  assert metrics.matthews(options(1, 1, 0, 0), scores)['matthews'] == pytest.approx(1.0)
  assert metrics.mean_class_f1(targets, scores)['mean_class_f1'] == pytest.approx(0.5)


def test_every_right_option_counts_and_chance_knows_of_it():
  targets = [Reference(('a', 'c'), 0, ('a', 'b', 'c', 'd'), (1,) * 4, also_right=(2,))] * 2
  scores = np.array([[0, 1, 2, 0], [0, 2, 1, 0]], float)
  assert metrics.accuracy(targets, scores)['accuracy'] == 0.5
  said = describe_value(metrics.accuracy, 'accuracy')
  assert said.chance(targets) == 0.5 and said.rate and not said.less_is_better


def test_correlations_are_those_of_numpy_and_scipy():
  rng = np.random.default_rng(0)
  gold, scores = rng.integers(0, 26, 50) / 5, rng.normal(size=(50, 6))
  targets = [Reference(('x',), 0, tuple('012345'), value=g) for g in gold]
  chosen = scores.argmax(axis=1)
  expected = np.exp(scores) @ np.arange(6) / np.exp(scores).sum(axis=1)
  assert metrics.correlation(targets, scores) == pytest.approx({
      'pearson': np.corrcoef(gold, chosen)[0, 1],
      'spearman': stats.spearmanr(gold, chosen).statistic,
      'pearson_expected': np.corrcoef(gold, expected)[0, 1],
      'spearman_expected': stats.spearmanr(gold, expected).statistic})
  constant = np.eye(6)[[3] * 50]
  assert set(metrics.correlation(targets, constant).values()) == {0.0}


def test_multirc_counts_yes_over_all_answers_and_whole_questions():
  right, chosen = [1, 0, 1, 1, 0], np.array([1, 0, 1, 0, 1])
  targets = [Reference(('x',), r, ('no', 'yes'), group=g) for r, g in zip(right, 'aabbb')]
  # Of three "yes" that are right two are found, and of three that are given two are right.
  assert metrics.multirc(targets, np.eye(2)[chosen]) == pytest.approx(
      {'f1a': 2 / 3, 'exact_match': 1 / 2})


def test_record_compares_entities_without_the_rest_of_the_sentence():
  options = ("North Korea's team won", "Korea's team won", "Ann Lee's team won")
  target = Reference(options[:1], 0, options, also_right=(2,))
  given = lambda option: metrics.entities([target], np.eye(3)[[option]])
  assert given(2) == {'entity_f1': 1.0, 'entity_exact_match': 1.0}
  assert given(1) == pytest.approx({'entity_f1': 2 / 3, 'entity_exact_match': 0.0})


def test_squad_takes_the_best_reference_after_normalising():
  targets = answers(('the Red House', 'a hut'), 'forty two')
  values = metrics.squad(targets, ['Red house!', 'forty three'])
  assert values == pytest.approx({'exact_match': 0.5, 'f1': (1 + 0.5) / 2})


@pytest.mark.parametrize('reference,prediction,f1,exact', [
    ('Broncos', ' The  broncos. ', 1, 1),
    ('U.S. Navy', 'US navy', 1, 1),
    ('1,000', '1000', 1, 1),
    ('New York', 'New-York', 0, 0),  # punctuation goes without leaving a blank
    ('Émile Zola', 'émile zola', 1, 1),
    ('naïve', '“naïve”', 0, 0),  # only ASCII punctuation goes
    ('a banana', 'banana and the', 2 / 3, 0),  # articles are whole words
    ('no no yes', 'no', 1 / 2, 0),  # a word counts as often as both texts have it
    ('the', '', 1, 1),
    ('Rome', '', 0, 0),
    ('unanswerable', 'Unanswerable.', 1, 1),
])
def test_squad_follows_the_official_rules(reference, prediction, f1, exact):
  values = metrics.squad(answers(reference), [prediction])
  assert values == pytest.approx({'f1': f1, 'exact_match': exact})


@pytest.mark.parametrize('alias,prediction,exact', [
    ('spider man', 'Spider-Man', 1), ('beatles', 'The_Beatles!', 1), ('o neill', 'O’Neill', 1),
    ('spiderman', 'Spider-Man', 0),
])
def test_trivia_qa_turns_punctuation_into_blanks(alias, prediction, exact):
  values = metrics.trivia_qa(answers(('something else', alias)), [prediction])
  assert values['exact_match'] == exact


def test_quac_goes_by_what_most_readers_say():
  no = 'CANNOTANSWER'
  found, tied = answers(('red hat', 'red hat', 'hat', no), ('red hat', 'red hat', no))
  score = lambda target, text: metrics.quac([target], [text])['f1']
  assert score(found, 'hat') == score(tied, no) == 1
  assert score(found, no) == score(tied, 'red hat') == 0


def test_numbered_answers_are_compared_one_by_one():
  targets = answers('1. white\n2. in a barn\n3. no', '1. 2.5 miles')
  flat = ['1. White 2. barn 3. yes', '1. 2.5 miles']  # some vocabularies lose line ends
  assert metrics.numbered_answers(targets, flat) == pytest.approx(
      {'f1': (1 + 2 / 3 + 0 + 1) / 4, 'exact_match': 2 / 4})
  gap = metrics.numbered_answers(targets, ['1. white\n3. no', 'no numbers'])
  assert gap == pytest.approx({'f1': 2 / 4, 'exact_match': 2 / 4})


def test_bleu_is_sacrebleus_with_the_intl_tokenizer():
  sacrebleu = pytest.importorskip('sacrebleu')
  predictions = ['the cat sat on the mat', 'there is a "dog" here']
  references = ['the cat sat on a mat', 'there is a "dog" there']
  expected = sacrebleu.corpus_bleu(predictions, [references], tokenize='intl').score / 100
  assert metrics.bleu(answers(*references), predictions)['bleu'] == pytest.approx(expected)


def test_bleu_names_the_direction_of_the_translation():
  bleu = metrics.bleu_between(sent1='en', sent2='fr')
  into = lambda field: [Reference(('un chat noir dort ici',), asks_for=('lang1', field))]
  assert bleu(into('sent2'), ['un chat noir dort ici']) == pytest.approx({'bleu_en_fr': 1.0})
  assert bleu(into('sent1'), ['quelque chose']) == pytest.approx({'bleu_fr_en': 0.0})


def test_rouge_takes_the_best_reference():
  values = metrics.rouge(answers(('nothing alike', 'a cat sat')), ['a cat sat'])
  assert values == pytest.approx({'rouge1': 1.0, 'rouge2': 1.0, 'rougeLsum': 1.0})


def test_rouge_is_rouge_scores_with_a_sentence_a_line():
  rouge_scorer = pytest.importorskip('rouge_score.rouge_scorer')
  sentences, given = ['A cat sat.', 'Did a dog run?'], ['A dog ran.', 'The cat sat down.']
  kinds = ['rouge1', 'rouge2', 'rougeLsum']
  expected = rouge_scorer.RougeScorer(kinds).score('\n'.join(sentences), '\n'.join(given))
  values = metrics.rouge(answers(' '.join(sentences)), [' '.join(given)])
  assert values == pytest.approx({kind: expected[kind].fmeasure for kind in kinds})


def test_edit_distance_is_relative_to_the_reference():
  assert metrics.edit_distance(answers('abcd'), ['abxd'])['edit_distance'] == pytest.approx(0.25)


def test_scores_that_are_no_numbers_are_refused_not_ranked():
  scores = np.array([[-1.0, -2.0], [np.nan, -1.0]])
  with pytest.raises(ValueError, match='1 examples have NaN.*example 1'):
    metrics.accuracy(options(0, 0), scores)


def test_every_shipped_metric_says_what_its_values_are():
  shipped = [m for m in vars(metrics).values() if isinstance(m, Metric)]
  assert len(shipped) > 15 and len({name_of(m) for m in shipped}) == len(shipped)
  assert all(m.values and not any(v.as_given for v in m.values) for m in shipped)
  assert describe_value(metrics.edit_distance, 'edit_distance').less_is_better
  way, back = metrics.bleu_between(sent1='en', sent2='fr').values
  assert (way.name, back.name) == ('bleu_en_fr', 'bleu_fr_en')


def test_of_a_plain_function_nothing_is_known_but_the_name():
  def exact(targets, predictions):
    return {'exact': 50.0}

  said = describe_value(exact, 'exact')
  assert said.as_given and not said.rate and said.chance(options(0)) is None
  assert name_of(exact) == 'exact'
