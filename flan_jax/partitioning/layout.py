"""The layout of arrays on devices: a mesh, and the meaning of logical axes on it."""
from collections.abc import Iterator, Mapping, Sequence
import contextlib
import dataclasses
import math
from typing import Any

import flax.linen as nn
import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from flan_jax.errors import UserError
from flan_jax.partitioning import mesh as mesh_lib
from flan_jax.partitioning.rules import AXIS_RULES, DATA_AXES, Axes, Rules, mesh_axes, spec
from flan_jax.partitioning.shardings import path_names

Tree = Any


@dataclasses.dataclass(frozen=True)
class Layout:
  """A mesh and the rules by which arrays are divided over it; hashable.

  Attributes:
    mesh: the devices.
    rules: logical to mesh axes.
  """

  mesh: Mesh
  rules: Rules = AXIS_RULES

  @contextlib.contextmanager
  def partitioned(self) -> Iterator[None]:
    """A context in which logical axis names in models mean axes of this mesh."""
    with jax.set_mesh(self.mesh), nn.logical_axis_rules(self.rules):
      yield

  def with_whole_lengths(self) -> 'Layout':
    """The layout for evaluation. It does not divide lengths, which may be a single token."""
    rules = tuple((name, None if name == 'length' else axes) for name, axes in self.rules)
    return dataclasses.replace(self, rules=rules)

  def ways(self, axes: Axes) -> int:
    """The number of parts of a dimension that is divided over these mesh axes."""
    return math.prod(self.mesh.shape[axis] for axis in mesh_axes(axes))

  # ---- Shardings ----

  def batch_sharding(self) -> NamedSharding:
    """The sharding of batches `[batch, ...]`: rows are divided over all of DATA_AXES."""
    return NamedSharding(self.mesh, PartitionSpec(DATA_AXES))

  def whole(self) -> NamedSharding:
    """The sharding of replicated arrays: every device, and so every process, has all of them."""
    return NamedSharding(self.mesh, PartitionSpec())

  def parameter_shardings(self, axes: Tree, shapes: Tree) -> Tree:
    """A sharding for each parameter.

    Args:
      axes: tree of tuples of logical axis names.
      shapes: the same tree of arrays or `jax.ShapeDtypeStruct`.

    Raises:
      UserError: a dimension does not divide over its mesh axes.
    """

    def shard(path, names, array):
      partition = spec(names, self.rules)
      for size, name, entry in zip(array.shape, names, partition):
        if size % self.ways(entry):
          raise self._does_not_divide(entry, size, name, '.'.join(path_names(path)))
      return NamedSharding(self.mesh, partition)

    return jax.tree_util.tree_map_with_path(shard, axes, shapes, is_leaf=_is_names)

  def _does_not_divide(self, entry: Axes, size: int, name: str, where: str) -> UserError:
    working = mesh_lib.divisors(math.gcd(size, self.mesh.size))
    return UserError(
        f'{name} of size {size} does not divide over {self._sizes(entry)} ({where})', 'MESH',
        f'{size} and {self.mesh.size} devices divide by {", ".join(map(str, working))}; or keep it '
        f'whole with AXIS_RULES = {{{name!r}: None}}.')

  def _sizes(self, axes: Axes) -> str:
    return ' x '.join(f'{axis}={self.mesh.shape[axis]}' for axis in mesh_axes(axes))

  # ---- Checks of sizes ----

  def check_batch_size(self, batch_size: int, accumulation: int = 1) -> None:
    """Raises UserError if the rows of a part of a batch do not divide over the data axes."""
    devices = self.ways(DATA_AXES)
    unit = devices * accumulation
    if batch_size % unit:
      below = batch_size // unit * unit
      several = tuple(axis for axis in DATA_AXES if self.mesh.shape[axis] > 1)
      into = [f'over {devices} devices ({self._sizes(several)})'] if devices > 1 else []
      into += [f'into {accumulation} parts'] if accumulation > 1 else []
      levers = ["fewer devices along these axes (MESH, more along 'tensor')"] if several else []
      levers += ['another GRADIENT_ACCUMULATION'] if accumulation > 1 else []
      raise UserError(
          f'{batch_size} rows do not divide {" and ".join(into)}', 'BATCH_SIZE',
          f'Use {f"{below} or " if below else ""}{below + unit}, or {", or ".join(levers)}.')

  def check_lengths(self, lengths: Mapping[str, int]) -> None:
    """Raises UserError if the rules divide lengths over devices and a length does not divide."""
    entry = dict(self.rules)['length']
    unit = self.ways(entry)
    for name, length in lengths.items():
      if length % unit:
        raise UserError(
            f'{length} tokens of {name} do not divide over {self._sizes(entry)}',
            'TASK_FEATURE_LENGTHS',
            f"Use {-(-length // unit) * unit}, or leave 'length' out of AXIS_RULES.")

  def fitting_batch_size(self, batch_size: int) -> int:
    """The next batch size whose rows divide over the data axes, for batches that may be padded."""
    unit = self.ways(DATA_AXES)
    return -(-batch_size // unit) * unit


def choose_layout(
    shape: Mapping[str, int] | None,
    axes: Tree,
    parameters: Tree,
    state_bytes: int,
    *,
    rows: int | None = None,
    rules: Rules = AXIS_RULES,
    devices: Sequence[jax.Device] | None = None,
) -> Layout:
  """A layout on the user's mesh, or on the `default_mesh` of a model.

  Args:
    shape: as in `make_mesh`; None for the default mesh.
    axes: tree of tuples of logical axis names.
    parameters: the same tree of arrays or `jax.ShapeDtypeStruct`.
    state_bytes: bytes of parameters, gradients and optimizer state.
    rows: of a batch; None if any number is possible.
    rules: logical to mesh axes.
    devices: all by default.
  """
  devices = list(devices if devices is not None else jax.devices())
  if shape is None:
    shape = mesh_lib.default_mesh(
        state_bytes, len(devices), mesh_lib.bytes_per_device(devices), rows=rows,
        multiples=_multiples(axes, parameters, rules), slices=mesh_lib.slice_count(devices))
  return Layout(mesh_lib.make_mesh(shape, devices), rules)


def _multiples(axes: Tree, parameters: Tree, rules: Rules) -> dict[str, int]:
  """For each mesh axis, the greatest common divisor of the dimensions divided over it."""
  multiples: dict[str, int] = {}
  names = jax.tree.leaves(axes, is_leaf=_is_names)
  for of_dimensions, array in zip(names, jax.tree.leaves(parameters)):
    for size, entry in zip(array.shape, spec(of_dimensions, rules)):
      for axis in mesh_axes(entry):
        multiples[axis] = math.gcd(multiples.get(axis, 0), size)
  return multiples


def _is_names(x: Any) -> bool:
  return isinstance(x, tuple)
