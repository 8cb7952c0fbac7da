"""The mesh: devices arranged along named axes, as the user sets it or as the model needs it."""
from collections.abc import Iterator, Mapping, Sequence
import math
from typing import Any

import jax
from jax.experimental import mesh_utils
from jax.sharding import Mesh
import numpy as np

from flan_jax.errors import UserError, nearest
from flan_jax.partitioning.rules import MESH_AXES

Shape = Mapping[str, int]

# The default mesh leaves half of a device's memory to activations, which are not known yet when it
# is chosen. `t5x plan` finds a tighter mesh.
_SHARE_FOR_STATE = 0.5
# CPUs, and chips that are only compiled for, do not report their memory.
_ASSUMED_BYTES = 16 * 2**30


def make_mesh(shape: Shape, devices: Sequence[jax.Device] | None = None) -> Mesh:
  """A mesh of devices, along the torus on TPUs.

  Args:
    shape: size of each mesh axis, such as {'data': 4, 'tensor': 2}. One size may be -1: that axis
      takes the remaining devices. An axis that is not named has size 1, but 'slice' has the number
      of slices that the devices form.
    devices: the devices to use, real ones or those of a topology description; all by default.

  Raises:
    UserError: an axis is unknown, or the sizes do not multiply to the number of devices.
  """
  devices = list(devices if devices is not None else jax.devices())
  sizes = _sizes(shape, len(devices), slice_count(devices))
  return Mesh(_arranged(devices, sizes), MESH_AXES)


def slice_count(devices: Sequence[jax.Device]) -> int:
  """The number of TPU slices that the devices form; a data-center network joins slices."""
  if devices[0].platform != 'tpu':
    return 1
  return len({getattr(device, 'slice_index', 0) for device in devices})


def _sizes(shape: Shape, devices: int, slices: int) -> list[int]:
  """The size of each of MESH_AXES."""
  _check_entries(shape)
  if shape.get('slice', -1) not in (-1, slices) and slices > 1:
    raise UserError(f"slice={shape['slice']}, but the devices form {slices} slices", 'MESH',
                    "Leave 'slice' out.")
  defaults = dict.fromkeys(MESH_AXES, 1) | {'slice': slices}
  sizes = [shape.get(axis, defaults[axis]) for axis in MESH_AXES]
  known = math.prod(s for s in sizes if s != -1)
  if -1 in sizes and devices % known == 0:
    sizes[sizes.index(-1)] = devices // known
  elif -1 in sizes or known != devices:
    at_least = ' or a multiple' if -1 in sizes else ''
    raise UserError(
        f'{dict(shape)} needs {known} devices{at_least}, but there '
        f'{"are" if devices > 1 else "is"} {devices}', 'MESH',
        f'The sizes must multiply to {devices}: {_examples(devices, slices)}.')
  return sizes


def _check_entries(shape: Shape) -> None:
  if not isinstance(shape, Mapping):
    raise UserError(f'{shape!r} is not a mesh', 'MESH', "Write {'data': -1} or None.")
  for axis, size in shape.items():
    if axis not in MESH_AXES:
      raise UserError(f'there is no mesh axis {axis!r}', 'MESH', nearest(str(axis), MESH_AXES))
    if type(size) is not int or size < -1 or size == 0:
      raise UserError(f'{axis}={size!r} is not a size of a mesh axis', 'MESH',
                      'Use a whole number of at least 1, or -1 (once) for the remaining devices.')
  unknown = [axis for axis, size in shape.items() if size == -1]
  if len(unknown) > 1:
    raise UserError(f'-1 stands for both {" and ".join(unknown)} in {dict(shape)}', 'MESH',
                    'Only one axis can take the remaining devices: give the others numbers.')


def _examples(devices: int, slices: int) -> str:
  """Meshes that would work, as text for a message."""
  inner = devices // slices
  examples = ["{'data': -1}", "{'fsdp': -1}"]
  if inner % 2 == 0 and inner > 2:
    examples.append(f"{{'fsdp': {inner // 2}, 'tensor': 2}}")
  return ' or '.join(examples)


