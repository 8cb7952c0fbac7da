"""Evaluation with a dataset's baseline prompt, see `templates.Baseline`."""
from collections.abc import Callable
import dataclasses
import functools
from typing import Any

from flan_jax.data.dataset import Dataset, Fields, Row, checked_later
from flan_jax.data.templates import Template

TEMPLATES, BASELINE = 'templates', 'baseline'
PROMPTS = (TEMPLATES, BASELINE)  # the kinds of prompts that an evaluation can use


@functools.lru_cache(maxsize=None)
def with_baseline(dataset: Dataset) -> Dataset:
  """The declaration with its baseline as one more template, the last, and its options renamed.

  The other templates stay, so that the same rows are left out because a text is empty.

  Args:
    dataset: a declaration that has a baseline.
  """
  asked = Template(dataset.baseline.inputs, f'{{{dataset.answer}}}')
  options, fields = dataset.options, dataset.fields
  if dataset.baseline.options:
    fields = _renaming(fields, dataset.answer, dataset.options, dataset.baseline.options)
    options = dataset.baseline.options
  with checked_later():  # the declaration itself has been checked, or its tests do it
    return dataclasses.replace(dataset, fields=fields, options=options, baseline=None,
                               templates=(*dataset.templates, asked))


def _renaming(
    fields: Callable[[Row], Fields], answer: str, options: tuple[str, ...], names: tuple[str, ...]
) -> Callable[[Row], Fields]:
  """The same fields, with another name for the option that is the answer."""
  import tensorflow as tf  # imported here, because reading declarations does not need it

  def renamed(row: Row) -> dict[str, Any]:
    found = dict(fields(row))
    is_answer = tf.equal(tf.constant(options), found[answer])
    # The answer of a row without a label is no option. It stays, so that it is noticed.
    name = tf.gather(tf.constant(names), tf.argmax(is_answer))
    return {**found, answer: tf.where(tf.reduce_any(is_answer), name, found[answer])}

  return renamed
