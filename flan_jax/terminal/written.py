"""Messages about the files that commands have written."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.terminal.words import counted


def exported(counts: Mapping[Any, int], data: str) -> str:
  """The files of exported examples, with their numbers of examples.

  Args:
    counts: number of examples by path.
    data: where the rows are from.
  """
  lines = [f'{count:>9,}  {path}' for path, count in counts.items()]
  return '\n'.join((*lines, f'{sum(counts.values()):>9,}  examples; rows of: {data}'))


def predictions(lines: int, dtype: str, path: str) -> str:
  """Where predictions are, and their dtype."""
  return f'Predictions for {counted(lines, "line")}, computed in {dtype}, are in {path}.'


def going_on(done: int) -> str:
  """The number of predictions that an earlier start has written."""
  return f'Going on after {counted(done, "prediction")} of an earlier start.'


def data_card(datasets: int, data: str, path: Any, size: int) -> str:
  """What a page shows, and where it is.

  Args:
    datasets: number of datasets on it.
    data: where the rows are from.
    path: of the page.
    size: of the page in bytes.
  """
  return (f'{counted(datasets, "dataset")}, rows of: {data}\n'
          f'{path}: {size / 1e6:.1f} MB; open it in a browser')


def deleted(size: int) -> str:
  """The size of the outdated tokenized data that was deleted, in bytes."""
  return f'Deleted {size / 1e6:.1f} MB that belonged to earlier declarations.'


def streamed(tasks: Sequence[str]) -> str:
  """The tasks whose examples are made during training."""
  return f'Not tokenized in advance, but read during training: {", ".join(tasks)}.'
