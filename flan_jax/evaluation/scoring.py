"""Log-likelihoods of answer options, with each input encoded once.

All options of an input stand one behind the other in one decoder row, each a segment of its own
(`option_ids` 1, 2, ...): self-attention stays within a segment, and every segment attends to the
same encoded input. Relative positions restart with each segment, so the scores are those of the
options scored one by one.
"""
from collections.abc import Sequence
import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flan_jax import partitioning


@dataclasses.dataclass(frozen=True)
class Question:
  """An input and its options as tokens.

  Attributes:
    inputs: int32 `[input_length]`.
    options: int32 `[all options' lengths]`, one option behind the other.
    option_ids: int32, as long: the option each token belongs to, counted from 1.
  """

  inputs: np.ndarray
  options: np.ndarray
  option_ids: np.ndarray

  @property
  def num_options(self) -> int:
    return int(self.option_ids.max(initial=0))


def score_options(
    model: Any,
    parameters: Any,
    inputs: jax.Array,
    lengths: jax.Array,
    options: jax.Array,
    option_ids: jax.Array,
    num_options: int,
) -> jax.Array:
  """Summed log-likelihood of each option (paper, section 2.4).

  Args:
    model: the Flax module.
    parameters: its parameters.
    inputs: int32 `[batch, input_length]`.
    lengths: int32 `[batch]`, how many of them are a row's. Which token pads does not matter: in
      some vocabularies 0 is a piece as any other.
    options: int32 `[batch, length]`, as in `Question`.
    option_ids: int32 `[batch, length]`, 0 is padding.
    num_options: the number of options of the row that has most.

  Returns:
    float32 `[batch, num_options]`, minus infinity for options that a row does not have.
  """
  shifted = jnp.pad(options, ((0, 0), (1, 0)))[:, :-1]
  same_option = option_ids == jnp.pad(option_ids, ((0, 0), (1, 0)))[:, :-1]
  logits = model.apply(
      {'params': parameters},
      inputs,
      jnp.where(same_option, shifted, 0),
      encoder_segment_ids=rows_of_lengths(lengths, inputs.shape[1]),
      decoder_segment_ids=option_ids,
      decoder_source_ids=(option_ids > 0).astype(jnp.int32),
  )
  log_p = jax.nn.log_softmax(logits)
  token_log_p = jnp.take_along_axis(log_p, options[..., None], axis=-1)[..., 0]
  member = option_ids[..., None] == jnp.arange(1, num_options + 1)
  sums = jnp.einsum('bt,btk->bk', token_log_p, member.astype(jnp.float32))
  return jnp.where(member.any(axis=1), sums, -jnp.inf)


class Scorer:
  """Scores any number of questions in batches of few shapes."""

  def __init__(self, model: Any, parameters: Any, mesh: jax.sharding.Mesh, batch_size: int,
               rules: partitioning.Rules = partitioning.AXIS_RULES):
    self._parameters, self._mesh = parameters, mesh
    self._rules = partitioning.with_whole_lengths(rules)
    self._batch_size = partitioning.fitting_batch_size(mesh, batch_size)
    self._score = jax.jit(
        lambda parameters, inputs, lengths, options, ids, num_options: score_options(
            model, parameters, inputs, lengths, options, ids, num_options),
        static_argnums=5, out_shardings=partitioning.whole(mesh))

  def __call__(self, questions: Sequence[Question]) -> list[np.ndarray]:
    """float32 `[options]` for each question, in the order given."""
    order = sorted(range(len(questions)), key=lambda i: len(questions[i].inputs))
    scores: list[np.ndarray] = [np.zeros(0)] * len(questions)
    waiting = []
    for start in range(0, len(order), self._batch_size):
      chosen = order[start : start + self._batch_size]
      waiting.append((chosen, self._dispatch([questions[i] for i in chosen])))
    for chosen, batch_scores in waiting:
      for i, row in zip(chosen, np.asarray(batch_scores)):
        scores[i] = row[: questions[i].num_options]
    return scores

  def _dispatch(self, questions: Sequence[Question]) -> jax.Array:
    inputs, lengths = pad_rows([q.inputs for q in questions], self._batch_size)
    options, _ = pad_rows([q.options for q in questions], self._batch_size)
    ids, _ = pad_rows([q.option_ids for q in questions], self._batch_size)
    most = next_power_of_two(max(q.num_options for q in questions))
    sharding = partitioning.batch_sharding(self._mesh)
    with partitioning.partitioned(self._mesh, self._rules):
      placed = partitioning.place((inputs, lengths, options, ids), (sharding,) * 4)
      return self._score(self._parameters, *placed, most)


def pad_rows(
    rows: Sequence[np.ndarray], batch_size: int, minimum: int = 16
) -> tuple[np.ndarray, np.ndarray]:
  """Rows put into an int32 array `[batch_size, length]`, and their lengths `[batch_size]`.

  The length is a power of two, which keeps the number of shapes, and so of compilations, small.
  """
  length = max(minimum, next_power_of_two(max(len(r) for r in rows)))
  padded, lengths = np.zeros((batch_size, length), np.int32), np.zeros(batch_size, np.int32)
  for number, row in enumerate(rows):
    padded[number, : len(row)], lengths[number] = row, len(row)
  return padded, lengths


def rows_of_lengths(lengths: jax.Array, width: int) -> jax.Array:
  """Segment ids of rows that begin with so many tokens: int32 `[batch, width]`, 1, then 0."""
  return (jnp.arange(width) < lengths[:, None]).astype(jnp.int32)


def next_power_of_two(n: int) -> int:
  """The smallest power of two that is at least n."""
  return 1 << max(n - 1, 0).bit_length()


def question(
    inputs: Sequence[int], options: Sequence[Sequence[int]]
) -> Question:
  """A question from the tokens of its input and of each option."""
  ids = [np.full(len(tokens), number, np.int32) for number, tokens in enumerate(options, start=1)]
  flat = [np.asarray(tokens, np.int32) for tokens in options]
  return Question(np.asarray(inputs, np.int32), np.concatenate(flat), np.concatenate(ids))
