"""Which examples share a row of a batch, when both their inputs and their targets have to fit."""
from collections.abc import Sequence

import numpy as np

LOOKAHEAD = 64  # draws from the oldest that waits; a row is made of some of them


def choose(sizes: Sequence[tuple[int, int]], capacity: tuple[int, int]) -> list[int]:
  """The examples to put into a row: the first one, and others that fill it best.

  Fills the side (inputs or targets) that is short of room as full as can be, by the subset-sum
  recurrence; of equally full choices it takes one with the least on the other side.

  Args:
    sizes: tokens of (inputs, targets) of each waiting example, the oldest first.
    capacity: tokens of (inputs, targets) that a row holds.

  Returns:
    Places in `sizes`, rising, beginning with 0.
  """
  both = np.asarray(sizes)
  tight = int(np.argmax(both.sum(0) / capacity))
  fills, weighs = both[:, tight].tolist(), both[:, 1 - tight].tolist()
  room, spare = capacity[tight] - fills[0], capacity[1 - tight] - weighs[0]
  # least[s]: least weight on the other side that fills exactly s tokens of the tight side.
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
