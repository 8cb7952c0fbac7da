"""Counts how often each option is the right one."""
import collections
from collections.abc import Sequence
from typing import Any

from flan_jax.data.dataset import Dataset
from flan_jax.report.data.rows import Read

ROWS = 1_000  # rows of a dataset that are counted: the first that are kept


def balance(dataset: Dataset, rows: Sequence[Read]) -> dict[str, Any] | None:
  """The number of rows with each option as their answer.

  Returns:
    None if answers are free text. Otherwise `rows`, the number of rows counted, and `counts`, pairs
    of an option and its number of rows. If each row has its own options, a position from 1 replaces
    the option. None stands for answers that are not an option.
  """
  if dataset.options is None:
    return None
  counts = collections.Counter(_place(row, dataset.answer) for row in rows)
  fixed = isinstance(dataset.options, tuple)
  places = range(len(dataset.options) if fixed else max(counts, default=-1) + 1)
  named = [[dataset.options[p] if fixed else p + 1, counts[p]] for p in places]
  return {'rows': len(rows), 'counts': named + ([[None, counts[-1]]] if -1 in counts else [])}


def _place(row: Read, answer: str) -> int:
  """The index of the answer in the options; -1 if it is not one of them."""
  found = row.fields[answer]
  return row.options.index(found) if found in row.options else -1
