"""Shardings of parameters, optimizer state and batches, and what has to divide for them."""
from collections.abc import Mapping, Sequence
import math
from typing import Any

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

from flan_jax.errors import UserError
from flan_jax.partitioning import mesh as mesh_lib
from flan_jax.partitioning.rules import AXIS_RULES, DATA_AXES, Rules, mesh_axes, spec, ways

Tree = Any


def choose_mesh(
    shape: Mapping[str, int] | None,
    axes: Tree,
    parameters: Tree,
    state_bytes: int,
    *,
    rows: int | None = None,
    rules: Rules = AXIS_RULES,
    devices: Sequence[jax.Device] | None = None,
) -> Mesh:
  """The mesh that the user asks for, or the one of `default_mesh` for a model.

  Args:
    shape: as `make_mesh` takes it; None chooses.
    axes: tree of tuples of logical axis names.
    parameters: the same tree of arrays or `jax.ShapeDtypeStruct`.
    state_bytes: what has to lie on the devices: parameters, gradients, optimizer state.
    rows: of a batch; None for any number.
    rules: logical to mesh axes.
    devices: all by default.
  """
  devices = list(devices if devices is not None else jax.devices())
  if shape is None:
    shape = mesh_lib.default_mesh(
        state_bytes, len(devices), mesh_lib.bytes_per_device(devices), rows=rows,
        multiples=_multiples(axes, parameters, rules), slices=mesh_lib.slice_count(devices))
  return mesh_lib.make_mesh(shape, devices)


def _multiples(axes: Tree, parameters: Tree, rules: Rules) -> dict[str, int]:
  """For each mesh axis, the greatest common divisor of the dimensions divided over it."""
  multiples: dict[str, int] = {}
  for names, array in _named(axes, parameters):
    for size, entry in zip(array.shape, spec(names, rules)):
      for axis in mesh_axes(entry):
        multiples[axis] = math.gcd(multiples.get(axis, 0), size)
  return multiples


def _named(axes: Tree, parameters: Tree) -> list[tuple[tuple[str | None, ...], Any]]:
  names = jax.tree.leaves(axes, is_leaf=_is_names)
  return list(zip(names, jax.tree.leaves(parameters)))


def _is_names(x: Any) -> bool:
  return isinstance(x, tuple)


def parameter_shardings(mesh: Mesh, axes: Tree, shapes: Tree, rules: Rules = AXIS_RULES) -> Tree:
  """A sharding for each parameter.

  Args:
    mesh: the devices.
    axes: tree of tuples of logical axis names.
    shapes: the same tree of arrays or `jax.ShapeDtypeStruct`.
    rules: logical to mesh axes.

  Raises:
    UserError: a dimension does not divide over its mesh axes.
  """

  def shard(path, names, array):
    partition = spec(names, rules)
    for size, name, entry in zip(array.shape, names, partition):
      if size % ways(mesh, entry):
        raise _does_not_divide(mesh, entry, size, name, '.'.join(path_names(path)))
    return NamedSharding(mesh, partition)

  return jax.tree_util.tree_map_with_path(shard, axes, shapes, is_leaf=_is_names)


def _does_not_divide(mesh: Mesh, entry, size: int, name: str, where: str) -> UserError:
  axes = ' x '.join(f'{axis}={mesh.shape[axis]}' for axis in mesh_axes(entry))
  working = mesh_lib.divisors(math.gcd(size, mesh.size))
  return UserError(
      f'{name} of size {size} does not divide over {axes} ({where})', 'MESH',
      f'{size} and {mesh.size} devices divide by {", ".join(map(str, working))}; or keep it whole '
      f'with AXIS_RULES = {{{name!r}: None}}.')


def state_shardings(mesh: Mesh, state: Tree, parameters: Tree, shardings: Tree) -> Tree:
  """Shardings for an optimizer's state: arrays like a parameter lie as the parameter does.

  A state array belongs to the parameter whose path ends its own. One of the parameter's shape
  takes its sharding. Adafactor's factored moments lack one of the two largest dimensions (`v_row`
  the largest, `v_col` the second largest) and so take the partition of those that are left.
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
    by_size = np.argsort(parameter_shape)
    gone = by_size[-1] if 'v_row' in owner else by_size[-2]
    kept = [a for i, a in enumerate(partition) if i != gone]
    if shape == tuple(s for i, s in enumerate(parameter_shape) if i != gone):
      return PartitionSpec(*kept)
  return PartitionSpec()


def path_names(path) -> tuple[str, ...]:
  """The keys of a path that JAX's tree functions give, as texts."""
  return tuple(str(getattr(k, 'key', getattr(k, 'name', getattr(k, 'idx', k)))) for k in path)


def batch_sharding(mesh: Mesh) -> NamedSharding:
  """How batches `[batch, ...]` lie: rows divided over all of DATA_AXES."""
  return NamedSharding(mesh, PartitionSpec(DATA_AXES))


def whole(mesh: Mesh) -> NamedSharding:
  """How arrays lie of which every device, and so every process, has the whole."""
  return NamedSharding(mesh, PartitionSpec())


def check_batch_size(mesh: Mesh, batch_size: int, accumulation: int = 1) -> None:
  """Raises UserError where the rows of a part of a batch do not divide over the data axes."""
  devices = ways(mesh, DATA_AXES)
  unit = devices * accumulation
  if batch_size % unit:
    below = batch_size // unit * unit
    shape = ' x '.join(f'{axis}={mesh.shape[axis]}' for axis in DATA_AXES if mesh.shape[axis] > 1)
    into = [f'over {devices} devices ({shape})'] if devices > 1 else []
    into += [f'into {accumulation} parts'] if accumulation > 1 else []
    levers = ["fewer devices along these axes (MESH, more along 'tensor')"] if devices > 1 else []
    levers += ['another GRADIENT_ACCUMULATION'] if accumulation > 1 else []
    raise UserError(
        f'{batch_size} rows do not divide {" and ".join(into)}', 'BATCH_SIZE',
        f'Use {f"{below} or " if below else ""}{below + unit}, or {", or ".join(levers)}.')


def check_lengths(mesh: Mesh, lengths: Mapping[str, int], rules: Rules = AXIS_RULES) -> None:
  """Raises UserError where the rules divide lengths over devices and one does not divide."""
  entry = dict(rules)['length']
  for name, length in lengths.items():
    if length % ways(mesh, entry):
      unit = ways(mesh, entry)
      axes = ' x '.join(f'{axis}={mesh.shape[axis]}' for axis in mesh_axes(entry))
      raise UserError(
          f'{length} tokens of {name} do not divide over {axes}', 'TASK_FEATURE_LENGTHS',
          f"Use {-(-length // unit) * unit}, or leave 'length' out of AXIS_RULES.")


def fitting_batch_size(mesh: Mesh, batch_size: int) -> int:
  """The next batch size whose rows divide over the data axes, for batches that may be padded."""
  unit = ways(mesh, DATA_AXES)
  return -(-batch_size // unit) * unit


def laid_out(shapes: Tree, shardings: Tree) -> Tree:
  """Shapes and types with the shardings that their arrays are wanted in."""
  return jax.tree.map(
      lambda array, sharding: jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding),
      shapes, shardings)


def place(arrays: Tree, shardings: Tree) -> Tree:
  """Arrays of the host on the devices; each device is sent its own piece and nothing more."""

  def put(array, sharding):
    return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])

  return jax.tree.map(put, arrays, shardings)
