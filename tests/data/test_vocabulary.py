"""Vocabularies: the special tokens are theirs, and what cannot be used is refused."""
import json
import pathlib

import pytest
import seqio

from flan_jax.checkpoints import kept_vocabulary
from flan_jax.data import vocabulary as vocabulary_lib
from flan_jax.errors import UserError
from flan_jax.stream.prepared import content


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


class Shouting(seqio.ByteVocabulary):
  """A vocabulary of somebody's own, with an argument."""

  def __init__(self, mark: str = '!'):
    super().__init__()
    self.mark = mark

  def _encode(self, s):
    return super()._encode(s + self.mark)


class Secretive(Shouting):
  """One that does not tell what it was made with."""

  def __init__(self, letters):
    super().__init__(''.join(letters))


class Forgetful(Shouting):
  """One that shows another argument than it was made with."""

  def __init__(self, mark='!'):
    super().__init__(mark)
    self.mark, self.spoken = '?', mark

  def _encode(self, s):
    return super(Shouting, self)._encode(s + self.spoken)


@pytest.mark.parametrize('vocabulary', [
    seqio.ByteVocabulary(extra_ids=7), seqio.FullCodepointVocabulary(), Shouting('?'), 'sample'])
def test_a_vocabulary_is_read_back_from_what_a_run_keeps(vocabulary, tmp_path):
  vocabulary = vocabulary_lib.load_vocabulary(vocabulary)
  described = json.loads(json.dumps(kept_vocabulary.describe(vocabulary)))
  kept_vocabulary.copy_files(described, tmp_path)
  again = kept_vocabulary.read_back(described, tmp_path)
  assert vocabulary_lib.identity(again) == vocabulary_lib.identity(vocabulary)
  assert type(again) is type(vocabulary)


def test_a_run_keeps_the_file_and_notices_another_one(train_model, tmp_path):
  path = train_model('once', pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
  described = kept_vocabulary.describe(vocabulary_lib.load_vocabulary(path))
  kept_vocabulary.copy_files(described, tmp_path)
  copy, = (tmp_path / 'vocabulary').iterdir()
  assert copy.read_bytes() == pathlib.Path(path).read_bytes() and 'once.model' in copy.name
  moved = kept_vocabulary.read_back(described | {
      'arguments': described['arguments'] | {'sentencepiece_model_file': '/gone'}}, tmp_path)
  kept_vocabulary.check_same(described, moved, 'here')
  other = vocabulary_lib.load_vocabulary(train_model('defaults'))
  with pytest.raises(UserError, match='another vocabulary'):
    kept_vocabulary.check_same(described, other, 'here')
  copy.write_bytes(pathlib.Path(other.sentencepiece_model_file).read_bytes())
  with pytest.raises(UserError, match='another vocabulary'):
    kept_vocabulary.read_back(described, tmp_path)
  copy.unlink()
  with pytest.raises(UserError, match='is gone.*--vocabulary'):
    kept_vocabulary.read_back(described, tmp_path)


class Lowering(seqio.SentencePieceVocabulary):
  """The same model, and another text for it."""

  def _encode(self, s):
    return super()._encode(s.lower())


class Raising(seqio.SentencePieceVocabulary):
  """The same again, with other code."""

  def _encode(self, s):
    return super()._encode(s.upper())


def test_vocabularies_that_differ_in_few_letters_or_in_code_alone_are_told_apart(train_model):
  path = train_model('plain')
  of_letters = lambda letters: seqio.PartialCodepointVocabulary([0, *map(ord, letters)])
  kinds = [seqio.SentencePieceVocabulary(path), Lowering(path), Raising(path),
           of_letters('ab\u00e9'), of_letters('ab\u00fc'), seqio.ByteVocabulary()]
  for tell in (vocabulary_lib.identity, content.vocabulary_key):
    assert len({tell(vocabulary) for vocabulary in kinds}) == len(kinds)
  assert len({content.vocabulary_key(Lowering(path)) for _ in range(2)}) == 1
  Lowering.__name__ = Lowering.__qualname__ = 'Raising'
  try:
    assert content.vocabulary_key(Lowering(path)) != content.vocabulary_key(Raising(path))
  finally:
    Lowering.__name__ = Lowering.__qualname__ = 'Lowering'


def test_common_pieces_are_pieces_of_text(train_model):
  path = train_model('specials', pad_id=3, eos_id=0, unk_id=2, bos_id=1,
                     user_defined_symbols='<mask>,<sep>')
  vocabulary = seqio.SentencePieceVocabulary(path, extra_ids=5)
  pieces = vocabulary_lib.common_pieces(vocabulary, 1_000)
  texts = [vocabulary.tokenizer.IdToPiece(n) for n in pieces]
  assert pieces[0] == 6 and len(pieces) == vocabulary.vocab_size - 6 - 5
  assert not any(text.startswith('<') for text in texts)
  assert vocabulary_lib.common_pieces(vocabulary, 4) == pieces[:4]
  of_bytes = vocabulary_lib.common_pieces(seqio.ByteVocabulary(extra_ids=100), 5_000)
  assert of_bytes == list(range(3, 259))


def test_what_cannot_be_read_back_is_refused(tmp_path):
  with pytest.raises(UserError, match="Secretive cannot be kept.*'letters'"):
    kept_vocabulary.describe(Secretive(['a', 'b']))
  with pytest.raises(UserError, match='Forgetful cannot be kept.*it is another vocabulary'):
    kept_vocabulary.describe(Forgetful())
  described = kept_vocabulary.describe(Shouting())
  with pytest.raises(UserError, match='--module_import=somewhere'):
    kept_vocabulary.read_back(described | {'class': 'somewhere:Shouting'}, tmp_path)
  with pytest.raises(UserError, match='is not available'):
    kept_vocabulary.read_back(described | {'class': 'os:system'}, tmp_path)
  with pytest.raises(UserError, match='is not available'):
    kept_vocabulary.read_back(described | {'class': 'collections:Counter'}, tmp_path)


def test_a_file_of_another_folder_is_not_read(train_model, tmp_path):
  path = pathlib.Path(train_model('once', pad_id=0, eos_id=1, unk_id=2, bos_id=-1))
  described = kept_vocabulary.describe(vocabulary_lib.load_vocabulary(str(path)))
  kept_vocabulary.copy_files(described, tmp_path / 'elsewhere')
  kept = described['files']['sentencepiece_model_file']
  aside = {'sentencepiece_model_file': f'../elsewhere/{kept}'}
  (tmp_path / 'run').mkdir()
  with pytest.raises(UserError, match='is gone'):
    kept_vocabulary.read_back(described | {'files': aside}, tmp_path / 'run')


def test_texts_that_become_the_same_tokens_are_found(train_model):
  small = vocabulary_lib.load_vocabulary(train_model('defaults'))
  texts = ['question', '\u2603', 'answer', '\u2604', 'question']
  assert vocabulary_lib.alike(small, texts) == [['\u2603', '\u2604']]
  assert not vocabulary_lib.alike(seqio.ByteVocabulary(), texts)
