"""The outcome of a task: its values, and a record of each example."""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

import numpy as np
import seqio

from flan_jax.data import baselines, registry, variants
from flan_jax.data import own_features as own
from flan_jax.data.dataset import Dataset
from flan_jax.data.metric_types import Reference, Value


@dataclasses.dataclass(frozen=True)
class Outcome:
  """The outcome of one task on one split.

  Attributes:
    task: the SeqIO task's name.
    dataset: the declared dataset's name, or the task's own.
    cluster: its cluster, or the task's own name.
    template: number of its template, or None.
    split: the SeqIO split that was read.
    metrics: the metrics' values by name; the first is the headline. None if a metric failed, gave
      NaN, or had no example to judge.
    chance: expected headline of a guess among the options, or None.
    correct: bool `[examples scored]`: for tasks with options, a right one was the most likely; for
      others, the text is right by the headline. None if the headline judges by degrees.
    truncated: number of examples whose prompt was shortened.
    predictions: one JSON-able record per example.
    chooses: it serves to choose a template and is not reported.
    about: descriptions of the metrics' values, by name.
    other: metrics' values that are not numbers, by name, JSON-able.
    failed: why a metric or one of its values is missing, by name.
    not_scored: why examples have no score, by their ids.
    note: what readers must know about the split, or empty.
    targets_truncated: number of examples whose reference is longer than the generated length.
    left_out: number of prompts that do not fit, among the rows read; they do not count in `n`.
    needed_inputs: length of inputs at which all of them fit; 0 if none was left out.
    ties: number of examples whose best option has the same tokens as another one.
    prompts: 'templates', or 'baseline' if it asks with a baseline prompt.
    shots: `asked`, `mean` and `none` of the solved examples in front of prompts, see `fits.shots`.
  """

  task: str
  dataset: str
  cluster: str
  template: int | None
  split: str
  metrics: Mapping[str, float | None]
  chance: float | None
  correct: np.ndarray | None
  truncated: int
  predictions: Sequence[Mapping[str, Any]]
  chooses: bool = False
  about: Mapping[str, Value] = dataclasses.field(default_factory=dict)
  other: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  failed: Mapping[str, str] = dataclasses.field(default_factory=dict)
  not_scored: Mapping[str, str] = dataclasses.field(default_factory=dict)
  note: str = ''
  targets_truncated: int = 0
  left_out: int = 0
  needed_inputs: int = 0
  ties: int = 0
  shots: Mapping[str, float] | None = None
  prompts: str = baselines.TEMPLATES

  @property
  def n(self) -> int:
    """The number of examples that were scored."""
    return len(self.predictions) - len(self.not_scored)

  @property
  def headline(self) -> Value:
    """The description of the reported value."""
    name = next(iter(self.metrics), '')
    return self.about.get(name, Value(name, as_given=True))

  @property
  def value(self) -> float | None:
    """The reported value; None if it is missing."""
    return self.metrics.get(self.headline.name)


@dataclasses.dataclass(frozen=True)
class ScoredExample:
  """An example to evaluate.

  Attributes:
    features: its features from the task.
    reference: what its answer is compared with.
    row: its place in the split, the same for all templates.
    id: a name of the row, the same for all templates.
  """

  features: Mapping[str, Any]
  reference: Reference
  row: int
  id: str


def read_example(
    task: str, declared: Dataset | None, split: str, place: int, features: Mapping[str, Any],
    vocabulary: seqio.Vocabulary,
) -> ScoredExample:
  """Makes an example from its features.

  Args:
    task: name of its task.
    declared: the task's declaration; None for a foreign task.
    split: its split.
    place: its number among the task's examples.
    features: its features from the task.
    vocabulary: turns tokens into texts.
  """
  if declared is None:
    decode = lambda name: vocabulary.decode([int(t) for t in features[name]])
    reference = Reference(answers=(decode('targets'),), inputs=decode('inputs'))
    return ScoredExample(features, reference, place, f'{task}/{split}/{place}')
  row = int(features[own.INDEX])
  reference = registry.reference_or_prediction('', features, is_target=True)
  return ScoredExample(
      features, reference, row, f'{variants.split(declared.name)[0]}/{split}/{row}')


def record(
    example: ScoredExample, answer: Mapping[str, Any], why_not: str | None = None
) -> dict[str, Any]:
  """A line of `predictions/<task>.jsonl`.

  Args:
    example: the example.
    answer: the fields of the methods (`Method.for_record`).
    why_not: why it has no score; None if it has one.
  """
  reference = example.reference
  line = {
      'id': example.id,
      'row': example.row,
      'inputs': reference.inputs,
      'target': reference.answers[0] if reference.answers else '',
      'dataset': reference.dataset,
      'template': reference.template,
  }
  if reference.options:
    line |= {'options': list(reference.options), 'option_lengths': list(reference.option_lengths)}
  if why_not:
    return line | {'prediction': None, 'correct': False, 'not_scored': why_not}
  return line | answer
