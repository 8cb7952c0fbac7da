"""Checkpoints that ship with the package are found by name, and only by those who mean them."""
import json
import shutil

import jax
import numpy as np
import pytest
import seqio

import flan_jax
from flan_jax import models
from flan_jax.checkpoints import convert, facts, finding, loading, shipped
from flan_jax.data.vocabulary import load_vocabulary
from flan_jax.errors import UserError
from tests.command_line import t5x

CONFIG = models.T5Config(
    vocab_size=2048, d_model=16, num_heads=2, head_dim=8, mlp_dim=16, num_encoder_layers=1,
    num_decoder_layers=1, dropout_rate=0.0, dtype='float32')


@pytest.fixture
def shelf(tmp_path, monkeypatch):
  """A shelf with one small checkpoint, `little`; the working directory is empty."""
  folder = tmp_path / 'shelf/little'
  parameters = models.init_parameters(CONFIG, jax.random.PRNGKey(3))
  convert.save_huggingface(folder, parameters, CONFIG, 'bfloat16')
  shutil.copy(load_vocabulary().sentencepiece_model_file, folder / 'spiece.model')
  monkeypatch.setattr(shipped, '_SHELF', tmp_path / 'shelf')
  (tmp_path / 'here').mkdir()
  monkeypatch.chdir(tmp_path / 'here')
  return tmp_path / 'shelf'


def test_a_name_stands_for_its_weights_and_is_what_is_recorded(shelf):
  named, by_path = flan_jax.load('little'), flan_jax.load(str(shelf / 'little'))
  jax.tree.map(np.testing.assert_array_equal, named.parameters, by_path.parameters)
  assert named.path == 'little' and finding.pinned('little') == 'little'
  assert named.vocabulary.vocab_size == by_path.vocabulary.vocab_size


def test_a_folder_of_that_name_wins(shelf, tmp_path):
  other = models.init_parameters(CONFIG, jax.random.PRNGKey(4))
  convert.save_huggingface(tmp_path / 'here/little', other, CONFIG)
  shutil.copy(shelf / 'little/spiece.model', tmp_path / 'here/little')
  loaded = flan_jax.load('little')
  assert loaded.path == str(tmp_path / 'here/little')
  jax.tree.map(np.testing.assert_array_equal, loaded.parameters, other)


def test_an_evaluation_asks_for_what_is_missing_and_nothing_else(shelf):
  for mixture, where, other in ((None, '--mixture', 'LENGTHS'),
                                ('nli', '--gin.TASK_FEATURE_LENGTHS', '--mixture')):
    run = flan_jax.EvalRun(
        evaluation=flan_jax.Evaluation(mixture, None), checkpoint='little', output_dir='out')
    with pytest.raises(UserError) as caught:
      flan_jax.evaluate_checkpoint(run)
    assert where in str(caught.value) and other not in str(caught.value)


@pytest.mark.parametrize('name', ['litle', 'big', 'Little'])
def test_another_word_is_told_what_ships(shelf, name):
  with pytest.raises(UserError, match='These names ship with the package: little') as caught:
    flan_jax.load(name)
  assert '\n' not in str(caught.value)
  with pytest.raises(UserError) as caught:
    flan_jax.load(f'runs/{name}')
  assert 'ship' not in str(caught.value)


def test_weights_with_another_vocabulary_beside_them_are_refused(shelf, tmp_path):
  for vocabulary in seqio.ByteVocabulary(), _other_pieces(tmp_path):
    for call in (lambda v: loading.check_vocabulary('little', v, 'INITIAL_CHECKPOINT_PATH'),
                 lambda v: flan_jax.load('little', vocabulary=v)):
      with pytest.raises(UserError, match='little: .*other pieces.*Set VOCABULARY'):
        call(vocabulary)
  file = load_vocabulary().sentencepiece_model_file
  same = shutil.copy(file, tmp_path / 'copy.model')
  for sentinels in 0, 100, 30:  # T5's own configurations differ in them
    loading.check_vocabulary(
        'little', seqio.SentencePieceVocabulary(str(same), extra_ids=sentinels), 'X')


def _other_pieces(tmp_path):
  """The sample vocabulary with one piece changed."""
  from sentencepiece import sentencepiece_model_pb2
  model = sentencepiece_model_pb2.ModelProto.FromString(
      open(load_vocabulary().sentencepiece_model_file, 'rb').read())
  model.pieces[-1].piece += 'x'
  (tmp_path / 'other.model').write_bytes(model.SerializeToString())
  return load_vocabulary(str(tmp_path / 'other.model'))


def test_what_was_tuned_on_it_needs_the_same_weights(shelf):
  about = {'base': 'little', 'base_digest': shipped.digest('little')}
  assert facts.base(about, 'run') == 'little'
  changed = models.init_parameters(CONFIG, jax.random.PRNGKey(4))
  convert.save_huggingface(shelf / 'little', changed, CONFIG, 'bfloat16')
  with pytest.raises(UserError, match="run: .*'little' of this version.*other weights"):
    facts.base(about, 'run')
  shutil.rmtree(shelf / 'little')
  with pytest.raises(UserError, match='gone: little'):
    facts.base(about, 'run')


@pytest.mark.slow
def test_the_recipe_of_the_tiny_checkpoint_gives_the_same_bits_twice(tmp_path):
  runs = [tmp_path / 'one', tmp_path / 'two']
  # Within the warm-up every schedule has the same rates; this one can end there.
  for run in runs:
    t5x('train', '--gin_file=gin/pretrain/tiny.gin', '--gin.TRAIN_STEPS=50',
        '--gin.LEARNING_RATE_SCHEDULE=constant', '--gin.REPORT_PERIOD=25',
        f'--gin.MODEL_DIR={run}', cwd=tmp_path, FLAN_JAX_CACHE=str(run / 'cache'))
  one, two = (flan_jax.load(run, dtype='float32').parameters for run in runs)
  jax.tree.map(np.testing.assert_array_equal, one, two)
  losses = [[json.loads(line)['loss'] for line in (run / 'train_metrics.jsonl').open()]
            for run in runs]
  assert losses[0] == losses[1] and losses[0][-1] < losses[0][0]
