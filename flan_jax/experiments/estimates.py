"""How long the runs of a plan will take."""
import time
from typing import Any

from flan_jax.experiments import directories
from flan_jax.experiments.directories import Plan

_START_SECONDS = 40  # imports, compilation, the vocabulary
_SHARE = 0.3         # of the speed of a large matrix product, that a small model reaches
_SIZE = 1024


def rows(plan: Plan, output_dir: str) -> tuple[list[dict[str, Any]], str]:
  """The points of a plan with estimated seconds, and where the estimate is from.

  Finished runs of the sweep tell the speed. Without one, it is measured with a matrix product.
  """
  finished = {r.directory: directories.is_finished(output_dir, r) for r in plan.runs}
  took = [(directories.record(output_dir, r.directory)['seconds'], r.flops)
          for r in plan.runs if finished[r.directory]]
  took = [(seconds, flops) for seconds, flops in took if seconds]
  if took:
    each = sum(seconds for seconds, _ in took) / sum(flops for _, flops in took)
    source = f'times from {len(took)} finished runs, by the arithmetic of t5x plan'
    estimate = lambda run: each * run.flops
  else:
    speed = _SHARE * _measured_speed()
    source = ('times by the arithmetic of t5x plan and a matrix product on this machine, right '
              'within a factor of three; preparing data for the first time comes on top')
    estimate = lambda run: _START_SECONDS + run.flops / speed
  seconds = {r.directory: 0.0 if finished[r.directory] else round(estimate(r), 1)
             for r in plan.runs}
  found = [{'experiment': p.experiment, 'point': dict(p.labels), 'seed': p.seed,
            'run': p.directory, 'finished': finished[p.directory],
            'seconds': seconds[p.directory]} for p in plan.points]
  shown = {p.directory for p in plan.points}
  bases = [{'experiment': '(base)', 'point': {}, 'seed': int(r.settings['RANDOM_SEED']),
            'run': r.directory, 'finished': finished[r.directory],
            'seconds': seconds[r.directory]} for r in plan.runs if r.directory not in shown]
  return [*bases, *found], source


def _measured_speed() -> float:
  """FLOPs a second of a float32 matrix product on the devices."""
  import jax
  import jax.numpy as jnp

  square = jnp.ones((_SIZE, _SIZE))
  product = jax.jit(lambda a: a @ a)
  product(square).block_until_ready()
  began, times = time.monotonic(), 0
  while time.monotonic() - began < 0.2:
    product(square).block_until_ready()
    times += 1
  return times * 2 * _SIZE**3 / (time.monotonic() - began)
