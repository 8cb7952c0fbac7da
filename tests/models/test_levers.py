"""Scan, remat, LoRA, soft prompts and bfloat16 parameters, for both families."""
import dataclasses
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax import models
from flan_jax.errors import UserError
from flan_jax.models import layers, stacking

SHAPE = {'vocab_size': 64, 'd_model': 32, 'num_heads': 4, 'head_dim': 8, 'mlp_dim': 48,
         'relpos_buckets': 8, 'relpos_max_distance': 16, 'dtype': 'float32', 'dropout_rate': 0.0}
T5 = models.T5Config(num_encoder_layers=1, num_decoder_layers=2, **SHAPE)
DECODER_ONLY = models.DecoderOnlyConfig(num_layers=2, **SHAPE)
EACH_FAMILY = pytest.mark.parametrize('config', [T5, DECODER_ONLY], ids=['t5', 'decoder_only'])

EITHER = pytest.mark.parametrize(
    'config, scan', [(T5, False), pytest.param(DECODER_ONLY, True, marks=pytest.mark.slow)])

RANDOM = np.random.default_rng(0)
INPUTS, TARGETS = (RANDOM.integers(2, 64, (2, n)).astype(np.int32) for n in (10, 6))
INPUT_IDS = np.array([[1] * 4 + [2] * 5 + [0]] * 2, np.int32)
TARGET_IDS = np.array([[1] * 3 + [2] * 2 + [0]] * 2, np.int32)


@functools.cache
def parameters_of(config):
  return models.init_parameters(config, jax.random.PRNGKey(0))


@functools.partial(jax.jit, static_argnums=(0, 2))
def loss_of(config, parameters, dropout=False):
  logits = models.build(config).apply(
      {'params': parameters}, INPUTS, TARGETS, encoder_segment_ids=INPUT_IDS,
      decoder_segment_ids=TARGET_IDS, deterministic=not dropout,
      rngs={'dropout': jax.random.PRNGKey(1)} if dropout else {})
  return jnp.mean(models.token_cross_entropy(logits, TARGETS)[0])


gradient_of = jax.jit(jax.value_and_grad(loss_of, argnums=1), static_argnums=(0, 2))


def assert_close(one, other, atol=1e-5):
  jax.tree.map(functools.partial(np.testing.assert_allclose, atol=atol), one, other)


def count(tree):
  return sum(leaf.size for leaf in jax.tree.leaves(tree))


@EACH_FAMILY
def test_scanned_layers_compute_what_unrolled_ones_do(config):
  scanned = dataclasses.replace(config, scan_layers=True)
  parameters = parameters_of(config)
  loss, gradient = gradient_of(config, parameters)
  scanned_loss, scanned_gradient = gradient_of(scanned, models.stack_layers(parameters))
  assert_close(scanned_loss, loss)
  assert_close(models.unstack_layers(scanned_gradient), gradient)


@EACH_FAMILY
def test_stacking_and_unstacking_are_each_others_reverse(config):
  parameters = parameters_of(config)
  stacked = models.stack_layers(parameters)
  jax.tree.map(np.testing.assert_array_equal, models.unstack_layers(stacked), parameters)
  expected = models.abstract_parameters(dataclasses.replace(config, scan_layers=True))
  assert jax.tree.map(jnp.shape, stacked) == jax.tree.map(jnp.shape, expected)


@EACH_FAMILY
def test_scanned_parameters_have_an_axis_of_layers_in_front(config):
  scanned = dataclasses.replace(config, scan_layers=True)
  axes, shapes = models.logical_axes(scanned), models.abstract_parameters(scanned)
  stack = axes.get('decoder', axes)['layers']
  assert stack['mlp']['wi_0']['kernel'] == ('layers', 'embed', 'mlp')
  assert jax.tree.all(jax.tree.map(lambda p, names: p.ndim == len(names), shapes, axes))
  parameters = parameters_of(scanned)
  first, second = parameters.get('decoder', parameters)['layers']['mlp']['wo']['kernel']
  assert np.std(first) == pytest.approx(48**-0.5, rel=0.1) and not np.array_equal(first, second)


def test_a_scanned_program_does_not_grow_with_depth():
  def lines(depth):
    config = dataclasses.replace(DECODER_ONLY, scan_layers=True, num_layers=depth)
    shapes = models.abstract_parameters(config)
    return len(gradient_of.lower(config, shapes).as_text().splitlines())

  assert lines(12) == lines(2)


def test_each_scanned_layer_drops_something_else():
  class Drop(nn.Module):
    @nn.compact
    def __call__(self, x):
      return layers.dropout(0.5)(x, deterministic=False)

  class Model(nn.Module):
    def setup(self):
      self.layers = stacking.make_layers(Drop, 6, scan=True)

    def __call__(self, x):
      return stacking.through_layers(
          lambda layer, x, _: (x, layer(x)), self.layers, x, count=6)[1]

  dropped = Model().apply({}, jnp.ones((1, 1, 64)), rngs={'dropout': jax.random.PRNGKey(0)})
  assert len({row.tobytes() for row in np.asarray(dropped)}) == 6


@pytest.mark.parametrize('config, scan, remat', [
    (T5, False, 'full'), (DECODER_ONLY, True, 'dots'),
    pytest.param(T5, True, 'full', marks=pytest.mark.slow),
    pytest.param(T5, False, 'dots', marks=pytest.mark.slow)])
def test_remat_changes_no_number(config, scan, remat):
  config = dataclasses.replace(config, scan_layers=scan, dropout_rate=0.2)
  again = dataclasses.replace(config, remat=remat)
  parameters = parameters_of(config)
  assert_close(gradient_of(again, parameters, True), gradient_of(config, parameters, True))


