"""Shardings of trees: for an optimizer's state; and arrays moved to their devices."""
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

Tree = Any


def state_shardings(mesh: Mesh, state: Tree, parameters: Tree, shardings: Tree) -> Tree:
  """Shardings for an optimizer's state, derived from those of the parameters.

  A state array belongs to the parameter with a path that ends its own path. An array with the
  parameter's shape gets its sharding. Adafactor's factored moments lack one of the two largest
  dimensions (`v_row` the largest, `v_col` the second largest) and get the partition of the others.
  """
  by_path = {
      path_names(path): (array.shape, sharding.spec)
      for (path, array), sharding in zip(
          jax.tree_util.tree_leaves_with_path(parameters), jax.tree.leaves(shardings))
  }

  def shard(path, array):
    names = path_names(path)
    for start in range(len(names)):
      if names[start:] in by_path:
        shape, partition = by_path[names[start:]]
        return NamedSharding(mesh, _moment_spec(names[:start], array.shape, shape, partition))
    return NamedSharding(mesh, PartitionSpec())

  return jax.tree_util.tree_map_with_path(shard, state)


def _moment_spec(owner, shape, parameter_shape, partition) -> PartitionSpec:
  if shape == parameter_shape:
    return partition
  if len(shape) == len(parameter_shape) - 1:
    # As in optax: of equal dimensions, its argsort decides which one a moment lacks.
    by_size = np.argsort(parameter_shape)
    gone = by_size[-1] if 'v_row' in owner else by_size[-2]
    kept = [a for i, a in enumerate(partition) if i != gone]
    if shape == tuple(s for i, s in enumerate(parameter_shape) if i != gone):
      return PartitionSpec(*kept)
  return PartitionSpec()


def path_names(path) -> tuple[str, ...]:
  """The keys of a path from JAX's tree functions, as texts."""
  return tuple(str(getattr(k, 'key', getattr(k, 'name', getattr(k, 'idx', k)))) for k in path)


def laid_out(shapes: Tree, shardings: Tree) -> Tree:
  """A tree of shapes and types with these shardings."""
  return jax.tree.map(
      lambda array, sharding: jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding),
      shapes, shardings)


def place(arrays: Tree, shardings: Tree) -> Tree:
  """Moves arrays from the host to the devices. Each device gets only its own shard."""

  def put(array, sharding):
    return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])

  return jax.tree.map(put, arrays, shardings)
