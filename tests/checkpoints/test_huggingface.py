"""Our T5 against Hugging Face's, on the same random weights."""
import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax import models
from flan_jax.checkpoints import convert
from flan_jax.errors import UserError
from flan_jax.models import layers
from tests.token_rows import shifted

SIZES = {
    'vocab_size': 70, 'd_model': 32, 'd_kv': 8, 'd_ff': 48, 'num_layers': 3, 'num_heads': 5,
    'num_decoder_layers': 2, 'relative_attention_num_buckets': 32,
    'relative_attention_max_distance': 128, 'dropout_rate': 0.0}
ABOUT = SIZES | {
    'model_type': 't5', 'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False}
CONFIG = models.T5Config(
    vocab_size=70, d_model=32, num_heads=5, head_dim=8, mlp_dim=48, num_encoder_layers=3,
    num_decoder_layers=2, dropout_rate=0.0, dtype='float32')


@pytest.fixture(scope='module')
def theirs():
  torch = pytest.importorskip('torch')
  transformers = pytest.importorskip('transformers')
  torch.manual_seed(0)
  about = transformers.T5Config(
      **SIZES, feed_forward_proj='gated-gelu', tie_word_embeddings=False, decoder_start_token_id=0)
  model = transformers.T5ForConditionalGeneration(about).eval()
  # transformers 5 ties the logits to the embedding whatever the config says.
  model.lm_head.weight = torch.nn.Parameter(0.2 * torch.randn(70, 32))
  for name, weight in model.named_parameters():
    if 'norm' in name or 'relative' in name:
      torch.nn.init.normal_(weight, mean=1.0, std=0.3)
    elif 'SelfAttention.q' in name or 'EncDecAttention.q' in name:
      torch.nn.init.normal_(weight, std=0.2)
  return model


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16'])
def test_a_written_directory_is_read_by_transformers_and_by_us(theirs, parameters, tmp_path, dtype):
  transformers = pytest.importorskip('transformers')
  convert.save_huggingface(tmp_path, parameters, CONFIG, dtype)
  config, ours = convert.load_huggingface(tmp_path)
  assert config == dataclasses.replace(CONFIG, dtype=config.dtype)
  stored = jax.tree.map(lambda array: array.astype(jnp.dtype(dtype)).astype(np.float32), parameters)
  jax.tree.map(np.testing.assert_array_equal, ours, stored)
  again = transformers.T5ForConditionalGeneration.from_pretrained(tmp_path)
  read, original = again.state_dict(), theirs.state_dict()
  assert read.keys() == original.keys()
  for name in read:
    np.testing.assert_allclose(read[name].float(), original[name], rtol=1 / 128)


@pytest.fixture(scope='module')
def parameters(theirs):
  tensors = {name: value.numpy() for name, value in theirs.state_dict().items()}
  return convert.parameters_from_huggingface(tensors, CONFIG)


def tokens(seed, *lengths):
  rows = np.zeros((len(lengths), max(lengths)), np.int32)
  for row, length in zip(rows, lengths):
    row[:length] = np.random.default_rng(seed + length).integers(2, 70, length)
  return rows


@jax.jit
def logits_of(parameters, inputs, decoder_inputs, **ids):
  return models.build(CONFIG).apply({'params': parameters}, inputs, decoder_inputs, **ids)


def their_logits(theirs, inputs, decoder_inputs):
  import torch

  with torch.no_grad():
    return theirs(
        input_ids=torch.tensor(inputs, dtype=torch.long),
        attention_mask=torch.tensor(inputs > 0, dtype=torch.long),
        decoder_input_ids=torch.tensor(decoder_inputs, dtype=torch.long)).logits.numpy()


def test_logits_equal_theirs_with_padding(theirs, parameters):
  inputs, targets = tokens(0, 150, 40, 7), tokens(9, 30, 60, 3)
  ours = logits_of(parameters, inputs, shifted(targets))
  np.testing.assert_allclose(ours, their_logits(theirs, inputs, shifted(targets)), atol=1e-4)


@pytest.mark.slow
def test_logits_equal_theirs_at_the_size_of_small():
  torch = pytest.importorskip('torch')
  transformers = pytest.importorskip('transformers')
  torch.manual_seed(1)
  model = transformers.T5ForConditionalGeneration(transformers.T5Config(
      vocab_size=32128, d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6,
      feed_forward_proj='gated-gelu', tie_word_embeddings=False, dropout_rate=0.0)).eval()
  model.lm_head.weight = torch.nn.Parameter(512**-0.5 * torch.randn(32128, 512))
  config = models.T5Config(dropout_rate=0.0, dtype='float32')
  tensors = {name: value.numpy() for name, value in model.state_dict().items()}
  parameters = convert.parameters_from_huggingface(tensors, config)
  inputs, targets = tokens(0, 150, 40), tokens(9, 30, 3)
  ours = models.build(config).apply({'params': parameters}, inputs, shifted(targets))
  expected = their_logits(model, inputs, shifted(targets))
  for row, length in enumerate((30, 3)):
    np.testing.assert_allclose(ours[row, :length], expected[row, :length], atol=1e-4)


def test_option_segments_score_as_theirs_one_by_one(theirs, parameters):
  inputs = tokens(0, 20)
  options = [tokens(5, 4), tokens(5, 7), tokens(5, 2)]
  ids = np.concatenate([np.full(o.shape, k, np.int32) for k, o in enumerate(options, 1)], axis=1)
  packed = np.concatenate([shifted(o) for o in options], axis=1)
  logits = logits_of(parameters, inputs, packed, decoder_segment_ids=ids,
                     decoder_source_ids=np.ones_like(ids))
  targets = np.concatenate(options, axis=1)
  loss = np.asarray(models.token_cross_entropy(logits, targets, z_loss=0.0)[0])
  for k, option in enumerate(options, 1):
    log_p = jax.nn.log_softmax(their_logits(theirs, inputs, shifted(option)))
    expected = np.take_along_axis(np.asarray(log_p), option[..., None], axis=-1).sum()
    assert -loss[ids == k].sum() == pytest.approx(expected, abs=1e-4)


def test_greedy_tokens_are_those_that_they_generate(theirs, parameters):
  import torch

  inputs = tokens(3, 12, 25, 6)
  expected = theirs.generate(
      input_ids=torch.tensor(inputs, dtype=torch.long),
      attention_mask=torch.tensor(inputs > 0, dtype=torch.long),
      max_new_tokens=15, min_new_tokens=15, do_sample=False, num_beams=1).numpy()
  model, variables = models.build(CONFIG), {'params': parameters}
  ids = (inputs > 0).astype(np.int32)
  encoded = jax.jit(lambda: model.apply(variables, inputs, method='encode'))()
  cache = model.apply(variables, encoded, 15, method='start_cache')
  step = jax.jit(
      lambda token, cache: model.apply(variables, token, cache, ids, method='decode_token'))
  outputs = [np.zeros(3, np.int32)]
  for _ in range(15):
    logits, cache = step(outputs[-1], cache)
    outputs.append(np.asarray(logits.at[:, 1].set(-np.inf).argmax(-1), np.int32))
  assert len({tuple(row) for row in expected.tolist()}) == 3
  assert np.stack(outputs, axis=1).tolist() == expected.tolist()


@pytest.mark.parametrize('bidirectional', [True, False])
def test_buckets_of_positions_are_theirs(bidirectional):
  torch = pytest.importorskip('torch')
  from transformers.models.t5.modeling_t5 import T5Attention

  offsets = np.arange(-1100, 1101)
  expected = T5Attention._relative_position_bucket(torch.tensor(offsets), bidirectional)
  ours = layers.relative_position_bucket(jax.numpy.array(offsets), bidirectional, 32, 128)
  assert ours.tolist() == expected.tolist()


def test_round_trip_is_bit_identical(theirs, parameters):
  tensors = convert.parameters_to_huggingface(parameters, CONFIG)
  state = {k: v.numpy() for k, v in theirs.state_dict().items() if 'embed_tokens' not in k}
  assert set(tensors) == set(state)
  for name, value in tensors.items():
    assert value.tobytes() == np.ascontiguousarray(state[name]).tobytes(), name
  again = convert.parameters_from_huggingface(tensors, CONFIG)
  jax.tree.map(np.testing.assert_array_equal, again, parameters)


@pytest.mark.parametrize('shards', [1, 3])
def test_a_saved_directory_loads_whole_or_in_shards(tmp_path, shards):
  from safetensors.numpy import save_file

  tree = jax.tree.map(np.asarray, models.init_parameters(CONFIG, jax.random.PRNGKey(0)))
  tensors = convert.parameters_to_huggingface(tree, CONFIG)
  (tmp_path / 'config.json').write_text(json.dumps(ABOUT))
  if shards == 1:
    save_file(tensors, tmp_path / 'model.safetensors')
  else:
    where = {name: f'model-{i % shards}.safetensors' for i, name in enumerate(tensors)}
    for file in set(where.values()):
      save_file({n: tensors[n] for n in tensors if where[n] == file}, tmp_path / file)
    (tmp_path / 'model.safetensors.index.json').write_text(json.dumps({'weight_map': where}))
  config, loaded = convert.load_huggingface(tmp_path)
  assert config == models.T5Config(**vars(CONFIG) | {'dtype': 'bfloat16'})
  jax.tree.map(np.testing.assert_array_equal, loaded, tree)


@pytest.mark.parametrize('untied', [True, False])
def test_what_they_save_loads_tied_or_not_and_in_bfloat16(theirs, tmp_path, untied):
  import copy

  import torch

  model = copy.deepcopy(theirs).to(torch.bfloat16)
  if not untied:
    model.lm_head.weight = model.shared.weight
  model.save_pretrained(tmp_path)
  config, loaded = convert.load_huggingface(tmp_path)
  assert config.num_decoder_layers == 2
  logits = loaded['decoder']['logits_dense']['kernel']
  assert logits.dtype == np.float32
  np.testing.assert_array_equal(logits.T, model.lm_head.weight.detach().float().numpy())


def test_tensors_that_do_not_fit_are_listed():
  tree = models.init_parameters(CONFIG, jax.random.PRNGKey(0))
  tensors = convert.parameters_to_huggingface(tree, CONFIG)
  del tensors['lm_head.weight']
  tensors |= {'extra.weight': np.zeros(3), 'shared.weight': np.zeros((71, 32))}
  with pytest.raises(UserError) as error:
    convert.parameters_from_huggingface(tensors, CONFIG)
  for text in ('lm_head.weight is missing', 'extra.weight is unexpected',
               'shared.weight has shape [71, 32] instead of [70, 32]'):
    assert text in str(error.value)


def test_only_ten_differences_are_listed():
  with pytest.raises(UserError, match='and [0-9]+ more') as error:
    convert.parameters_from_huggingface({}, CONFIG)
  assert str(error.value).count('is missing') == 10


@pytest.mark.parametrize('change', [
    {'feed_forward_proj': 'relu'}, {'tie_word_embeddings': True}, {'model_type': 'bert'}])
def test_other_models_are_refused(change):
  with pytest.raises(UserError, match='not T5 1.1'):
    convert.t5_config_from_huggingface(ABOUT | change)


def test_a_missing_or_broken_file_is_named(tmp_path):
  with pytest.raises(UserError, match='no config.json'):
    convert.load_huggingface(tmp_path)
  (tmp_path / 'config.json').write_text(json.dumps(ABOUT))
  with pytest.raises(UserError, match='no model.safetensors'):
    convert.load_huggingface(tmp_path)
  (tmp_path / 'model.safetensors').write_bytes(b'not this')
  with pytest.raises(UserError, match='cannot be read'):
    convert.load_huggingface(tmp_path)
