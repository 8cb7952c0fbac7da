"""The loss and its gradients: means over target tokens, whatever the rows and parts."""
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from flan_jax import models
from flan_jax.training import step
from flan_jax.training.state import TrainState
from flan_jax.training.step import Loss

VOCABULARY = 64
SHAPE = dict(vocab_size=VOCABULARY, d_model=16, num_heads=2, head_dim=8, mlp_dim=32,
             num_encoder_layers=1, num_decoder_layers=1, dtype='float32')


# Without optimizing the machine code, which takes most of the time.
jit = functools.partial(jax.jit, compiler_options={'xla_backend_optimization_level': 0})


def model(dropout_rate=0.0):
  return models.build(models.T5Config(**SHAPE, dropout_rate=dropout_rate))


@pytest.fixture(scope='module')
def parameters():
  return jit(lambda: models.init_parameters(
      models.T5Config(**SHAPE), jax.random.PRNGKey(0)))()


@pytest.fixture(scope='module')
def batch():
  """Four rows of two segments each, with 1 to 8 target tokens that count."""
  rng = np.random.default_rng(0)
  inputs, targets = rng.integers(2, VOCABULARY, (4, 12)), rng.integers(2, VOCABULARY, (4, 8))
  weights = np.arange(8)[None] < np.array([[1], [8], [3], [5]])
  segments = np.broadcast_to(1 + (np.arange(8) >= 4), (4, 8))
  arrays = {
      'encoder_input_tokens': inputs,
      'encoder_segment_ids': np.broadcast_to(1 + (np.arange(12) >= 6), (4, 12)),
      'decoder_input_tokens': np.where(np.arange(8) % 4 == 0, 0, np.roll(targets, 1, axis=1)),
      'decoder_target_tokens': targets,
      'decoder_segment_ids': segments * weights,
      'decoder_loss_weights': weights,
      'task_ids': np.where(segments == 1, 1, 2) * weights,
      'truncated': (np.arange(8)[None] == 0) * np.array([[1], [0], [2], [3]]),
  }
  return {name: jnp.asarray(array, jnp.int32) for name, array in arrays.items()}


def loss_and_sums(parameters, batch, key=None, dropout_rate=0.0, loss=Loss(z_loss=0.0)):
  take = functools.partial(
      step.loss_and_sums, model=model(dropout_rate), loss=loss, num_tasks=2)
  return jit(take)(parameters, batch, key)


def gradients_and_sums(parameters, batch, key, accumulation=1, dropout_rate=0.0):
  take = functools.partial(
      step.gradients_and_sums, model=model(dropout_rate), loss=Loss(z_loss=0.0), num_tasks=2,
      accumulation=accumulation)
  return jit(take)(parameters, batch, key)


@jit
def logits_of(parameters, batch):
  return model().apply(
      {'params': parameters}, batch['encoder_input_tokens'], batch['decoder_input_tokens'],
      encoder_segment_ids=batch['encoder_segment_ids'],
      decoder_segment_ids=batch['decoder_segment_ids'])


def token_losses(parameters, batch):
  """Cross-entropy of each target token by the plain definition: float32 `[rows, length]`."""
  log_p = jax.nn.log_softmax(logits_of(parameters, batch))
  return -jnp.take_along_axis(log_p, batch['decoder_target_tokens'][..., None], -1)[..., 0]


def same(one, other, **tolerance):
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **tolerance), one, other)


def test_loss_is_the_mean_over_the_target_tokens_that_count(parameters, batch):
  loss, sums = loss_and_sums(parameters, batch)
  counts = np.asarray(batch['decoder_loss_weights']) > 0
  counted = np.asarray(token_losses(parameters, batch))[counts]
  assert float(sums['weights']) == len(counted) == 17
  assert float(loss) == pytest.approx(counted.mean(), rel=1e-5)
  assert float(sums['loss']) == pytest.approx(counted.sum(), rel=1e-5)