@pytest.mark.parametrize('scan', [False, True])
def test_each_remat_policy_keeps_less_for_the_gradient(scan):
  def kept(remat):
    config = dataclasses.replace(
        DECODER_ONLY, scan_layers=scan, remat=remat, num_layers=4)
    shapes = models.abstract_parameters(config)
    _, pull = jax.eval_shape(lambda p: jax.vjp(functools.partial(loss_of, config), p), shapes)
    return count(pull)

  assert kept('full') < 0.7 * kept('dots') < 0.7 * kept('none')


def test_an_unknown_remat_policy_is_refused_with_the_nearest_one():
  with pytest.raises(UserError, match='full') as error:
    models.DecoderOnlyConfig(remat='ful')
  assert error.value.where == 'DecoderOnlyConfig.remat'


@pytest.mark.slow
@EITHER
def test_a_fresh_lora_computes_what_its_base_does_and_then_learns(config, scan):
  base = dataclasses.replace(config, scan_layers=scan)
  tuned = dataclasses.replace(base, lora_rank=2)
  parameters = with_base(parameters_of(tuned), parameters_of(base))
  loss, gradient = gradient_of(tuned, parameters)
  assert_close(loss, loss_of(base, parameters_of(base)))
  mlp = gradient.get('decoder', gradient)['layers' if scan else 'layers_0']['mlp']['wo']
  assert np.any(mlp['lora_b']) and not np.any(mlp['lora_a'])


def with_base(tree, base):
  return {name: with_base(value, base.get(name, {})) if isinstance(value, dict)
          else base.get(name, value) for name, value in tree.items()}


def test_lora_adds_the_scaled_product_of_its_matrices():
  config = dataclasses.replace(DECODER_ONLY, lora_rank=2, lora_alpha=6.0)
  tuned = jax.tree_util.tree_map_with_path(
      lambda path, p: p + 0.1 if path[-1].key == 'lora_b' else p, parameters_of(config))

  def merged(tree):
    if 'lora_a' in tree:
      return {'kernel': tree['kernel'] + tree['lora_a'] @ tree['lora_b'] * 6.0 / 2}
    return {k: merged(v) if isinstance(v, dict) else v for k, v in tree.items()}

  assert_close(loss_of(config, tuned), loss_of(DECODER_ONLY, merged(tuned)))
  assert not np.isclose(loss_of(config, tuned), loss_of(config, parameters_of(config)))


@EACH_FAMILY
def test_lora_and_prompts_add_few_parameters_and_none_by_default(config):
  tuned = dataclasses.replace(config, lora_rank=1, prompt_length=5)
  shapes, base = models.abstract_parameters(tuned), models.abstract_parameters(config)
  assert shapes['prompt'].shape == (5, 32)
  assert models.logical_axes(tuned)['prompt'] == (None, 'embed')
  names = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(base)]
  assert not any('lora_' in name or 'prompt' in name for name in names)
  extra = [leaf.size for path, leaf in jax.tree_util.tree_leaves_with_path(shapes)
           if 'lora_' in path[-1].key or path[-1].key == 'prompt']
  assert sum(extra) == count(shapes) - count(base) < 0.25 * count(base)


@EACH_FAMILY
def test_every_packed_segment_sees_the_prompt_alike(config):
  config = dataclasses.replace(config, prompt_length=3)
  parameters = parameters_of(config)

  @jax.jit
  def logits(inputs, targets, input_ids, target_ids, prompt):
    return models.build(config).apply(
        {'params': parameters | {'prompt': prompt}}, inputs, targets,
        encoder_segment_ids=input_ids, decoder_segment_ids=target_ids)

  together = logits(INPUTS, TARGETS, INPUT_IDS, TARGET_IDS, parameters['prompt'])
  other = logits(INPUTS, TARGETS, INPUT_IDS, TARGET_IDS, -parameters['prompt'])
  alone = logits(INPUTS[:, 4:9], TARGETS[:, 3:5], INPUT_IDS[:, 4:9], TARGET_IDS[:, 3:5],
                 parameters['prompt'])
  np.testing.assert_allclose(together[:, 3:5], alone, atol=1e-5)
  assert np.all(np.abs(together - other)[TARGET_IDS > 0].max(axis=-1) > 1e-3)


@pytest.mark.slow
@EITHER
def test_bfloat16_parameters_are_used_without_widening_them(config, scan):
  config = dataclasses.replace(
      config, dtype='bfloat16', scan_layers=scan, lora_rank=2, prompt_length=2)
  wide = parameters_of(config)
  narrow = jax.tree.map(lambda p: p.astype(jnp.bfloat16), wide)
  assert float(loss_of(config, narrow)) == pytest.approx(float(loss_of(config, wide)), rel=0.02)
  text = str(jax.make_jaxpr(functools.partial(loss_of, config))(narrow))
  assert 'f32[32,64]' not in text and 'f32[64,32]' not in text and 'f32[32,48]' not in text


@EACH_FAMILY
def test_a_config_survives_being_written_down(config):
  fields = models.config_to_dict(config)
  assert models.config_from_dict(fields) == config
  assert type(models.config_from_dict(fields)) is type(config)
  with pytest.raises(UserError, match='no field'):
    models.config_from_dict(fields | {'d_modle': 3})


def test_fields_without_a_family_are_t5s_and_unknown_families_are_refused():
  assert models.config_from_dict({'d_model': 64}) == models.T5Config(d_model=64)
  with pytest.raises(UserError, match='decoder_only'):
    models.config_from_dict({'family': 'decoder-only'})
