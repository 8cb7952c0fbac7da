"""Pretraining examples: functions of document, epoch and seed, made when they are read."""
from collections.abc import Mapping
from typing import Any

from flan_jax import randomness
from flan_jax.data import objectives
from flan_jax.data.objectives import Objective
from flan_jax.data.sources.documents import Documents
from flan_jax.stream.examples import Example

_ORDER = 1  # a use of random numbers


class TextExamples:
  """A text's endless sequence of examples; each document comes once in an epoch.

  Nothing is prepared and no order is kept in memory, so a text may have any size. A document that
  is longer than an example gives a random part in each epoch. One of fewer than two tokens gives an
  example without tokens.
  """

  def __init__(self, name: str, documents: Documents, objective: Objective, vocabulary: Any,
               lengths: Mapping[str, int], seed: int, shuffle: bool = True):
    """Args:
      name: of the task.
      documents: the texts.
      objective: makes an example of a text's tokens.
      vocabulary: a SeqIO vocabulary.
      lengths: longest `inputs` and `targets` in tokens.
      seed: of the run.
      shuffle: False keeps the order of the documents.
    """
    self._documents, self._objective = documents, objective
    self._vocabulary, self._lengths = vocabulary, dict(lengths)
    self._shuffle, self._keys = shuffle, (seed, randomness.name_key(name))

  def __getitem__(self, place: int) -> Example:
    epoch, number = divmod(place, len(self._documents))
    if self._shuffle:
      number = randomness.shuffled(number, len(self._documents), *self._keys, epoch, _ORDER)
    return Example(*objectives.example(
        self._objective, self._documents[number], self._lengths, self._vocabulary,
        *self._keys, epoch, number), index=number)
