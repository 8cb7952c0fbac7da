"""Only what is to train trains; checkpoints hold that, and the rest comes from where it was."""
import dataclasses
import pathlib
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flan_jax
from flan_jax import api, models
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning, flatten, merge
from flan_jax.training import loop, state
from flan_jax.training.observing import PeriodicWork
from flan_jax.training.optimizers import Adafactor, Schedule
from tests.reports import train

PROMPTS, OPTIONS = ['Is it so?'], [['yes', 'no', 'it is not possible to tell']]


def changed(one, other):
  one, other = flatten(one), flatten(other)
  return {name for name in other if name not in one or not np.array_equal(one[name], other[name])}


def bytes_of(path):
  return sum(f.stat().st_size for f in pathlib.Path(path).rglob('*') if f.is_file())


@pytest.fixture(scope='module')
def base(tmp_path_factory):
  """A run to start from, its directory, and its configuration."""
  config = loop.TrainConfig(
      model=models.T5Config(
          vocab_size=0, d_model=64, num_heads=4, head_dim=16, mlp_dim=128, num_encoder_layers=2,
          num_decoder_layers=1, dropout_rate=0.0, dtype='float32'),
      mixture='rte', lengths={'inputs': 96, 'targets': 16}, steps=1, batch_size=8,
      model_dir=str(tmp_path_factory.mktemp('base')), report_period=1,
      optimizer=Adafactor(Schedule(learning_rate=0.01)))
  train(config)
  return config


def tuned(base, tmp_path, trainable, **model):
  """A run that starts from the base and trains some of the parameters."""
  return dataclasses.replace(
      base, model=dataclasses.replace(base.model, **model), steps=3, tuning=Tuning(trainable),
      initial_checkpoint=base.model_dir, model_dir=str(tmp_path / 'tuned'))


@pytest.mark.slow
def test_lora_has_a_small_checkpoint_that_scores_as_the_run_did(base, tmp_path):
  run = api.Run(tuned(base, tmp_path, 'lora', lora_rank=2))
  scores = []

  def score(run, step, parameters):
    model = api.Model(run.model_config, parameters, run.vocabulary, run.layout)
    scores.extend(flan_jax.score(model, PROMPTS, OPTIONS))

  loop.train(api.check(run), api._about(run), works=[PeriodicWork(score, catch_up=score)])
  model, before = flan_jax.load(run.training.model_dir), flan_jax.load(base.model_dir)
  after = flan_jax.score(model, PROMPTS, OPTIONS)
  np.testing.assert_array_equal(scores[0], after[0])
  names = changed(before.parameters, model.parameters)
  assert names and all('lora_' in name for name in names)
  newest = lambda c: pathlib.Path(c.model_dir) / 'checkpoints' / str(c.steps)
  assert bytes_of(newest(run.training)) < bytes_of(newest(base)) / 5


def test_a_base_that_is_gone_is_named(base, tmp_path):
  moved = shutil.copytree(base.model_dir, tmp_path / 'base')
  config = dataclasses.replace(
      tuned(base, tmp_path, 'norm'), initial_checkpoint=str(moved), steps=1)
  train(config)
  shutil.rmtree(moved)
  for use in (lambda: flan_jax.load(config.model_dir),
              lambda: train(dataclasses.replace(config, steps=2))):
    with pytest.raises(UserError, match=f'the others is gone: {moved}/checkpoints/1'):
      use()


def test_prompt_tuning_learns_and_goes_on_where_it_stopped(base, tmp_path):
  config = dataclasses.replace(
      tuned(base, tmp_path, 'prompt', prompt_length=10), pack=False, steps=8,
      optimizer=Adafactor(Schedule(learning_rate=0.3)))
  reports = train(dataclasses.replace(config, steps=5)) + train(config)
  losses = [r['loss'] for r in reports]
  assert len(losses) == 8 and np.mean(losses[-3:]) < np.mean(losses[:2]) - 0.3
  names = changed(flan_jax.load(base.model_dir).parameters,
                  flan_jax.load(config.model_dir).parameters)
  assert names and all('prompt' in name for name in names)


