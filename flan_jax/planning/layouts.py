"""Layouts of training on devices that are not attached."""
import dataclasses

from flan_jax import partitioning
from flan_jax.partitioning import Layout
from flan_jax.partitioning.chips import Topology
from flan_jax.training import state as state_lib
from flan_jax.training.config import StepConfig


@dataclasses.dataclass(frozen=True)
class PlannedDevice:
  """A placeholder for a device that is not attached. Sufficient to make shardings."""

  id: int
  bytes_limit: int
  platform: str = 'planned'
  process_index: int = 0

  def memory_stats(self) -> dict[str, int]:
    return {'bytes_limit': self.bytes_limit}


def planned_layout(job: StepConfig, topology: Topology) -> Layout:
  """The layout that training would use on the topology.

  Raises:
    UserError: the mesh does not match the devices, or rows, lengths or widths do not divide.
  """
  devices = [PlannedDevice(i, topology.chip.hbm_bytes) for i in range(topology.devices)]
  shape = job.mesh
  if shape is None:
    one_slice = devices[: topology.devices // topology.slices]
    chosen = state_lib.layout_for(job, one_slice, topology.slices)
    shape = {**chosen.mesh.shape, 'slice': topology.slices}
  layout = Layout(partitioning.make_mesh(shape, devices), job.rules)
  job.check(layout)
  return layout
