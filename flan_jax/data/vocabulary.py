"""The vocabulary: any SentencePiece model, or the small one that ships with the package."""
import dataclasses
import os
import pathlib

from etils import epath
import seqio

from flan_jax.errors import UserError

SAMPLE = 'sample'
EXTRA_IDS = 100  # T5's sentinels, placed behind the model's own pieces
_SAMPLE_MODEL = pathlib.Path(__file__).parent / 'samples' / 'vocabulary.model'
_T5_VOCABULARY = 'gs://t5-data/vocabs/cc_all.32000.100extra/sentencepiece.model'


def load_vocabulary(vocabulary: str | seqio.Vocabulary = SAMPLE) -> seqio.Vocabulary:
  """A vocabulary from 'sample', the path of a SentencePiece model, or as it is.

  Args:
    vocabulary: 'sample' for the shipped one, a local or `gs://` path, or a SeqIO vocabulary.

  Raises:
    UserError: there is no such file.
  """
  if isinstance(vocabulary, seqio.Vocabulary):
    return vocabulary
  path = str(_SAMPLE_MODEL) if vocabulary == SAMPLE else vocabulary
  if not epath.Path(path).exists():
    raise UserError(
        f'there is no SentencePiece model {path!r}', 'VOCABULARY',
        f'Use {SAMPLE!r}, a local path or a gs:// path such as {_T5_VOCABULARY}.',
    )
  return seqio.SentencePieceVocabulary(path, extra_ids=EXTRA_IDS)


def features(vocabulary: str | seqio.Vocabulary | None = None) -> dict[str, seqio.Feature]:
  """SeqIO output features `inputs` and `targets`, both with an end mark.

  Args:
    vocabulary: as in `load_vocabulary`; by default `$FLAN_JAX_VOCABULARY` or the shipped one.
  """
  loaded = load_vocabulary(vocabulary or os.environ.get('FLAN_JAX_VOCABULARY', SAMPLE))
  feature = seqio.Feature(vocabulary=loaded, add_eos=True)
  return {'inputs': feature, 'targets': feature}


def with_vocabulary(task: seqio.Task, vocabulary: seqio.Vocabulary) -> seqio.Task:
  """The same task with texts turned into tokens by another vocabulary.

  Tasks whose features hold no text (`seqio.PassThroughVocabulary`) stay as they are.
  """
  features = {
      name: feature
      if isinstance(feature.vocabulary, seqio.PassThroughVocabulary)
      else dataclasses.replace(feature, vocabulary=vocabulary)
      for name, feature in task.output_features.items()
  }
  return task.replace(output_features=features)
