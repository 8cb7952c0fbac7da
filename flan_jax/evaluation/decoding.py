"""Generation: the most likely token at each step."""
from collections.abc import Sequence
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from flan_jax.evaluation.scoring import pad_rows, rows_of_lengths
from flan_jax import partitioning

NOT_A_NUMBER = -1  # stands in place of a token where the model's logits hold NaN


def greedy(
    model: Any, parameters: Any, inputs: jax.Array, lengths: jax.Array, max_new_tokens: int,
    end_id: int,
) -> jax.Array:
  """Decodes greedily with cached keys and values, until every row has ended.

  Args:
    model: the Flax module.
    parameters: its parameters.
    inputs: int32 `[batch, input_length]`.
    lengths: int32 `[batch]`, how many of them are a row's; nothing is made for a row of 0.
    max_new_tokens: the longest output.
    end_id: the vocabulary's end mark.

  Returns:
    int32 `[batch, max_new_tokens]`: the tokens with their end mark, then 0. A row whose logits
    hold NaN ends there, with `NOT_A_NUMBER`: argmax would prefer NaN to every number.
  """
  variables = {'params': parameters}
  segment_ids = rows_of_lengths(lengths, inputs.shape[1])
  encoded = model.apply(variables, inputs, segment_ids, method='encode')
  cache = model.apply(variables, encoded, max_new_tokens, method='start_cache')
  rows = inputs.shape[0]

  def unfinished(carry):
    step, _, ended, _, _ = carry
    return (step < max_new_tokens) & ~jnp.all(ended)

  def extend(carry):
    step, token, ended, outputs, cache = carry
    logits, cache = model.apply(variables, token, cache, segment_ids, method='decode_token')
    broken = jnp.isnan(logits).any(axis=-1)
    best = jnp.where(broken, NOT_A_NUMBER, jnp.argmax(logits, axis=-1).astype(jnp.int32))
    token = jnp.where(ended, 0, best)
    outputs = jax.lax.dynamic_update_index_in_dim(outputs, token, step, axis=1)
    ended |= (token == end_id) | broken
    return step + 1, jnp.maximum(token, 0), ended, outputs, cache

  start = (0, jnp.zeros(rows, jnp.int32), lengths == 0,
           jnp.zeros((rows, max_new_tokens), jnp.int32), cache)
  return jax.lax.while_loop(unfinished, extend, start)[3]


class Generator:
  """Generates for any number of inputs in batches of few shapes.

  `end_id` is the vocabulary's end mark, see `flan_jax.data.vocabulary.end_id`.
  """

  def __init__(self, model: Any, parameters: Any, mesh: jax.sharding.Mesh, batch_size: int,
               rules: partitioning.Rules = partitioning.AXIS_RULES, *, end_id: int):
    self._parameters, self._mesh, self._end_id = parameters, mesh, end_id
    self._rules = partitioning.with_whole_lengths(rules)
    self._batch_size = partitioning.fitting_batch_size(mesh, batch_size)
    self._decode = jax.jit(
        lambda parameters, inputs, lengths, longest: greedy(
            model, parameters, inputs, lengths, longest, end_id),
        static_argnums=3, out_shardings=partitioning.whole(mesh))

  def __call__(
      self, inputs: Sequence[Sequence[int]], max_new_tokens: int
  ) -> list[list[int] | None]:
    """The tokens generated for each input, without end mark, in the order given.

    None where the model's logits held NaN: what it says there means nothing.
    """
    order = sorted(range(len(inputs)), key=lambda i: len(inputs[i]))
    outputs: list[list[int] | None] = [[]] * len(inputs)
    sharding = partitioning.batch_sharding(self._mesh)
    for start in range(0, len(order), self._batch_size):
      chosen = order[start : start + self._batch_size]
      rows, lengths = pad_rows([np.asarray(inputs[i], np.int32) for i in chosen], self._batch_size)
      with partitioning.partitioned(self._mesh, self._rules):
        placed = partitioning.place((rows, lengths), (sharding,) * 2)
        tokens = self._decode(self._parameters, *placed, max_new_tokens)
      for i, row in zip(chosen, np.asarray(tokens)):
        outputs[i] = None if NOT_A_NUMBER in row else list(
            itertools.takewhile(lambda token: token != self._end_id, row.tolist()))
    return outputs
