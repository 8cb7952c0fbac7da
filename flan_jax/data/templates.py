"""Templates: how the fields of a row become an instruction and its answer."""
from collections.abc import Mapping, Sequence
import dataclasses
import string
from typing import Any

import numpy as np

OPTIONS_FIELD = 'options_'
RELEASED_OPTIONS_FIELD = 'options_str'  # what FLAN's released templates for ReCoRD call it


@dataclasses.dataclass(frozen=True)
class Part:
  """A piece of a pattern: literal text, or a field to fill in."""

  text: str
  is_field: bool


@dataclasses.dataclass(frozen=True)
class Template:
  """One phrasing of a task.

  Attributes:
    inputs: pattern of the text the model reads; `{name}` stands for a field, `{options_}` for the
      rendered list of options, `{{` and `}}` for literal braces.
    targets: pattern of the text the model writes.
    turned_around: whether it gives the answer and asks for the text. Such templates are used for
      training only.
  """

  inputs: str
  targets: str
  turned_around: bool = False

  @property
  def fields(self) -> tuple[str, ...]:
    """Names of the fields used, `options_` included, in order of first use."""
    return field_names(self.inputs, self.targets)


@dataclasses.dataclass(frozen=True)
class Baseline:
  """The prompt for a model that was not tuned on instructions: a text to be continued.

  The paper asks its untuned model with such prompts (section 3). It continues with the answer.

  Attributes:
    inputs: pattern of the text the model reads, without `{options_}`.
    options: what is ranked in place of the declaration's fixed options, in their order; empty to
      rank these. Options of a row are ranked as they are.
  """

  inputs: str
  options: tuple[str, ...] = ()


def parse(pattern: str) -> tuple[Part, ...]:
  """Splits a pattern into parts.

  Raises:
    ValueError: for an unbalanced brace or anything but a plain name between braces.
  """
  parts = []
  for literal, field, spec, conversion in string.Formatter().parse(pattern):
    if literal:
      parts.append(Part(literal, False))
    if field is None:
      continue
    if not field.isidentifier() or spec or conversion:
      raise ValueError(f'{{{field}}} is not a plain field name')
    parts.append(Part(field, True))
  return tuple(parts)


def field_names(*patterns: str) -> tuple[str, ...]:
  """Names of the fields in some patterns, in order of first use."""
  parts = [part for pattern in patterns for part in parse(pattern)]
  return tuple(dict.fromkeys(p.text for p in parts if p.is_field))


def render_options(options: Sequence[str] | Any):
  """The options in the paper's form: a heading, then one option a line (paper, section 2.3).

  Args:
    options: a TensorFlow string tensor `[choices]` or a sequence of strings.

  Returns:
    A scalar string tensor.
  """
  import tensorflow as tf  # imported here, because reading declarations does not need it

  return tf.strings.join(['OPTIONS:\n- ', tf.strings.reduce_join(options, separator='\n- ')])


def fill(pattern: str, fields: Mapping[str, str]) -> str:
  """The pattern with plain Python texts filled in."""
  return ''.join(fields[p.text] if p.is_field else p.text for p in parse(pattern))


@dataclasses.dataclass(frozen=True)
class PatternTable:
  """Patterns as arrays, so that one small graph renders any of them.

  Attributes:
    names: the fields used.
    literals: strings `[patterns, parts]`, the literal parts; empty for a field.
    places: int32 `[patterns, parts]`, the index of a part's field in `names`; the number of names
      for a literal.
  """

  names: tuple[str, ...]
  literals: np.ndarray
  places: np.ndarray


def tabulate(patterns: Sequence[str]) -> PatternTable:
  """Turns patterns into arrays."""
  names = field_names(*patterns)
  parsed = [parse(pattern) for pattern in patterns]
  shape = (len(patterns), max(len(parts) for parts in parsed))
  literals, places = np.full(shape, '', object), np.full(shape, len(names), np.int32)
  for row, parts in enumerate(parsed):
    for column, part in enumerate(parts):
      if part.is_field:
        places[row, column] = names.index(part.text)
      else:
        literals[row, column] = part.text
  return PatternTable(names, literals, places)


@dataclasses.dataclass(frozen=True)
class Rendered:
  """A rendered pattern and the positions of its fields.

  Attributes:
    text: scalar string tensor.
    spans: int32 tensor `[parts, 2]`, start and end byte of each field except the options. These
      parts may be shortened if a prompt is too long. All other parts have empty spans.
  """

  text: Any
  spans: Any


def render(table: PatternTable, number: Any, fields: Mapping[str, Any]) -> Rendered:
  """Fills fields (scalar string tensors) into the pattern of this number (an int32 scalar)."""
  import tensorflow as tf

  values = tf.stack([*(fields[name] for name in table.names), ''])
  body = tf.constant([name != OPTIONS_FIELD for name in table.names] + [False])
  place = tf.gather(table.places, number)
  literal = tf.gather(tf.constant(table.literals, tf.string), number)
  texts = tf.where(place < len(table.names), tf.gather(values, place), literal)
  lengths = tf.strings.length(texts)
  ends = tf.cumsum(lengths)
  starts = tf.where(tf.gather(body, place), ends - lengths, ends)
  return Rendered(tf.strings.reduce_join(texts), tf.stack([starts, ends], axis=1))


def render_answers(pattern: str, fields: Mapping[str, Any], answer: str, options: Any):
  """The target text for each option: string tensor `[choices]`."""
  import tensorflow as tf

  texts = []
  for part in parse(pattern):
    if not part.is_field:
      texts.append(tf.constant(part.text))
    else:
      texts.append(options if part.text == answer else fields[part.text])
  return tf.strings.join(texts)
