"""Templates become datasets, datasets clusters: numbers worked out by hand."""
import dataclasses
import math

import numpy as np
import pytest

from flan_jax.data.metric_types import Value
from flan_jax.evaluation import protocol
from flan_jax.evaluation.outcomes import Outcome
from flan_jax.terminal.results import results_table

ACCURACY = {'accuracy': Value('accuracy', rate=True)}


def outcome(dataset, template, correct, split='test', cluster='nli', **changes):
  correct = np.array(correct, bool)
  return Outcome(
      **{'task': f'{dataset}_template_{template}', 'dataset': dataset, 'cluster': cluster,
         'template': template, 'split': split,
         'metrics': {'accuracy': correct.sum() / max(len(correct), 1)},
         'chance': 0.5, 'correct': correct, 'truncated': 0, 'predictions': [{}] * len(correct),
         'chooses': split == 'validation', 'about': ACCURACY, **changes})


@pytest.fixture
def results():
  return protocol.results([
      outcome('rte', 0, [1, 1, 1, 0]), outcome('rte', 0, [0, 0, 1, 0], 'validation'),
      outcome('rte', 1, [1, 0, 0, 0]), outcome('rte', 1, [1, 1, 1, 0], 'validation'),
      outcome('wnli', 0, [1, 1, 0, 0, 0]), outcome('wnli', 0, [1, 1], 'validation'),
  ], step=7, mixture='nli', sample_data=True)


def test_dataset_mean_and_standard_deviation_are_over_templates(results):
  rte = results['datasets']['rte']
  assert rte['mean'] == pytest.approx(0.5)
  assert rte['std'] == pytest.approx(np.std([0.75, 0.25], ddof=1))
  assert (rte['templates'], rte['n'], rte['chance']) == (2, 4, 0.5)


def test_best_dev_template_is_chosen_on_the_dev_slice_and_reported_on_the_test(results):
  assert results['datasets']['rte']['best_dev_template'] == {
      'template': 1, 'dev_value': 0.75, 'value': 0.25}


def test_standard_errors_are_over_examples(results):
  accuracy = results['tasks']['rte_template_0']['metrics']['accuracy']
  assert accuracy['stderr'] == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
  by_example = [1.0, 0.5, 0.5, 0.0]
  assert results['datasets']['rte']['stderr'] == pytest.approx(np.std(by_example, ddof=1) / 2)


def test_cluster_mean_is_the_mean_of_its_datasets(results):
  assert results['clusters']['nli']['mean'] == pytest.approx((0.5 + 0.4) / 2)
  errors = [results['datasets'][d]['stderr'] for d in ('rte', 'wnli')]
  assert results['clusters']['nli']['stderr'] == pytest.approx(math.hypot(*errors) / 2)


def written(template, metric, value, split='test'):
  """An outcome of a translation."""
  return Outcome(
      task=f'wmt_template_{template}', dataset='wmt', cluster='translation', template=template,
      split=split, metrics={metric: value}, chance=None, correct=None, truncated=0,
      predictions=[{}], chooses=split == 'validation', about={metric: Value(metric)})


def test_directions_of_a_translation_are_summed_up_apart():
  both = [(0, 'bleu_en_fr', 0.3), (1, 'bleu_en_fr', 0.1), (2, 'bleu_fr_en', 0.4)]
  outcomes = [written(*o) for o in both] + [written(*o, 'validation') for o in both]
  wmt = protocol.results(outcomes, step=1, mixture='wmt', sample_data=True)['datasets']['wmt']
  assert wmt['mean'] == pytest.approx((0.2 + 0.4) / 2) and wmt['templates'] == 3
  into_french, into_english = wmt['by_metric']['bleu_en_fr'], wmt['by_metric']['bleu_fr_en']
  assert (into_french['mean'], into_french['templates']) == (pytest.approx(0.2), 2)
  assert into_french['best_dev_template']['template'] == 0
  assert (into_english['mean'], into_english['best_dev_template']['template']) == (0.4, 2)


def test_only_accuracies_have_a_standard_error():
  correlated = dataclasses.replace(
      outcome('stsb', 0, [1, 1, 0]), metrics={'pearson': 0.2, 'accuracy': 2 / 3})
  results = protocol.results([correlated], step=1, mixture='stsb', sample_data=True)
  assert results['datasets']['stsb']['stderr'] is None
  measured = results['tasks']['stsb_template_0']['metrics']
  assert measured['pearson']['stderr'] is None and measured['accuracy']['stderr'] > 0


