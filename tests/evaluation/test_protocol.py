"""Templates become datasets, datasets clusters: numbers worked out by hand."""
import math

import numpy as np
import pytest

from flan_jax.evaluation import protocol
from flan_jax.evaluation.harness import Outcome
from flan_jax.evaluation.report.table import results_table


def outcome(dataset, template, correct, split='test', cluster='nli'):
  correct = np.array(correct, bool)
  return Outcome(
      task=f'{dataset}_template_{template}', dataset=dataset, cluster=cluster, template=template,
      split=split, metrics={'accuracy': float(correct.mean())}, chance=0.5, correct=correct,
      truncated=0, predictions=[{}] * len(correct))


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


def test_dev_slices_are_not_reported_as_tasks(results):
  assert {t['split'] for t in results['tasks'].values()} == {'test'}


def test_table_names_sample_data_and_marks_the_papers_columns(results):
  table = results_table(results)
  assert 'SAMPLE DATA' in table and 'arXiv 2109.01652' in table
  rte = next(line for line in table.splitlines() if line.startswith('rte'))
  assert rte.split('|')[1].split() == ['78.3', '73.3', '63.5']
