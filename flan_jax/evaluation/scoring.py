"""Log-likelihoods of answer options. Each input is encoded only once.

The options of an input are packed into few decoder rows, each as a segment of its own (`option_ids`
1, 2, ...). Self-attention stays within a segment, and every segment attends to the same encoded
input. Relative positions restart with each segment, so the scores are the same as for options
scored one at a time.
"""
from collections.abc import Iterator, Sequence
import contextlib
import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flan_jax import partitioning
from flan_jax.evaluation import batches
from flan_jax.evaluation.batches import Batch, Shape, pad_rows
from flan_jax.partitioning import Layout

_LOGITS_AT_ONCE = 2**26  # elements, float32: 256 MiB
# Batches whose results are not fetched yet: the host pads the next ones while the devices compute.
_IN_FLIGHT = 2
_FEWEST_OPTIONS = 8  # per row; a program for fewer options would not be faster than one for 8


@dataclasses.dataclass(frozen=True)
class Question:
  """An input and its options as tokens.

  Attributes:
    inputs: int32 `[input_length]`.
    options: int32 `[all options' lengths]`, one option after the other.
    option_ids: int32, of the same length: the option of each token, counted from 1.
  """

  inputs: np.ndarray
  options: np.ndarray
  option_ids: np.ndarray

  @property
  def num_options(self) -> int:
    return int(self.option_ids.max(initial=0))


def score_rows(
    model: Any,
    parameters: Any,
    inputs: jax.Array,
    input_ids: jax.Array,
    options: jax.Array,
    option_ids: jax.Array,
    num_options: int,
) -> jax.Array:
  """Summed log-likelihood of each option (paper, section 2.4).

  Args:
    model: the Flax module.
    parameters: its parameters.
    inputs: int32 `[N, S]`.
    input_ids: int32 `[N, S]`, 1 for the input and 0 for padding.
    options: int32 `[N K, T]`, K consecutive rows for each input.
    option_ids: int32 `[N K, T]`: the option of each token, counted in its row; 0 for padding.
    num_options: the most options in a row.

  Returns:
    float32 `[N K, num_options]`, minus infinity for options that a row does not have.
  """
  variables = {'params': parameters}
  shifted = jnp.pad(options, ((0, 0), (1, 0)))[:, :-1]
  # The decoder input shifts within each option: an option starts with 0, not with the last token of
  # the option before it.
  same_option = option_ids == jnp.pad(option_ids, ((0, 0), (1, 0)))[:, :-1]
  with matmul_precision(model.config.dtype):
    encoded = model.apply(variables, inputs, input_ids, method='encode')
    states = model.apply(
        variables, encoded, input_ids, jnp.where(same_option, shifted, 0), option_ids,
        (option_ids > 0).astype(jnp.int32), method='decode_states')
    token_log_p = _token_log_p(model, variables, states, options)
  member = option_ids[..., None] == jnp.arange(1, num_options + 1)
  # A masked sum instead of a matrix product, whose operands accelerators would round.
  sums = jnp.sum(jnp.where(member, token_log_p[..., None], 0.0), axis=1)
  return jnp.where(member.any(axis=1), sums, -jnp.inf)


def _token_log_p(model, variables, states: jax.Array, tokens: jax.Array) -> jax.Array:
  """Log-probability of each token, float32 `[R, T]`, from the decoder's states `[R, T, D]`.

  Large logits `[R, T, V]` are computed for a part of the T positions at a time, to bound memory.
  """

  def part(states, tokens):
    logits = model.apply(variables, states, method='logits')
    target = jnp.take_along_axis(logits, tokens[..., None], axis=-1, mode='clip')[..., 0]
    return target - jax.nn.logsumexp(logits, axis=-1)

  rows, length = tokens.shape
  at_once = length
  while rows * at_once * model.config.vocab_size > _LOGITS_AT_ONCE and at_once % 2 == 0:
    at_once //= 2
  if at_once == length:
    return part(states, tokens)

  def parts_first(array):
    return jnp.moveaxis(array.reshape(rows, -1, at_once, *array.shape[2:]), 1, 0)

  log_p = jax.lax.map(lambda both: part(*both), (parts_first(states), parts_first(tokens)))
  return jnp.moveaxis(log_p, 0, 1).reshape(rows, length)


def matmul_precision(dtype: str) -> contextlib.AbstractContextManager:
  """Matrix products of float32 models in full precision; accelerators round them by default."""
  return jax.default_matmul_precision('highest' if dtype == 'float32' else None)


@functools.cache
def _program(model: Any, layout: Layout):
  """`score_rows` for a model and layout, cached so that all scorers share its compiled programs."""
  return jax.jit(functools.partial(score_rows, model), static_argnums=5,
                 out_shardings=layout.whole())


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
  """All or some rows of a question's options.

  Attributes:
    number: the question's index among those scored together.
    inputs: int32 `[input_length]`.
    options: all options of the question, int32 `[length]` each.
    rows: numbers of the options in each row.
    shape: padded shape.
  """

  number: int
  inputs: np.ndarray
  options: Sequence[np.ndarray]
  rows: Sequence[Sequence[int]]
  shape: Shape


