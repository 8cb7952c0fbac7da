"""Reads the examples to evaluate on, from a split whose rows have labels."""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import itertools
from typing import Any

import seqio

from flan_jax.data import own_features as own
from flan_jax.data import registry, trying
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.errors import UserError
from flan_jax.evaluation import outcomes
from flan_jax.evaluation.outcomes import ScoredExample

# Answers of rows without labels: GLUE's label of test rows, and the same as T5's tasks write it.
_NO_LABEL = ('', '-1', '<unk>', '⁇')
_LABEL_IS_MISSING = '= -1 is not in [0, '  # TensorFlow, when -1 is to choose an option
_MOST_TOGETHER = 20_000  # examples that are read together, because they are in memory at once
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


class Reader:
  """Reads the examples of works, in their order.

  The templates of a dataset are read together if their examples are few: most of the time goes into
  building a pipeline, not into reading it.
  """

  def __init__(self, works: Sequence[Any], lengths: Mapping[str, int],
               vocabulary: seqio.Vocabulary):
    """Prepares to read.

    Args:
      works: what to evaluate, see `harness.Work`.
      lengths: longest `inputs` and `targets` in tokens.
      vocabulary: turns texts into tokens and back.
    """
    self._lengths, self._vocabulary = lengths, vocabulary
    self._groups: dict[Any, list[Any]] = {}
    for work in works:
      self._groups.setdefault(_group(work), []).append(work)
    self._ready: dict[Any, list[ScoredExample]] = {}

  def read(self, work: Any) -> Reading:
    """The first examples of a work's split, or of its other split if those have no labels.

    Raises:
      UserError: an example cannot be made.
    """
    split, otherwise = work.split, work.otherwise
    examples = self._examples_of(work)
    if examples is not None and not _without_labels(examples):
      note = '' if examples else f'no row of its slice {split!r} is left to evaluate'
      return Reading(split, examples, note=note)
    if otherwise is None:
      return Reading(split, examples or (), unlabeled=True,
                     note=f'its {split} rows have no labels: there is nothing to compare with')
    others = self._alone(work, otherwise) or ()
    return Reading(otherwise, others, unlabeled=_without_labels(others),
                   note=f'its {split} rows have no labels: its {otherwise} rows are reported')

  def _examples_of(self, work) -> list[ScoredExample] | None:
    if work not in self._ready:
      self._ready |= self._together(self._groups.pop(_group(work), [work]))
    return self._ready.pop(work) if work in self._ready else self._alone(work, work.split)

  def _together(self, works) -> dict[Any, list[ScoredExample]]:
    """The examples of works, read together; nothing if they must be read one by one."""
    first = works[0]
    task = registry.together([work.task for work in works]) if len(works) > 1 else None
    if task is None or _most(first) * len(works) > _MOST_TOGETHER:
      return {}
    by_template = {registry.template_number(work.task.name): work for work in works}
    found: dict[Any, list[ScoredExample]] = {work: [] for work in works}
    try:
      for features in self._features(task, first.split):
        work = by_template[int(features[own.TEMPLATE])]
        if len(found[work]) != work.num_examples:
          found[work].append(self._example(work, first.split, len(found[work]), features))
        elif all(len(examples) == first.num_examples for examples in found.values()):
          break
    except UserError:
      return {}  # read one by one, the template with the mistake is named
    return found

  def _alone(self, work, split: str) -> list[ScoredExample] | None:
    """Examples; None if they cannot be made because their label is -1, which stands for no label.
    """
    try:
      return [self._example(work, split, place, features) for place, features in enumerate(
          itertools.islice(self._features(work.task, split), work.num_examples))]
    except UserError as error:
      if _LABEL_IS_MISSING in str(error):
        return None
      raise

  def _features(self, task: seqio.Task, split: str) -> Iterator[Mapping[str, Any]]:
    return trying.read(with_vocabulary(task, self._vocabulary), split, self._lengths, seed=_SEED,
                       ahead=registry.declaration(task.name) is not None)

  def _example(self, work, split: str, place: int, features) -> ScoredExample:
    declared = registry.declaration(work.task.name)
    return outcomes.read_example(
        work.task.name, declared, split, place, features, self._vocabulary)


def _group(work) -> tuple[Any, ...]:
  """Works with the same group differ in nothing but their template."""
  number = registry.template_number(work.task.name)
  if number is None:
    return (work.task.name, work.split, work.num_examples, work.chooses)
  declared = registry.declaration(work.task.name)
  return (declared.name, declared.templates[number].targets, work.split, work.num_examples,
          work.chooses)


def _most(work) -> int:
  """The most examples of a work, as far as it is known without reading rows."""
  rows = work.task.source.num_input_examples(work.split)
  known = [count for count in (rows, work.num_examples) if count is not None]
  return min(known, default=_MOST_TOGETHER + 1)


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


def _without_labels(examples: Sequence[ScoredExample]) -> bool:
  """Whether no example has a known answer."""
  def says_nothing(reference) -> bool:
    if reference.options:
      return reference.option < 0
    return all(answer.strip() in _NO_LABEL for answer in reference.answers)

  return bool(examples) and all(says_nothing(e.reference) for e in examples)