def _arranged(devices: Sequence[jax.Device], sizes: Sequence[int]) -> np.ndarray:
  """The devices as an array of shape `sizes`; neighbors in it are neighbors on the torus."""
  if devices[0].platform != 'tpu':
    return np.array(devices).reshape(sizes)
  if slice_count(devices) == 1:
    return mesh_utils.create_device_mesh(sizes, devices, allow_split_physical_axes=True)
  # Only 'slice' may cross the slow network between slices; all other axes stay inside of one.
  slices, *within = sizes
  return mesh_utils.create_hybrid_device_mesh(
      (1, *within), (slices, 1, 1, 1), devices, allow_split_physical_axes=True)


def bytes_per_device(devices: Sequence[jax.Device]) -> int:
  """The memory that a device reports; 16 GiB if it reports none."""
  try:
    stats = devices[0].memory_stats() or {}
  except (jax.errors.JaxRuntimeError, NotImplementedError):
    stats = {}  # the chips of a topology description raise here
  return stats.get('bytes_limit', _ASSUMED_BYTES)


def default_mesh(
    state_bytes: int,
    devices: int,
    bytes_per_device: int,
    *,
    rows: int | None = None,
    multiples: Mapping[str, int] | None = None,
    slices: int = 1,
) -> dict[str, int]:
  """The simplest mesh that a model fits into.

  The mesh is data parallel if half of a device's memory holds the whole state. Otherwise 'fsdp'
  divides parameters and optimizer state over as few devices as needed. 'tensor' is used only if
  the number of rows or the widths of the model leave 'fsdp' no size, or none that is enough.

  Args:
    state_bytes: parameters, gradients and optimizer state together.
    devices: their number, over all slices.
    bytes_per_device: memory of one device.
    rows: the rows of a batch (of one part, if gradients are accumulated); None for any number.
    multiples: for 'fsdp' and 'tensor', a number that the size of the axis has to divide.
    slices: how many slices the devices form.

  Returns:
    A size for each mesh axis. If no mesh fits, it is the one that divides the state furthest. If
    no mesh divides the rows, all devices are along 'data', which `check_batch_size` then refuses.
  """
  multiples = {'fsdp': 0, 'tensor': 0} | dict(multiples or {})
  possible = [
      (data, fsdp, tensor)
      for data, fsdp, tensor in _factorings(devices // slices)
      if (rows is None or rows % (slices * data * fsdp) == 0)
      and multiples['fsdp'] % fsdp == 0 and multiples['tensor'] % tensor == 0
  ] or [(devices // slices, 1, 1)]

  # 'tensor' communicates in every layer, so the smallest is best; then the smallest 'fsdp'. Among
  # meshes that do not fit, the one that divides the state furthest comes closest.
  def preference(sizes):
    _, fsdp, tensor = sizes
    fits = state_bytes / (fsdp * tensor) <= _SHARE_FOR_STATE * bytes_per_device
    return (0, tensor, fsdp) if fits else (1, -fsdp * tensor, tensor)

  data, fsdp, tensor = min(possible, key=preference)
  return {'slice': slices, 'data': data, 'fsdp': fsdp, 'tensor': tensor}


def _factorings(n: int) -> Iterator[tuple[int, int, int]]:
  """All (data, fsdp, tensor) whose product is n."""
  for tensor in divisors(n):
    for fsdp in divisors(n // tensor):
      yield n // (tensor * fsdp), fsdp, tensor


def divisors(n: int) -> list[int]:
  """The whole numbers that divide n, in order."""
  return [d for d in range(1, n + 1) if n % d == 0]


def tree_bytes(tree: Any) -> int:
  """Bytes of all arrays of a tree, before they are divided over devices."""
  return sum(math.prod(a.shape) * a.dtype.itemsize for a in jax.tree.leaves(tree))
