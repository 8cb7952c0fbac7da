"""Metrics: functions as SeqIO takes them that also describe their values.

`ranking` and `writing` make such an object of a function:

    @ranking(Value('accuracy', rate=True, chance=share_of_right_options))
    def accuracy(targets, scores): ...

A plain function is allowed as a metric too. Its values are reported unchanged: it is unknown
whether they are rates, what a guess would get, or whether they lie between 0 and 1 or 0 and 100.
"""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Reference:
  """What an example's answer is compared with.

  Attributes:
    answers: reference texts, the declared answer first.
    option: number of the right option, the first of several, or -1 if there is none.
    options: the options' texts.
    option_lengths: tokens of each option's target, the end mark included.
    dataset: name of the dataset, or empty.
    template: number of the template, or -1.
    inputs: the prompt.
    truncated: tokens cut from the prompt.
    also_right: numbers of the other right options.
    value: the number that a predicted number is compared with, or None.
    group: the same for examples that are judged together.
    asks_for: the fields that the model should write.
  """

  answers: tuple[str, ...]
  option: int = -1
  options: tuple[str, ...] = ()
  option_lengths: tuple[int, ...] = ()
  dataset: str = ''
  template: int = -1
  inputs: str = ''
  truncated: int = 0
  also_right: tuple[int, ...] = ()
  value: float | None = None
  group: str = ''
  asks_for: tuple[str, ...] = ()

  @property
  def right_options(self) -> tuple[int, ...]:
    """Numbers of all right options."""
    return (self.option, *self.also_right) if self.option >= 0 else ()


def no_guess(targets: Sequence[Reference]) -> float | None:
  """The chance level of a value that has none."""
  del targets
  return None


def zero(targets: Sequence[Reference]) -> float | None:
  """The chance level of a correlation."""
  del targets
  return 0.0


@dataclasses.dataclass(frozen=True)
class Value:
  """One of the values of a metric.

  Attributes:
    name: its key in the metric's result.
    rate: whether it is the share of right examples, so that its standard error is binomial.
    chance: its expected value for these references if options are chosen at random; None if
      unknown.
    less_is_better: whether smaller is better, as for an error or a distance.
    as_given: whether only its name is known. It need not lie between 0 and 1.
  """

  name: str
  rate: bool = False
  chance: Callable[[Sequence[Reference]], float | None] = no_guess
  less_is_better: bool = False
  as_given: bool = False


@dataclasses.dataclass(frozen=True)
class Metric:
  """A metric that describes its values.

  Attributes:
    name: its name.
    values: the values that it may return; the first is its headline.
    measure: the function.
    sides: the fields that forward templates may ask for, because BLEU judges translations in both
      directions; empty if they ask for the answer.
  """

  name: str
  values: tuple[Value, ...]
  measure: Callable[[Sequence[Reference], Any], Mapping[str, float]]
  sides: tuple[str, ...] = ()

  @property
  def __name__(self) -> str:
    """As a function has it."""
    return self.name


@dataclasses.dataclass(frozen=True)
class RankingMetric(Metric):
  """Judges scores: float `[examples, choices]`."""

  def __call__(self, targets: Sequence[Reference], scores: np.ndarray) -> Mapping[str, float]:
    return self.measure(targets, scores)


@dataclasses.dataclass(frozen=True)
class WritingMetric(Metric):
  """Judges generated texts."""

  def __call__(self, targets: Sequence[Reference], predictions: Sequence[str]
               ) -> Mapping[str, float]:
    return self.measure(targets, predictions)


def ranking(*values: Value) -> Callable[[Callable[..., Any]], RankingMetric]:
  """Makes a metric of a function of (targets, scores)."""
  return lambda function: RankingMetric(function.__name__, values, function)


def writing(*values: Value) -> Callable[[Callable[..., Any]], WritingMetric]:
  """Makes a metric of a function of (targets, predictions)."""
  return lambda function: WritingMetric(function.__name__, values, function)


def name_of(metric: Any) -> str:
  """The name of a metric of any kind: an object of ours, a function, SeqIO's or clu's."""
  if isinstance(metric, functools.partial):
    return name_of(metric.func)
  given = getattr(metric, 'name', None)
  if isinstance(given, str):
    return given
  return getattr(metric, '__name__', None) or type(metric).__name__


def describe_value(metric: Any, name: str) -> Value:
  """The description of one of a metric's values. The values of a plain function are unknown."""
  said = {value.name: value for value in metric.values} if isinstance(metric, Metric) else {}
  return said.get(name, Value(name, as_given=True))
