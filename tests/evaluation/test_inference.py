"""The Python calls: what they take, what they refuse, and in which numbers they work."""
import dataclasses
import json
import shutil
import subprocess
import sys

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

import flan_jax
from flan_jax import models, partitioning
from flan_jax.checkpoints import convert, loading
from flan_jax.errors import UserError
from flan_jax.evaluation import inference

CONFIG = models.T5Config(
    vocab_size=2048, d_model=32, num_heads=2, head_dim=16, mlp_dim=64, num_encoder_layers=1,
    num_decoder_layers=1, dropout_rate=0.0)


@pytest.fixture(scope='module')
def model(vocabulary):
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  parameters = models.init_parameters(CONFIG, jax.random.PRNGKey(0))
  return loading.with_dtype(loading.Model(CONFIG, parameters, vocabulary, layout, 7), 'float32')


def test_one_text_is_one_prompt(model):
  alone = flan_jax.score(model, 'Is snow white?', ['yes', 'no'])
  listed = flan_jax.score(model, ['Is snow white?'], [['yes', 'no']])
  assert alone.shape == (2,) and len(listed) == 1
  np.testing.assert_array_equal(alone, listed[0])
  text = flan_jax.generate(model, 'Name a colour.', max_new_tokens=3)
  assert [text] == flan_jax.generate(model, ['Name a colour.'], max_new_tokens=3)


@pytest.mark.parametrize('inputs, options, words', [
    (['a', 'b'], [['yes', 'no']], '2 prompts, but 1 lists of options'),
    (['a', 'b'], ['yes', 'no'], r"options\[0\]: 'yes' where a list of options belongs"),
    (['a'], 'yes', '1 prompts, but a text'),
    (['a'], [[]], r'options\[0\]: \[\] where a list'),
    ('a', ['yes', ''], r"options\[0\]\[1\]: '' has no token"),
    ('a', ['yes', 3], r'options\[0\]\[1\]: 3 is not a text'),
    (['a', None], [['yes'], ['no']], r'inputs\[1\]: None is not a text'),
    ('a \ud83d', ['yes'], 'half of a surrogate pair'),
    ('x ' * 3000, ['yes'], r'inputs\[0\]: it has [\d,]+ tokens, more than 2,048'),
    ('a', ['x ' * 3000, 'yes'], r'options\[0\]\[0\]: it has [\d,]+ tokens, more than 2,048'),
])
def test_what_cannot_be_scored_is_named(model, inputs, options, words):
  with pytest.raises(UserError, match=words):
    flan_jax.score(model, inputs, options)


def test_the_longest_prompt_is_a_setting(model):
  with pytest.raises(UserError, match='more than 3'):
    flan_jax.generate(model, 'one two three four', 2, max_input_tokens=3)
  for value in (0, 2.5, True):
    with pytest.raises(UserError, match='max_input_tokens'):
      flan_jax.generate(model, 'one', 2, max_input_tokens=value)
  assert inference.longest(model) == 2048
  trained = dataclasses.replace(model, about={'lengths': {'inputs': 4096, 'targets': 9}})
  assert inference.longest(trained) == 4096


def test_a_record_that_cannot_be_done_is_told_beforehand(model):
  assert not inference.fault(model, {'inputs': 'a', 'options': ['b']})
  assert not inference.fault(model, {'inputs': 'a', 'options': None})
  assert 'more than 2,048' in inference.fault(model, {'inputs': 'x ' * 3000})


def test_a_record_that_memory_is_too_small_for_costs_no_other(model, monkeypatch):
  generate = inference.generate

  def with_little_memory(model, inputs, *args, **settings):
    if any(len(text) > 100 for text in inputs):
      raise ValueError('RESOURCE_EXHAUSTED: Out of memory allocating 138 GB')
    return generate(model, inputs, *args, **settings)

  monkeypatch.setattr(inference, 'generate', with_little_memory)
  records = [{'inputs': text} for text in ('a', 'long ' * 100, 'b', 'c')]
  found = list(inference.infer(model, records, 2))
  assert [f['inputs'] for f in found] == [r['inputs'] for r in records]
  assert [f['prediction'] is None for f in found] == [False, True, False, False]


def test_a_model_says_in_one_line_what_it_is(model):
  assert repr(model) == (
      '<Model t5, 0.16 million parameters, float32, vocabulary 2,048, step 7, 1 device>')


def test_the_dtype_is_float32_on_cpus_and_can_be_chosen(tmp_path, vocabulary, model):
  tensors = convert.parameters_to_huggingface(model.parameters, CONFIG)
  save_file(tensors, tmp_path / 'model.safetensors')
  (tmp_path / 'config.json').write_text(json.dumps({
      'model_type': 't5', 'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False,
      'vocab_size': 2048, 'd_model': 32, 'd_ff': 64, 'num_heads': 2, 'd_kv': 16, 'num_layers': 1}))
  shutil.copy(vocabulary.sentencepiece_model_file, tmp_path / 'spiece.model')
  for dtype in ('float32', 'bfloat16'):
    loaded = flan_jax.load(str(tmp_path), dtype=None if dtype == 'float32' else dtype)
    assert loaded.config.dtype == dtype
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(loaded.parameters)} == {dtype}
  assert loading.with_dtype(loaded, 'float32').config.dtype == 'float32'
  with pytest.raises(UserError, match='float16'):
    flan_jax.load(str(tmp_path), dtype='float16')


def test_published_sizes_are_those_of_the_gin_files():
  base = flan_jax.model_size('t5_1_1_base', dropout_rate=0.0)
  assert (base.d_model, base.num_decoder_layers, base.dtype) == (768, 12, 'bfloat16')
  assert base.dropout_rate == 0.0 and isinstance(base, models.T5Config)
  tiny = flan_jax.model_size('tiny_decoder_only')
  assert isinstance(tiny, models.DecoderOnlyConfig) and tiny.prefix_lm and tiny.remat == 'none'
  with pytest.raises(UserError, match='t5_1_1_base'):
    flan_jax.model_size('t5_1_1_bas')


def test_everything_is_reachable_and_importing_it_is_light():
  code = ('import sys, flan_jax; names = dir(flan_jax)\n'
          'print(sorted({"jax", "tensorflow", "seqio", "gin"} & set(sys.modules)))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout == '[]\n'
  for name in flan_jax._CALLS:
    assert getattr(flan_jax, name).__doc__
