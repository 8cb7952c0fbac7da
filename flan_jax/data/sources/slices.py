"""Slices: the rows of a dataset that train, that choose a template and that are reported.

Declared slices ('train[:30000]', 'train[-200:]') are ranges of rows of the real dataset. A copy
that is too small for them (an excerpt) is refused. If redrawing is allowed, as it always is for the
sample world, its rows are divided 8 : 1 : 1 in the declared order instead. Slices never overlap.
"""
from collections.abc import Mapping
import dataclasses
import itertools
import re

from flan_jax.errors import UserError

MAX_TRAIN_EXAMPLES = 30_000  # paper, section 2.2: the cap on a dataset's training examples
_TRAIN_SHARE, _OTHER_SHARE = 8, 1
_WRITTEN = re.compile(r'(\w+)(?:\[(-?\d*):(-?\d*)\])?')


@dataclasses.dataclass(frozen=True)
class Interval:
  """Rows `start` to `stop` (exclusive) of a split with `of` rows, if known."""

  split: str
  start: int
  stop: int
  of: int | None = dataclasses.field(default=None, compare=False)

  @property
  def size(self) -> int:
    return self.stop - self.start

  def __str__(self):
    return f'{self.split}[{self.start}:{self.stop}]'


@dataclasses.dataclass(frozen=True)
class _Piece:
  """A declared slice: `bounds` as written, None for an open bound."""

  name: str
  base: str
  start: int | None
  stop: int | None

  def rows(self, size: int) -> range:
    return range(*slice(self.start, self.stop).indices(size))

  @property
  def order(self) -> tuple[bool, int]:
    """Sorts slices by position: those counted from the beginning first, from the end last."""
    return (self.start is not None and self.start < 0, self.start or 0)


def named_slices(
    train: str | None, validation: str | None, test: str | None) -> dict[str, str]:
  """The existing slices, by SeqIO's names of splits."""
  named = {'train': train, 'validation': validation, 'test': test}
  return {split: piece for split, piece in named.items() if piece is not None}


def check_written(slices: Mapping[str, str], where: str) -> None:
  """Raises UserError if `parse_slice` cannot read a slice."""
  for split, piece in slices.items():
    if not _WRITTEN.fullmatch(piece):
      raise UserError(f'{split}={piece!r} is not a slice', where,
                      "Write it like 'train', 'train[:30000]' or 'train[-200:]'.")


def parse_slice(name: str, text: str) -> _Piece:
  """Reads 'train', 'train[:30000]', 'train[-200:]' or 'train[10:20]'."""
  base, start, stop = _WRITTEN.fullmatch(text).groups()
  return _Piece(name, base, int(start) if start else None, int(stop) if stop else None)


def base_split(text: str) -> str:
  """The TFDS split that a slice is cut from: 'train' for 'train[:-200]'."""
  return parse_slice('', text).base


class Unfit(UserError):
  """A copy of a dataset has too few rows for its declared slices."""


def resolve(
    slices: Mapping[str, str], sizes: Mapping[str, int], max_train: int = MAX_TRAIN_EXAMPLES,
    redraw: bool = False
) -> dict[str, Interval]:
  """Turns declared slices into disjoint intervals of a copy.

  Args:
    slices: declared slice by use, such as {'train': 'train[:-200]', 'validation': 'train[-200:]'}.
    sizes: rows of each TFDS split in this copy.
    max_train: use at most so many training rows, from the beginning.
    redraw: divide the rows again if the declared slices share rows or have none.

  Returns:
    The interval for each use. It is empty only if a split has no rows or, when redrawn, fewer rows
    than uses.

  Raises:
    Unfit: declared slices share rows or have none, and must not be redrawn.
  """
  pieces = [parse_slice(name, text) for name, text in slices.items()]
  intervals = {}
  for base in dict.fromkeys(p.base for p in pieces):
    sharing = sorted((p for p in pieces if p.base == base), key=lambda p: p.order)
    declared = {p.name: _as_declared(p, sizes[base]) for p in sharing}
    if redraw and _conflict(declared):
      intervals |= _divide(sharing, base, sizes[base])
    else:
      intervals |= declared
  if 'train' in intervals:
    train = intervals['train']
    stop = min(train.stop, train.start + max_train)
    intervals['train'] = dataclasses.replace(train, stop=stop)
  if not redraw:
    _check(intervals, slices, sizes)
  return {name: intervals[name] for name in slices}


def _as_declared(piece: _Piece, size: int) -> Interval:
  rows = piece.rows(size)
  return Interval(piece.base, rows.start, max(rows.start, rows.stop), size)


def _conflict(intervals: Mapping[str, Interval]) -> tuple[str, ...]:
  """The uses without rows or with the same rows; none if all is well or the split is empty."""
  for name, interval in intervals.items():
    if not interval.size:
      return (name,)
  for (one, a), (other, b) in itertools.combinations(intervals.items(), 2):
    if a.split == b.split and a.start < b.stop and b.start < a.stop:
      return (one, other)
  return ()


def _check(intervals: Mapping[str, Interval], slices: Mapping[str, str], sizes: Mapping[str, int]):
  """Refuses slices that share rows or have none. Splits without any rows are allowed."""
  filled = {name: i for name, i in intervals.items() if sizes[i.split]}
  uses = _conflict(filled)
  if not uses:
    return
  said = ' and '.join(f'{name}={slices[name]!r}' for name in uses)
  what = 'share rows' if len(uses) > 1 else 'has no rows'
  split = filled[uses[0]].split
  raise Unfit(
      f'{said} {what}: its split {split!r} has {sizes[split]:,} rows here', '',
      'Get the whole dataset or declare other slices; or divide the rows of an excerpt again, with '
      '--redraw_slices or Tfds(..., redraw=True).')


def _divide(sharing: list[_Piece], base: str, size: int) -> dict[str, Interval]:
  """Divides a split's rows again among uses, in the order of their slices."""
  counts = _shares([p.name for p in sharing], size)
  intervals, start = {}, 0
  for piece in sharing:
    stop = start + counts[piece.name]
    intervals[piece.name] = Interval(base, start, stop, size)
    start = stop
  return intervals


def _shares(names: list[str], size: int) -> dict[str, int]:
  """The number of rows for each use: at least one each while there are any, training first."""
  weights = {n: _TRAIN_SHARE if n == 'train' else _OTHER_SHARE for n in names}
  first, *others = sorted(names, key=lambda n: -weights[n])
  counts, left = {}, size
  for name in others:
    wanted = max(1, size * weights[name] // sum(weights.values()))
    counts[name] = min(wanted, max(0, left - 1))
    left -= counts[name]
  return counts | {first: left}
