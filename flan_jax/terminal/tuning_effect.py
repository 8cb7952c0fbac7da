"""The results before and after tuning side by side, and what they show in one sentence."""
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flan_jax.terminal.words import counted

HEAD = ('baseline', 'before', 'after', 'change', '95 % interval')


def columns(results: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
  """Cells in the order of `HEAD`, for each dataset and then each cluster of the results.

  A dataset with several headlines gets a row for each; they share its numbers before tuning.
  """
  before = results['before']
  for name, dataset in results['datasets'].items():
    for _ in dataset.get('by_metric', {'': dataset}):
      yield _cells(before['datasets'].get(name), dataset)
  for name, cluster in results['clusters'].items():
    yield _cells(before['clusters'].get(name), cluster)


def remarks(results: Mapping[str, Any]) -> Iterator[str]:
  """What the columns are, and for each cluster what was shown."""
  yield ('baseline: before tuning, asked with the baseline prompts; before: with the templates; '
         'change: after - before, with its 95 % interval; \u00b1: standard error.')
  yield ''
  before = results['before']
  for name, then in before['clusters'].items():
    if then['interval']:
      yield from (_shown(name, results['clusters'][name], then, before['tuned_on']), '')


def before_tuning(results: Mapping[str, Any]) -> Iterator[str]:
  """A line for each cluster about results at step 0, in percent."""
  for name, cluster in results['clusters'].items():
    scale = 1 if cluster['as_given'] else 100
    chance = cluster['chance']
    yield (f'Before tuning, {name}: {_value(cluster, scale)} with templates, '
           f'{_value(cluster.get("baseline"), scale)} with baseline prompts'
           + (f', {scale * chance:.1f} by chance.' if chance is not None else '.'))


def _cells(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> tuple[str, ...]:
  scale = 1 if now['as_given'] else 100
  if then is None:
    return '-', '-', _value(now, scale), '-', '-'
  change, interval = then['change'], then['interval']
  return (_value(then['baseline'], scale), _value(then['templates'], scale), _value(now, scale),
          '-' if change is None else f'{scale * change:+z.1f}',
          f'{scale * interval[0]:z.1f} to {scale * interval[1]:z.1f}' if interval else '-')


def _value(numbers: Mapping[str, Any] | None, scale: float) -> str:
  if not numbers or numbers['mean'] is None:
    return '-'
  error = numbers['stderr']
  return f'{scale * numbers["mean"]:.1f}' + ('' if error is None else f'\u00b1{scale * error:.1f}')


def _shown(name: str, now, then, tuned_on) -> str:
  """One sentence on what was shown about a cluster, and one on the baseline prompts."""
  low, high = then['interval']
  kind = 'cluster' if name in tuned_on['clusters'] else 'other cluster'
  done = (f'Tuned on {counted(tuned_on["tasks"], "task")} of '
          f'{counted(len(tuned_on["clusters"]), kind)}')
  spread = f'95 % interval {_points(low)} to {_points(high)}'
  if low <= 0 <= high:
    said = (f'No effect of tuning on {name} is shown: the change is {_points(then["change"], "+")} '
            f'points, and its {spread} includes 0.')
  else:
    better = 'better' if low > 0 else 'worse'
    said = (f'{done}, the model answers {name} {_points(abs(then["change"]))} points {better} than '
            f'before ({spread}).')
  return ' '.join((said, *_against_chance(now), *_against_baseline(then)))


def _against_chance(now: Mapping[str, Any]) -> Sequence[str]:
  chance, error = now['chance'], now['stderr']
  if chance is None or not error:
    return ()
  above = now['mean'] - chance
  side = 'above' if above >= 0 else 'below'
  return (f'It is {_points(abs(above))} points {side} chance ({abs(above) / error:.1f} standard '
          'errors).',)


def _against_baseline(then: Mapping[str, Any]) -> Sequence[str]:
  if not then['interval_from_baseline']:
    return ()
  low, high = then['interval_from_baseline']
  change = _points(then['change_from_baseline'], '+')
  return (f'Against the baseline prompts, the change is {change} points '
          f'({_points(low)} to {_points(high)}).',)


def _points(value: float, sign: str = '') -> str:
  return f'{100 * value:{sign}z.1f}'
