"""A model's parameters as a plain tree: new ones, their shapes, the names of their axes."""
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

  Initial values follow T5X: embedding normal with deviation 1; kernels by fan-in, the query's
  divided by sqrt(K); relative biases uniform by the mean of the fans; norms 1.
  """
  return jax.tree.map(lambda box: box.value, _boxed(config, key), is_leaf=_is_box)


def abstract_parameters(config: TransformerConfig) -> Parameters:
  """The tree of `init_parameters` with `jax.ShapeDtypeStruct` in the arrays' places."""
  return jax.tree.map(lambda box: box.value, _abstract_boxed(config), is_leaf=_is_box)


def logical_axes(config: TransformerConfig) -> Parameters:
  """The tree of `init_parameters` with tuples of logical axis names in the arrays' places.

  None stands for an axis without a name: LoRA's rank, a prompt's length.
  """
  return jax.tree.map(lambda box: box.names, _abstract_boxed(config), is_leaf=_is_box)


def _boxed(config: TransformerConfig, key: jax.Array) -> Parameters:
  token = jnp.ones((1, 1), jnp.int32)
  # Without rules: a batch of one does not divide over devices.
  with nn.logical_axis_rules(()):
    return families.build(config).init(key, token, token)['params']


def _abstract_boxed(config: TransformerConfig) -> Parameters:
  return jax.eval_shape(functools.partial(_boxed, config), jax.random.PRNGKey(0))


def _is_box(x: Any) -> bool:
  return isinstance(x, nn.LogicallyPartitioned)
