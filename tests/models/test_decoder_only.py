"""The decoder-only family: against plain NumPy and Hugging Face, packing, options, decoding."""
import dataclasses
import functools
import pathlib
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax import models, partitioning
from flan_jax.evaluation import decoding, scoring
from tests.token_rows import padded, shifted, tokens

CONFIG = models.DecoderOnlyConfig(
    vocab_size=64, d_model=32, num_heads=4, head_dim=8, mlp_dim=48, num_layers=2,
    relpos_buckets=8, relpos_max_distance=16, dtype='float32')
CAUSAL = dataclasses.replace(CONFIG, prefix_lm=False)
BOTH = pytest.mark.parametrize('config', [CONFIG, CAUSAL], ids=['prefix_lm', 'causal'])


@pytest.fixture(scope='module')
def parameters():
  tree = models.init_parameters(CONFIG, jax.random.PRNGKey(0))
  # Biases of positions large enough that a wrong distance shows.
  tree['relpos_bias']['rel_embedding'] *= 4
  return tree


@functools.partial(jax.jit, static_argnums=0)
def logits_of(config, parameters, inputs, decoder_inputs, *ids):
  names = ('encoder_segment_ids', 'decoder_segment_ids', 'decoder_source_ids')
  return models.build(config).apply(
      {'params': parameters}, inputs, decoder_inputs, **dict(zip(names, ids)))


def packed(parts, length):
  """Rows `[1, n]` one behind the other, padded, and their segment ids."""
  ids = np.concatenate([np.full(p.shape, k, np.int32) for k, p in enumerate(parts, 1)], axis=1)
  return padded(np.concatenate(parts, axis=1), length), padded(ids, length)


def bucket(offset, both_ways, buckets, farthest):
  """T5, section 2.1: a bucket for each small distance, then logarithmic ones."""
  one_way = buckets // 2 if both_ways else buckets
  distance = abs(offset) if both_ways else max(-offset, 0)
  exact = one_way // 2
  if distance >= exact:
    growth = np.log(distance / exact) / np.log(farthest / exact)
    distance = min(exact + int(growth * (one_way - exact) + 1e-9), one_way - 1)
  return distance + (one_way if both_ways and offset > 0 else 0)


def numpy_logits(p, inputs, decoder_inputs, prefix_lm):
  """One example, `[S]` and `[T]` -> `[T, V]`, in float64 and with loops."""
  p = jax.tree.map(lambda array: np.asarray(array, np.float64), p)
  n, heads, width, eps = len(inputs), 4, 8, 1e-6
  x = p['token_embedder']['embedding'][np.concatenate([inputs, decoder_inputs])]
  length = len(x)
  bias = np.full((heads, length, length), -np.inf)
  for i in range(length):
    for j in range(length):
      if j <= i or (prefix_lm and i < n and j < n):
        bias[:, i, j] = p['relpos_bias']['rel_embedding'][:, bucket(j - i, prefix_lm, 8, 16)]

  def norm(x, scale):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + eps) * scale

  def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))

  for number in range(2):
    layer = p[f'layers_{number}']
    h = norm(x, layer['pre_attention_layer_norm']['scale'])
    q, k, v = (h @ layer['attention'][name]['kernel'] for name in ('query', 'key', 'value'))
    mixed = np.zeros_like(q)
    for head in range(heads):
      part = slice(head * width, (head + 1) * width)
      scores = q[:, part] @ k[:, part].T + bias[head]
      weights = np.exp(scores - scores.max(-1, keepdims=True))
      mixed[:, part] = weights / weights.sum(-1, keepdims=True) @ v[:, part]
    x = x + mixed @ layer['attention']['out']['kernel']
    h = norm(x, layer['pre_mlp_layer_norm']['scale'])
    wi_0, wi_1, wo = (layer['mlp'][name]['kernel'] for name in ('wi_0', 'wi_1', 'wo'))
    x = x + (gelu(h @ wi_0) * (h @ wi_1)) @ wo
  return norm(x[n:], p['decoder_norm']['scale']) @ p['logits_dense']['kernel']


@BOTH
def test_packed_logits_are_those_of_a_plain_computation(config, parameters):
  examples = [(tokens(1, 1, 27), tokens(2, 1, 4)), (tokens(3, 1, 5), tokens(4, 1, 16))]
  inputs, input_ids = packed([i for i, _ in examples], 40)
  decoder_inputs, target_ids = packed([shifted(t) for _, t in examples], 24)
  logits = logits_of(config, parameters, inputs, decoder_inputs, input_ids, target_ids)
  for number, (i, t) in enumerate(examples, 1):
    expected = numpy_logits(parameters, i[0], shifted(t)[0], config.prefix_lm)
    np.testing.assert_allclose(logits[target_ids == number], expected, atol=1e-4)
  assert np.isfinite(logits).all()


