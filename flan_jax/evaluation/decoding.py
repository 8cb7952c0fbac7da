"""Greedy generation: the most likely token at each step."""
from collections.abc import Sequence
import functools
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flan_jax import partitioning
from flan_jax.evaluation import batches
from flan_jax.evaluation.batches import Shape, pad_rows
from flan_jax.evaluation.scoring import matmul_precision
from flan_jax.partitioning import Layout

NOT_A_NUMBER = -1  # stands for a token when the model's logits contain NaN


def greedy(
    model: Any,
    parameters: Any,
    inputs: jax.Array,
    input_ids: jax.Array,
    is_row: jax.Array,
    longest: jax.Array,
    room: int,
    end_id: int,
) -> jax.Array:
  """Decodes greedily with cached keys and values, until every row has ended.

  Args:
    model: the Flax module.
    parameters: its parameters.
    inputs: int32 `[batch, input_length]`.
    input_ids: int32 `[batch, input_length]`, 1 for the input and 0 for padding.
    is_row: bool `[batch]`: false for padding rows, which count as ended from the start.
    longest: int32 scalar: the most tokens to decode, at most `room`.
    room: length of the output and of the cache; static, while `longest` may change without a new
      program.
    end_id: the token that ends an output.

  Returns:
    int32 `[batch, room]`: the tokens with their end mark, then 0. If a row's logits contain NaN, it
    ends there with `NOT_A_NUMBER`, because argmax would choose NaN over every number.
  """
  variables = {'params': parameters}
  rows = inputs.shape[0]

  def unfinished(carry):
    step, _, ended, _, _ = carry
    return (step < longest) & ~jnp.all(ended)

  def extend(carry):
    step, token, ended, outputs, cache = carry
    logits, cache = model.apply(variables, token, cache, input_ids, method='decode_token')
    broken = jnp.isnan(logits).any(axis=-1)
    best = jnp.where(broken, NOT_A_NUMBER, jnp.argmax(logits, axis=-1).astype(jnp.int32))
    token = jnp.where(ended, 0, best)
    outputs = jax.lax.dynamic_update_index_in_dim(outputs, token, step, axis=1)
    ended |= (token == end_id) | broken
    # NOT_A_NUMBER is no row of the embedding.
    return step + 1, jnp.maximum(token, 0), ended, outputs, cache

  with matmul_precision(model.config.dtype):
    encoded = model.apply(variables, inputs, input_ids, method='encode')
    cache = model.apply(variables, encoded, room, method='start_cache')
    start = (0, jnp.zeros(rows, jnp.int32), ~is_row, jnp.zeros((rows, room), jnp.int32), cache)
    return jax.lax.while_loop(unfinished, extend, start)[3]


@functools.cache
def _program(model: Any, layout: Layout):
  """`greedy` for a model and layout, cached so that all generators share its compiled programs."""
  return jax.jit(functools.partial(greedy, model), static_argnums=(5, 6),
                 out_shardings=layout.whole())


class Generator:
  """Generates for any number of inputs, in batches of few shapes.

  All generators of one model and layout share their compiled programs. A text ends with `end_id`,
  by default that of the model's config.
  """

  def __init__(self, model: Any, parameters: Any, layout: Layout, batch_size: int,
               batch_tokens: int = batches.DEFAULT_TOKENS, *, end_id: int | None = None):
    self._parameters, self._layout = parameters, layout.with_whole_lengths()
    self._batch_size, self._batch_tokens = batch_size, batch_tokens
    self._end_id = model.config.end_id if end_id is None else end_id
    self._decode = _program(model, self._layout)

  def __call__(
      self, inputs: Sequence[Sequence[int]], max_new_tokens: int
  ) -> list[list[int] | None]:
    """Returns the tokens generated for each input, without end mark, in the order of the inputs.

    None for an input whose logits contained NaN.
    """
    room = max(batches.SHORTEST, batches.next_power_of_two(max_new_tokens))
    outputs: list[list[int] | None] = [[]] * len(inputs)
    unit = self._layout.fitting_batch_size(1)

    def shape_of(number: int) -> Shape:
      return Shape(batches.padded_length(len(inputs[number])), 1, room)

    for batch in batches.cut(
        range(len(inputs)), shape_of, self._batch_size, self._batch_tokens, unit):
      rows = [np.asarray(inputs[i], np.int32) for i in batch.items]
      arrays = [pad_rows(part, batch.count, batch.shape.length)
                for part in (rows, [np.ones_like(row) for row in rows])]
      arrays.append(np.arange(batch.count) < len(rows))
      sharding = self._layout.batch_sharding()
      with self._layout.partitioned():
        placed = partitioning.place(arrays, [sharding] * 3)
        tokens = self._decode(
            self._parameters, *placed, np.int32(max_new_tokens), room, self._end_id)
      for i, row in zip(batch.items, np.asarray(tokens)):
        text = itertools.takewhile(lambda t: t != self._end_id, row[:max_new_tokens].tolist())
        outputs[i] = None if NOT_A_NUMBER in row else list(text)
    return outputs
