"""Cuts questions and prompts into batches: by tokens, in few padded shapes.

The options of an input are packed into decoder rows of about `ROW` tokens; several rows of one
input share its encoding. A batch holds as many inputs as its budget of tokens allows, so that its
memory does not depend on their lengths. Arrays are padded to few lengths and few numbers of rows,
because each shape is a program of its own that must be compiled.
"""
from collections.abc import Callable, Iterator, Sequence
import dataclasses
from typing import TypeVar

import numpy as np

ROW = 256  # tokens of options in a row; a longer option makes its row longer
SHORTEST = 16  # the smallest length that rows are padded to
DEFAULT_TOKENS = 16_384  # of a batch, inputs and options together
_CONTEXT = 1024  # a token that attends to this many tokens counts twice: its scores take memory too

Item = TypeVar('Item')


@dataclasses.dataclass(frozen=True, order=True)
class Shape:
  """The padded sizes of an input in a batch.

  Attributes:
    length: tokens of the input.
    rows: rows of its options, or 1 for the generated row.
    width: tokens of such a row.
  """

  length: int
  rows: int
  width: int

  def cost(self, count: int) -> float:
    """The tokens of `count` inputs. One that attends to 1,024 others counts twice, and so on."""
    encoded = self.length * (1 + self.length / _CONTEXT)
    decoded = self.rows * self.width * (1 + (self.length + self.width) / _CONTEXT)
    return count * (encoded + decoded)

  def join(self, other: 'Shape') -> 'Shape':
    """The smallest shape that holds both."""
    return Shape(max(self.length, other.length), max(self.rows, other.rows),
                 max(self.width, other.width))


@dataclasses.dataclass(frozen=True)
class Batch:
  """Inputs that go through the model together.

  Attributes:
    items: the inputs.
    count: their number, padding included.
    shape: the padded shape of each input.
  """

  items: Sequence
  count: int
  shape: Shape


def cut(
    items: Sequence[Item], shape_of: Callable[[Item], Shape], most: int, tokens: int, unit: int = 1
) -> Iterator[Batch]:
  """Cuts items into batches, those of the largest shapes first.

  Args:
    items: any objects.
    shape_of: returns the shape of an item.
    most: the most items of a batch.
    tokens: the largest cost of a batch, except that `unit` items are always allowed.
    unit: the number of items of a batch must be a multiple of it.
  """
  # Neighbors in the order have similar shapes, so little is padded. The largest come first, so that
  # a batch that needs too much memory fails at once and not after an hour.
  waiting = sorted(items, key=shape_of)[::-1]
  most = -(-most // unit) * unit
  while waiting:
    count = most
    while True:
      chosen = waiting[:count]
      shape = shape_of(chosen[0])
      for item in chosen[1:]:
        shape = shape.join(shape_of(item))
      if count == unit or shape.cost(count) <= tokens:
        break
      # Halving, not counting down: few numbers of items mean few programs to compile.
      count = max(count // 2 // unit, 1) * unit
    waiting = waiting[len(chosen):]
    yield Batch(chosen, _padded_count(len(chosen), count, unit), shape)


def _padded_count(count: int, full: int, unit: int) -> int:
  """The size of a full batch, or a quarter of it, a quarter of that, ..., that holds `count`.

  Quarters, since a program for each power of two would cost more to compile than it saves.
  """
  while full % (4 * unit) == 0 and full // 4 >= count:
    full //= 4
  return full


def into_rows(lengths: Sequence[int], room: int = ROW) -> list[list[int]]:
  """Packs whole options into rows: the longest first, each into the first row with room for it.

  Args:
    lengths: tokens of each option.
    room: tokens of a row, unless an option is longer.

  Returns:
    The numbers of the options in each row, ascending.
  """
  room = max([room, *lengths])
  rows: list[list[int]] = []
  free: list[int] = []
  for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
    length = lengths[number]
    place = next((p for p, left in enumerate(free) if left >= length), len(rows))
    if place == len(rows):
      rows.append([])
      free.append(room)
    rows[place].append(number)
    free[place] -= length
  return [sorted(row) for row in rows]


def padded_length(tokens: int) -> int:
  """The length that `tokens` are padded to: 16, 32, 64, 128, 192, 256, 384, 512, 768, ...

  Beyond 128, steps of 1.5 instead of 2: there, padding costs more than another program.
  """
  length = max(SHORTEST, next_power_of_two(tokens))
  return length * 3 // 4 if length > 128 and tokens <= length * 3 // 4 else length


def padded_rows(rows: int) -> int:
  """The number that `rows` is padded to: 1, 2, 3, 4, 6, 8, 12, ..."""
  power = next_power_of_two(rows)
  return power * 3 // 4 if power >= 4 and rows <= power * 3 // 4 else power


def next_power_of_two(n: int) -> int:
  """The smallest power of two that is at least n."""
  return 1 << max(int(n) - 1, 0).bit_length()


def pad_rows(rows: Sequence[np.ndarray], count: int, length: int | None = None) -> np.ndarray:
  """Puts rows into an int32 array `[count, length]`, by default a padded length; 0 is padding."""
  if length is None:
    length = padded_length(max(len(r) for r in rows))
  padded = np.zeros((count, length), np.int32)
  for target, row in zip(padded, rows):
    target[: len(row)] = row
  return padded
