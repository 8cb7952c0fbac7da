"""Tokenised examples, and tasks as sequences of them."""
from collections.abc import Mapping
import dataclasses
from typing import Protocol

import numpy as np
import seqio

from flan_jax.data import own_features as own
from flan_jax.errors import UserError


@dataclasses.dataclass(frozen=True)
class Example:
  """A rendered example.

  Attributes:
    inputs: tokens, int `[length]`.
    targets: tokens, int `[length]`.
    index: position of its row in the training slice, or -1.
    template: number of its template, or -1.
    truncated: tokens that its prompt lost.
  """

  inputs: np.ndarray
  targets: np.ndarray
  index: int = -1
  template: int = -1
  truncated: int = 0


class Examples(Protocol):
  """A task's endless sequence of examples."""

  def __getitem__(self, place: int) -> Example:
    """The example at a place, from 0."""


def from_features(features: Mapping[str, np.ndarray], where: str) -> Example:
  """An example from the features of a SeqIO task."""
  missing = [name for name in ('inputs', 'targets') if name not in features]
  if missing:
    raise UserError(f'its examples have no feature {missing[0]!r}', where,
                    f'They have: {", ".join(features)}.')
  number = lambda name, default: int(features.get(name, default))
  return Example(
      features['inputs'], features['targets'], number(own.INDEX, -1), number(own.TEMPLATE, -1),
      number(own.TRUNCATED, 0))


class SeqioExamples:
  """A SeqIO task read from its beginning, as SeqIO gives it.

  It has no access by index, so that examples are kept from the one that is needed longest ago, and
  going on from a far place reads everything before it. Where its rows end they begin again.
  """

  def __init__(self, task: seqio.Task, lengths: Mapping[str, int], *, shuffle: bool, seed: int,
               use_cached: bool):
    self._task, self._open = task, lambda: task.get_dataset(
        sequence_length=dict(lengths), split='train', use_cached=use_cached, shuffle=shuffle,
        seed=seed, num_epochs=None, try_in_mem_cache=False).repeat()
    self._kept: dict[int, Example] = {}
    self._first, self._read, self._iterator = 0, 0, None

  def __getitem__(self, place: int) -> Example:
    if self._iterator is None:
      self._iterator = self._open().skip(self._first).as_numpy_iterator()
      self._read = self._first
    while self._read <= place:
      self._kept[self._read] = from_features(self._next(), f'task {self._task.name}')
      self._read += 1
    return self._kept[place]

  def _next(self) -> Mapping[str, np.ndarray]:
    for features in self._iterator:
      return features
    # It must not pass as the end of the batches, which would end the training.
    raise UserError(
        f'its rows are at an end after {self._read:,} examples and do not begin again',
        f'task {self._task.name}', 'Its source must give its rows each time it is asked.')

  def forget(self, place: int) -> None:
    """No place before this one is going to be asked for."""
    for old in range(self._first, min(place, self._read)):
      del self._kept[old]
    self._first = max(self._first, place)
