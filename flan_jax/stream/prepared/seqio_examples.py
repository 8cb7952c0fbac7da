"""A SeqIO task as a sequence of examples."""
from collections.abc import Mapping

import numpy as np
import seqio

from flan_jax.errors import UserError
from flan_jax.stream.examples import Example, check_tokens, cut, from_features


class SeqioExamples:
  """A SeqIO task read from its beginning, as SeqIO gives it.

  It has no access by index, so that examples are kept from the one that is needed longest ago, and
  going on from a far place reads everything before it. Where its rows end they begin again.
  """

  def __init__(self, task: seqio.Task, lengths: Mapping[str, int], *, shuffle: bool, seed: int,
               use_cached: bool, pieces: int):
    self._task, self._open = task, lambda: task.get_dataset(
        sequence_length=dict(lengths), split='train', use_cached=use_cached, shuffle=shuffle,
        seed=seed, num_epochs=None, try_in_mem_cache=False, trim_output_features=False).repeat()
    self._lengths, self._pieces = lengths, pieces
    self._kept: dict[int, Example] = {}
    self._first, self._read, self._iterator = 0, 0, None

  def __getitem__(self, place: int) -> Example:
    if self._iterator is None:
      self._iterator = self._open().skip(self._first).as_numpy_iterator()
      self._read = self._first
    while self._read <= place:
      where = f'task {self._task.name}'
      example = from_features(self._next(), where)
      check_tokens(example, self._pieces, where)
      self._kept[self._read] = cut(example, self._lengths)
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
