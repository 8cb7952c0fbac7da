"""Vocabularies: any SentencePiece model, or the small shipped one."""
from collections.abc import Iterable
import dataclasses
import hashlib
import itertools
import os

from etils import epath
from sentencepiece import sentencepiece_model_pb2
import seqio

from flan_jax import storage
from flan_jax.data.pieces import EXTRA_IDS, SAMPLE
from flan_jax.data.pieces import SAMPLE_MODEL as _SAMPLE_MODEL
from flan_jax.errors import UserError

_T5_VOCABULARY = 'gs://t5-data/vocabs/cc_all.32000.100extra/sentencepiece.model'


def load_vocabulary(
    vocabulary: str | seqio.Vocabulary = SAMPLE, where: str = 'VOCABULARY'
) -> seqio.Vocabulary:
  """Loads a vocabulary; a SeqIO vocabulary is returned unchanged.

  Args:
    vocabulary: 'sample' for the shipped one, a local or `gs://` path, or a SeqIO vocabulary.
    where: the setting that names it, for error messages.

  Raises:
    UserError: there is no such file, it is not a SentencePiece model, or the vocabulary has no end
      mark.
  """
  if isinstance(vocabulary, seqio.Vocabulary):
    end_id(vocabulary)
    return vocabulary
  path = str(_SAMPLE_MODEL) if vocabulary == SAMPLE else storage.expand(vocabulary)
  if not epath.Path(path).is_file():
    raise UserError(
        f'there is no SentencePiece model {path!r}', where,
        f'Use {SAMPLE!r}, a local path or a gs:// path such as {_T5_VOCABULARY}.',
    )
  loaded = seqio.SentencePieceVocabulary(path, extra_ids=EXTRA_IDS)
  try:
    end_id(loaded)
  except UserError:
    raise
  except Exception as error:  # TensorFlow, protobuf and SentencePiece raise many types
    raise UserError(f'this is no SentencePiece model: {str(error).splitlines()[0]}', path,
                    'Set VOCABULARY to a model file, such as spiece.model.') from error
  return loaded


def end_id(vocabulary: seqio.Vocabulary) -> int:
  """The token that ends a text.

  Raises:
    UserError: the vocabulary has none, so a model could not end a text.
  """
  end = vocabulary.eos_id
  if end is None or end < 0:
    raise UserError(
        'it has no end mark', f'VOCABULARY {name_of(vocabulary)}',
        'Train the SentencePiece model with --pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1, or give '
        'a vocabulary with an eos_id.')
  return int(end)


def identity(vocabulary: seqio.Vocabulary) -> str:
  """A digest that identifies a vocabulary, the same on all machines and with all versions.

  It covers the SentencePiece model. If the vocabulary's class may process texts further, it also
  covers the tokens of every character in Unicode's first plane.
  """
  model = getattr(vocabulary, 'sp_model', None)
  digest = '' if model is None else hashlib.sha256(model).hexdigest()
  if type(vocabulary) is seqio.SentencePieceVocabulary:
    return f'{digest} {vocabulary.vocab_size}'
  marks = (vocabulary.pad_id, vocabulary.eos_id, vocabulary.unk_id)
  tokens = [int(token) for text in _probes() for token in vocabulary.encode(text)]
  does = hashlib.sha256(repr(tokens).encode()).hexdigest()
  return repr((type(vocabulary).__qualname__, vocabulary.vocab_size, digest, marks, does))


def _probes() -> tuple[str, str]:
  letters = map(chr, [*range(32, 0xD800), *range(0xE000, 0x10000)])  # without surrogates
  return 'The quick brown fox jumps over 12,345.67 lazy dogs.', ' '.join(letters)


def pieces(vocabulary: seqio.Vocabulary) -> list[tuple[str, int]] | None:
  """The pieces of a SentencePiece vocabulary and their types, in the order of their ids.

  Leaves out the sentinels that SeqIO adds. None for a vocabulary without a SentencePiece model.
  """
  model = getattr(vocabulary, 'sp_model', None)
  if model is None:
    return None
  found = sentencepiece_model_pb2.ModelProto.FromString(model).pieces
  return [(p.piece, p.type) for p in found[:len(found) - vocabulary.extra_ids]]


def common_pieces(vocabulary: seqio.Vocabulary, most: int) -> list[int]:
  """The ids of at most `count` pieces of text: common ones, because vocabularies list them first.

  Leaves out padding, the end mark, other marks, sentinels, and single bytes if the model has other
  pieces.
  """
  found = pieces(vocabulary)
  if found is not None:
    normal = sentencepiece_model_pb2.ModelProto.SentencePiece.NORMAL
    ids = (n for n, (_, kind) in enumerate(found) if kind == normal)
  else:
    marks = {vocabulary.pad_id, vocabulary.bos_id, vocabulary.eos_id, vocabulary.unk_id}
    own = vocabulary.vocab_size - vocabulary.extra_ids  # SeqIO puts sentinels last
    ids = (n for n in range(own) if n not in marks)
  return list(itertools.islice(ids, most))


def name_of(vocabulary: seqio.Vocabulary) -> str:
  """A short name of a vocabulary for people: its file or its class."""
  return str(getattr(vocabulary, 'sentencepiece_model_file', type(vocabulary).__name__))


def alike(vocabulary: seqio.Vocabulary, texts: Iterable[str]) -> list[list[str]]:
  """Groups of different texts with the same tokens: unknown ones, or equal after normalization."""
  by_tokens = {}
  for text in dict.fromkeys(texts):
    by_tokens.setdefault(tuple(map(int, vocabulary.encode(text))), []).append(text)
  return [group for group in by_tokens.values() if len(group) > 1]


def without_end(vocabulary: seqio.Vocabulary, tokens: Iterable[int]) -> list[int]:
  """The tokens before the first end mark."""
  end = end_id(vocabulary)
  return list(itertools.takewhile(lambda token: token != end, map(int, tokens)))


def features(vocabulary: str | seqio.Vocabulary | None = None) -> dict[str, seqio.Feature]:
  """SeqIO output features `inputs` and `targets`, both with an end mark.

  Args:
    vocabulary: as in `load_vocabulary`; by default `$FLAN_JAX_VOCABULARY` or the shipped one.
  """
  loaded = load_vocabulary(vocabulary or os.environ.get('FLAN_JAX_VOCABULARY', SAMPLE))
  feature = seqio.Feature(vocabulary=loaded, add_eos=True)
  return {'inputs': feature, 'targets': feature}


def with_vocabulary(task: seqio.Task, vocabulary: seqio.Vocabulary) -> seqio.Task:
  """The same task with another vocabulary.

  Tasks whose features are not text (`seqio.PassThroughVocabulary`) are returned unchanged.
  """
  features = {
      name: feature
      if isinstance(feature.vocabulary, seqio.PassThroughVocabulary)
      else dataclasses.replace(feature, vocabulary=vocabulary)
      for name, feature in task.output_features.items()
  }
  return task.replace(output_features=features)
