"""Training: reproducible, resumable, reporting what people read."""
import dataclasses
import json
import pathlib
import threading

import jax
import numpy as np
import pytest

from flan_jax import models, partitioning
from flan_jax.errors import UserError
from flan_jax.training import loop, state


def run(config, observer):
  built = loop.build(config)
  return loop.train(built, {}, [observer], [observer.evaluation(config.eval_period)])


def lines(config):
  text = (pathlib.Path(config.model_dir) / 'train_metrics.jsonl').read_text()
  reports = [json.loads(line) for line in text.splitlines()]
  timed = lambda name: name.startswith(('seconds', 'time')) or name.endswith('_per_second')
  return [{k: v for k, v in r.items() if not timed(k)} for r in reports]


def same(one, other):
  return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other)))


def test_two_runs_of_one_seed_are_bit_identical(config, observer, tmp_path):
  again = dataclasses.replace(config, model_dir=str(tmp_path / 'again'))
  one, other = run(config, observer), run(again, observer)
  assert same(one, other)
  assert lines(config) == lines(again)


def test_another_seed_gives_another_run(config, observer, tmp_path):
  other = dataclasses.replace(config, model_dir=str(tmp_path / 'other'), seed=1)
  assert not same(run(config, observer).parameters, run(other, observer).parameters)


def test_another_seed_begins_with_other_parameters_and_draws_other_dropout(config):
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  step = config.step_config(models.with_vocabulary_size(config.model, 128))
  one, other = (state.create(step, seed, layout) for seed in (0, 1))
  embedding = lambda of: of.parameters['token_embedder']['embedding']
  assert not same(embedding(one), embedding(other)) and not same(one.key, other.key)


def test_a_stopped_run_goes_on_to_the_same_bits(config, observer, tmp_path):
  whole = run(config, observer)
  stopped = dataclasses.replace(config, model_dir=str(tmp_path / 'stopped'))
  run(dataclasses.replace(stopped, steps=4), observer)
  assert same(run(stopped, observer), whole)
  assert observer.first_step == 4
  assert [line['step'] for line in lines(stopped)] == [1, 2, 4, 5, 6]


def test_a_step_that_cannot_be_compiled_is_told_before_all_data_is_prepared(
    config, observer, tmp_path, monkeypatch):
  begun, manifests = threading.Event(), []

  def too_large(*unused):
    assert begun.wait(120)
    raise jax.errors.JaxRuntimeError('RESOURCE_EXHAUSTED: Out of memory.')

  def prepared(manifest, done, total):
    begun.set()
    manifests.append(total)

  monkeypatch.setattr(loop.step_lib, 'lower_step', too_large)
  monkeypatch.setattr(observer, 'prepared', prepared)
  many = dataclasses.replace(config, mixture='reading_comprehension', steps=20_000,
                             prepared_dir=str(tmp_path / 'prepared'))
  with pytest.raises(jax.errors.JaxRuntimeError, match='RESOURCE_EXHAUSTED'):
    run(many, observer)
  assert 0 < len(manifests) < manifests[0]
  assert not list((tmp_path / 'prepared').rglob('.*'))


def test_reports_hold_what_people_plot(config, observer):
  run(config, observer)
  report = observer.reports[-1]
  assert set(report['loss_by_cluster']) == {'nli', 'reading_comprehension'}
  assert report['step'] == 6 and 0 < report['loss'] < 20 and 0 <= report['accuracy'] <= 1
  assert report['target_tokens'] == report['weights'] > 0 and report['gradient_norm'] > 0
  assert report['learning_rate'] == pytest.approx(0.01)
  assert report['examples_per_row'] >= 1


def test_reports_count_the_prompts_that_were_shortened(config, observer):
  few = {'inputs': 48, 'targets': 16}
  run(dataclasses.replace(config, mixture='bool_q', lengths=few), observer)
  assert sum(report['truncated_by_task'].get('bool_q', 0) for report in observer.reports) > 0


def test_evaluation_comes_when_asked_and_at_the_end(config, observer):
  run(dataclasses.replace(config, eval_period=4), observer)
  assert observer.evaluated_steps == [4, 6]


def test_checkpoint_of_another_size_names_the_difference_and_the_likely_model(
    config, observer, tmp_path):
  run(config, observer)
  wider = dataclasses.replace(config, model=dataclasses.replace(config.model, d_model=64))
  with pytest.raises(UserError, match=r'model.d_model was 32 and is 64'):
    run(wider, observer)
  elsewhere = dataclasses.replace(
      wider, model_dir=str(tmp_path / 'wider'), initial_checkpoint=config.model_dir)
  with pytest.raises(UserError, match=r'decoder_norm.scale is \[32\] there and \[64\].*width 32'):
    run(elsewhere, observer)


def test_observers_are_told_of_checkpoints_and_of_the_end(config, observer):
  run(config, observer)
  assert observer.told == [('saved', 6, '6'), ('stopped', None)]
