"""Chooses the examples that share a row of a batch. Both their inputs and targets must fit."""
from collections.abc import Sequence

import numpy as np

LOOKAHEAD = 64  # a row chooses among this many draws, from the oldest waiting one on


def choose(sizes: Sequence[tuple[int, int]], capacity: tuple[int, int]) -> list[int]:
  """Chooses the examples of a row: the first one, and those others that fill the row best.

  Fills the side (inputs or targets) that has less room as full as possible, by the subset-sum
  recurrence. Among equally full choices it takes one with the fewest tokens on the other side.

  Args:
    sizes: tokens of (inputs, targets) of each waiting example, the oldest first.
    capacity: tokens of (inputs, targets) that a row holds.

  Returns:
    Indices into `sizes`, ascending; the first is 0.
  """
  # The first one always goes, so no example waits forever. That also bounds a position's bit mask.
  both = np.asarray(sizes)
  tight = int(np.argmax(both.sum(0) / capacity))
  fills, weighs = both[:, tight].tolist(), both[:, 1 - tight].tolist()
  room, spare = capacity[tight] - fills[0], capacity[1 - tight] - weighs[0]
  # least[s]: the fewest tokens on the other side of a choice with exactly s tokens on the tight
  # side. spare + 1 stands for impossible.
  least = np.full(room + 1, spare + 1, np.int64)
  least[0] = 0
  takes = np.zeros((len(fills), room + 1), bool)
  for number in range(1, len(fills)):
    fill = fills[number]
    if fill > room:
      continue
    with_it = least[: room + 1 - fill] + weighs[number]
    better = with_it < least[fill:]
    takes[number, fill:] = better
    least[fill:] = np.where(better, with_it, least[fill:])
  return [0, *_retrace(takes, fills, int(np.flatnonzero(least <= spare)[-1]))]


def _retrace(takes: np.ndarray, fills: Sequence[int], filled: int) -> list[int]:
  chosen = []
  for number in range(len(fills) - 1, 0, -1):
    if takes[number, filled]:
      chosen.append(number)
      filled -= fills[number]
  return chosen[::-1]
