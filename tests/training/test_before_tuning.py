"""The initial weights are evaluated before the first step, and training does not notice it."""
import dataclasses
import json

import pytest

from flan_jax import api
from flan_jax.evaluation.harness import Evaluation
from flan_jax.terminal.results import results_table
from flan_jax.training.observing import Observer
from tests.training.conftest import short_run
from tests.training.test_transfers_and_compilations import compilations

EVALUATION = Evaluation(
    'rte_templates_1', {'inputs': 96, 'targets': 8}, batch_size=8, num_examples=6, dev_examples=0)


class Watching(Observer):
  """Keeps the results, the messages, and how many programs were compiled before each result."""

  def __init__(self, names=()):
    self.results, self.notices, self._names, self.compiled = [], [], names, []

  def evaluated(self, results, folder):
    self.results.append(results)
    self.compiled.append(len(self._names))

  def noticed(self, text):
    self.notices.append(text)


def run(folder, steps=2, **settings):
  config = dataclasses.replace(short_run(folder), mixture='bool_q', steps=steps, report_period=1)
  return api.Run(config, EVALUATION, **settings)


def losses(folder):
  lines = (folder / 'run/train_metrics.jsonl').read_text().splitlines()
  return [(line['step'], line['loss'], line['gradient_norm']) for line in map(json.loads, lines)]


@pytest.fixture(scope='module')
def tuned(tmp_path_factory):
  """A run with an evaluation before tuning, and what its observer saw."""
  folder = tmp_path_factory.mktemp('tuned')
  with compilations() as names:
    watching = Watching(names)
    api.train(run(folder, before_tuning=True), [watching])
  return folder, watching, names


def test_the_initial_weights_are_asked_in_both_ways_before_step_1(tuned):
  folder, watching, _ = tuned
  assert [r['step'] for r in watching.results] == [0, 2]
  stored = json.loads((folder / 'run/eval/0/rte_templates_1/results.json').read_text())
  assert stored['checkpoint'].startswith('random weights of seed 0')
  assert stored['datasets']['rte_templates_1']['baseline']['n'] == 6
  assert stored['datasets']['rte_templates_1']['best_dev_template'] is None
  assert 'baseline' not in watching.results[1]['datasets']['rte_templates_1']


def test_the_second_evaluation_compiles_no_scorer(tuned):
  _, watching, names = tuned
  first, second = watching.compiled
  assert any('score' in name for name in names[:first])
  assert not [name for name in names[first:second] if 'score' in name or 'rows' in name]


def test_training_is_the_same_to_the_bit(tuned, tmp_path):
  folder, _, _ = tuned
  api.train(dataclasses.replace(run(tmp_path), evaluation=None))
  assert losses(tmp_path) == losses(folder)


def test_a_run_that_goes_on_keeps_the_results_and_one_without_says_so(tuned, tmp_path):
  folder, _, _ = tuned
  before = (folder / 'run/eval/0/rte_templates_1/results.json').read_bytes()
  watching = Watching()
  api.train(run(folder, steps=3, before_tuning=True), [watching])
  assert [r['step'] for r in watching.results] == [3] and not watching.notices
  assert (folder / 'run/eval/0/rte_templates_1/results.json').read_bytes() == before
  (folder / 'run/eval/0/rte_templates_1/results.json').unlink()
  api.train(run(folder, steps=4, before_tuning=True), [watching])
  notice, = watching.notices
  assert 'has gone on to step 3' in notice and '\n' not in notice


def test_the_last_results_say_what_tuning_has_changed(tuned):
  folder, watching, _ = tuned
  first, last = watching.results
  stored = json.loads((folder / 'run/eval/2/rte_templates_1/results.json').read_text())
  changed = stored['before']['clusters']['nli_templates_1']
  now, then = (r['clusters']['nli_templates_1'] for r in (last, first))
  assert changed['change'] == pytest.approx(now['mean'] - then['mean'])
  assert changed['change_from_baseline'] == pytest.approx(now['mean'] - then['baseline']['mean'])
  assert changed['interval'][0] <= changed['change'] <= changed['interval'][1]
  assert stored['before']['tuned_on'] == {'tasks': 1, 'clusters': ['reading_comprehension']}
  table = results_table(last)
  assert 'change  95 % interval' in table and 'on nli_templates_1 is shown' in table
