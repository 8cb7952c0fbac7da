"""Applies a task's metrics of any kind to a model's outputs.

A metric may be a function or object of this package, a function as SeqIO takes it, or a metric
object of SeqIO or clu. It may return numbers, SeqIO's `Scalar`, `Text` and other values, mappings,
or generators of these. If a metric raises, only its own values are missing.
"""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import math
from typing import Any

from absl import logging
import numpy as np
import seqio

from flan_jax.data.metric_types import Metric, Value, WritingMetric, describe_value, name_of

SCORE = seqio.metrics.ModelOutputType.SCORE
PREDICTION = seqio.metrics.ModelOutputType.PREDICTION
_MADE = (SCORE, PREDICTION)


@dataclasses.dataclass
class Measured:
  """The values of a task's metrics.

  Attributes:
    values: numbers by name, in the metrics' order; None for a missing one.
    about: descriptions of the values, by name.
    other: values that are not numbers, by name, JSON-able.
    failed: why a value is missing, by the name of the metric or value.
    right: for each example whether its text is right, if the headline is the share of right texts.
  """

  values: dict[str, float | None] = dataclasses.field(default_factory=dict)
  about: dict[str, Value] = dataclasses.field(default_factory=dict)
  other: dict[str, Any] = dataclasses.field(default_factory=dict)
  failed: dict[str, str] = dataclasses.field(default_factory=dict)
  right: list[bool] | None = None


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
    examples: the features of its examples; without any, every headline is None.
    outputs: for each of `output_kinds(task)` the model's output for each example: a number or
      float `[choices]` for SCORE, tokens for PREDICTION.
  """
  measured, compared = Measured(), {}
  for form, metric in _metrics(task):
    if not examples:
      _put(measured, metric, _first_name(metric), None)
      continue
    try:
      is_first = not measured.values
      given, compared = _compute(form, task, examples, outputs, compared)
      _add(measured, metric, given)
      if is_first:
        measured.right = _right(metric, compared, measured.values)
    except Exception as error:  # pylint: disable=broad-except
      # A user's metric may raise anything. The results of the other metrics must not be lost.
      name = name_of(metric)
      logging.warning('Metric %s of %s: %r', name, task.name, error)
      measured.failed[name] = f'{type(error).__name__}: {error}'
      _put(measured, metric, _first_name(metric), None)
  return measured


def _metrics(task: seqio.Task) -> list[tuple[Any, Any]]:
  """Each metric as a SeqIO metric object, and as the task has it."""
  forms, functions = list(task.metric_objs), list(task.metric_fns)
  objects = forms[: len(forms) - len(functions)]
  return [*zip(objects, objects), *zip(forms[len(objects) :], functions)]


def _first_name(metric: Any) -> str:
  return metric.values[0].name if isinstance(metric, Metric) else name_of(metric)


def _compute(form, task, examples, outputs, compared) -> tuple[Any, dict[str, Any]]:
  """A metric's return value, and what it compared; the next metric can use the targets again."""
  kind = getattr(form, 'model_output_type', None)
  if kind not in outputs:
    raise TypeError(f'it needs the output {getattr(kind, "name", "of an unknown kind")}; only '
                    'SCORE and PREDICTION are available')
  made = form.from_model_output(list(examples), np.array(outputs[kind]), task.output_features)
  if isinstance(made, seqio.metrics.CollectingMetric):
    given, inferences = made.actual_compute(
        list(examples), task.output_features, cached_targets=compared.get('targets'))
    return given, compared | (inferences or {})
  return made.compute(), compared


def _right(metric, compared, values) -> list[bool] | None:
  """Which texts are right, by a metric whose first value is their share; None by others."""
  if not isinstance(metric, WritingMetric) or not metric.values[0].rate:
    return None
  name = metric.values[0].name
  if (share := values.get(name)) is None:
    return None
  try:
    of_each = [metric([target], [prediction])[name] for target, prediction in zip(
        compared['targets'], compared['prediction'], strict=True)]
  except Exception as error:  # pylint: disable=broad-except
    # A user's metric may need several examples. Its value for all of them stands.
    logging.info('Metric %s of a single example: %r', name, error)
    return None
  is_share = set(of_each) <= {0.0, 1.0} and math.isclose(
      float(np.mean(of_each)), share, abs_tol=1e-9)
  return [bool(value) for value in of_each] if is_share else None


def _add(measured: Measured, metric: Any, given: Any) -> None:
  for name, value in _entries(metric, given):
    if name in measured.values or name in measured.other:
      raise ValueError(f'another value has the name {name!r} too')
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
  """The names and values in a metric's return value."""
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
  """A value as a number, or otherwise as something JSON-able."""
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
