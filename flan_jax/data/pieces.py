"""Finds vocabulary files and counts their pieces, without TensorFlow."""
import pathlib
from typing import Any

from etils import epath

from flan_jax.errors import UserError

SAMPLE = 'sample'
SAMPLE_MODEL = pathlib.Path(__file__).parents[1] / 'sample_world/vocabulary.model'
EXTRA_IDS = 100  # T5's sentinels, which follow the model's own pieces
_T5_PIECES = 32_000


def count(vocabulary: Any) -> int:
  """Pieces of a vocabulary, sentinels included.

  Args:
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary; None for T5's.

  Raises:
    UserError: there is no such file.
  """
  if vocabulary is None:
    return _T5_PIECES + EXTRA_IDS
  if not isinstance(vocabulary, str):
    return vocabulary.vocab_size
  import sentencepiece

  path = epath.Path(SAMPLE_MODEL if vocabulary == SAMPLE else vocabulary)
  if not path.exists():
    raise UserError(f'there is no SentencePiece model {str(path)!r}', 'VOCABULARY')
  model = sentencepiece.SentencePieceProcessor()
  model.LoadFromSerializedProto(path.read_bytes())
  return model.GetPieceSize() + EXTRA_IDS
