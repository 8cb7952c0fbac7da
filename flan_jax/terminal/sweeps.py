"""What `t5x sweep` shows: its plan, its progress and its results."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.terminal import screen
from flan_jax.terminal.tables import table
from flan_jax.terminal.words import clock, counted


def plan_table(rows: Sequence[Mapping[str, Any]], estimated: str) -> str:
  """The points of a sweep.

  Args:
    rows: with 'experiment', 'point' (labels), 'seed', 'run', 'finished' and 'seconds'.
    estimated: where the times are from.
  """
  cells = [('experiment', 'point', 'seed', 'estimated')]
  seen = set()
  for row in rows:
    shared = row['run'] in seen
    seen.add(row['run'])
    time = 'done' if row['finished'] else 'shared' if shared else clock(row['seconds'])
    cells.append((row['experiment'], labels(row['point']), str(row['seed']), time))
  left = {row['run']: row['seconds'] for row in rows if not row['finished']}
  total = f'{counted(len(left), "run")} to do, about {clock(sum(left.values()))}'
  return f'{table(cells, left=2)}\n\n{screen.wrapped([f"{total}; {estimated}"])}'


def results_table(rows: Sequence[Mapping[str, Any]]) -> str:
  """The results of a sweep, in percent.

  Args:
    rows: with 'experiment', 'point', 'cluster', 'seeds', 'mean', 'stderr' and 'chance'; a point
      without results has no cluster.
  """
  head = ('experiment', 'point', 'cluster', 'seeds', 'mean', 'stderr', 'chance')
  cells = [(row['experiment'], labels(row['point']), row['cluster'] or 'missing',
            str(row['seeds']), *(_percent(row[k]) for k in ('mean', 'stderr', 'chance')))
           for row in rows]
  return table([head, *cells], left=3, wraps=(1,))


def event_line(number: int, total: int, run: str, kind: str, seconds: float, why: str) -> str:
  """A line about a run that begins or ends."""
  said = {'begins': 'begins', 'ends': f'done in {clock(seconds)}',
          'fails': f'FAILED ({why})', 'skipped': f'not run: {why}'}[kind]
  return f'[{number}/{total}] {run}: {said}'


def labels(point: Mapping[str, Any]) -> str:
  """Labels as people read them."""
  return ', '.join(f'{label} {value}' for label, value in point.items())


def _percent(value: float | None) -> str:
  return '-' if value is None else f'{100 * value:.1f}'
