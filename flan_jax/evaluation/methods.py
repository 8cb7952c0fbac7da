"""Evaluation methods: how a model is asked about an example, and how its answer is read.

To add one, write a class with the functions of `Method` and make it in `harness.evaluate`. A task's
metrics determine which methods it needs (`measuring.output_kinds`).
"""
from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any, Protocol

import numpy as np
import seqio

from flan_jax.data import metrics as metric_lib
from flan_jax.data import own_features as own
from flan_jax.evaluation.decoding import Generator
from flan_jax.evaluation.measuring import PREDICTION, SCORE
from flan_jax.evaluation.outcomes import ScoredExample
from flan_jax.evaluation.scoring import Question, Scorer


class Method(Protocol):
  """One way to ask a model about examples.

  Attributes:
    output: the kind of output that it makes, for the metrics that judge this kind.
  """

  output: seqio.metrics.ModelOutputType

  def ask(self, examples: Sequence[ScoredExample]) -> list[Any]:
    """The model's output for each example; None if it contains NaN."""

  def for_metrics(self, outputs: Sequence[Any], examples: Sequence[ScoredExample]) -> list[Any]:
    """The outputs in the form that SeqIO's metrics take: all of one shape."""

  def for_record(self, example: ScoredExample, output: Any) -> dict[str, Any]:
    """What an output adds to the example's line of `predictions/<task>.jsonl`."""


@dataclasses.dataclass(frozen=True)
class Ranking:
  """Scores each option by its log-likelihood (paper, section 2.4).

  For a task without options, the target is the only option. An output is float32 `[options]`.
  """

  scorer: Scorer
  output = SCORE

  def ask(self, examples: Sequence[ScoredExample]) -> list[np.ndarray | None]:
    scores = self.scorer([question_of(example.features) for example in examples])
    return [None if np.isnan(row).any() else row for row in scores]

  def for_metrics(self, outputs, examples) -> list[Any]:
    if not has_options(examples[0].features):
      return [float(row[0]) for row in outputs]
    # Examples may have different numbers of options; no metric chooses minus infinity.
    width = max((len(row) for row in outputs), default=0)
    return [np.pad(row, (0, width - len(row)), constant_values=-np.inf) for row in outputs]

  def for_record(self, example, output) -> dict[str, Any]:
    reference = example.reference
    if not reference.options:
      return {'score': float(output[0])}
    scores = output[: len(reference.options)]
    best = int(metric_lib.best_options(scores))
    return {
        'scores': [float(score) for score in scores],
        'prediction': reference.options[best],
        'correct': best in reference.right_options,
    }


@dataclasses.dataclass(frozen=True)
class Generation:
  """Generates text greedily. An output is a list of tokens without the end mark.

  Attributes:
    generator: decodes.
    vocabulary: turns tokens into texts.
    longest: the most tokens to generate.
    end_id: the token that ends a text.
  """

  generator: Generator
  vocabulary: seqio.Vocabulary
  longest: int
  end_id: int
  output = PREDICTION

  def ask(self, examples: Sequence[ScoredExample]) -> list[list[int] | None]:
    return self.generator([example.features['inputs'] for example in examples], self.longest)

  def for_metrics(self, outputs, examples) -> list[Any]:
    del examples
    return [[*tokens, *[self.end_id] * (self.longest + 1 - len(tokens))] for tokens in outputs]

  def for_record(self, example, output) -> dict[str, Any]:
    del example
    return {'prediction': self.vocabulary.decode(output)}


# ---- Questions ----


def question_of(features: Mapping[str, Any]) -> Question:
  """The question of an example: its options, or its target if it has none."""
  if has_options(features):
    return Question(features['inputs'], features[own.OPTION_TOKENS], features[own.OPTION_IDS])
  targets = features['targets']
  return Question(features['inputs'], targets, np.ones_like(targets))


def has_options(features: Mapping[str, Any]) -> bool:
  """Whether an example has options to rank."""
  return own.OPTION_IDS in features


def why_unanswerable(features: Mapping[str, Any], end_id: int) -> str:
  """Why an example cannot be ranked or scored; empty if it can.

  Args:
    features: of the example.
    end_id: the end mark. An option with no other token is not an answer.
  """
  if not has_options(features):
    return '' if len(features['targets']) else 'its target has no token'
  ids, count = features[own.OPTION_IDS], len(features[own.CHOICES])
  if not count:
    return 'it has no options'
  tokens = np.bincount(ids[features[own.OPTION_TOKENS] != end_id], minlength=count + 1)[1:]
  empty = np.flatnonzero(tokens == 0)
  return f'its option {empty[0]} has no token but the end mark' if len(empty) else ''
