"""Counts the rows of datasets: those used, and those left out, by reason."""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

import seqio

from flan_jax.data import fitting, keeping, mixtures, registry, trying
from flan_jax.data import own_features as own
from flan_jax.data.dataset import Dataset
from flan_jax.data.rates import Names
from flan_jax.data.reading_rows import row_source
from flan_jax.data.vocabulary import with_vocabulary

_EVALUATED = ('validation', 'test')


@dataclasses.dataclass(frozen=True)
class RowCounts:
  """The rows of one slice of a dataset.

  Attributes:
    dataset: its name.
    split: the use of the slice: 'train', 'validation' or 'test'.
    slice: the slice that is read, such as 'train[0:500]'.
    of: rows of the split that the slice is cut from; None if not known.
    rows: rows of the slice.
    left_out: rows of the slice that are not used, by reason.
    too_long: training prompts that exceed the length of inputs.
    shots: mean number of solved examples in a training prompt; None for zero-shot.
    without_shots: training prompts into which no solved example fits.
  """

  dataset: str
  split: str
  slice: str
  of: int | None
  rows: int
  left_out: Mapping[str, int]
  too_long: int = 0
  shots: float | None = None
  without_shots: int = 0

  @property
  def used(self) -> int:
    return self.rows - sum(self.left_out.values()) - self.too_long

  def as_json(self) -> dict[str, Any]:
    return {**dataclasses.asdict(self), 'used': self.used}


def of_mixture(
    names: Names, evaluated: Sequence[str], lengths: Mapping[str, int],
    vocabulary: seqio.Vocabulary
) -> list[RowCounts]:
  """Counts the rows of all declared datasets of a mixture. Foreign tasks are skipped.

  Args:
    names: what is trained on; its training slices are counted.
    evaluated: what is evaluated; its validation and test slices are counted. If empty, all slices
      of `names` are counted.
    lengths: most tokens of `inputs` and `targets`.
    vocabulary: counts tokens.
  """
  trained = ('train',) if evaluated else ('train', *_EVALUATED)
  chosen = [(dataset, trained) for dataset in mixtures.resolve(names).datasets]
  chosen += [(dataset, _EVALUATED) for dataset in mixtures.resolve(evaluated).datasets]
  return [count for dataset, splits in chosen
          for count in count_rows(dataset, splits, lengths, vocabulary)]


def count_rows(
    dataset: Dataset, splits: Sequence[str], lengths: Mapping[str, int],
    vocabulary: seqio.Vocabulary
) -> list[RowCounts]:
  """Counts all rows of some slices of a dataset. Slices that it does not have are skipped.

  Raises:
    UserError: the data is missing.
  """
  source, counts = row_source(dataset), []
  for split in (s for s in splits if s in source.splits):
    interval = source.interval(split)
    counts.append(RowCounts(
        dataset.name, split, str(interval), interval.of, interval.size,
        keeping.left_out(dataset, source.get_dataset(split)),
        **(_prompts(dataset, lengths, vocabulary) if split == 'train' else {})))
  return counts


def _prompts(dataset: Dataset, lengths: Mapping[str, int], vocabulary: seqio.Vocabulary) -> dict:
  """The counts of `RowCounts` about training prompts."""
  task = registry.tasks(dataset)[dataset.name]
  whole = fitting.with_unfitting(with_vocabulary(task, vocabulary))
  too_long, shown = 0, []
  for example in trying.read(whole, 'train', lengths, trim_output_features=False):
    too_long += not example[own.FITS]
    if dataset.shots and example[own.FITS]:
      shown.append(len(example[own.EXEMPLARS]))
  if not shown:
    return {'too_long': too_long}
  return {'too_long': too_long, 'shots': sum(shown) / len(shown), 'without_shots': shown.count(0)}
