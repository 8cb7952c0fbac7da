"""Which task each row of the global batch draws from, and which of its places: pure functions.

Draw n of row r depends on (seed, r, n) alone. Draws come in blocks of about `BLOCK`; a block takes
from each task as many as its rate asks for, in random order, so that counting what came before a
block needs no history: after b blocks a task has been drawn floor(rate * BLOCK * b + phase) times.
"""
from collections.abc import Sequence
import dataclasses
import functools

import numpy as np

from flan_jax import randomness

BLOCK = 1024  # draws of a row, on average; short enough to be made in a moment
_PHASE, _ORDER, _EPOCH = 1, 2, 3  # what a random number is for


@dataclasses.dataclass(frozen=True)
class Draw:
  """An example as it is drawn.

  Attributes:
    task: its place among the tasks.
    place: its place in the task's endless sequence, which the rows of a batch share out: row r of
      R takes places r, r + R, r + 2R and so on.
  """

  task: int
  place: int


class RowDraws:
  """The endless sequence of draws of one row of the global batch."""

  def __init__(self, seed: int, row: int, rows: int, rates: Sequence[float]):
    """Args:
      seed: of the run.
      row: this row of the global batch, from 0.
      rows: rows of the global batch.
      rates: mixing rate of each task, unnormalised.
    """
    shares = np.array(rates, np.float64)
    self._per_block = BLOCK * shares / shares.sum()
    self._phases = randomness.uniforms(len(shares), seed, row, _PHASE)
    self._seed, self._row, self._rows = seed, row, rows
    self._block = self._make_block(0)

  def __getitem__(self, number: int) -> Draw:
    """Draw `number`, from 0; quickest for numbers close to the last one asked for."""
    if number not in self._block.numbers:
      self._block = self._make_block(self._block_of(number))
    within = number - self._block.numbers.start
    return Draw(
        int(self._block.tasks[within]), int(self._block.turns[within]) * self._rows + self._row)

  def earliest_places(self, number: int) -> np.ndarray:
    """For each task a place that no draw from `number` on comes before: int64 `[tasks]`."""
    return self._count_before(self._block_of(number)) * self._rows + self._row

  def _count_before(self, block: int) -> np.ndarray:
    """Draws of each task before a block: int64 `[tasks]`."""
    return np.floor(self._per_block * block + self._phases).astype(np.int64)

  def _block_of(self, number: int) -> int:
    block = number // BLOCK
    while self._count_before(block).sum() > number:
      block -= 1
    while self._count_before(block + 1).sum() <= number:
      block += 1
    return block

  def _make_block(self, block: int) -> '_Block':
    before, after = self._count_before(block), self._count_before(block + 1)
    tasks = np.repeat(np.arange(len(before)), after - before)
    tasks = tasks[randomness.permutation(len(tasks), self._seed, self._row, block, _ORDER)]
    turns = np.empty(len(tasks), np.int64)
    for task in np.unique(tasks):
      turns[tasks == task] = np.arange(before[task], after[task])
    return _Block(range(before.sum(), after.sum()), tasks, turns)


@dataclasses.dataclass(frozen=True)
class _Block:
  """Draws `numbers` of a row: task of each, and how many draws of that task came before it."""

  numbers: range
  tasks: np.ndarray
  turns: np.ndarray


class Epochs:
  """The order in which a task's examples come: each once in an epoch, in another order each."""

  def __init__(self, name: str, examples: int, seed: int, shuffle: bool = True):
    """Args:
      name: of the task, so that its order does not depend on which other tasks there are.
      examples: how many it has.
      seed: of the run.
      shuffle: False keeps the stored order.
    """
    self._examples, self._shuffle = examples, shuffle
    self._keys = (seed, randomness.name_key(name), _EPOCH)
    self._order = functools.lru_cache(maxsize=2)(self._make_order)

  def __getitem__(self, place: int) -> tuple[int, int]:
    """Epoch and number of the example at a place of the endless sequence."""
    epoch, within = divmod(place, self._examples)
    return epoch, int(self._order(epoch)[within]) if self._shuffle else within

  def _make_order(self, epoch: int) -> np.ndarray:
    return randomness.permutation(self._examples, *self._keys, epoch)
