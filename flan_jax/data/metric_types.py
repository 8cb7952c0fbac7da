"""What a metric is: a function as SeqIO takes it that also says what its values mean.

`ranking` and `writing` turn a function into such an object:

    @ranking(Value('accuracy', rate=True, chance=share_of_right_options))
    def accuracy(targets, scores): ...

A plain function serves as a metric as well. Its values are taken as they are: nobody knows whether
they are rates, what a guess would get, or whether they lie between 0 and 1 or 0 and 100.
"""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Reference:
  """What an example's answer is held against.

  Attributes:
    answers: reference texts, the declared answer first.
    option: number of the right option, the first one of several, or -1 where there is none.
    options: the options' texts.
    option_lengths: tokens of each option's target, the end mark included.
    dataset: name of the dataset, or empty.
    template: number of the template, or -1.
    inputs: the prompt.
    truncated: tokens cut from the prompt.
    also_right: numbers of the other right options.
    value: the number that a predicted one is held against, or None.
    group: what the examples that are judged together have in common.
    asks_for: the fields that the model has to write.
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
  """The chance level of what no guess is known for."""
  del targets
  return None


def zero(targets: Sequence[Reference]) -> float | None:
  """The chance level of a correlation."""
  del targets
  return 0.0


@dataclasses.dataclass(frozen=True)
class Value:
  """One of the values that a metric gives.

  Attributes:
    name: its key in what the metric returns.
    rate: it is the share of the examples that are right, so its standard error is binomial.
    chance: what it comes to, given the references, when options are chosen at random; None where
      that is not known.
    less_is_better: as for an error or a distance.
    as_given: nothing is known of it but its name: it need not lie between 0 and 1.
  """

  name: str
  rate: bool = False
  chance: Callable[[Sequence[Reference]], float | None] = no_guess
  less_is_better: bool = False
  as_given: bool = False


@dataclasses.dataclass(frozen=True)
class Metric:
  """A metric that says what its values are.

  Attributes:
    name: what it is called.
    values: what it returns; the first is its headline. A metric may return some of them only.
    measure: the function.
    sides: the fields that templates may ask for, as BLEU judges translations in both directions;
      empty where a forward template asks for the answer.
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
  """What a metric is called, whatever it is: an object of ours, a function, SeqIO's or clu's."""
  if isinstance(metric, functools.partial):
    return name_of(metric.func)
  given = getattr(metric, 'name', None)
  if isinstance(given, str):
    return given
  return getattr(metric, '__name__', None) or type(metric).__name__


def describe_value(metric: Any, name: str) -> Value:
  """What a metric says of one of its values; of a plain function's nothing is known."""
  said = {value.name: value for value in metric.values} if isinstance(metric, Metric) else {}
  return said.get(name, Value(name, as_given=True))
