"""A SeqIO task as a sequence of examples."""
from collections.abc import Mapping

import numpy as np
import seqio

from flan_jax.errors import UserError
from flan_jax.stream.examples import Example, check_tokens, cut, from_features
from flan_jax.stream.prepared import foreign_rows


class SeqioExamples:
  """A SeqIO task, read from its beginning.

  SeqIO has no access by index. So examples are kept in memory from the earliest one that is still
  needed, and resuming at a late place reads everything before it. After its last row the task
  begins again.
  """

  def __init__(self, task: seqio.Task, lengths: Mapping[str, int], *, shuffle: bool, seed: int,
               use_cached: bool, pieces: int):
    self._task = task.replace(source=foreign_rows.seeded(task.source))
    self._open = lambda: self._task.get_dataset(
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
    # A StopIteration would look like the end of the batches and end the training silently.
    raise UserError(
        f'its rows end after {self._read:,} examples and do not start again',
        f'task {self._task.name}', 'Its source must give its rows each time it is asked.')

  def forget(self, place: int) -> None:
    """Frees the examples before this place. They must not be asked for again."""
    for old in range(self._first, min(place, self._read)):
      del self._kept[old]
    self._first = max(self._first, place)
