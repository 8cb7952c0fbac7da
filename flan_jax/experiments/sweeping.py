"""A whole sweep as a Python call."""
from collections.abc import Callable
from typing import Any

from flan_jax.experiments import directories, gathering, plan, running
from flan_jax.experiments.declared import Sweep
from flan_jax.experiments.plan import ForAll


def sweep(
    sweep: Sweep, output_dir: str, jobs: int = 1, for_all: ForAll = ForAll(),
    tell: Callable[[running.Event], None] = lambda event: None,
) -> list[dict[str, Any]]:
  """Runs what is not finished, gathers the results and draws the figures, as `t5x sweep` does.

  The points are checked in this process, which takes its devices. Where a device serves one process
  only, use the command.

  Args:
    sweep: the experiments.
    output_dir: where runs, `results.jsonl` and figures are written.
    jobs: how many runs at the same time.
    for_all: what applies to every run.
    tell: called with each event of a run.

  Returns:
    The lines of `results.jsonl`. Runs that have failed have none; `tell` hears of them.

  Raises:
    UserError: a point cannot run, or another sweep is writing to `output_dir`.
  """
  claimed = running.claim(output_dir)
  try:
    made = plan.make(sweep, output_dir, for_all)
    directories.remember(output_dir, made)
    for event in running.run(made, output_dir, jobs):
      tell(event)
    lines = gathering.gather(sweep, output_dir)
    gathering.draw_all(sweep, lines, output_dir)
  finally:
    claimed.release()
  return lines
