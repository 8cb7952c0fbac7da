"""Chips and their published peak figures, and topologies such as `--topology=v4:4x4x4`."""
from collections.abc import Iterable
import dataclasses
import math
import os
import re

import jax

from flan_jax.errors import UserError, nearest
from flan_jax.partitioning.mesh import bytes_per_device

GIB = 2**30


@dataclasses.dataclass(frozen=True)
class Chip:
  """Published figures of one chip.

  Attributes:
    name: as in a topology.
    hbm_bytes: memory that a program can use, according to libtpu's compiler; a little less than
      advertised.
    flops_per_second: peak of bfloat16 matrix products.
    hbm_bytes_per_second: bandwidth of the memory.
    ici_bytes_per_second: bandwidth to its neighbors, over all links in one direction.
    dimensions: of the torus.
    kinds: prefixes of JAX's `device_kind` for it.
    settings: options for libtpu's topology description: v4's two cores act as one device.
  """

  name: str
  hbm_bytes: int
  flops_per_second: float
  hbm_bytes_per_second: float
  ici_bytes_per_second: float
  dimensions: int
  kinds: tuple[str, ...] = ()
  settings: tuple[tuple[str, str], ...] = ()


# Google's documentation of Cloud TPU (docs.cloud.google.com/tpu/docs/v4, v5e, v5p, v6e; the peaks
# are of dense products), and for the links 'How to Scale Your Model'
# (jax-ml.github.io/scaling-book/tpus): 45 or 90 GB/s each way and link, two links for each
# dimension of the torus.
CHIPS = {
    chip.name: chip for chip in (
        Chip('v4', int(30.75 * GIB), 275e12, 1.2e12, 6 * 45e9, 3, ('TPU v4',),
             settings=(('chip_config_name', 'megacore'),)),
        Chip('v5e', int(15.75 * GIB), 197e12, 0.819e12, 4 * 45e9, 2,
             ('TPU v5 lite', 'TPU v5e')),
        Chip('v5p', int(95.73 * GIB), 459e12, 2.765e12, 6 * 90e9, 3, ('TPU v5p',)),
        Chip('v6e', int(31.24 * GIB), 918e12, 1.638e12, 4 * 90e9, 2,
             ('TPU v6 lite', 'TPU v6e')),
    )
}
# GPUs can be trained on but not planned for. Prefixes of JAX's `device_kind`, and peaks from
# NVIDIA's data sheets of A100, H100 and H200, SXM form, without sparsity.
_GPU_PEAKS = {'NVIDIA A100': 312e12, 'NVIDIA H100 80GB HBM3': 989e12, 'NVIDIA H200': 989e12}
# Between slices, for each chip. Assumed: 200 Gbit/s for a host with four chips.
DCN_BYTES_PER_SECOND = 6.25e9
# Assumed figures of a CPU core. They only serve to compare meshes.
_CPU = {'flops_per_second': 1e11, 'hbm_bytes_per_second': 1e10, 'ici_bytes_per_second': 1e10}


@dataclasses.dataclass(frozen=True)
class Topology:
  """Devices to run on: `shape` chips in each of `slices` slices."""

  chip: Chip
  shape: tuple[int, ...]
  slices: int = 1

  @property
  def devices(self) -> int:
    """The number of devices, in all slices."""
    return math.prod(self.shape) * self.slices

  @property
  def is_cpu(self) -> bool:
    """Whether the devices are simulated on this machine's CPU."""
    return self.chip.name == 'cpu'

  @property
  def name(self) -> str:
    """The topology in the user's form, without the slices."""
    return f'{self.chip.name}:{"x".join(map(str, self.shape))}'


def parse(text: str, slices: int = 1) -> Topology:
  """The topology of a text such as 'v5e:4x4', 'v4:4x4x4' or 'cpu:8'.

  Raises:
    UserError: the chip is unknown, or the shape does not fit its torus.
  """
  name, _, sizes = text.partition(':')
  if name not in (*CHIPS, 'cpu'):
    raise UserError(f'there is no chip {name!r}', f'--topology={text}', _known(name))
  if not re.fullmatch(r'[1-9]\d*(x[1-9]\d*)*', sizes):
    raise UserError(f'{sizes!r} is not a shape', f'--topology={text}', _known(name))
  shape = tuple(map(int, sizes.split('x')))
  if slices < 1 or (slices > 1 and name == 'cpu'):
    raise UserError(f'there cannot be {slices} slices of {text}', '--slices',
                    'Use 1 or more for TPUs, 1 for cpu.')
  if name == 'cpu':
    return Topology(_cpu(math.prod(shape)), (math.prod(shape),))
  chip = CHIPS[name]
  if len(shape) != chip.dimensions:
    raise UserError(f'{name} is a torus of {chip.dimensions} dimensions, not {len(shape)}',
                    f'--topology={text}', _known(name))
  return Topology(chip, shape, slices)


def here() -> Topology:
  """The devices of this run: their number and memory. Their speeds count as unknown."""
  devices = jax.devices()
  chip = Chip(devices[0].device_kind, bytes_per_device(devices), dimensions=1, **_CPU)
  return Topology(chip, (len(devices),))


def peak_flops(devices: Iterable[jax.Device]) -> float | None:
  """The peak FLOPs a second of all devices together; None if the kind of one is unknown.

  Slower forms of a chip (H100 PCIe) are unknown, as is 'TPU v4 lite', an inference chip.
  """
  peaks = [_peak(device.device_kind) for device in devices]
  return None if None in peaks else sum(peaks)


def _peak(kind: str) -> float | None:
  if kind == 'TPU v5':  # the name of v5p in earlier versions of libtpu
    return CHIPS['v5p'].flops_per_second
  if kind.startswith('TPU v4 lite'):
    return None
  peaks = {begin: chip.flops_per_second for chip in CHIPS.values() for begin in chip.kinds}
  return next((peak for begin, peak in (peaks | _GPU_PEAKS).items() if kind.startswith(begin)),
              None)


def _cpu(devices: int) -> Chip:
  memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
  return Chip('cpu', memory // devices, dimensions=1, **_CPU)


def _known(name: str) -> str:
  near = nearest(name, (*CHIPS, 'cpu')) if name not in (*CHIPS, 'cpu') else ''
  return f'{near} Write v4:4x4x4, v5p:4x4x4, v5e:4x4, v6e:4x4 (any such sizes) or cpu:8.'.strip()
