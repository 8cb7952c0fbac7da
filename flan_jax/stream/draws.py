"""The draws of each row of the global batch: which task, and which place in it. Pure functions.

Draw n of row r depends only on (seed, r, n). Draws come in blocks of about `BLOCK`. A block has as
many draws of each task as its rate asks for, in random order. So the number of draws before a block
follows from a formula, without history: after b blocks a task has been drawn
floor(rate * BLOCK * b + phase) times.
"""
from collections.abc import Sequence
import dataclasses
import functools

import numpy as np

from flan_jax import randomness

BLOCK = 1024  # draws of a row, on average; few enough to compute at once
# The use of a random number is one of its keys, so that the three uses are independent.
_PHASE, _ORDER, _EPOCH = 1, 2, 3


@dataclasses.dataclass(frozen=True)
class Draw:
  """A drawn example.

  Attributes:
    task: the number of its task.
    place: its place in the task's endless sequence. The rows of a batch divide the places among
      them: row r of R takes places r, r + R, r + 2R and so on.
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
      rates: mixing rate of each task, not normalized.
    """
    shares = np.array(rates, np.float64)
    self._per_block = BLOCK * shares / shares.sum()
    # Random phases: without them, all rows would draw a rare task in the same block.
    self._phases = randomness.uniforms(len(shares), seed, row, _PHASE)
    self._seed, self._row, self._rows = seed, row, rows
    self._block = self._make_block(0)

  def __getitem__(self, number: int) -> Draw:
    """Draw `number`, from 0. Fast for numbers close to the previous one."""
    if number not in self._block.numbers:
      self._block = self._make_block(self._block_of(number))
    within = number - self._block.numbers.start
    return Draw(
        int(self._block.tasks[within]), int(self._block.turns[within]) * self._rows + self._row)

  def earliest_places(self, number: int) -> np.ndarray:
    """For each task a place at or before all those of draws from `number` on: int64 `[tasks]`."""
    return self._count_before(self._block_of(number)) * self._rows + self._row

  def _count_before(self, block: int) -> np.ndarray:
    """Draws of each task before a block: int64 `[tasks]`."""
    return np.floor(self._per_block * block + self._phases).astype(np.int64)

  def _block_of(self, number: int) -> int:
    # Blocks have BLOCK draws on average only, so the first guess may be off by one.
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
  """A block of a row's draws.

  Attributes:
    numbers: the numbers of the draws.
    tasks: the task of each draw.
    turns: how many draws of the same task the row made before each draw.
  """

  numbers: range
  tasks: np.ndarray
  turns: np.ndarray


class Epochs:
  """The order of a task's examples: each comes once in an epoch; every epoch has another order."""

  def __init__(self, name: str, examples: int, seed: int, shuffle: bool = True):
    """Args:
      name: of the task. The order depends on the name, not on which other tasks are mixed.
      examples: the number of its examples.
      seed: of the run.
      shuffle: False keeps the stored order.
    """
    self._examples, self._shuffle = examples, shuffle
    self._keys = (seed, randomness.name_key(name), _EPOCH)
    # Two epochs: at the end of one, some rows of the batch are in the next already.
    self._order = functools.lru_cache(maxsize=2)(self._make_order)

  def __getitem__(self, place: int) -> tuple[int, int]:
    """The epoch and the example's number at a place of the endless sequence."""
    epoch, within = divmod(place, self._examples)
    return epoch, int(self._order(epoch)[within]) if self._shuffle else within

  def _make_order(self, epoch: int) -> np.ndarray:
    return randomness.permutation(self._examples, *self._keys, epoch)
