"""A run starts from other people's weights, or says why it cannot."""
import json
import shutil

import jax
import numpy as np
import pytest
from safetensors.numpy import save_file

import flan_jax
from flan_jax import models
from flan_jax.checkpoints import convert
from flan_jax.data.vocabulary import load_vocabulary
from tests.command_line import t5x
from tests.end_to_end.test_commands import SMALL

WIDTHS = {'d_model': 48, 'mlp_dim': 64, 'num_heads': 2, 'head_dim': 16}
SHAPE = {**WIDTHS, 'num_encoder_layers': 1, 'num_decoder_layers': 1}  # as `SMALL` has it
SETTINGS = [f'--gin.t5.T5Config.{name}={value}' for name, value in WIDTHS.items()]


@pytest.fixture(scope='module')
def huggingface_dir(tmp_path_factory):
  """A random T5 1.1 as `save_pretrained` lays it out, with the sample vocabulary."""
  folder = tmp_path_factory.mktemp('hf')
  config = models.T5Config(vocab_size=2048, dropout_rate=0.0, dtype='float32', **SHAPE)
  parameters = models.init_parameters(config, jax.random.PRNGKey(5))
  save_file(convert.parameters_to_huggingface(parameters, config), folder / 'model.safetensors')
  (folder / 'config.json').write_text(json.dumps({
      'model_type': 't5', 'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False,
      'vocab_size': 2048, 'd_model': 48, 'd_ff': 64, 'num_heads': 2, 'd_kv': 16, 'num_layers': 1}))
  shutil.copy(load_vocabulary().sentencepiece_model_file, folder / 'spiece.model')
  return folder


def test_a_run_starts_from_a_hugging_face_directory(huggingface_dir, tmp_path):
  done = t5x(
      'train', '--gin_file=gin/flan_holdout_nli.gin', *SMALL, *SETTINGS,
      '--gin.MIXTURE_OR_TASK_NAME=rte', '--gin.TRAIN_STEPS=1', '--gin.LEARNING_RATE=0.0',
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=None', f'--gin.INITIAL_CHECKPOINT_PATH={huggingface_dir}',
      '--gin.MODEL_DIR=run', cwd=tmp_path)
  assert f'\nWeights    from {huggingface_dir}\n' in done.stdout
  ours, theirs = flan_jax.load(str(tmp_path / 'run')), flan_jax.load(str(huggingface_dir))
  for one, other in zip(jax.tree.leaves(ours.parameters), jax.tree.leaves(theirs.parameters)):
    np.testing.assert_array_equal(one, other)
  prompts, options = ['Is it so?', 'Which one?'], [['yes', 'no'], ['this', 'that', 'neither']]
  scores = flan_jax.score(ours, prompts, options)
  assert [s.shape for s in scores] == [(2,), (3,)]
  assert len(flan_jax.generate(ours, prompts, max_new_tokens=4)) == 2


@pytest.mark.slow
def test_weights_of_another_size_name_the_difference(huggingface_dir, tmp_path):
  done = t5x('train', '--gin_file=gin/flan_holdout_nli.gin', *SMALL,
             f'--gin.INITIAL_CHECKPOINT_PATH={huggingface_dir}', cwd=tmp_path, expect=2)
  assert len(done.stderr.splitlines()) == 1
  assert 'is [48] there and [128] in the model' in done.stderr and 'width 48' in done.stderr


def test_python_callers_need_no_gin(huggingface_dir):
  model = flan_jax.load(str(huggingface_dir))
  rows = list(flan_jax.infer(model, [{'inputs': 'x', 'options': ['a', 'b']}, {'inputs': 'y'}], 4))
  assert rows[0]['prediction'] in ('a', 'b') and 'scores' not in rows[1]
