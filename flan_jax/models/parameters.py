"""A model's parameters as a plain tree: initial values, shapes, names of the axes."""
import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from flan_jax.models import families
from flan_jax.models.config import TransformerConfig

Parameters = Any


@functools.partial(jax.jit, static_argnums=0)
def init_parameters(config: TransformerConfig, key: jax.Array) -> Parameters:
  """Random parameters: a tree of plain dictionaries with float32 arrays.

  Initial values follow T5X: embeddings normal with standard deviation 1; kernels scaled by fan-in,
  the query's divided by sqrt(K); relative biases uniform, scaled by the mean fan; norms 1.
  """
  return jax.tree.map(lambda box: box.value, _boxed(config, key), is_leaf=_is_box)


def abstract_parameters(config: TransformerConfig) -> Parameters:
  """The tree of `init_parameters` with `jax.ShapeDtypeStruct` instead of arrays."""
  return jax.tree.map(lambda box: box.value, _abstract_boxed(config), is_leaf=_is_box)


def logical_axes(config: TransformerConfig) -> Parameters:
  """The tree of `init_parameters` with tuples of logical axis names instead of arrays.

  An axis without a name is None: LoRA's rank, a prompt's length.
  """
  return jax.tree.map(lambda box: box.names, _abstract_boxed(config), is_leaf=_is_box)


def _boxed(config: TransformerConfig, key: jax.Array) -> Parameters:
  token = jnp.ones((1, 1), jnp.int32)
  # Without sharding rules: a batch of one row cannot be divided over devices.
  with nn.logical_axis_rules(()):
    return families.build(config).init(key, token, token)['params']


def _abstract_boxed(config: TransformerConfig) -> Parameters:
  return jax.eval_shape(functools.partial(_boxed, config), jax.random.PRNGKey(0))


def _is_box(x: Any) -> bool:
  return isinstance(x, nn.LogicallyPartitioned)
