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
    targets_truncated: tokens that its target lost.
    fits: its prompt has room; otherwise it is whole, and nothing is trained on it.
    needs: tokens that its prompt has at the least, see fitting.py.
  """

  inputs: np.ndarray
  targets: np.ndarray
  index: int = -1
  template: int = -1
  truncated: int = 0
  targets_truncated: int = 0
  fits: bool = True
  needs: int = 0


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
      number(own.TRUNCATED, 0), number(own.TARGETS_TRUNCATED, 0),
      bool(features.get(own.FITS, True)), number(own.NEEDS, 0))


def check_tokens(example: Example, pieces: int, where: str) -> None:
  """Raises UserError where a token is no row of an embedding of so many pieces."""
  for name in ('inputs', 'targets'):
    tokens = np.asarray(getattr(example, name))
    wrong = tokens[(tokens < 0) | (tokens >= pieces)]
    if wrong.size:
      raise UserError(
          f'its feature {name!r} has the token {wrong[0]}, and the model has pieces 0 to '
          f'{pieces - 1:,}', where, 'Tokens that a task brings along must be those of VOCABULARY, '
          'or set vocab_size of the model to hold them.')


def cut(example: Example, lengths: Mapping[str, int]) -> Example:
  """An example with what is too long cut at its end and counted, as SeqIO cuts it."""
  inputs, targets = (getattr(example, name)[: lengths[name]] for name in ('inputs', 'targets'))
  return dataclasses.replace(
      example, inputs=inputs, targets=targets,
      truncated=example.truncated + len(example.inputs) - len(inputs),
      targets_truncated=example.targets_truncated + len(example.targets) - len(targets))


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
