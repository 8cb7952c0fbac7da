"""Numbers that are not finite never reach a checkpoint, and can be looked at afterwards."""
import dataclasses
import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import flan_jax
from flan_jax.errors import Diverged, UserError
from flan_jax.training import guards, step
from flan_jax.training.guards import Guards, RunningMean
from flan_jax.training.optimizers import AdamW, Schedule
from tests.reports import train


@pytest.fixture
def broken(monkeypatch):
  """Makes the loss of chosen steps infinite; steps are told apart by their dropout keys."""
  true = step.loss_and_sums

  def at(*bad_steps, seed=0):
    state_key = jax.random.split(jax.random.PRNGKey(seed))[1]
    bad = jnp.stack([jax.random.fold_in(state_key, n - 1) for n in bad_steps])

    def loss_and_sums(parameters, batch, key, **settings):
      loss, sums = true(parameters, batch, key, **settings)
      factor = jnp.where(jnp.any(jnp.all(bad == key, axis=1)), jnp.inf, 1.0)
      return loss * factor, sums | {'loss': sums['loss'] * factor}

    monkeypatch.setattr(step, 'loss_and_sums', loss_and_sums)

  return at


@pytest.mark.slow
def test_a_step_gone_wrong_stops_the_run_and_can_be_replayed(config, broken):
  config = dataclasses.replace(
      config, checkpoints=dataclasses.replace(config.checkpoints, period=2))
  broken(4)
  with pytest.raises(Diverged, match=r'^step 4: loss.* (rte|bool_q) \(templates \d') as raised:
    train(config)
  assert raised.value.exit_code == 1
  assert flan_jax.load(config.model_dir).step == 2  # and step 3 is where the state stayed
  folder = pathlib.Path(config.model_dir) / 'debug'
  told = json.loads((folder / 'step_4.json').read_text())
  assert told['step'] == 4 and set(told['datasets']) <= {'rte', 'bool_q'}
  model = flan_jax.load(str(folder))
  assert model.step == 3
  again = guards.replay(str(folder / 'step_4.npz'), model)
  assert again['loss'] == np.inf and 'token_embedder.embedding' in again['nonfinite_gradients']


def test_a_skipped_step_changes_nothing_but_the_count(config, broken):
  broken(3)
  config = dataclasses.replace(config, guards=Guards('skip'), report_period=1)
  assert [r['skipped_steps'] for r in train(config)] == [0, 0, 1, 0, 0, 0]
  model = flan_jax.load(config.model_dir)
  assert model.step == 6 and all(np.isfinite(x).all() for x in jax.tree.leaves(model.parameters))
  lines = (pathlib.Path(config.model_dir) / 'train_metrics.jsonl').read_text().splitlines()
  assert json.loads(lines[2])['loss'] is None and json.loads(lines[3])['loss'] > 0
  assert (pathlib.Path(config.model_dir) / 'debug/step_3.npz').exists()


def test_skipping_step_after_step_gives_up(config, broken):
  broken(2, 3, 4)
  with pytest.raises(Diverged, match='step 4: .*all of the last 3 steps were skipped'):
    train(dataclasses.replace(config, guards=Guards('skip', give_up_after=3)))


def test_a_rate_far_too_high_is_told_in_one_line(config):
  reckless = dataclasses.replace(
      config, optimizer=AdamW(Schedule(learning_rate=1e30), clip_gradient_norm=None))
  with pytest.raises(Diverged) as raised:
    train(reckless)
  assert '\n' not in str(raised.value) and 'LEARNING_RATE' in str(raised.value)


def test_a_jump_of_the_loss_is_a_spike_and_a_slow_rise_is_none():
  mean = RunningMean(6.0)
  rng = np.random.default_rng(0)
  assert all(mean.add(4.0 - 0.02 * i + 0.1 * rng.normal()) is None for i in range(60))
  assert mean.add(9.0) == pytest.approx(2.9, abs=0.5)
  assert mean.add(2.8) is None
  assert all(mean.add(2.8 + 0.01 * i + 0.1 * rng.normal()) is None for i in range(60))
  assert all(RunningMean(0).add(x) is None for x in [1.0] * 30 + [99.0])


def test_an_unknown_way_out_is_refused():
  with pytest.raises(UserError, match="'skp'.*'skip'"):
    Guards('skp')
