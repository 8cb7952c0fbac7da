"""Reads the examples to evaluate on, from a split whose rows have labels."""
from collections.abc import Mapping, Sequence
import dataclasses

import seqio

from flan_jax.data import registry, trying
from flan_jax.errors import UserError
from flan_jax.evaluation import outcomes
from flan_jax.evaluation.outcomes import ScoredExample

# Answers of rows without labels: GLUE's label of test rows, and the same as T5's tasks write it.
_NO_LABEL = ('', '-1', '<unk>', '⁇')
_LABEL_IS_MISSING = '= -1 is not in [0, '  # TensorFlow, when -1 is to choose an option
_SEED = 42  # SeqIO's seed for evaluation, so that foreign tasks give the same examples as in SeqIO


@dataclasses.dataclass(frozen=True)
class Reading:
  """Examples of a task.

  Attributes:
    split: the split that they come from.
    examples: in the order of the rows.
    unlabeled: no example has a known answer.
    note: what readers of the results must know about the split, or empty.
  """

  split: str
  examples: Sequence[ScoredExample]
  unlabeled: bool = False
  note: str = ''


def read(
    task: seqio.Task, split: str, otherwise: str | None, count: int | None,
    lengths: Mapping[str, int], vocabulary: seqio.Vocabulary,
) -> Reading:
  """Reads the first examples of a split.

  Args:
    task: with the vocabulary.
    split: the split to read.
    otherwise: the split to read instead if the rows of `split` have no labels; None for no other.
    count: the most examples to read; None reads all.
    lengths: longest `inputs` and `targets` in tokens.
    vocabulary: turns tokens into texts.

  Raises:
    UserError: an example cannot be made.
  """
  examples = _examples(task, split, count, lengths, vocabulary)
  if examples is not None and not _without_labels(examples):
    note = '' if examples else f'no row of its slice {split!r} is left to evaluate'
    return Reading(split, examples, note=note)
  if otherwise is None:
    return Reading(split, examples or (), unlabeled=True,
                   note=f'its {split} rows have no labels: there is nothing to compare with')
  others = _examples(task, otherwise, count, lengths, vocabulary) or ()
  return Reading(otherwise, others, unlabeled=_without_labels(others),
                 note=f'its {split} rows have no labels: its {otherwise} rows are reported')


def has_examples(task: seqio.Task, split: str, lengths: Mapping[str, int]) -> bool:
  """Whether a split has any example, with or without a label.

  Raises:
    UserError: its data is missing, or an example cannot be made.
  """
  dataset = registry.declaration(task.name)
  if dataset:
    return trying.has_rows(dataset, split)
  try:
    return trying.first_example(task, split, lengths) is not None
  except UserError as error:
    if _LABEL_IS_MISSING in str(error):
      return True
    raise


def _examples(task, split, count, lengths, vocabulary) -> list[ScoredExample] | None:
  """Examples; None if they cannot be made because their label is -1, which stands for no label."""
  declared, found = registry.declaration(task.name), []
  try:
    for place, features in enumerate(trying.read(task, split, lengths, seed=_SEED)):
      if place == count:
        break
      found.append(outcomes.read_example(task.name, declared, split, place, features, vocabulary))
  except UserError as error:
    if _LABEL_IS_MISSING in str(error):
      return None
    raise
  return found


def _without_labels(examples: Sequence[ScoredExample]) -> bool:
  """Whether no example has a known answer."""
  def says_nothing(reference) -> bool:
    if reference.options:
      return reference.option < 0
    return all(answer.strip() in _NO_LABEL for answer in reference.answers)

  return bool(examples) and all(says_nothing(e.reference) for e in examples)