def test_causal_logits_are_those_of_a_t5_decoder_without_cross_attention(parameters):
  torch = pytest.importorskip('torch')
  transformers = pytest.importorskip('transformers')
  from transformers.models.t5.modeling_t5 import T5Stack

  stack = T5Stack(transformers.T5Config(
      vocab_size=64, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, is_decoder=True,
      relative_attention_num_buckets=8, relative_attention_max_distance=16, dropout_rate=0.0,
      feed_forward_proj='gated-gelu', use_cache=False)).eval()
  ours = {'final_layer_norm.weight': parameters['decoder_norm']['scale'],
          'block.0.layer.0.SelfAttention.relative_attention_bias.weight':
              parameters['relpos_bias']['rel_embedding'].T}
  for i in range(2):
    layer, block = parameters[f'layers_{i}'], f'block.{i}.layer'
    ours |= {f'{block}.0.SelfAttention.{name[0]}.weight': layer['attention'][name]['kernel'].T
             for name in ('query', 'key', 'value', 'out')}
    ours |= {f'{block}.2.DenseReluDense.{name}.weight': layer['mlp'][name]['kernel'].T
             for name in ('wi_0', 'wi_1', 'wo')}
    ours[f'{block}.0.layer_norm.weight'] = layer['pre_attention_layer_norm']['scale']
    ours[f'{block}.2.layer_norm.weight'] = layer['pre_mlp_layer_norm']['scale']
  missing = stack.load_state_dict(
      {name: torch.tensor(np.array(value)) for name, value in ours.items()}, strict=False)
  assert not missing.unexpected_keys
  assert all('EncDec' in k or 'layer.1' in k or 'embed' in k for k in missing.missing_keys)
  inputs, decoder_inputs = tokens(1, 2, 30), shifted(tokens(2, 2, 9))
  row = np.concatenate([inputs, decoder_inputs], axis=1)
  embedded = np.array(parameters['token_embedder']['embedding'])[row]
  with torch.no_grad():
    hidden = stack(inputs_embeds=torch.tensor(embedded)).last_hidden_state.numpy()[:, 30:]
  expected = hidden @ np.array(parameters['logits_dense']['kernel'])
  logits = logits_of(CAUSAL, parameters, inputs, decoder_inputs)
  np.testing.assert_allclose(logits, expected, atol=1e-4)


@BOTH
def test_packed_row_gives_each_segment_its_own_logits(config, parameters):
  examples = [(tokens(1, 1, 7), tokens(2, 1, 4)), (tokens(3, 1, 5), tokens(4, 1, 6))]
  inputs, input_ids = packed([i for i, _ in examples], 16)
  decoder_inputs, target_ids = packed([shifted(t) for _, t in examples], 12)
  together = logits_of(config, parameters, inputs, decoder_inputs, input_ids, target_ids)
  for number, (i, t) in enumerate(examples, 1):
    alone = logits_of(config, parameters, padded(i, 9), padded(shifted(t), 8))
    np.testing.assert_allclose(
        together[target_ids == number], alone[0, : t.shape[1]], atol=1e-5)


@BOTH
def test_inputs_see_later_inputs_only_as_prefix_lm(config, parameters):
  inputs, decoder_inputs = tokens(1, 1, 6), shifted(tokens(2, 1, 4))
  changed = inputs.copy()
  changed[0, 5] = 65 - changed[0, 5]
  model = models.build(config)
  encode = jax.jit(lambda row: model.apply({'params': parameters}, row, method='encode'))
  first_keys = [encode(row)[1][0][:, :5] for row in (inputs, changed)]
  assert np.array_equal(*first_keys) != config.prefix_lm
  assert not np.array_equal(*(logits_of(config, parameters, i, decoder_inputs)
                              for i in (inputs, changed)))


def test_no_target_sees_a_later_one(parameters):
  inputs, first = tokens(1, 1, 6), shifted(tokens(2, 1, 8))
  second = first.copy()
  second[:, 5:] = 2
  before, after = (logits_of(CONFIG, parameters, inputs, d)[:, :5] for d in (first, second))
  np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize('change', [
    {}, {'prefix_lm': False}, {'scan_layers': True, 'prompt_length': 3}], ids=str)
