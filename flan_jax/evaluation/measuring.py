"""A task's metrics on what a model gave for its examples, whatever kind of metric they are.

Taken are functions and objects of ours, functions as SeqIO takes them, and SeqIO's and clu's metric
objects. They may return numbers, SeqIO's `Scalar`, `Text` and other values, mappings, or generators
of either. A metric that raises costs its own line.
"""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import math
from typing import Any

from absl import logging
import numpy as np
import seqio

from flan_jax.data.metric_types import Metric, Value, describe_value, name_of

SCORE = seqio.metrics.ModelOutputType.SCORE
PREDICTION = seqio.metrics.ModelOutputType.PREDICTION
_MADE = (SCORE, PREDICTION)


@dataclasses.dataclass
class Measured:
  """What the metrics of a task gave.

  Attributes:
    values: numbers by name, in the metrics' order; None for one that is missing.
    about: what is known of them, by name.
    other: what is no number, by name, JSON-able.
    failed: why something is missing, by the name of the metric or value.
  """

  values: dict[str, float | None] = dataclasses.field(default_factory=dict)
  about: dict[str, Value] = dataclasses.field(default_factory=dict)
  other: dict[str, Any] = dataclasses.field(default_factory=dict)
  failed: dict[str, str] = dataclasses.field(default_factory=dict)


def output_kinds(task: seqio.Task) -> set[Any]:
  """Which of `SCORE` and `PREDICTION` a task's metrics judge."""
  kinds = {getattr(form, 'model_output_type', None) for form, _ in _metrics(task)}
  return kinds & set(_MADE)


def measure(
    task: seqio.Task, examples: Sequence[Mapping[str, Any]], outputs: Mapping[Any, Sequence[Any]]
) -> Measured:
  """The values of a task's metrics.

  Args:
    task: the task.
    examples: its examples' features; where there are none, every headline is None.
    outputs: for each of `output_kinds(task)` what the model gave for each example: a number or
      float `[choices]` as score, tokens as prediction.
  """
  measured, targets = Measured(), None
  for form, metric in _metrics(task):
    if not examples:
      _put(measured, metric, _first_name(metric), None)
      continue
    try:
      given, targets = _compute(form, task, examples, outputs, targets)
      _add(measured, metric, given)
    except Exception as error:  # pylint: disable=broad-except
      # Somebody's metric may raise anything, which is no reason to lose all other results.
      name = name_of(metric)
      logging.warning('Metric %s of %s: %r', name, task.name, error)
      measured.failed[name] = f'{type(error).__name__}: {error}'
      _put(measured, metric, _first_name(metric), None)
  return measured


def _metrics(task: seqio.Task) -> list[tuple[Any, Any]]:
  """Each metric in SeqIO's form, and as it was given."""
  forms, functions = list(task.metric_objs), list(task.metric_fns)
  objects = forms[: len(forms) - len(functions)]
  return [*zip(objects, objects), *zip(forms[len(objects) :], functions)]


def _first_name(metric: Any) -> str:
  return metric.values[0].name if isinstance(metric, Metric) else name_of(metric)


def _compute(form, task, examples, outputs, targets) -> tuple[Any, Any]:
  """What a metric returns, and the targets as it has processed them, for the next one."""
  kind = getattr(form, 'model_output_type', None)
  if kind not in outputs:
    raise TypeError(f'it judges {getattr(kind, "name", "nothing that SeqIO names")}; what is made '
                    'here is SCORE and PREDICTION')
  made = form.from_model_output(list(examples), np.array(outputs[kind]), task.output_features)
  if isinstance(made, seqio.metrics.CollectingMetric):
    given, inferences = made.actual_compute(
        list(examples), task.output_features, cached_targets=targets)
    return given, (inferences or {}).get('targets', targets)
  return made.compute(), targets


def _add(measured: Measured, metric: Any, given: Any) -> None:
  for name, value in _entries(metric, given):
    if name in measured.values or name in measured.other:
      raise ValueError(f'{name!r} is the name of another value too')
    number, other = _read(value)
    if other is not None:
      measured.other[name] = other
      continue
    if number is not None and not math.isfinite(number):
      measured.failed[name] = f'its value is {number}'
      number = None
    _put(measured, metric, name, number)


def _put(measured: Measured, metric: Any, name: str, number: float | None) -> None:
  if name not in measured.values:
    measured.values[name] = number
    measured.about[name] = describe_value(metric, name)


def _entries(metric: Any, given: Any) -> Iterator[tuple[str, Any]]:
  """Names and values of what a metric returned."""
  if isinstance(given, Mapping):
    for name, value in given.items():
      yield str(name), value
  elif isinstance(given, Iterator):
    for part in given:
      if isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], str):
        yield part
      else:
        yield from _entries(metric, part)
  else:
    yield name_of(metric), given


def _read(value: Any) -> tuple[float | None, Any]:
  """A value as a number, or else as something JSON-able."""
  if isinstance(value, seqio.metrics.Text):
    text = value.textdata
    return None, text.decode(errors='replace') if isinstance(text, bytes) else str(text)
  value = getattr(value, 'value', value)  # SeqIO's Scalar and clu's
  if isinstance(value, Iterator):
    value = list(value)
  if isinstance(value, (str, bytes)):
    return None, value.decode(errors='replace') if isinstance(value, bytes) else value
  try:
    numbers = np.asarray(value, np.float64)
  except (TypeError, ValueError):
    return None, f'{type(value).__name__}, which is not kept'
  if numbers.size == 1:
    return float(numbers.reshape(())), None
  return None, numbers.tolist()
