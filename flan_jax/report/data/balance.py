"""How often each option is the right one."""
import collections
from collections.abc import Sequence
from typing import Any

from flan_jax.data.dataset import Dataset
from flan_jax.report.data.rows import Read

ROWS = 1_000  # of a dataset that are counted, the first ones that are kept


def balance(dataset: Dataset, rows: Sequence[Read]) -> dict[str, Any] | None:
  """Which option is the answer, and in how many rows.

  Returns:
    `rows`, how many were counted, and `counts`: pairs of an option and how many rows it answers,
    or, where each row has options of its own, of a place among them, from 1. None stands for the
    answers that are no option. Or None altogether where the answer is free text.
  """
  if dataset.options is None:
    return None
  counts = collections.Counter(_place(row, dataset.answer) for row in rows)
  fixed = isinstance(dataset.options, tuple)
  places = range(len(dataset.options) if fixed else max(counts, default=-1) + 1)
  named = [[dataset.options[p] if fixed else p + 1, counts[p]] for p in places]
  return {'rows': len(rows), 'counts': named + ([[None, counts[-1]]] if -1 in counts else [])}


def _place(row: Read, answer: str) -> int:
  """The answer's place among the options; -1 where it is none of them."""
  found = row.fields[answer]
  return row.options.index(found) if found in row.options else -1
