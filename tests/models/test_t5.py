"""T5: packing, segments, padding, cached decoding, numerics."""
import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax import models
from flan_jax.errors import UserError
from tests.token_rows import padded, shifted, tokens

CONFIG = models.T5Config(
    vocab_size=64, d_model=32, num_heads=4, head_dim=8, mlp_dim=48, num_encoder_layers=2,
    num_decoder_layers=2, relpos_buckets=8, relpos_max_distance=16, dtype='float32')
MODEL = models.build(CONFIG)


@pytest.fixture(scope='module')
def parameters():
  return models.init_parameters(CONFIG, jax.random.PRNGKey(0))


@jax.jit
def logits_of(parameters, inputs, decoder_inputs, encoder_ids=None, decoder_ids=None, sources=None):
  return MODEL.apply(
      {'params': parameters}, inputs, decoder_inputs, encoder_segment_ids=encoder_ids,
      decoder_segment_ids=decoder_ids, decoder_source_ids=sources)


def token_losses(parameters, inputs, targets, z_loss=1e-4):
  logits = logits_of(parameters, inputs, shifted(targets))
  return np.asarray(models.token_cross_entropy(logits, targets, z_loss)[0])


def test_packed_row_gives_each_segment_its_own_loss(parameters):
  examples = [(tokens(1, 1, 7), tokens(2, 1, 4)), (tokens(3, 1, 5), tokens(4, 1, 6))]
  inputs = padded(np.concatenate([i for i, _ in examples], axis=1), 16)
  targets = padded(np.concatenate([t for _, t in examples], axis=1), 12)
  decoder_inputs = padded(np.concatenate([shifted(t) for _, t in examples], axis=1), 12)
  encoder_ids = np.array([[1] * 7 + [2] * 5 + [0] * 4], np.int32)
  decoder_ids = np.array([[1] * 4 + [2] * 6 + [0] * 2], np.int32)
  logits = logits_of(parameters, inputs, decoder_inputs, encoder_ids, decoder_ids)
  packed = np.asarray(models.token_cross_entropy(logits, targets)[0])
  alone = [token_losses(parameters, i, t)[0] for i, t in examples]
  np.testing.assert_allclose(packed[0, :10], np.concatenate(alone), atol=1e-5)
  assert np.isfinite(packed).all()


def test_options_as_segments_of_one_row_score_as_rows_of_their_own(parameters):
  inputs = padded(tokens(1, 1, 9), 12)
  options = [tokens(2, 1, 3), tokens(3, 1, 5), tokens(4, 1, 1)]
  alone = [-token_losses(parameters, inputs, option, z_loss=0.0).sum() for option in options]
  ids = np.concatenate([np.full(o.shape, k, np.int32) for k, o in enumerate(options, 1)], axis=1)
  ids = padded(ids, 16)
  targets = padded(np.concatenate(options, axis=1), 16)
  decoder_inputs = padded(np.concatenate([shifted(o) for o in options], axis=1), 16)
  logits = logits_of(parameters, inputs, decoder_inputs, None, ids, np.sign(ids))
  loss = np.asarray(models.token_cross_entropy(logits, targets, z_loss=0.0)[0])
  together = [-loss[ids == k].sum() for k in (1, 2, 3)]
  np.testing.assert_allclose(together, alone, atol=1e-4)


def test_padding_changes_nothing(parameters):
  inputs, targets = tokens(1, 2, 6), tokens(2, 2, 4)
  plain = token_losses(parameters, inputs, targets)
  more = token_losses(parameters, padded(inputs, 11), padded(targets, 9))
  np.testing.assert_allclose(more[:, :4], plain, atol=1e-5)


def test_a_row_of_nothing_but_padding_is_finite_and_leaves_others_alone(parameters):
  inputs, targets = tokens(1, 1, 6), tokens(2, 1, 4)
  ids = np.array([[1] * 4, [0] * 4], np.int32)
  both = logits_of(parameters, np.concatenate([inputs, 0 * inputs]),
                   np.concatenate([shifted(targets), 0 * targets]), None, ids)
  assert np.isfinite(both).all()
  np.testing.assert_allclose(both[:1], logits_of(parameters, inputs, shifted(targets)), atol=1e-5)


def test_no_token_sees_a_later_one(parameters):
  inputs, first = tokens(1, 1, 6), shifted(tokens(2, 1, 8))
  second = first.copy()
  second[:, 5:] = 2
  before, after = (logits_of(parameters, inputs, d)[:, :5] for d in (first, second))
  np.testing.assert_array_equal(before, after)


def test_cached_decoding_equals_decoding_at_once(parameters):
  variables = {'params': parameters}
  inputs = np.concatenate([tokens(1, 1, 9), padded(tokens(2, 1, 5), 9)])
  decoder_inputs = shifted(tokens(3, 2, 21))
  encoder_ids = (inputs > 0).astype(np.int32)
  encoded = jax.jit(functools.partial(MODEL.apply, method='encode'))(variables, inputs)
  whole = jax.jit(MODEL.apply)(variables, inputs, decoder_inputs, encoder_segment_ids=encoder_ids)
  cache = MODEL.apply(variables, encoded, 24, method='start_cache')
  step = jax.jit(functools.partial(MODEL.apply, method='decode_token'))
  for t in range(decoder_inputs.shape[1]):
    logits, cache = step(variables, decoder_inputs[:, t], cache, encoder_ids)
    np.testing.assert_allclose(logits, whole[:, t], atol=1e-4)