def test_dev_slices_are_not_reported_as_tasks(results):
  assert {t['split'] for t in results['tasks'].values()} == {'test'}


def test_table_names_sample_data_and_marks_the_papers_columns(results):
  table = results_table(results)
  assert 'SAMPLE DATA' in table and 'arXiv 2109.01652' in table
  rte = next(line for line in table.splitlines() if line.startswith('rte'))
  assert rte.split('|')[1].split() == ['78.3', '73.3', '63.5']


def summed_up(*outcomes, seen=None):
  return protocol.results(outcomes, step=7, mixture='nli', sample_data=False, seen=seen)


def test_a_validation_slice_that_is_reported_chooses_no_template():
  results = summed_up(outcome('rte', 0, [1, 0], 'validation', chooses=False),
                      outcome('rte', 0, [1, 0], 'validation'))
  assert results['datasets']['rte']['split'] == 'validation'
  assert results['datasets']['rte']['best_dev_template'] is None
  assert 'validation' in results_table(results)


def test_of_distances_the_smallest_is_best():
  distance = {'edit_distance': Value('edit_distance', less_is_better=True)}
  results = summed_up(*(
      outcome('words', t, [0], split, metrics={'edit_distance': v}, about=distance)
      for t, split, v in ((0, 'test', 0.2), (0, 'validation', 0.3), (1, 'test', 0.4),
                          (1, 'validation', 0.1))))
  assert results['datasets']['words']['best_dev_template'] == {
      'template': 1, 'dev_value': 0.1, 'value': 0.4}
  assert 'words (edit_distance, less is better)' in results_table(results)


def test_what_was_trained_on_is_marked_and_stands_beside_no_zero_shot_number():
  results = summed_up(outcome('rte', 0, [1, 0]), outcome('cb', 0, [1, 0]),
                      seen={'rte': 'it was trained on', 'cb': ''})
  assert [results['datasets'][d]['trained_on'] for d in ('rte', 'cb')] == [True, False]
  assert results['tasks']['rte_template_0']['trained_on'] is True
  lines = results_table(results).splitlines()
  rte, cb = (next(line for line in lines if line.startswith(d)) for d in ('rte', 'cb'))
  assert rte.startswith('rte *') and rte.split('|')[1].split() == ['-', '-', '-']
  assert cb.split('|')[1].split() == ['64.1', '42.9', '46.4']
  assert any('Trained on' in line and 'rte (it was trained on)' in line for line in lines)
  unknown = summed_up(outcome('rte', 0, [1, 0]))
  assert unknown['tasks']['rte_template_0']['trained_on'] is None


def test_examples_without_a_score_are_named_and_left_out():
  results = summed_up(
      outcome('rte', 0, [1, 0], predictions=[{}] * 5, not_scored={
          f'rte/test/{i}': 'the model gave NaN' for i in (3, 4, 5)}),
      outcome('rte', 1, [], metrics={'accuracy': None}, chance=None,
              not_scored={}, note='no row is left'))
  task = results['tasks']['rte_template_0']
  assert task['n'] == 2 and task['not_scored'] == {
      'examples': 3, 'first': 'rte/test/3', 'why': 'the model gave NaN'}
  assert results['datasets']['rte']['mean'] == 0.5 and results['datasets']['rte']['templates'] == 1
  assert results['datasets']['rte']['stderr'] is None
  table = results_table(results)
  assert '3 of 5 examples have no score, first rte/test/3: the model gave NaN' in table
  assert 'rte: no row is left.' in table


def test_values_on_a_scale_of_their_own_are_shown_as_they_are():
  given = {'score': Value('score', as_given=True)}
  results = summed_up(
      outcome('mine', 0, [0], cluster='mine', metrics={'score': 83.25}, about=given),
      outcome('rte', 0, [1, 0]), outcome('odd', 0, [0], metrics={'score': 83.25}, about=given))
  mine = next(line for line in results_table(results).splitlines() if line.startswith('mine'))
  assert '83.25' in mine and '8325' not in mine and 'mine (score, as given)' in mine
  assert results['clusters']['mine']['mean'] == 83.25 and results['clusters']['nli']['mean'] is None


def test_a_metric_that_failed_has_a_line_of_its_own():
  results = summed_up(outcome('rte', 0, [1, 0], failed={'f1': 'ValueError: bad\nmore'}))
  assert results['tasks']['rte_template_0']['failed'] == {'f1': 'ValueError: bad\nmore'}
  assert 'rte_template_0: metric f1 has no value: ValueError: bad\n' in results_table(results)
