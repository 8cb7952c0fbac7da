"""What a row maker is given, and how rows are drawn: seeded, balanced, unique, split by split."""
from collections.abc import Callable
import dataclasses
import random
import zlib


@dataclasses.dataclass(frozen=True)
class RowMaterial:
  """The material for one row.

  Attributes:
    rng: the split's own stream of random numbers.
    pool: which names may be used: 'train', 'validation' or 'test'.
    split: the split's name.
    index: number of the row within its split.
    group: the same text for rows that are about one passage, and for no others.
  """
  rng: random.Random
  pool: str
  split: str
  index: int
  group: str

  def label(self, classes: int) -> int:
    """A class that comes up equally often over the rows of a split."""
    return self.index % classes

  def shared_rng(self) -> random.Random:
    """A stream of random numbers that begins alike for all rows of the group."""
    return random.Random(self.group)


@dataclasses.dataclass(frozen=True)
class Sample:
  """How one TFDS dataset is written.

  Attributes:
    version: the version of the real dataset.
    sizes: rows of each split.
    make: makes one row, in the dataset's true schema, from a `RowMaterial`.
    passage: the field that no two splits may share (`question.stem`: a field of a field).
    shared_names: the rows hold no names that would keep the splits apart, so a row goes to the
      split that the checksum of its passage points to.
    together: so many rows in turn are about one passage and stay side by side.
  """
  version: str
  sizes: dict[str, int]
  make: Callable[[RowMaterial], dict]
  passage: str
  shared_names: bool = False
  together: int = 1


def pool_of(split: str) -> str:
  """The pool of names for a split: 'train_xl' draws from 'train', for instance."""
  if split == 'dev':
    return 'validation'
  return next(pool for pool in ('train', 'validation', 'test') if split.startswith(pool))


def draw_rows(name: str, sample: Sample, split: str, seed: int) -> list[dict]:
  """All rows of a split: a function of (seed, name, split) alone."""
  rng = random.Random(f'{seed}|{name}|{split}')
  seen, groups = set(), []
  for index in range(sample.sizes[split]):
    number, place = divmod(index, sample.together)
    if place == 0:
      groups.append([])
    draw = RowMaterial(rng, pool_of(split), split, index, f'{seed}|{name}|{split}|{number}')
    groups[-1].append(_new_row(sample, draw, seen))
  rng.shuffle(groups)
  return [row for group in groups for row in group]


def passage_of(sample: Sample, row: dict) -> str:
  """The text of a row that no other split may hold."""
  value = row
  for field in sample.passage.split('.'):
    value = value[field]
  return value


def _new_row(sample: Sample, draw: RowMaterial, seen: set) -> dict:
  """A row not seen before; after many failures the last one that at least fits the split."""
  tries = 0
  while True:
    row = sample.make(draw)
    if sample.shared_names and not _belongs(passage_of(sample, row), draw.pool):
      continue
    key = repr({k: v for k, v in row.items() if k not in _NUMBERING})
    tries += 1
    if key not in seen or tries > 100:
      seen.add(key)
      return row


_NUMBERING = {'idx', 'id', 'uid', 'gem_id', 'gem_parent_id', 'xsum_id', 'source_id',
              'concept_set_id', 'dart_id', 'webnlg_id', 'question_id', 'query_id', 'user', 'url',
              '_movie_id', '_claim_id'}


def _belongs(passage: str, pool: str) -> bool:
  bucket = zlib.crc32(passage.encode()) % 6
  return pool == ('train', 'train', 'train', 'train', 'validation', 'test')[bucket]
