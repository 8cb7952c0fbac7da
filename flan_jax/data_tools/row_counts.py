"""Counts the rows of datasets: those that are used, and those that are not, by reason."""
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
    split: what the slice serves for: 'train', 'validation' or 'test'.
    slice: the rows of the copy being read, such as 'train[0:500]'.
    of: rows of the split that the slice is cut from; None where that is not known.
    rows: of the slice.
    left_out: of these, rows that are not used, by reason.
    too_long: training prompts that do not fit in their row.
    shots: solved examples that training prompts show on average; None for zero-shot.
    without_shots: training prompts in which none fits.
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
  """The rows of all declared datasets of a mixture; tasks of others are passed over.

  Args:
    names: what is trained on.
    evaluated: what is evaluated, of which the slices for that are counted. Where nothing is named,
      all slices of what is trained on are.
    lengths: most tokens of `inputs` and `targets`.
    vocabulary: counts them.
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
  """Reads all rows of some slices of a dataset; those that it does not have are passed over.

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
  """How the training prompts fit, as `RowCounts` has it."""
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
