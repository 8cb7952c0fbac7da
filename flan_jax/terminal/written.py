"""What commands have written, and where."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.terminal.words import counted


def exported(counts: Mapping[Any, int], data: str) -> str:
  """Files of examples, and how many are in each.

  Args:
    counts: by path.
    data: whose rows they are.
  """
  lines = [f'{count:>9,}  {path}' for path, count in counts.items()]
  return '\n'.join((*lines, f'{sum(counts.values()):>9,}  examples; rows of: {data}'))


def predictions(lines: int, dtype: str, path: str) -> str:
  """Where predictions are, and what they were computed in."""
  return f'Predictions of {counted(lines, "line")}, made in {dtype}, are in {path}.'


def going_on(done: int) -> str:
  """How many predictions are there already."""
  return f'Going on behind {done} predictions of an earlier start.'


def data_card(datasets: int, data: str, path: Any, size: int) -> str:
  """What a page is about, and where it is.

  Args:
    datasets: how many it shows.
    data: whose rows they are.
    path: the page's.
    size: in bytes.
  """
  return (f'{counted(datasets, "dataset")}, rows of: {data}\n'
          f'{path}: {size / 1e6:.1f} MB, to be opened in a browser')


def deleted(size: int) -> str:
  """How much of earlier prepared data, in bytes, is gone."""
  return f'Deleted {size / 1e6:.1f} MB that belonged to earlier declarations.'


def streamed(tasks: Sequence[str]) -> str:
  """The tasks that cannot be prepared."""
  return f'Not prepared, since SeqIO can only read them in order: {", ".join(tasks)}.'
