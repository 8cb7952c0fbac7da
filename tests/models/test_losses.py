"""Losses against optax and numbers worked out by hand."""
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from flan_jax import models

LOGITS = 3 * jax.random.normal(jax.random.PRNGKey(0), (2, 5, 11))
TARGETS = jax.random.randint(jax.random.PRNGKey(1), (2, 5), 0, 11)


def plain_loss(logits, z_loss, smoothing):
  """The definition, left to automatic differentiation."""
  log_z = jax.nn.logsumexp(logits, axis=-1)
  log_p = logits - log_z[..., None]
  low = smoothing / (logits.shape[-1] - 1)
  wanted = jnp.where(jax.nn.one_hot(TARGETS, logits.shape[-1]) > 0, 1 - smoothing, low)
  entropy = -jnp.sum(wanted * jnp.log(jnp.maximum(wanted, 1e-20)), axis=-1)
  return -jnp.sum(wanted * log_p, axis=-1) - entropy + z_loss * log_z**2


def test_cross_entropy_is_that_of_optax():
  loss, z_term = models.token_cross_entropy(LOGITS, TARGETS, z_loss=0.0)
  expected = optax.softmax_cross_entropy_with_integer_labels(LOGITS, TARGETS)
  np.testing.assert_allclose(loss, expected, rtol=1e-5)
  assert not z_term.any()


def test_z_loss_by_hand():
  logits = jnp.log(jnp.array([[[1.0, 2.0, 5.0]]]))
  loss, z_term = models.token_cross_entropy(logits, jnp.array([[2]]), z_loss=0.1)
  assert float(z_term[0, 0]) == pytest.approx(0.1 * np.log(8) ** 2)
  assert float(loss[0, 0]) == pytest.approx(np.log(8 / 5) + 0.1 * np.log(8) ** 2)


def test_a_perfect_smoothed_prediction_costs_nothing():
  logits = jnp.log(jnp.array([[[0.9, 0.05, 0.05]]]))
  loss, _ = models.token_cross_entropy(logits, jnp.array([[0]]), 0.0, label_smoothing=0.1)
  assert float(loss[0, 0]) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize('z_loss, smoothing', [(0.0, 0.0), (1e-2, 0.0), (1e-2, 0.1)])
def test_gradient_is_that_of_the_definition(z_loss, smoothing):
  weights = jax.random.uniform(jax.random.PRNGKey(2), (2, 5))

  def ours(logits):
    return jnp.sum(weights * models.token_cross_entropy(logits, TARGETS, z_loss, smoothing)[0])

  def plain(logits):
    return jnp.sum(weights * plain_loss(logits, z_loss, smoothing))

  for a, b in zip(jax.value_and_grad(ours)(LOGITS), jax.value_and_grad(plain)(LOGITS)):
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_loss_without_its_z_term_has_the_gradient_of_cross_entropy():
  def ours(logits):
    loss, z_term = models.token_cross_entropy(logits, TARGETS, z_loss=0.1)
    return jnp.sum(loss - z_term)

  expected = jax.grad(lambda logits: jnp.sum(plain_loss(logits, 0.0, 0.0)))(LOGITS)
  np.testing.assert_allclose(jax.grad(ours)(LOGITS), expected, atol=1e-5)


def test_huge_logits_stay_finite():
  logits = jnp.array([[[1e4, -1e4, 0.0]]])
  loss, _ = models.token_cross_entropy(logits, jnp.array([[1]]))
  assert np.isfinite(loss).all()
  gradient = jax.grad(lambda x: models.token_cross_entropy(x, jnp.array([[1]]))[0].sum())(logits)
  assert np.isfinite(gradient).all()
