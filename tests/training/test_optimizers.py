"""Adafactor and the schedules against the published rules, written out in NumPy."""
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax.errors import UserError
from flan_jax.training.optimizers import Adafactor, AdamW, Schedule


def adafactor_by_hand(parameter, gradients, learning_rate, factored):
  """Shazeer and Stern's algorithms 4 and 5 with T5's settings; no momentum."""
  row, column, full = 0.0, 0.0, 0.0
  for t, gradient in enumerate(gradients, start=1):
    decay = 1 - t**-0.8
    square = gradient**2 + 1e-30
    if factored:
      row = decay * row + (1 - decay) * square.mean(axis=1)
      column = decay * column + (1 - decay) * square.mean(axis=0)
      second = np.outer(row, column) / row.mean()
    else:
      second = full = decay * full + (1 - decay) * square
    update = gradient / np.sqrt(second)
    update /= max(1.0, np.sqrt(np.mean(update**2)) / 1.0)
    scale = max(1e-3, np.sqrt(np.mean(parameter**2)))
    parameter = parameter - learning_rate * scale * update
  return parameter


@pytest.mark.parametrize(
    'shape, factored', [((128, 256), True), ((127, 256), False), ((5,), False)])
def test_adafactor_follows_the_published_rule(shape, factored):
  rng = np.random.default_rng(0)
  start = rng.normal(size=shape)
  gradients = [rng.normal(size=shape) * 10.0**-i for i in range(3)]
  rule = Adafactor(Schedule(learning_rate=0.01)).build()
  parameter, state = jnp.asarray(start), rule.init(jnp.asarray(start))
  for gradient in gradients:
    updates, state = rule.update(jnp.asarray(gradient), state, parameter)
    parameter = parameter + updates
  expected = adafactor_by_hand(start, gradients, 0.01, factored)
  np.testing.assert_allclose(parameter, expected, rtol=2e-5, atol=1e-6)


def test_adafactor_keeps_rows_and_columns_instead_of_whole_moments():
  state = Adafactor().build().init(jnp.zeros((512, 1024)))
  assert max(x.size for x in jax.tree.leaves(state)) == 1024


@pytest.mark.parametrize('schedule, values', [
    (Schedule('constant', 2.0), {0: 2.0, 500: 2.0}),
    (Schedule('constant', 2.0, warmup_steps=10), {0: 0.0, 5: 1.0, 10: 2.0, 99: 2.0}),
    (Schedule('rsqrt', 1.0, warmup_steps=100), {50: 0.5, 100: 1.0, 400: 0.5}),
    (Schedule('linear', 1.0, decay_steps=100), {0: 1.0, 50: 0.5, 100: 0.0, 200: 0.0}),
    (Schedule('cosine', 1.0, warmup_steps=100, decay_steps=300), {100: 1.0, 200: 0.5, 300: 0.0}),
])
def test_schedules_pass_through_their_points(schedule, values):
  rate = schedule.build()
  for step, value in values.items():
    assert float(rate(step)) == pytest.approx(value, abs=1e-6)


def test_an_unknown_schedule_gets_the_nearest_name():
  with pytest.raises(UserError, match="'cosin'.*'cosine'"):
    Schedule('cosin')


def test_a_schedule_that_ends_before_it_begins_is_refused():
  with pytest.raises(UserError, match='decay_steps=10'):
    Schedule('linear', warmup_steps=20, decay_steps=10)


def test_adamw_decays_weights_and_clips_gradients():
  rule = AdamW(Schedule(learning_rate=0.1), weight_decay=0.5, clip_gradient_norm=1.0).build()
  parameter = jnp.array([1.0, -1.0])
  updates, _ = rule.update(jnp.zeros(2), rule.init(parameter), parameter)
  np.testing.assert_allclose(updates, [-0.05, 0.05], rtol=1e-6)