class Scorer:
  """Scores any number of questions, in batches of few shapes.

  All scorers of one model and layout share their compiled programs.
  """

  def __init__(self, model: Any, parameters: Any, layout: Layout, batch_size: int,
               batch_tokens: int = batches.DEFAULT_TOKENS):
    self._parameters, self._layout = parameters, layout.with_whole_lengths()
    self._batch_size, self._batch_tokens = batch_size, batch_tokens
    self._score = _program(model, self._layout)

  def __call__(self, questions: Sequence[Question]) -> list[np.ndarray]:
    """float32 `[options]` for each question, in order. Options with equal tokens score equally."""
    scores = [np.full(q.num_options, -np.inf, np.float32) for q in questions]
    parts = [p for n, q in enumerate(questions) for p in _parts(n, q, self._batch_tokens)]
    waiting = []
    unit = self._layout.fitting_batch_size(1)
    for batch in batches.cut(
        parts, lambda part: part.shape, self._batch_size, self._batch_tokens, unit):
      waiting.append((batch, self._dispatch(batch)))
      if len(waiting) > _IN_FLIGHT:
        _fetch(*waiting.pop(0), scores)
    for batch, given in waiting:
      _fetch(batch, given, scores)
    # Options with equal tokens get the score of the first: rounding must not choose between them.
    return [s[first_of_equals(q)] for s, q in zip(scores, questions)]

  def _dispatch(self, batch: Batch) -> jax.Array:
    count, shape = batch.count, batch.shape
    arrays = (
        pad_rows([p.inputs for p in batch.items], count, shape.length),
        pad_rows([np.ones_like(p.inputs) for p in batch.items], count, shape.length),
        *_options(batch),
    )
    most = max(_FEWEST_OPTIONS, *(
        batches.next_power_of_two(len(row)) for p in batch.items for row in p.rows))
    sharding = self._layout.batch_sharding()
    with self._layout.partitioned():
      placed = partitioning.place(arrays, (sharding,) * len(arrays))
      return self._score(self._parameters, *placed, most)


def _parts(number: int, question: Question, tokens: int) -> Iterator[_Part]:
  """Divides a question into parts that fit a batch of `tokens` tokens. Each encodes the input."""
  options = [question.options[question.option_ids == i + 1] for i in range(question.num_options)]
  inputs = np.asarray(question.inputs, np.int32)
  lengths = [len(option) for option in options]
  rows = batches.into_rows(lengths)
  length = batches.padded_length(len(inputs))
  while rows:
    width = batches.padded_length(max(sum(lengths[n] for n in row) for row in rows))
    most = len(rows)
    while most > 1 and Shape(length, batches.padded_rows(most), width).cost(1) > tokens:
      most -= 1
    yield _Part(number, inputs, options, rows[:most],
                Shape(length, batches.padded_rows(most), width))
    rows = rows[most:]


def _options(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
  """Tokens and ids of the options of a batch, int32 `[count rows, width]`."""
  tokens = np.zeros((batch.count, batch.shape.rows, batch.shape.width), np.int32)
  ids = np.zeros_like(tokens)
  for part, part_tokens, part_ids in zip(batch.items, tokens, ids):
    for row, row_tokens, row_ids in zip(part.rows, part_tokens, part_ids):
      start = 0
      for place, number in enumerate(row, start=1):
        end = start + len(part.options[number])
        row_tokens[start:end] = part.options[number]
        row_ids[start:end] = place
        start = end
  return tuple(a.reshape(-1, batch.shape.width) for a in (tokens, ids))


def _fetch(batch: Batch, given: jax.Array, scores: list[np.ndarray]) -> None:
  """Copies the scores of a batch, float32 `[count rows, options]`, into those of its questions."""
  by_input = np.asarray(given).reshape(batch.count, batch.shape.rows, -1)
  for part, rows in zip(batch.items, by_input):
    for options, row in zip(part.rows, rows):
      scores[part.number][options] = row[: len(options)]


def first_of_equals(question: Question) -> np.ndarray:
  """For each option the number of the first option with the same tokens: int `[options]`.

  The scores of such options differ only by rounding.
  """
  first = {}
  tokens = (tuple(question.options[question.option_ids == number].tolist())
            for number in range(1, question.num_options + 1))
  return np.array([first.setdefault(t, number) for number, t in enumerate(tokens)], int)


def is_tie(scores: np.ndarray, first: np.ndarray, texts: Sequence[Any]) -> bool:
  """Whether an option with another text has the same tokens as the best option.

  Args:
    scores: float `[options]`.
    first: the result of `first_of_equals`.
    texts: the options' texts.
  """
  best = int(np.argmax(scores))
  return len({texts[i] for i in np.flatnonzero(first == first[best])}) > 1


def question(
    inputs: Sequence[int], options: Sequence[Sequence[int]]
) -> Question:
  """Makes a question from the tokens of its input and of each option."""
  ids = [np.full(len(tokens), number, np.int32) for number, tokens in enumerate(options, start=1)]
  flat = [np.asarray(tokens, np.int32) for tokens in options]
  return Question(np.asarray(inputs, np.int32), np.concatenate(flat), np.concatenate(ids))