def test_the_loss_adds_the_mean_z_loss_and_the_sums_keep_them_apart(parameters, batch):
  plain, plain_sums = loss_and_sums(parameters, batch)
  loss, sums = loss_and_sums(parameters, batch, loss=Loss(z_loss=0.1))
  assert float(sums['loss']) == pytest.approx(float(plain_sums['loss']), rel=1e-5)
  assert float(loss) == pytest.approx(float(plain) + float(sums['z_loss']) / 17, rel=1e-5)


def test_sums_by_task_add_up_to_the_whole_and_count_examples(parameters, batch):
  _, sums = loss_and_sums(parameters, batch)
  losses = np.asarray(token_losses(parameters, batch))
  weights = np.asarray(batch['decoder_loss_weights'])
  for task in (0, 1):
    mine = weights * (np.asarray(batch['task_ids']) == task + 1)
    assert float(sums['task_weights'][task]) == mine.sum()
    assert float(sums['task_loss'][task]) == pytest.approx((losses * mine).sum(), rel=1e-5)
  assert sums['task_examples'].tolist() == [4, 2]  # two rows end before their second segment
  assert sums['task_truncated'].tolist() == [2, 0]
  assert sums['task_targets_truncated'].tolist() == [2, 0]


def test_correct_counts_the_tokens_that_were_the_most_likely(parameters, batch):
  _, sums = loss_and_sums(parameters, batch)
  most_likely = jnp.argmax(logits_of(parameters, batch), -1).astype(jnp.int32)
  likely = batch | {'decoder_target_tokens': most_likely}
  _, all_right = loss_and_sums(parameters, likely)
  assert float(all_right['correct']) == float(all_right['weights']) == 17
  assert float(sums['correct']) < 17


def test_parts_of_unequal_token_counts_have_the_gradient_of_the_whole(parameters, batch):
  key = jax.random.PRNGKey(1)
  whole, whole_sums = gradients_and_sums(parameters, batch, key)
  parts, sums = gradients_and_sums(parameters, batch, key, accumulation=2)
  same(parts, whole, rtol=1e-4, atol=1e-6)
  same(sums, whole_sums, rtol=1e-5)


def test_each_part_of_a_batch_has_dropout_of_its_own(parameters, batch):
  one_row = {name: array[:1] for name, array in batch.items()}
  twice = {name: jnp.repeat(array, 2, axis=0) for name, array in one_row.items()}
  key = jax.random.key(2, impl='rbg')  # compiles in a fraction of the default's time
  _, sums = gradients_and_sums(parameters, twice, key, accumulation=2, dropout_rate=0.5)
  first, second = (
      loss_and_sums(parameters, one_row, jax.random.fold_in(key, part), 0.5)[1]['loss']
      for part in (0, 1))
  assert float(first) != pytest.approx(float(second), rel=1e-3)
  assert float(sums['loss']) == pytest.approx(float(first + second), rel=1e-5)


def test_each_step_goes_on_from_what_the_optimizer_remembers(parameters, batch):
  optimizer = optax.sgd(0.1, momentum=0.9)
  start = TrainState(
      step=jnp.int32(0), parameters=parameters, optimizer_state=optimizer.init(parameters),
      key=jax.random.PRNGKey(0), averages=None, halted=jnp.bool_(False))
  take = jit(functools.partial(
      step.train_step, model=model(), optimizer=optimizer, loss=Loss(z_loss=0.0), num_tasks=2))
  one, _ = take(start, batch)
  two, _ = take(one, batch)
  gradients, _ = gradients_and_sums(one.parameters, batch, None)
  expected = jax.tree.map(
      lambda g, remembered: g + 0.9 * remembered, gradients, one.optimizer_state[0].trace)
  same(two.optimizer_state[0].trace, expected, rtol=1e-3, atol=1e-6)
  same(two.parameters, jax.tree.map(lambda p, t: p - 0.1 * t, one.parameters, expected),
       rtol=1e-4, atol=1e-6)