def test_optimizer_state_is_only_of_what_trains(base):
  abstract = lambda tuning: state.abstract_state(
      dataclasses.replace(base, tuning=tuning).step_config())
  size = lambda s: sum(x.size for x in jax.tree.leaves(s.optimizer_state))
  assert size(abstract(Tuning('norm'))) < size(abstract(Tuning())) / 10
  assert size(abstract(Tuning(frozen='^(en|de)coder'))) < size(abstract(Tuning())) / 2


@pytest.mark.slow
def test_averages_follow_their_rule_and_are_what_is_loaded(base, tmp_path):
  config = dataclasses.replace(
      base, tuning=Tuning(frozen='token_embedder', ema_decay=0.75), steps=3,
      checkpoints=dataclasses.replace(base.checkpoints, period=1), model_dir=str(tmp_path / 'ema'))
  train(config)
  steps = [flan_jax.load(f'{config.model_dir}/checkpoints/{n}', ema=False) for n in (1, 2, 3)]
  one, two, three = (flatten(s.parameters) for s in steps)
  first = flatten(flan_jax.load(f'{config.model_dir}/checkpoints/1').parameters)
  averaged = flatten(flan_jax.load(config.model_dir).parameters)
  for name in averaged:
    expected = 0.75 * (0.75 * first[name] + 0.25 * two[name]) + 0.25 * three[name]
    np.testing.assert_allclose(averaged[name], expected, rtol=1e-5, atol=1e-7)
  embedding = 'token_embedder.embedding'
  np.testing.assert_array_equal(one[embedding], three[embedding])


def test_averages_begin_with_the_parameters_that_a_run_starts_from():
  made, read = ({name: {'x': jnp.full(2, value), 'y': jnp.full(2, value)} for name in 'ab'}
                for value in (0.0, 3.0))
  tuning = Tuning('x', ema_decay=0.9)
  new = state.TrainState(jnp.int32(0), made, (), jax.random.PRNGKey(0), tuning.averages(made),
                         jnp.bool_(False))
  averages = flatten(state.with_parameters(new, {'a': read['a']}, tuning).averages)
  assert {name: x.tolist() for name, x in averages.items()} == {'a.x': [3, 3], 'b.x': [0, 0]}


@pytest.mark.parametrize('model, tuning, message', [
    ({}, Tuning('lora'), "no parameter has 'lora' in its name"),
    ({'lora_rank': 2}, Tuning('encoder_norm|token'), 'would keep their random initial values'),
])
def test_a_pattern_that_trains_nothing_useful_is_refused(base, model, tuning, message):
  config = dataclasses.replace(
      base, model=dataclasses.replace(base.model, **model), tuning=tuning)
  with pytest.raises(UserError, match=message):
    loop.build(config)


def test_a_parameter_that_the_start_lacks_must_be_one_that_tuning_adds(base, tmp_path):
  deeper = tuned(base, tmp_path, '.*', num_decoder_layers=2)
  with pytest.raises(UserError, match='decoder.layers_1.* is missing there'):
    train(deeper)


def test_another_pattern_does_not_go_on_in_the_same_directory(base, tmp_path):
  with pytest.raises(UserError, match="TRAINABLE was '\\.\\*' and is 'norm'"):
    train(dataclasses.replace(base, tuning=Tuning('norm'), steps=2))


def test_splitting_and_merging_is_the_whole():
  tree = {'a': {'x': jnp.ones(2), 'y': jnp.zeros(3)}, 'b': jnp.ones(1)}
  trained, frozen = Tuning('a', frozen='y$').split(tree)
  assert list(flatten(trained)) == ['a.x'] and set(flatten(frozen)) == {'a.y', 'b'}
  assert jax.tree.structure(merge(trained, frozen)) == jax.tree.structure(tree)
