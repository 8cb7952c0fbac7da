"""Compiles a training step ahead of time, for chips that need not be attached."""
from collections.abc import Mapping, Sequence
import dataclasses
import importlib.util
import os
import re
import time
from typing import Any

import jax

from flan_jax import partitioning
from flan_jax.errors import UserError
from flan_jax.partitioning import Layout
from flan_jax.partitioning.chips import Topology
from flan_jax.planning import hlo
from flan_jax.planning.layouts import planned_layout
from flan_jax.training import step as step_lib
from flan_jax.training.config import StepConfig

_NUM_TASKS = 64  # any number: the sums by task are negligible
_OUT_OF_MEMORY = re.compile(
    r'(?:required for .*?\(|[Uu]sed )([\d.]+)([KMGT]?)i?B?\)? (?:exceeds|of)')
_UNITS = {'': 1, 'K': 2**10, 'M': 2**20, 'G': 2**30, 'T': 2**40}


class CompilerFault(UserError):
  """The compiler has failed, without a mistake of the user."""

  exit_code = 1


@dataclasses.dataclass(frozen=True)
class Compiled:
  """The compiler's report about a training step. Bytes are of one device.

  Attributes:
    job: the compiled job.
    topology: the target.
    mesh: size of each mesh axis.
    peak_bytes: arguments, temporaries, and output that does not reuse the arguments' memory. If the
      compiler refused, the memory that it said it would need.
    argument_bytes, temporary_bytes, output_bytes, aliased_bytes: its parts; None if refused.
    compiler_flops: of one device, counted by the compiler, which may count a loop's body only once.
    collectives: the communication between devices.
    seconds_lower, seconds_compile: time taken.
    refused: the compiler's message if the memory is too small; otherwise empty.
  """

  job: StepConfig
  topology: Topology
  mesh: Mapping[str, int]
  peak_bytes: int
  seconds_lower: float
  seconds_compile: float
  argument_bytes: int | None = None
  temporary_bytes: int | None = None
  output_bytes: int | None = None
  aliased_bytes: int | None = None
  compiler_flops: float | None = None
  collectives: Sequence[hlo.Collective] = ()
  refused: str = ''

  @property
  def fits(self) -> bool:
    return not self.refused and self.peak_bytes <= self.topology.chip.hbm_bytes

  def as_json(self) -> dict[str, Any]:
    """The fields that `t5x precompile --json` adds to the object of a plan."""
    return {
        'fits': self.fits,
        'estimated': False,
        'peak_bytes_per_device': self.peak_bytes,
        'argument_bytes_per_device': self.argument_bytes,
        'temporary_bytes_per_device': self.temporary_bytes,
        'output_bytes_per_device': self.output_bytes,
        'aliased_bytes_per_device': self.aliased_bytes,
        'compiler_flops_per_device': self.compiler_flops,
        'collectives': [dataclasses.asdict(c) for c in self.collectives],
        'seconds_lower': self.seconds_lower,
        'seconds_compile': self.seconds_compile,
        'compiler_says': self.refused or None,
    }


def compile_step(job: StepConfig, topology: Topology) -> Compiled:
  """Compiles the step that training would run. Creates no parameters.

  Raises:
    UserError: mesh, rows, lengths or widths do not divide, or the compiler is not installed.
    CompilerFault: the compiler fails for another reason than memory.
  """
  shape = dict(planned_layout(job, topology).mesh.shape)
  layout = Layout(partitioning.make_mesh(shape, devices(topology)), job.rules)
  began = time.monotonic()
  lowered = step_lib.lower_step(job, layout, _NUM_TASKS)
  lowered_at = time.monotonic()
  times = lambda: {'seconds_lower': lowered_at - began,
                   'seconds_compile': time.monotonic() - lowered_at}
  try:
    compiled = lowered.compile()
  except jax.errors.JaxRuntimeError as error:
    if 'RESOURCE_EXHAUSTED' not in str(error):
      raise CompilerFault(_first_sentence(str(error)), f'compiling for {topology.name}',
                          'Another mesh or widths that are multiples of 128 may help.') from error
    return Compiled(job, topology, shape, _needed(str(error), topology),
                    refused=_first_sentence(str(error)), **times())
  seconds = times()
  memory, cost = compiled.memory_analysis(), compiled.cost_analysis() or {}
  fresh_output = memory.output_size_in_bytes - memory.alias_size_in_bytes
  return Compiled(
      job, topology, shape,
      peak_bytes=memory.argument_size_in_bytes + memory.temp_size_in_bytes + fresh_output,
      argument_bytes=memory.argument_size_in_bytes,
      temporary_bytes=memory.temp_size_in_bytes,
      output_bytes=memory.output_size_in_bytes,
      aliased_bytes=memory.alias_size_in_bytes,
      compiler_flops=cost.get('flops'),
      collectives=hlo.collectives(compiled.as_text(), layout.mesh),
      **seconds)


def devices(topology: Topology) -> list[jax.Device]:
  """Descriptions of a topology's devices; CPU devices are simulated.

  Raises:
    UserError: libtpu is not installed, or does not know the topology.
  """
  if topology.is_cpu:
    return _cpu_devices(topology.devices)
  if importlib.util.find_spec('libtpu') is None:
    raise UserError('compiling for TPUs needs libtpu', f'--topology={topology.name}',
                    "Run pip install 'flan-jax[tpu]' or pip install libtpu; t5x plan works without "
                    'it.')
  from jax.experimental import topologies

  # Keeps libtpu from claiming a TPU of this machine.
  os.environ.setdefault('TPU_SKIP_MDS_QUERY', '1')
  os.environ.setdefault('ALLOW_MULTIPLE_LIBTPU_LOAD', '1')
  settings = dict(topology.chip.settings)
  if topology.slices > 1:
    settings['num_slices'] = topology.slices
  try:
    described = topologies.get_topology_desc(
        platform='tpu', topology_name=topology.name, **settings)
  except jax.errors.JaxRuntimeError as error:
    raise UserError(f'libtpu does not know this topology: {_first_sentence(str(error))}',
                    f'--topology={topology.name}',
                    'Use the size of an existing slice, such as 2x2, 4x4 or 2x2x4.') from error
  return list(described.devices)


def start_jax(topology: Topology) -> None:
  """Starts JAX on the CPU, with as many devices as a CPU topology simulates."""
  jax.config.update('jax_platforms', 'cpu')
  try:
    jax.config.update('jax_num_cpu_devices', topology.devices if topology.is_cpu else 1)
  except RuntimeError:
    pass  # JAX has started already; `devices` reports too few devices.


def _cpu_devices(count: int) -> list[jax.Device]:
  found = jax.devices('cpu')
  if len(found) < count:
    raise UserError(f'JAX has started with {len(found)} CPU devices, not {count}',
                    f'--topology=cpu:{count}', 'Start a new process for it.')
  return found[:count]


def _needed(message: str, topology: Topology) -> int:
  """The bytes that the compiler says it would need; in any case more than there are."""
  match = _OUT_OF_MEMORY.search(message)
  # 'Total memory required for HLO temporaries' includes the arguments: it equals the total of the
  # compiler's own memory report.
  size = int(float(match[1]) * _UNITS[match[2]]) if match else 0
  return max(size, topology.chip.hbm_bytes + 1)


def _first_sentence(message: str) -> str:
  return message.splitlines()[0].split('. HLO module')[0]
