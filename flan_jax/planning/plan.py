"""Plans: what a job needs on a topology, by arithmetic alone, and the best mesh for it."""
from collections.abc import Iterator, Mapping
import dataclasses
from typing import Any

from flan_jax.errors import UserError
from flan_jax.partitioning import chips
from flan_jax.partitioning import mesh as mesh_lib
from flan_jax.partitioning.chips import Topology
from flan_jax.planning import arithmetic
from flan_jax.planning import memory as memory_lib
from flan_jax.planning.layouts import planned_layout
from flan_jax.training.config import StepConfig


@dataclasses.dataclass(frozen=True)
class Plan:
  """What a job needs on a topology. Bytes are of one device, FLOPs of one step over all devices.

  Attributes:
    job: the planned job.
    topology: the devices.
    mesh: size of each mesh axis.
    parameters: number of the model's parameters.
    memory: bytes on a device.
    flops: of a step.
    collective_bytes: bytes that a device sends along each mesh axis in a step.
    seconds: lower bounds from the chip's published figures: for computing, for memory traffic, and
      for communication along each axis.
  """

  job: StepConfig
  topology: Topology
  mesh: Mapping[str, int]
  parameters: int
  memory: memory_lib.Memory
  flops: arithmetic.Flops
  collective_bytes: Mapping[str, int]
  seconds: Mapping[str, float]

  @property
  def fits(self) -> bool:
    """Whether the estimate is within the memory of a device."""
    return self.memory.total <= self.topology.chip.hbm_bytes

  @property
  def seconds_per_step(self) -> float:
    """An estimate: the largest of the lower bounds, as if the others fully overlapped with it."""
    return max(self.seconds.values())

  def as_json(self) -> dict[str, Any]:
    """The documented object of `t5x plan --json`."""
    return {
        'fits': self.fits,
        'estimated': True,
        'topology': self.topology.name,
        'devices': self.topology.devices,
        'batch_size': self.job.batch_size,
        'lengths': dict(self.job.lengths),
        'remat': self.job.model.remat,
        'mesh': dict(self.mesh),
        'parameters': self.parameters,
        'peak_bytes_per_device': self.memory.total,
        'hbm_bytes_per_device': self.topology.chip.hbm_bytes,
        'bytes_per_device': {name: size for name, size in dataclasses.asdict(self.memory).items()
                             if name != 'loading'},
        'loading_bytes_per_device': self.memory.loading,
        'flops_per_step': self.flops.total,
        'flops_per_token': self.flops.total / self.job.tokens,
        'flops': dataclasses.asdict(self.flops),
        'tokens_per_step': self.job.tokens,
        'collective_bytes_by_axis': dict(self.collective_bytes),
        'seconds_per_step_estimate': self.seconds_per_step,
        'seconds_estimate_by_part': dict(self.seconds),
    }


def plan(job: StepConfig, topology: Topology) -> Plan:
  """Plans a job on a topology. Compiles nothing and needs no such chip.

  Raises:
    UserError: mesh, rows, lengths or widths do not divide.
  """
  layout = planned_layout(job, topology)
  memory = memory_lib.memory(job, layout, topology.chip.hbm_bytes)
  flops = arithmetic.flops(job)
  sent = arithmetic.collective_bytes(job, layout)
  return Plan(
      job=job, topology=topology, mesh=dict(layout.mesh.shape), memory=memory, flops=flops,
      parameters=arithmetic.count(job), collective_bytes=sent,
      seconds=_roofline(job, topology, layout, memory, flops, sent))


def _roofline(job, topology, layout, memory, flops, sent) -> dict[str, float]:
  """Lower bounds of a step's time.

  State is read and written once, gradients are written and read, a layer's parameters are read in
  each pass, and activations move `moved_bytes`. The axes in use share the links evenly.
  """
  chip = topology.chip
  moved = memory_lib.moved_bytes(job, layout) + 2 * (
      memory.parameters + memory.optimizer + memory.gradients) + (
      3 * job.accumulation * memory.parameters)
  inside = [axis for axis in sent if axis != 'slice']
  seconds = {
      'compute': flops.total / topology.devices / chip.flops_per_second,
      'memory': moved / chip.hbm_bytes_per_second,
  }
  for axis in sent:
    rate = chips.DCN_BYTES_PER_SECOND if axis == 'slice' else (
        chip.ici_bytes_per_second / len(inside))
    seconds[axis] = sent[axis] / rate
  return seconds


def search(job: StepConfig, topology: Topology) -> list[Plan]:
  """Plans for every mesh that divides the job: those that fit come first, then the fastest."""
  plans = []
  for mesh in _meshes(topology):
    try:
      plans.append(plan(dataclasses.replace(job, mesh=mesh), topology))
    except UserError:  # a size does not divide over this mesh
      continue
  if not plans:
    raise UserError(f'no mesh of {topology.devices} devices divides {job.batch_size} rows',
                    'BATCH_SIZE', 'Use a multiple of a number that divides the devices.')
  return sorted(
      plans, key=lambda p: (not p.fits, p.seconds_per_step, sum(p.seconds.values())))


def _meshes(topology: Topology) -> Iterator[dict[str, int]]:
  inside = topology.devices // topology.slices
  for tensor in mesh_lib.divisors(inside):
    for fsdp in mesh_lib.divisors(inside // tensor):
      yield {'slice': topology.slices, 'data': inside // tensor // fsdp, 'fsdp': fsdp,
             'tensor': tensor}