def test_options_that_share_an_input_score_as_one_by_one(change):
  config = dataclasses.replace(CONFIG, **change)
  parameters = models.init_parameters(config, jax.random.PRNGKey(0))
  options = [tokens(2, 3), tokens(3, 5), tokens(4, 1)]
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  scorer = scoring.Scorer(models.build(config), parameters, layout, batch_size=2)
  questions = [scoring.question(tokens(seed, n), options) for seed, n in ((1, 9), (5, 14))]
  for found, question in zip(scorer(questions), questions):
    for score, option in zip(found, options):
      target = padded(option[None], 5)
      logits = logits_of(config, parameters, padded(question.inputs[None], 14), shifted(target))
      loss = models.token_cross_entropy(logits, target, z_loss=0.0)[0][0, : len(option)]
      assert score == pytest.approx(-float(loss.sum()), abs=1e-4)


@pytest.mark.parametrize('change', [
    {}, {'prefix_lm': False, 'prompt_length': 3}, {'scan_layers': True}], ids=str)
def test_cached_decoding_equals_the_plain_forward_pass(change):
  config = dataclasses.replace(CONFIG, **change)
  parameters = models.init_parameters(config, jax.random.PRNGKey(0))
  inputs = np.concatenate([tokens(1, 1, 9), padded(tokens(2, 1, 5), 9)])
  decoder_inputs = shifted(tokens(3, 2, 12))
  expected = logits_of(config, parameters, inputs, decoder_inputs)
  model, variables = models.build(config), {'params': parameters}
  ids = (inputs > 0).astype(np.int32)
  encoded = jax.jit(functools.partial(model.apply, method='encode'))(variables, inputs, ids)
  cache = model.apply(variables, encoded, 14, method='start_cache')
  step = jax.jit(functools.partial(model.apply, method='decode_token'))
  for t in range(12):
    logits, cache = step(variables, decoder_inputs[:, t], cache, ids)
    np.testing.assert_allclose(logits, expected[:, t], atol=1e-4)


def test_greedy_generation_takes_the_most_likely_tokens(parameters):
  inputs = np.concatenate([tokens(1, 1, 9), padded(tokens(2, 1, 5), 9)])
  lengths = np.array([9, 5])
  ids = (np.arange(9) < lengths[:, None]).astype(np.int32)
  outputs = np.asarray(decoding.greedy(
      models.build(CONFIG), parameters, inputs, ids, ids.any(axis=1), 6, 6, 1))
  logits = logits_of(CONFIG, parameters, inputs, shifted(outputs))
  ended = np.cumsum(outputs == 1, axis=1) - (outputs == 1) > 0
  assert np.where(ended, outputs, np.argmax(logits, -1)).tolist() == outputs.tolist()


def test_only_targets_are_projected_to_the_vocabulary(parameters):
  def loss(parameters):
    return logits_of(CONFIG, parameters, tokens(1, 3, 11), tokens(2, 3, 5)).sum()

  text = str(jax.make_jaxpr(jax.grad(loss))(parameters))
  assert 'f32[15,64]' in text and 'f32[48,64]' not in text


@pytest.mark.parametrize('name, size', [
    ('422m', 422e6), ('2b', 2e9), ('8b', 8e9), ('68b', 68e9), ('137b', 137e9)])
def test_gin_files_make_models_of_their_names_sizes(name, size):
  gin_file = pathlib.Path(__file__).parents[2] / f'gin/models/lamda_{name}.gin'
  fields = dict(re.findall(r'^  (\w+) = (\d+)$', gin_file.read_text(), re.MULTILINE))
  config = models.DecoderOnlyConfig(
      vocab_size=32128, head_dim=128, scan_layers=True, **{k: int(v) for k, v in fields.items()})
  shapes = models.abstract_parameters(config)
  layers = sum(leaf.size for leaf in jax.tree.leaves(shapes['layers']))
  assert layers == pytest.approx(size, rel=0.1)
  everything = sum(leaf.size for leaf in jax.tree.leaves(shapes))
  digits = ' '.join(gin_file.read_text().split('\n')[:2])
  for count in (layers, everything):
    assert any(f'{count / unit:.{places}f}' in digits for unit, places in (
        (1e6, 0), (1e9, 1), (1e9, 2)))


def test_every_parameter_has_axis_names_and_a_gradient(parameters):
  axes = models.logical_axes(CONFIG)
  assert jax.tree.all(jax.tree.map(lambda p, a: p.ndim == len(a) and all(a), parameters, axes))
  inputs, targets = tokens(1, 2, 6), tokens(2, 2, 4)

  @jax.jit
  @jax.grad
  def gradient(parameters):
    logits = models.build(CONFIG).apply(
        {'params': parameters}, inputs, shifted(targets), deterministic=False,
        rngs={'dropout': jax.random.PRNGKey(1)})
    return jnp.mean(models.token_cross_entropy(logits, targets)[0])

  for path, g in jax.tree_util.tree_leaves_with_path(gradient(parameters)):
    assert np.isfinite(g).all() and np.any(g), path
