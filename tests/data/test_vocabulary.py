"""Vocabularies: the special tokens are theirs, and what cannot be used is refused."""
import pytest
import seqio

from flan_jax.data import vocabulary as vocabulary_lib
from flan_jax.errors import UserError


@pytest.fixture(scope='module')
def train_model(tmp_path_factory):
  """Trains a small SentencePiece model with the given ids; returns its path."""
  import sentencepiece

  folder = tmp_path_factory.mktemp('models')
  corpus = folder / 'corpus.txt'
  corpus.write_text(''.join(f'question {i} answer {i}\n' for i in range(300)))

  def train(name, **ids):
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / name), vocab_size=60,
        hard_vocab_limit=False, minloglevel=2, **ids)
    return str(folder / f'{name}.model')

  return train


def test_the_end_mark_is_the_vocabularys(train_model):
  defaults = vocabulary_lib.load_vocabulary(train_model('defaults'))
  assert vocabulary_lib.end_id(defaults) == 2
  tokens = [*defaults.encode('answer 7'), 2, 5, 5]
  assert vocabulary_lib.without_end(defaults, tokens) == defaults.encode('answer 7')
  assert vocabulary_lib.end_id(vocabulary_lib.load_vocabulary(seqio.ByteVocabulary())) == 1


def test_a_vocabulary_without_an_end_mark_is_refused(train_model):
  no_end = train_model('no_end', pad_id=0, eos_id=-1, unk_id=1, bos_id=-1)
  for vocabulary in (no_end, seqio.PassThroughVocabulary(100), seqio.UnigramVocabulary(['a'])):
    with pytest.raises(UserError, match='no end mark'):
      vocabulary_lib.load_vocabulary(vocabulary)


def test_a_file_that_is_no_model_is_refused(tmp_path):
  (tmp_path / 'vocabulary.model').write_text('not a model')
  with pytest.raises(UserError, match='no SentencePiece model'):
    vocabulary_lib.load_vocabulary(str(tmp_path / 'vocabulary.model'))
