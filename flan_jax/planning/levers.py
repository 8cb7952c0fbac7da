"""Changes that may make a job fit into memory, tried one after the other."""
from collections.abc import Callable, Iterator
import dataclasses
from typing import Any

from flan_jax import partitioning
from flan_jax.errors import UserError
from flan_jax.partitioning.chips import Topology
from flan_jax.planning import plan as plan_lib
from flan_jax.planning.layouts import planned_layout
from flan_jax.training.config import StepConfig


@dataclasses.dataclass(frozen=True)
class Lever:
  """A change that saves memory, in addition to the changes before it.

  Attributes:
    setting: the change as a line of a gin file.
    job: the job with this change and the ones before.
  """

  setting: str
  job: StepConfig


def levers(job: StepConfig, topology: Topology) -> Iterator[Lever]:
  """Changes that save memory, the cheapest in time first. Each includes the ones before."""
  if job.model.remat != 'full':
    job = _with_model(job, remat='full')
    yield Lever("REMAT = 'full'", job)
  if not job.model.scan_layers:
    job = _with_model(job, scan_layers=True)
    yield Lever('SCAN_LAYERS = True', job)
  mesh = _leanest_mesh(job, topology)
  if mesh and mesh != dict(planned_layout(job, topology).mesh.shape):
    job = dataclasses.replace(job, mesh=mesh)
    yield Lever(f'MESH = { {a: n for a, n in mesh.items() if n > 1} }', job)
  yield from _fewer_rows(job, topology)


def _with_model(job: StepConfig, **changes: Any) -> StepConfig:
  return dataclasses.replace(job, model=dataclasses.replace(job.model, **changes))


def _leanest_mesh(job: StepConfig, topology: Topology) -> dict[str, int] | None:
  """The mesh that needs the least memory on a device, by arithmetic; None if no mesh works."""
  try:
    plans = plan_lib.search(job, topology)
  except UserError:
    return None
  return dict(min(plans, key=lambda p: p.memory.total).mesh)


def _fewer_rows(job: StepConfig, topology: Topology) -> Iterator[Lever]:
  """First the same batch in more parts, then a smaller batch."""
  layout = planned_layout(job, topology)
  ways = layout.ways(partitioning.DATA_AXES)
  job = dataclasses.replace(job, mesh=dict(layout.mesh.shape))
  parts = job.accumulation * 2
  while job.batch_size % (parts * ways) == 0:
    yield Lever(f'GRADIENT_ACCUMULATION = {parts}', dataclasses.replace(job, accumulation=parts))
    parts *= 2
  # Accumulation keeps a second copy of the gradients. A batch of one row for each device
  # needs none, so it may fit even if no number of parts did.
  if job.batch_size > ways:
    yield Lever(f'BATCH_SIZE = {ways}',
                dataclasses.replace(job, batch_size=ways, accumulation=1))


def first_lever(job: StepConfig, topology: Topology) -> str:
  """The first setting that saves memory; '' if none is left."""
  return next((lever.setting for lever in levers(job, topology)), '')


def first_that_fits(
    job: StepConfig, topology: Topology, attempt: Callable[[StepConfig, Topology], Any],
    trying: Callable[[Lever], None] = lambda lever: None,
) -> tuple[list[str], Any]:
  """Applies one lever after the other until the job fits.

  Args:
    job: the job that does not fit.
    topology: the chips that it does not fit on.
    attempt: a function that returns an object with `fits`, such as `compile_step` or `plan`.
    trying: called before each attempt.

  Returns:
    The settings that together make the job fit, and the result of the attempt; ([], None) if the
    job does not fit with all of them.
  """
  pulled = {}
  for lever in levers(job, topology):
    name = lever.setting.split(' = ')[0]
    pulled[name] = lever.setting
    if name == 'BATCH_SIZE':  # this lever undoes the accumulation
      pulled.pop('GRADIENT_ACCUMULATION', None)
    # An attempt may compile for minutes. It is pointless if the state alone is too large.
    if _state_alone_is_too_much(lever.job, topology):
      continue
    trying(lever)
    outcome = attempt(lever.job, topology)
    if outcome.fits:
      return list(pulled.values()), outcome
  return [], None


def _state_alone_is_too_much(job: StepConfig, topology: Topology) -> bool:
  memory = plan_lib.plan(job, topology).memory
  return max(memory.step - memory.activations, memory.loading) > topology.chip.hbm_bytes


def enough_chips(job: StepConfig, topology: Topology, at_most: int = 16384) -> Topology | None:
  """The smallest larger topology on which some mesh fits the job, by arithmetic; else None."""
  while topology.devices < at_most:
    shape = list(topology.shape)
    smallest = shape.index(min(shape))
    shape[smallest] *= 2
    topology = dataclasses.replace(topology, shape=tuple(shape))
    try:
      if plan_lib.search(dataclasses.replace(job, mesh=None), topology)[0].fits:
        return topology
    except UserError:  # The rows do not divide over so many devices, nor over any larger number.
      return None
  return None
