"""The examples to evaluate on, from a split whose rows have labels."""
from collections.abc import Mapping, Sequence
import dataclasses

import seqio

from flan_jax.data import registry, trying
from flan_jax.errors import UserError
from flan_jax.evaluation import outcomes
from flan_jax.evaluation.outcomes import ScoredExample

# What stands for an answer that is kept secret: GLUE's label of test rows, and what T5 makes of it.
_NO_LABEL = ('', '-1', '<unk>', '⁇')
_LABEL_IS_MISSING = '= -1 is not in [0, '  # TensorFlow, when -1 is to choose an option
_SEED = 42  # SeqIO's own for evaluation


@dataclasses.dataclass(frozen=True)
class Reading:
  """Examples of a task.

  Attributes:
    split: the split they are of.
    examples: in the order of the rows.
    unlabelled: nothing is known of the right answer of any of them.
    note: what a reader of the results has to know of the split, or empty.
  """

  split: str
  examples: Sequence[ScoredExample]
  unlabelled: bool = False
  note: str = ''


def read(
    task: seqio.Task, split: str, otherwise: str | None, count: int | None,
    lengths: Mapping[str, int], vocabulary: seqio.Vocabulary,
) -> Reading:
  """The first examples of a split.

  Args:
    task: with the vocabulary.
    split: the split wanted.
    otherwise: the split to read where the rows of that one have no labels; None for no other.
    count: at most so many examples; None takes all.
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
    return Reading(split, examples or (), unlabelled=True,
                   note=f'its {split} rows have no labels: there is nothing to compare with')
  others = _examples(task, otherwise, count, lengths, vocabulary) or ()
  return Reading(otherwise, others, unlabelled=_without_labels(others),
                 note=f'its {split} rows have no labels: its {otherwise} rows are reported')


def has_rows(task: seqio.Task, split: str, lengths: Mapping[str, int]) -> bool:
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
  """Examples; None where a label of -1, which stands for none, keeps them from being made."""
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
  """Whether nothing is known of the right answer of any example."""
  def says_nothing(reference) -> bool:
    if reference.options:
      return reference.option < 0
    return all(answer.strip() in _NO_LABEL for answer in reference.answers)

  return bool(examples) and all(says_nothing(e.reference) for e in examples)
