"""The shared parts, each against a plain computation."""
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax.models import layers


def bucket_by_hand(offset, bidirectional, buckets=32, farthest=128):
  """The text of arXiv 1910.10683, section 2.1, with its logarithm in double precision."""
  one_way = buckets // 2 if bidirectional else buckets
  start = one_way if bidirectional and offset > 0 else 0
  distance = abs(offset) if bidirectional else max(-offset, 0)
  exact = one_way // 2
  if distance < exact:
    return start + distance
  growth = np.log(distance / exact) / np.log(farthest / exact)
  return start + min(exact + int(growth * (one_way - exact) + 1e-9), one_way - 1)


@pytest.mark.parametrize('bidirectional', [True, False])
def test_buckets_are_exact_near_by_and_logarithmic_far_away(bidirectional):
  offsets = np.arange(-300, 301)
  buckets = layers.relative_position_bucket(jnp.array(offsets), bidirectional, 32, 128)
  assert buckets.tolist() == [bucket_by_hand(o, bidirectional) for o in offsets]


def test_position_bias_looks_up_every_pair_of_positions():
  values = np.random.default_rng(0).normal(size=(3, 40)).astype(np.float32)
  bias = layers.position_bias(lambda offsets: jnp.array(values)[:, offsets + 20], 5, 7)
  offsets = np.arange(7)[None, :] - np.arange(5)[:, None]
  np.testing.assert_array_equal(bias, values[:, offsets + 20])


def test_norm_has_unit_mean_square_whatever_the_activations_type():
  norm = layers.RMSNorm('bfloat16')
  x = 300 * jax.random.normal(jax.random.PRNGKey(0), (2, 3, 64), jnp.bfloat16)
  y = norm.apply({'params': {'scale': jnp.ones(64)}}, x)
  assert y.dtype == jnp.bfloat16
  np.testing.assert_allclose(jnp.mean(y.astype(jnp.float32) ** 2, -1), 1.0, atol=0.02)


def test_dropout_drops_the_same_features_at_every_position():
  x = jnp.ones((2, 50, 8))
  y = layers.dropout(0.5).apply({}, x, deterministic=False, rngs={'dropout': jax.random.PRNGKey(0)})
  assert np.all(y == y[:, :1]) and set(np.unique(y)) == {0.0, 2.0}


def test_attention_mixes_only_what_the_mask_allows():
  attention = layers.MultiHeadAttention(2, 4, 8, 0.0, 'float32')
  x = jax.random.normal(jax.random.PRNGKey(0), (1, 5, 8))
  mask = jnp.arange(5) < 3
  variables = attention.init(jax.random.PRNGKey(1), x, x, mask)
  full = attention.apply(variables, x, x, mask)
  short = attention.apply(variables, x, x[:, :3], jnp.ones(3, bool))
  np.testing.assert_allclose(full, short, atol=1e-6)


def test_a_bias_of_all_rows_gets_the_sum_of_their_gradients():
  attention = layers.MultiHeadAttention(2, 4, 8, 0.0, 'float32')
  x = jax.random.normal(jax.random.PRNGKey(0), (3, 5, 8))
  bias, mask = jax.random.normal(jax.random.PRNGKey(2), (2, 5, 5)), jnp.ones((5, 5), bool)
  variables = attention.init(jax.random.PRNGKey(1), x, x, mask)
  loss = lambda bias: jnp.sum(attention.apply(variables, x, x, mask, bias) ** 2)
  rows = jax.grad(loss)(jnp.broadcast_to(bias, (3, 2, 5, 5)))
  np.testing.assert_allclose(jax.grad(loss)(bias), rows.sum(0), atol=1e-5)
