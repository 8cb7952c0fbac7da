"""The comparison with results before tuning, on values worked out by hand."""
import pytest

from flan_jax import json_text
from flan_jax.evaluation import before, protocol
from flan_jax.evaluation import results as results_lib
from flan_jax.terminal.results import results_table
from tests.evaluation.test_protocol import outcome


def asked(dataset, template, correct, **changes):
  records = [{'id': f'{dataset}/test/{i}', 'correct': bool(right)}
             for i, right in enumerate(correct)]
  return outcome(dataset, template, correct, predictions=records, **changes)


def baseline(dataset, correct):
  return asked(dataset, None, correct, task=f'{dataset}_baseline', prompts='baseline')


def finished(outcomes, step):
  return protocol.results(outcomes, step=step, mixture='nli', sample_data=True)


@pytest.fixture
def compare(tmp_path):
  """Compares outcomes after tuning with those before it; returns the results after it."""

  def compared(then, now, clusters=('sentiment',)):
    (tmp_path / 'predictions').mkdir()
    for o in then:
      results_lib.write_predictions(tmp_path, o.task, o.predictions)
    (tmp_path / 'results.json').write_text(json_text.dumps(finished(then, 0)))
    results = finished(now, 9)
    results['before'] = before.compared(
        results, {o.task: o.predictions for o in now}, before.Comparison(tmp_path, 3, clusters))
    return results

  return compared


def test_each_example_is_paired_with_itself_over_the_mean_of_its_templates(compare):
  results = compare(
      [asked('rte', 0, [0, 0, 1, 0]), asked('rte', 1, [0, 0, 1, 0]), baseline('rte', [0, 0, 0, 0]),
       asked('cb', 0, [1, 0])],
      [asked('rte', 0, [1, 1, 1, 0]), asked('rte', 1, [1, 0, 1, 0]), asked('cb', 0, [1, 0])])
  rte, cb = (results['before']['datasets'][name] for name in ('rte', 'cb'))
  assert rte['change'] == pytest.approx((1 + 0.5 + 0 + 0) / 4)
  assert rte['change_from_baseline'] == pytest.approx((1 + 0.5 + 1 + 0) / 4)
  assert rte['interval'] == [0, pytest.approx(0.75, abs=0.13)]
  assert (rte['templates']['mean'], rte['baseline']['mean']) == (0.25, 0)
  assert (cb['change'], cb['interval'], cb['baseline']) == (0, [0, 0], None)
  cluster = results['before']['clusters']['nli']
  assert cluster['change'] == pytest.approx(0.375 / 2)
  # Not all datasets have a baseline prompt, so means over them would not be of the same datasets.
  assert cluster['change_from_baseline'] is None


def test_the_interval_of_a_cluster_agrees_with_its_standard_error(compare):
  then = [asked(name, 0, [0, 1] * 50) for name in ('rte', 'cb')]
  now = [asked(name, 0, [1, 1] * 30 + [0, 1] * 20) for name in ('rte', 'cb')]
  cluster = compare(then, now)['before']['clusters']['nli']
  error = (0.3 * 0.7 / 100 / 2) ** 0.5  # 30 of 100 examples change, in each of two datasets
  low, high = cluster['interval']
  assert cluster['change'] == pytest.approx(0.3)
  assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.1)


@pytest.mark.parametrize('then, now, clusters, said', [
    ([0, 1] * 50, [1] * 100, ('sentiment',),
     'Tuned on 3 tasks of 1 other cluster, the model answers nli 50.0 points better than before'),
    ([1] * 100, [0, 1] * 50, ('nli', 'sentiment'),
     'Tuned on 3 tasks of 2 clusters, the model answers nli 50.0 points worse than before'),
    ([0, 1] * 50, [1, 0] * 50, ('sentiment',),
     'No effect of tuning on nli is shown: the change is +0.0 points, and its 95 % interval'),
])
def test_a_sentence_says_what_was_shown_also_if_it_is_nothing(compare, then, now, clusters, said):
  table = results_table(compare([asked('rte', 0, then)], [asked('rte', 0, now)], clusters))
  assert said in table


def test_the_columns_before_tuning_fit_80_and_the_papers_go_first(compare, monkeypatch):
  from flan_jax.terminal import screen

  results = compare([asked('mnli_mismatched', 0, [0, 1] * 50)],
                    [asked('mnli_mismatched', 0, [1, 1] * 50)])
  monkeypatch.setattr(screen, 'width', lambda: 80)
  head = next(line for line in results_table(results).splitlines() if line.startswith('dataset'))
  assert '95 % interval' in head and 'FLAN' not in head and len(head) <= 80
