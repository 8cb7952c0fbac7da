"""Results as a table for a terminal."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.evaluation.published import ZERO_SHOT

_HEAD = ('dataset', 'n', 'chance', 'mean', 'std', 'stderr', 'best dev',
         'FLAN 137B', 'LaMDA-PT', 'GPT-3')
_OURS = 7  # the first columns are this run's, the others the paper's


def results_table(results: Mapping[str, Any]) -> str:
  """The datasets' and clusters' results, the paper's zero-shot numbers beside them.

  Args:
    results: as `flan_jax.evaluation.protocol.results` makes them.
  """
  rows = [_dataset_row(name, part) for name, d in results['datasets'].items()
          for part in d.get('by_metric', {'': d}).values()]
  rows += [_cluster_row(name, c) for name, c in results['clusters'].items()]
  source = _source(results)
  title = f'Step {results["step"]}, {results["mixture"]}, in per cent; rows of: {source}'
  paper = ('The three columns on the right are the paper\'s zero-shot results on the real '
           'datasets (arXiv 2109.01652), for orientation only.')
  body = align((_HEAD, *rows), bars=(_OURS,))
  lines = [title, '', body, '', paper]
  if left_out := results.get('left_out'):
    lines.append(f'Left out, because no row is there: {", ".join(left_out)}.')
  return '\n'.join(lines)


def _source(results: Mapping[str, Any]) -> str:
  """Whose rows they are. A place is named only where it says more than that they are real."""
  data = results.get('data', '')
  if not results['sample_data']:
    return data or 'real data'
  others = ', '.join(part for part in data.split(', ') if not part.startswith('SAMPLE DATA'))
  return 'SAMPLE DATA, not the real datasets' + (f'; and {others}' if others else '')


def align(rows: Sequence[Sequence[str]], left: int = 1, bars: Sequence[int] = ()) -> str:
  """Rows as aligned columns, with a rule under the head.

  Args:
    rows: the head and the rows, all of one length.
    left: the first columns that are aligned to the left; the others are to the right.
    bars: columns that have a vertical bar before them.
  """
  widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

  def line(row):
    cells = [c.ljust(w) if i < left else c.rjust(w)
             for i, (c, w) in enumerate(zip(row, widths))]
    return '  '.join(('| ' if i in bars else '') + c for i, c in enumerate(cells)).rstrip()

  first, *others = map(line, rows)
  return '\n'.join((first, '-' * len(first), *others))


def _dataset_row(name: str, dataset: Mapping[str, Any]) -> tuple[str, ...]:
  best = dataset['best_dev_template']
  label = name if dataset['metric'].startswith('accuracy') else f'{name} ({dataset["metric"]})'
  published = ZERO_SHOT.get(f'{name} {dataset["metric"]}', ZERO_SHOT.get(name))
  theirs = (published.flan, published.lamda_pt, published.gpt3) if published else (None,) * 3
  return (
      label, str(dataset['n']), _percent(dataset['chance']), _percent(dataset['mean']),
      _percent(dataset['std']), _percent(dataset['stderr']), _percent(best and best['value']),
      *('-' if v is None else f'{v:.1f}' for v in theirs),
  )


def _cluster_row(name: str, cluster: Mapping[str, Any]) -> tuple[str, ...]:
  return (f'mean of {name}', '', _percent(cluster['chance']), _percent(cluster['mean']), '',
          _percent(cluster['stderr']), '', '', '', '')


def _percent(value: float | None) -> str:
  return '-' if value is None else f'{100 * value:.1f}'
