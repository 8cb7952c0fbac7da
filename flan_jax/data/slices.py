"""Which rows of a prepared dataset serve for training, for choosing a template and for the report.

Declared slices count rows of the real dataset ('train[:30000]', 'train[-200:]'). They are kept as
declared wherever they are apart and leave training the larger part. On a copy too small for that
(a sample, an excerpt) the rows are divided 8 : 1 : 1 in the declared order instead, so the slices
never overlap.
"""
from collections.abc import Mapping
import dataclasses
import re

MAX_TRAIN_EXAMPLES = 30_000  # paper, section 2.2: the cap on a dataset's training examples
_TRAIN_SHARE, _OTHER_SHARE = 8, 1


@dataclasses.dataclass(frozen=True)
class Interval:
  """Rows `start` to `stop` (exclusive) of a TFDS split."""

  split: str
  start: int
  stop: int

  @property
  def size(self) -> int:
    return self.stop - self.start

  def __str__(self):
    return f'{self.split}[{self.start}:{self.stop}]'


@dataclasses.dataclass(frozen=True)
class _Piece:
  """A declared slice: `bounds` as written, None where left open."""

  name: str
  base: str
  start: int | None
  stop: int | None

  def rows(self, size: int) -> range:
    return range(*slice(self.start, self.stop).indices(size))

  @property
  def order(self) -> tuple[bool, int]:
    """Sorts slices by where they lie: counted from the front first, from the end last."""
    return (self.start is not None and self.start < 0, self.start or 0)


def parse_slice(name: str, text: str) -> _Piece:
  """Reads 'train', 'train[:30000]', 'train[-200:]' or 'train[10:20]'."""
  base, start, stop = re.fullmatch(r'(\w+)(?:\[(-?\d*):(-?\d*)\])?', text).groups()
  return _Piece(name, base, int(start) if start else None, int(stop) if stop else None)


def base_split(text: str) -> str:
  """The TFDS split that a slice is cut from: 'train' for 'train[:-200]'."""
  return parse_slice('', text).base


def resolve(
    slices: Mapping[str, str], sizes: Mapping[str, int], max_train: int = MAX_TRAIN_EXAMPLES
) -> dict[str, Interval]:
  """Turns declared slices into disjoint intervals of a copy.

  Args:
    slices: declared slice by use, such as {'train': 'train[:-200]', 'validation': 'train[-200:]'}.
    sizes: rows of each TFDS split in this copy.
    max_train: at most so many rows to train on, the first ones.

  Returns:
    The interval for each use; empty only where a split has fewer rows than uses.
  """
  pieces = [parse_slice(name, text) for name, text in slices.items()]
  intervals = {}
  for base in dict.fromkeys(p.base for p in pieces):
    sharing = sorted((p for p in pieces if p.base == base), key=lambda p: p.order)
    intervals |= _divide(sharing, base, sizes[base])
  if 'train' in intervals:
    train = intervals['train']
    stop = min(train.stop, train.start + max_train)
    intervals['train'] = dataclasses.replace(train, stop=stop)
  return {name: intervals[name] for name in slices}


def _divide(sharing: list[_Piece], base: str, size: int) -> dict[str, Interval]:
  declared = {p.name: p.rows(size) for p in sharing}
  if _usable(declared):
    return {n: Interval(base, r.start, max(r.start, r.stop)) for n, r in declared.items()}
  counts = _shares([p.name for p in sharing], size)
  intervals, start = {}, 0
  for piece in sharing:
    stop = start + counts[piece.name]
    intervals[piece.name] = Interval(base, start, stop)
    start = stop
  return intervals


def _usable(declared: Mapping[str, range]) -> bool:
  rows = sorted(declared.values(), key=lambda r: r.start)
  if not all(rows) or any(a.stop > b.start for a, b in zip(rows, rows[1:])):
    return False
  others = sum(len(r) for name, r in declared.items() if name != 'train')
  return 'train' not in declared or len(declared['train']) >= others


def _shares(names: list[str], size: int) -> dict[str, int]:
  """Rows for each use, at least one each as long as there are any, training first."""
  weights = {n: _TRAIN_SHARE if n == 'train' else _OTHER_SHARE for n in names}
  first, *others = sorted(names, key=lambda n: -weights[n])
  counts, left = {}, size
  for name in others:
    wanted = max(1, size * weights[name] // sum(weights.values()))
    counts[name] = min(wanted, max(0, left - 1))
    left -= counts[name]
  return counts | {first: left}