def test_bfloat16_activations_leave_parameters_and_logits_float32(parameters):
  config = dataclasses.replace(CONFIG, dtype='bfloat16')
  apply, variables = models.build(config).apply, {'params': parameters}
  inputs, decoder_inputs = tokens(1, 2, 6), shifted(tokens(2, 2, 4))
  logits = jax.jit(apply)(variables, inputs, decoder_inputs)
  encode = functools.partial(apply, method='encode')
  assert jax.eval_shape(encode, variables, inputs).dtype == jnp.bfloat16
  assert logits.dtype == jnp.float32
  assert {p.dtype for p in jax.tree.leaves(models.abstract_parameters(config))} == {
      jnp.dtype('float32')}
  np.testing.assert_allclose(logits, logits_of(parameters, inputs, decoder_inputs), atol=0.2)


def test_every_parameter_gets_a_finite_gradient_with_dropout(parameters):
  inputs, targets = padded(tokens(1, 2, 6), 8), tokens(2, 2, 4)

  def loss(parameters):
    logits = MODEL.apply({'params': parameters}, inputs, shifted(targets), deterministic=False,
                         rngs={'dropout': jax.random.PRNGKey(1)})
    return models.token_cross_entropy(logits, targets)[0].mean()

  for path, gradient in jax.tree_util.tree_leaves_with_path(jax.jit(jax.grad(loss))(parameters)):
    assert np.isfinite(gradient).all() and np.any(gradient), path


def test_dropout_needs_a_key_and_follows_it(parameters):
  inputs, decoder_inputs = tokens(1, 1, 6), shifted(tokens(2, 1, 4))

  @jax.jit
  def run(seed):
    return MODEL.apply({'params': parameters}, inputs, decoder_inputs, deterministic=False,
                       rngs={'dropout': jax.random.PRNGKey(seed)})

  np.testing.assert_array_equal(run(0), run(0))
  assert np.abs(run(0) - run(1)).max() > 0.01


def test_parameters_are_named_and_shaped_as_in_t5x():
  shapes = {'.'.join(k.key for k in path): p.shape for path, p in
            jax.tree_util.tree_leaves_with_path(models.abstract_parameters(CONFIG))}
  assert len(shapes) == 1 + 2 * 9 + 2 * 14 + 2 + 2 + 1
  assert shapes['token_embedder.embedding'] == (64, 32)
  assert shapes['encoder.relpos_bias.rel_embedding'] == (4, 8)
  assert shapes['encoder.layers_1.attention.query.kernel'] == (32, 32)
  assert shapes['encoder.layers_0.pre_mlp_layer_norm.scale'] == (32,)
  assert shapes['decoder.layers_0.encoder_decoder_attention.out.kernel'] == (32, 32)
  assert shapes['decoder.layers_1.pre_cross_attention_layer_norm.scale'] == (32,)
  assert shapes['decoder.layers_1.mlp.wo.kernel'] == (48, 32)
  assert shapes['decoder.logits_dense.kernel'] == (32, 64)


def test_every_dimension_of_every_parameter_has_an_axis_name(parameters):
  axes = models.logical_axes(CONFIG)
  same = jax.tree.map(lambda p, names: p.ndim == len(names) and all(names), parameters, axes)
  assert jax.tree.all(same)
  assert axes['decoder']['logits_dense']['kernel'] == ('embed', 'vocab')
  assert axes['encoder']['layers_0']['attention']['out']['kernel'] == ('joined_kv', 'embed')


def test_small_has_77_million_parameters():
  shapes = models.abstract_parameters(models.T5Config())
  assert sum(p.size for p in jax.tree.leaves(shapes)) == 76_961_152


def test_initial_scales_are_those_of_t5x(parameters):
  attention = parameters['encoder']['layers_0']['attention']
  assert np.std(attention['key']['kernel']) == pytest.approx(32**-0.5, rel=0.15)
  assert np.std(attention['query']['kernel']) == pytest.approx((32 * 8) ** -0.5, rel=0.15)
  assert np.std(parameters['token_embedder']['embedding']) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize('field, value', [
    ('d_model', 0), ('num_heads', 2.0), ('vocab_size', -1), ('dropout_rate', 1.0),
    ('dtype', 'float16'), ('relpos_buckets', 6), ('relpos_max_distance', 16)])
def test_a_config_that_makes_no_sense_names_the_field(field, value):
  with pytest.raises(UserError) as error:
    models.T5Config(**{field: value})
  assert error.value.where == f'T5Config.{field}' and error.value.remedy


def test_vocabulary_size_is_rounded_up_or_checked():
  assert models.with_vocabulary_size(models.T5Config(vocab_size=0), 32100).vocab_size == 32128
  assert models.with_vocabulary_size(models.T5Config(vocab_size=500), 400).vocab_size == 500
  with pytest.raises(UserError, match='too few'):
    models.with_vocabulary_size(models.T5Config(vocab_size=500), 501)
  with pytest.raises(UserError, match='is not set'):
    models.build(models.T5Config(vocab_size=0))
