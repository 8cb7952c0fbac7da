"""Tables of plans and of the compiler's results."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.partitioning.chips import GIB
from flan_jax.planning.compiled import Compiled
from flan_jax.planning.plan import Plan
from flan_jax.terminal import screen
from flan_jax.terminal.tables import table

_LABEL = ' ' * 10  # as wide as the labels at the start of lines


def plan_table(plan: Plan) -> str:
  """A plan as lines with labels."""
  job, memory, flops = plan.job, plan.memory, plan.flops
  chip = plan.topology.chip
  rows = (
      ('parameters', memory.parameters, 'exact'),
      ('optimizer', memory.optimizer, 'exact'),
      ('gradients', memory.gradients, 'exact'),
      ('activations', memory.activations, 'estimate'),
      ('loading', memory.loading, 'before the first step: the state and a checkpoint'),
      ('at most', memory.total, f'of {chip.hbm_bytes / GIB:.2f}: {_verdict(plan.fits)}'),
  )
  return screen.wrapped((
      f'Model     {_billions(plan.parameters)} parameters, '
      f'{"scanned, " if job.model.scan_layers else ""}remat {job.model.remat}, {job.model.dtype}',
      f'Batch     {job.batch_size} rows of {job.lengths["inputs"]} + {job.lengths["targets"]} '
      f'tokens{f" in {job.accumulation} parts" if job.accumulation > 1 else ""}',
      f'Topology  {plan.topology.name}, {plan.topology.devices} devices of '
      f'{chip.hbm_bytes / GIB:.2f} GiB',
      f'Mesh      {mesh_text(plan.mesh)}',
      '',
      'GiB on a device',
      *(f'  {name:<12}{size / GIB:>8.2f}  {note}' for name, size, note in rows),
      '',
      f'FLOPs     {flops.total:.3e} a step, {flops.total / job.tokens:.3e} a token (forward '
      f'{flops.forward:.2e}, backward {flops.backward:.2e}, again {flops.recomputed:.2e})',
      f'Sent      {_by_axis(plan.collective_bytes)}',
      f'Time      at least {plan.seconds_per_step:.3g} s a step, an estimate from the published '
      f'figures of {chip.name}: ' + ', '.join(f'{k} {v:.2g} s' for k, v in plan.seconds.items()),
  ), _LABEL)


def compiled_table(compiled: Compiled) -> str:
  """The compiler's memory and communication, as lines with labels."""
  hbm = compiled.topology.chip.hbm_bytes / GIB
  took = f'lowered in {compiled.seconds_lower:.0f} s, compiled in {compiled.seconds_compile:.0f} s'
  peak = f'{compiled.peak_bytes / GIB:.2f} of {hbm:.2f} GiB: {_verdict(compiled.fits)}'
  if compiled.refused:
    lines = (f'Compiler  {compiled.refused}', f'{_LABEL}needs {peak}; {took}')
    return screen.wrapped(lines, _LABEL)
  parts = ', '.join(f'{name} {size / GIB:.2f}' for name, size in (
      ('arguments', compiled.argument_bytes), ('temporaries', compiled.temporary_bytes),
      ('output', compiled.output_bytes), ('in the arguments\' place', compiled.aliased_bytes)))
  return screen.wrapped((
      f'Compiler  {parts} GiB; {took}',
      f'Peak      {peak}',
      'Sent      by a device in a step, by kind and mesh axis:',
      *(f'  {c.kind:<20}{c.axes:<14}{c.count:>6} times{c.bytes / GIB:>10.3f} GiB'
        for c in compiled.collectives),
  ), _LABEL)


def search_table(plans: Sequence[Plan]) -> str:
  """A table of plans for several meshes, in the given order."""
  head = ('mesh', 'GiB', 'fits', 's/step', 'waits for')
  rows = [
      (mesh_text(plan.mesh), f'{plan.memory.total / GIB:.2f}', 'yes' if plan.fits else 'no',
       f'{plan.seconds_per_step:.3g}', max(plan.seconds, key=plan.seconds.get)) for plan in plans]
  return '\n\n'.join((
      table((head, *rows)),
      screen.wrapped(['All estimates: memory by formula, time from published figures.'])))


def remedy_text(found: Mapping[str, Any], what: str) -> str:
  """What would make a job fit. A line break if it fits already.

  Args:
    found: from `commands.plan.remedy`; empty if the job fits.
    what: how the remedy was found, such as 'compiles and fits'.
  """
  if not found:
    return '\n'
  if found['would_fit_with']:
    peak = found['would_fit']['peak_bytes_per_device'] / GIB
    return f'\nRemedy    {"; ".join(found["would_fit_with"])}: {what}, at {peak:.2f} GiB.\n'
  if found['would_fit_on']:
    return (f'\nRemedy    no setting is enough; it would fit on {found["would_fit_on"]}, by '
            'arithmetic.\n')
  return '\nRemedy    none found: a smaller model, shorter rows, or another kind of chip.\n'


def mesh_text(mesh: Mapping[str, int]) -> str:
  """The mesh axes larger than 1, such as 'fsdp=8, tensor=2'."""
  return ', '.join(f'{axis}={n}' for axis, n in mesh.items() if n > 1) or 'data=1'


def _by_axis(sent: Mapping[str, int]) -> str:
  parts = ', '.join(f'{size / GIB:.2f} GiB along {axis}' for axis, size in sent.items())
  return f'{parts} by each device a step (formula)' if sent else 'nothing'


def _billions(count: int) -> str:
  return f'{count / 1e9:.1f} billion' if count >= 1e9 else f'{count / 1e6:.1f} million'


def _verdict(fits: bool) -> str:
  return 'fits' if fits else 'does not fit'
