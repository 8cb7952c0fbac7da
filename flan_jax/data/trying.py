"""Tries tasks before training or evaluation, and reports what is empty or broken.

SeqIO finds most mistakes when a pipeline is built or read, with exceptions of many types. This file
turns them into one line that names the task.
"""
from collections.abc import Mapping
import functools
import itertools
from typing import Any

import numpy as np
import seqio

from flan_jax.data import in_blocks, keeping, registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.errors import UserError, in_one_line

_LOOKED_AT = 8  # rows tried one by one first, because a pipeline over all rows is slow to build
_NEEDED = ('inputs', 'targets')
# Texts of SeqIO's errors, and their remedies.
_REMEDIES = (
    ('incorrect type', 'Turn its texts into tokens: add '
     'seqio.preprocessors.tokenize_and_append_eos to its preprocessors.'),
    ('missing expected output feature', 'Its preprocessors must leave this feature in each '
     'example.'),
    ('incorrect rank', 'A feature is a list of tokens, one row an example.'),
    ('No file is found', 'Correct the pattern of its source.'),
)


def check_training(task: seqio.Task, lengths: Mapping[str, int], use_cached: bool = False) -> None:
  """Checks that a task has something to train on.

  Args:
    task: with the run's vocabulary.
    lengths: longest `inputs` and `targets` in tokens.
    use_cached: whether the run reads the output of SeqIO's caching job.

  Raises:
    UserError: it has no training rows, no row has target tokens, or its first example cannot be
      made or is not tokenized.
  """
  dataset = registry.trained_dataset(task.name)
  if dataset and not use_cached:
    empty = not has_rows(dataset, 'train')
  else:
    empty = not _has_examples(task, lengths, use_cached)
  if empty:
    raise UserError(
        'it has no training rows', f'task {task.name}',
        'Take it out of the mixture, or look at its source, its slices and what its `keep` or '
        'its preprocessors leave out.')


def _has_examples(task: seqio.Task, lengths: Mapping[str, int], use_cached: bool) -> bool:
  """Whether a pass over the training split has examples. Raises UserError if none has a target."""
  count = 0
  for count, example in enumerate(read(task, 'train', lengths, use_cached=use_cached), start=1):
    if count == 1:
      check_features(task, example)
    if len(example['targets']):
      return True
  if count:
    raise UserError(
        f"none of its {count:,} training examples has 'targets' with a token: there is nothing to "
        'learn', f'task {task.name}', 'Look at what its preprocessors leave of them.')
  return False


def has_rows(dataset: Dataset, split: str) -> bool:
  """Whether any row of a declared slice is kept. Raises UserError if the data is missing."""
  source = row_source(dataset)
  if not source.num_input_examples(split):
    return False
  if keeping.first_kept(dataset, source.first_rows(split, _LOOKED_AT), 1):
    return True
  return _any_kept(dataset, split, source.fingerprint(split))


@functools.lru_cache(maxsize=None)
def _any_kept(dataset: Dataset, split: str, fingerprint: str) -> bool:
  del fingerprint  # part of the cache's key: another copy of the rows may have another answer
  kept = keeping.kept_fields(dataset, row_source(dataset).get_dataset(split))
  return bool(list(kept.take(1)))


def first_example(
    task: seqio.Task, split: str, lengths: Mapping[str, int] | None
) -> dict[str, Any] | None:
  """The first example of a split as NumPy values, or None if there is none.

  Raises:
    UserError: the example cannot be made.
  """
  found = list(itertools.islice(read(task, split, lengths), 1))
  return found[0] if found else None


def read(task: seqio.Task, split: str, lengths: Mapping[str, int] | None, ahead: bool = False,
         **settings):
  """The examples of one pass over a split, as NumPy values, in order.

  Args:
    task: with the vocabulary.
    split: its split.
    lengths: longest `inputs` and `targets` in tokens.
    ahead: whether more examples may be read than are asked for, which is faster for many.
    **settings: of `get_dataset`.

  Raises:
    UserError: an example cannot be made.
  """
  wanted = {'num_epochs': 1, 'shuffle': False, 'try_in_mem_cache': False, **settings}
  try:
    rows = task.get_dataset(
        sequence_length=lengths and dict(lengths), split=split, **wanted)
    yield from in_blocks.examples_of(rows) if ahead else rows.as_numpy_iterator()
  except (UserError, GeneratorExit):
    raise
  except Exception as error:  # pylint: disable=broad-except
    # A user's preprocessors may raise anything; the error is about this task.
    raise broken(task, error) from error


def broken(task: seqio.Task, error: Exception) -> UserError:
  """The UserError for an exception of SeqIO or of a task's own functions. It names the task."""
  text = in_one_line(error)
  remedy = next((r for said, r in _REMEDIES if said in text), 'Look at its preprocessors.')
  return UserError(f'its examples cannot be made: {text}', f'task {task.name}', remedy)


def check_features(task: seqio.Task, example: Mapping[str, Any]) -> None:
  """Raises UserError unless an example has `inputs` and `targets` as tokens."""
  for name in _NEEDED:
    if name not in example:
      raise UserError(f'its examples have no feature {name!r}', f'task {task.name}',
                      f'They have: {", ".join(example)}.')
    value = np.asarray(example[name])
    if value.ndim != 1 or not np.issubdtype(value.dtype, np.integer):
      raise UserError(
          f'its feature {name!r} is not a list of tokens but {_called(value)}',
          f'task {task.name}', _REMEDIES[0][1])


def _called(value: np.ndarray) -> str:
  if value.dtype.kind in 'OSU':
    return 'text' if value.ndim == 0 else 'texts'
  return f'of type {value.dtype} and shape {list(value.shape)}'
