"""Adafactor and the schedules against the published rules, written out in NumPy."""
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from flan_jax.errors import UserError
from flan_jax.training.optimizers import Adafactor, AdamW, Group, ScaledAdamW, Schedule


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
  with pytest.raises(UserError, match='ends at step 10'):
    Schedule('linear', warmup_steps=20, decay_steps=10)


def test_adamw_decays_weights_and_clips_gradients():
  rule = AdamW(Schedule(learning_rate=0.1), weight_decay=0.5, clip_gradient_norm=1.0).build()
  parameter = jnp.array([1.0, -1.0])
  updates, _ = rule.update(jnp.zeros(2), rule.init(parameter), parameter)
  np.testing.assert_allclose(updates, [-0.05, 0.05], rtol=1e-6)


def tree(rng):
  """Parameters of a small model: a matrix, a norm and an embedding."""
  normal = lambda *shape: jnp.asarray(rng.normal(size=shape), jnp.float32)
  return {
      'mlp': {'kernel': normal(8, 4)}, 'final_norm': {'scale': normal(4)},
      'token_embedder': {'embedding': normal(16, 4)},
  }


def steps(optimizer, parameters, gradients):
  """The parameters after a step with each of the gradients."""
  rule = optimizer.build()
  state = rule.init(parameters)
  for gradient in gradients:
    updates, state = rule.update(gradient, state, parameters)
    parameters = optax.apply_updates(parameters, updates)
  return parameters


def scaled_adamw_by_hand(parameter, gradients, learning_rate, decay):
  """AdamW; its update clipped to a root mean square of 1, times that of the parameter."""
  first, second = 0.0, 0.0
  for t, gradient in enumerate(gradients, start=1):
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient**2
    update = first / (1 - 0.9**t) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
    update /= max(1.0, np.sqrt(np.mean(update**2)))
    scale = max(1e-3, np.sqrt(np.mean(parameter**2)))
    parameter = parameter - learning_rate * (scale * update + decay * parameter)
  return parameter


@pytest.mark.parametrize('size', [1.0, 1e-5])
def test_scaled_adamw_follows_its_rule(size):
  rng = np.random.default_rng(1)
  start = rng.normal(size=(6, 5)) * size
  gradients = [rng.normal(size=(6, 5)) * 10.0**i for i in range(3)]
  optimizer = ScaledAdamW(
      Schedule(learning_rate=0.01), weight_decay=0.1, clip_gradient_norm=None)
  after = steps(optimizer, jnp.asarray(start), [jnp.asarray(g) for g in gradients])
  np.testing.assert_allclose(
      after, scaled_adamw_by_hand(start, gradients, 0.01, 0.1), rtol=1e-4, atol=size * 1e-6)


@pytest.mark.parametrize('kind', [Adafactor, AdamW, ScaledAdamW])
def test_norms_are_not_decayed_unless_a_group_says_so(kind):
  parameters = tree(np.random.default_rng(2))
  still = [jax.tree.map(jnp.zeros_like, parameters)]
  rate = Schedule(learning_rate=1.0)
  after = steps(kind(rate, weight_decay=0.5), parameters, still)
  np.testing.assert_array_equal(after['final_norm']['scale'], parameters['final_norm']['scale'])
  np.testing.assert_allclose(after['mlp']['kernel'], parameters['mlp']['kernel'] / 2, rtol=1e-6)
  group = Group('norm', weight_decay=0.25)
  after = steps(kind(rate, weight_decay=0.5, groups=[group]), parameters, still)
  np.testing.assert_allclose(
      after['final_norm']['scale'], parameters['final_norm']['scale'] * 0.75, rtol=1e-6)


@pytest.mark.parametrize('kind', [Adafactor, AdamW, ScaledAdamW])
def test_a_group_has_its_own_rate_and_the_rest_is_as_without_groups(kind):
  rng = np.random.default_rng(3)
  parameters, gradients = tree(rng), [tree(rng) for _ in range(3)]
  rate = Schedule(learning_rate=0.01)
  groups = [Group('token_embedder', learning_rate_factor=0.1),
            Group('embed|norm', schedule=Schedule(learning_rate=0.05))]
  grouped = steps(kind(rate, clip_gradient_norm=1.0, groups=groups), parameters, gradients)
  for name, factor in {'mlp': 1.0, 'token_embedder': 0.1, 'final_norm': 5.0}.items():
    alone = kind(Schedule(learning_rate=0.01 * factor), clip_gradient_norm=1.0)
    same = steps(alone, parameters, gradients)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), grouped[name], same[name])


def test_a_group_of_no_parameter_is_refused():
  optimizer = AdamW(groups=[Group('norm'), Group('scale')])
  with pytest.raises(UserError, match="no parameter is left for the group 'scale'"):
    optimizer.build().init(tree(np.random.default_rng(0)))


@pytest.mark.parametrize('kind', ['linear', 'cosine', 'rsqrt'])
def test_no_schedule_goes_below_its_floor(kind):
  rate = Schedule(kind, 1.0, warmup_steps=10, decay_steps=50, floor=0.25).build()
  values = [float(rate(step)) for step in (0, 10, 50, 10_000)]
  assert values == pytest.approx([0.0, 1.0, values[2], 0.25]) and values[2] >= 0.25


@pytest.mark.parametrize('kind', [Adafactor, ScaledAdamW])
def test_stacked_layers_are_updated_as_layers_of_their_own(kind):
  def parameters(seed):
    rng = np.random.default_rng(seed)
    normal = lambda i, *shape: jnp.asarray(rng.normal(size=shape) * 10.0**i, jnp.float32)
    return {'encoder': {f'layers_{i}': {'kernel': normal(i, 128, 130)} for i in range(3)},
            'decoder': {f'layers_{i}': {'kernel': normal(i, 4, 6)} for i in range(2)},
            'norm': {'scale': normal(0, 4)}}

  def stacked(tree):
    stack = lambda part: {'layers': jax.tree.map(lambda *xs: jnp.stack(xs), *part.values())}
    return {'encoder': stack(tree['encoder']), 'decoder': stack(tree['decoder']),
            'norm': tree['norm']}

  optimizer = kind(Schedule(learning_rate=0.01), weight_decay=0.01)
  gradients = [parameters(seed) for seed in (1, 2)]
  one = stacked(steps(optimizer, parameters(0), gradients))
  other = steps(optimizer, stacked(parameters(0)), [stacked(g) for g in gradients])
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6), one, other)
