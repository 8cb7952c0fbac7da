"""Where arrays live: the mesh of devices and one table from logical axis names to mesh axes."""
from collections.abc import Iterator, Mapping, Sequence
import contextlib
import math
from typing import Any

import flax.linen as nn
import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

from flan_jax.errors import UserError, nearest

MESH_AXES = ('data', 'tensor')

# Logical axis of a parameter or an activation -> mesh axis it is divided over; unnamed ones stay
# whole on every device.
AXIS_RULES = (
    ('batch', 'data'),
    ('vocab', 'tensor'),
    ('mlp', 'tensor'),
    ('heads', 'tensor'),
    ('joined_kv', 'tensor'),
    ('length', None),
    ('embed', None),
    ('kv', None),
    ('relpos_buckets', None),
    ('layers', None),
)

Tree = Any


def make_mesh(shape: Mapping[str, int], devices: Sequence[jax.Device] | None = None) -> Mesh:
  """A mesh of devices.

  Args:
    shape: size of each mesh axis, such as {'data': 4, 'tensor': 2}; -1 once for what is left;
      an axis not named has size 1.
    devices: the devices to use; all by default.

  Raises:
    UserError: an axis is unknown, or the sizes do not make up the number of devices.
  """
  devices = list(devices if devices is not None else jax.devices())
  for axis in shape:
    if axis not in MESH_AXES:
      raise UserError(f'there is no mesh axis {axis!r}', 'MESH', nearest(axis, MESH_AXES))
  sizes = [shape.get(axis, 1) for axis in MESH_AXES]
  known = math.prod(s for s in sizes if s != -1)
  if sizes.count(-1) == 1 and known > 0 and len(devices) % known == 0:
    sizes[sizes.index(-1)] = len(devices) // known
  if any(s < 1 for s in sizes) or math.prod(sizes) != len(devices):
    raise UserError(
        f'{dict(shape)} does not make up {len(devices)} device(s)', 'MESH',
        f"The sizes must multiply to {len(devices)}; {{'data': -1}} takes all of them.",
    )
  return Mesh(np.array(devices).reshape(sizes), MESH_AXES)


@contextlib.contextmanager
def partitioned(mesh: Mesh) -> Iterator[None]:
  """Within it, logical axis names in models mean axes of this mesh."""
  with jax.set_mesh(mesh), nn.logical_axis_rules(AXIS_RULES):
    yield


def spec(axes: Sequence[str | None]) -> PartitionSpec:
  """The partition of an array whose dimensions have these logical names."""
  rules = dict(AXIS_RULES)
  return PartitionSpec(*(rules[a] if a is not None else None for a in axes))


def parameter_shardings(mesh: Mesh, axes: Tree, shapes: Tree) -> Tree:
  """A sharding for each parameter.

  Args:
    axes: tree of tuples of logical axis names.
    shapes: the same tree of arrays or `jax.ShapeDtypeStruct`.

  Raises:
    UserError: a dimension does not divide over its mesh axis.
  """

  def shard(path, names, array):
    partition = spec(names)
    for size, name, axis in zip(array.shape, names, partition):
      if axis is not None and size % mesh.shape[axis]:
        raise UserError(
            f'{jax.tree_util.keystr(path)}: {name} of size {size} does not divide over '
            f'{axis}={mesh.shape[axis]}', 'MESH',
            f'Choose a size of {axis!r} that divides {size}.')
    return NamedSharding(mesh, partition)

  return jax.tree_util.tree_map_with_path(
      shard, axes, shapes, is_leaf=lambda x: isinstance(x, tuple))


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
  """How batches `[batch, ...]` lie: rows divided over the data axis."""
  return NamedSharding(mesh, PartitionSpec('data'))


def check_batch_size(mesh: Mesh, batch_size: int) -> None:
  """Raises UserError where rows do not divide over the data axis."""
  if batch_size % mesh.shape['data']:
    raise UserError(
        f'{batch_size} rows do not divide over data={mesh.shape["data"]} devices', 'BATCH_SIZE',
        f'Use a multiple of {mesh.shape["data"]}.')


def fitting_batch_size(mesh: Mesh, batch_size: int) -> int:
  """The next batch size whose rows divide over the data axis, for batches that may be padded."""
  return -(-batch_size // mesh.shape['data']) * mesh.shape['data']


def laid_out(shapes: Tree, shardings: Tree) -> Tree:
  """Shapes and types with the shardings that their arrays are wanted in."""
  return jax.tree.map(
      lambda array, sharding: jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=sharding),
      shapes, shardings)
