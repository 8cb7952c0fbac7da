"""The results of an evaluation as a table."""
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flan_jax.evaluation.published import ZERO_SHOT
from flan_jax.terminal import screen, tuning_effect
from flan_jax.terminal.tables import table

_HEAD = ('dataset', 'split', 'n', 'chance', 'mean', 'std', 'stderr', 'best dev',
         'FLAN 137B', 'LaMDA-PT', 'GPT-3')
_BASELINE = ('baseline', 'stderr')  # columns for the baseline prompts, where they were asked
_LEFT = 2  # columns of text
_OURS = 8  # the first columns are results of this run, the others of the paper
_KNOWN = 4  # the columns before those of results
_PAPER = ('The {} on the right {} the paper\'s zero-shot results on the real datasets (arXiv '
          '2109.01652), for orientation only.')
_SHOWN = 10  # lines about problems, at most


def evaluation_report(results: Mapping[str, Any], folder: Any) -> str:
  """The table of results, counts of prompts cut, left out or tied, and the folder of the results.

  Args:
    results: from `flan_jax.evaluation.protocol.results`.
    folder: of results.json and the predictions.
  """
  return '\n'.join((
      results_table(results), screen.wrapped([
          *_counts(results), *_shots(results),
          f'Results: {folder}/results.json; predictions: {folder}/predictions/'])))


def results_table(results: Mapping[str, Any]) -> str:
  """The results of datasets and clusters, beside the paper's zero-shot numbers if it has any.

  Args:
    results: from `flan_jax.evaluation.protocol.results`.
  """
  rows = [_dataset_row(name, part) for name, d in results['datasets'].items()
          for part in d.get('by_metric', {'': d}).values()]
  rows += [_cluster_row(name, c) for name, c in results['clusters'].items()]
  dtype = results.get('settings', {}).get('dtype')
  computed = f' in {dtype};' if dtype else ''
  title = (f'Step {results["step"]}, {results["mixture"]}, in percent;{computed} '
           f'rows of: {_source(results)}')
  in_paper = any(set(row[_OURS:]) - {'', '-'} for row in rows)
  shown = len(_HEAD) if in_paper else _OURS
  lines = [row[:shown] for row in (_HEAD, *rows)]
  body = (_beside_before if 'before' in results else _body)(results, lines)
  effect = tuning_effect.remarks(results) if 'before' in results else ()
  remarks = screen.wrapped([*_remarks(results), *effect, *_paper(body)])
  return '\n'.join((screen.wrapped([title]), '', body, '', remarks)).rstrip()


def _source(results: Mapping[str, Any]) -> str:
  """Where the rows are from. Sample data is always named first."""
  places = results.get('rows_of', '')
  if not results['sample_data']:
    return places or 'real data'
  others = ', '.join(part for part in places.split(', ') if not part.startswith('SAMPLE DATA'))
  return 'SAMPLE DATA, not the real datasets' + (f'; and {others}' if others else '')


def _dataset_row(name: str, dataset: Mapping[str, Any]) -> tuple[str, ...]:
  best = dataset['best_dev_template']
  number = _as_it_is if dataset['as_given'] else _percent
  published = ZERO_SHOT.get(f'{name} {dataset["metric"]}', ZERO_SHOT.get(name))
  # The paper's numbers are zero-shot, so they do not compare with a dataset that was trained on.
  published = None if dataset['trained_on'] else published
  theirs = (published.flan, published.lamda_pt, published.gpt3) if published else (None,) * 3
  return (
      _label(name, dataset), dataset['split'], str(dataset['n']), number(dataset['chance']),
      number(dataset['mean']), number(dataset['std']), number(dataset['stderr']),
      number(best and best['value']),
      *('-' if v is None else f'{v:.1f}' for v in theirs),
  )


def _body(results: Mapping[str, Any], lines: Sequence[tuple[str, ...]]) -> str:
  """The table, with columns for the baseline prompts where these were asked."""
  bar = _OURS
  if asked := _baseline_columns(results):
    lines = [(*line[:_KNOWN], *columns, *line[_KNOWN:])
             for line, columns in zip(lines, asked, strict=True)]
    bar += len(_BASELINE)
  return table(lines, left=_LEFT, bars=(bar,))


def _beside_before(results: Mapping[str, Any], lines: Sequence[tuple[str, ...]]) -> str:
  """The table, with columns for the results before tuning."""
  shown = [tuning_effect.HEAD, *tuning_effect.columns(results)]
  wide = [(line[0], *line[2:4], *cells, line[1], line[5], line[7], *line[_OURS:])
          for line, cells in zip(lines, shown, strict=True)]
  first, after = 3, 3 + len(tuning_effect.HEAD)  # the places of those columns
  # A narrow terminal first leaves out what matters least: the paper's columns, the spread over
  # templates, then the number of examples and chance.
  leaves = [*range(len(wide[0]) - 1, after - 1, -1), *range(1, first),
            *range(after - 1, first - 1, -1)]
  return table(wide, bars=(len(wide[0]) - len(lines[0][_OURS:]),), leaves=leaves)


def _baseline_columns(results: Mapping[str, Any]) -> list[tuple[str, ...]]:
  """Head and rows of the columns for the baseline prompts; empty if none was asked."""
  datasets, clusters = results['datasets'].values(), results['clusters'].values()
  if not any('baseline' in part for part in datasets):
    return []

  def cells(part: Mapping[str, Any]) -> tuple[str, ...]:
    asked = part.get('baseline', {'mean': None, 'stderr': None, 'as_given': False})
    number = _as_it_is if asked['as_given'] else _percent
    return number(asked['mean']), number(asked['stderr'])

  rows = [cells(d) for d in datasets for _ in d.get('by_metric', {'': d})]
  return [_BASELINE, *rows, *map(cells, clusters)]


def _label(name: str, dataset: Mapping[str, Any]) -> str:
  """The dataset's name, with the metric unless it is the share of right options."""
  said = [] if dataset['rate'] and dataset['chance'] is not None else [dataset['metric']]
  said += ['less is better'] if dataset['less_is_better'] else []
  said += ['as given'] if dataset['as_given'] else []
  mark = ' *' if dataset['trained_on'] else ''
  return (f'{name} ({", ".join(said)})' if any(said) else name) + mark


def _cluster_row(name: str, cluster: Mapping[str, Any]) -> tuple[str, ...]:
  number = _as_it_is if cluster['as_given'] else _percent
  mark = ' *' if cluster['trained_on'] else ''
  return (f'mean of {name}{mark}', '', '', number(cluster['chance']), number(cluster['mean']), '',
          number(cluster['stderr']), '', '', '', '')


def _remarks(results: Mapping[str, Any]) -> Iterator[str]:
  """The remarks below the table, about how far its numbers can be trusted."""
  datasets = results['datasets'].values()
  seen = [f'{name} ({d["why_trained_on"]})' for name, d in results['datasets'].items()
          if d['trained_on']]
  if seen:
    yield from (f'* Trained on, so not zero-shot: {"; ".join(seen)}.', '')
  if any(d['as_given'] for d in datasets):
    yield from ("As given: numbers on their metric's own scale, not in percent.", '')
  if left_out := results.get('left_out'):
    yield from (f'Left out, because they have no rows: {", ".join(left_out)}.', '')
  if problems := list(_problems(results)):
    yield from (*problems[:_SHOWN], *_more(problems), '')


def _paper(body: str) -> Iterator[str]:
  """A remark about the paper's columns, if the table has room for any of them."""
  head = body.splitlines()[0]
  count = sum(name in head for name in _HEAD[_OURS:])
  if count:
    columns = {3: 'three columns', 2: 'two columns', 1: 'column'}[count]
    yield _PAPER.format(columns, 'are' if count > 1 else 'is')


def _problems(results: Mapping[str, Any]) -> Iterator[str]:
  yield from dict.fromkeys(f'{task["dataset"]}: {task["note"]}.'
                           for task in results['tasks'].values() if task['note'])
  for name, task in results['tasks'].items():
    if left := task['not_scored']:
      yield (f'{name}: {left["examples"]} of {left["examples"] + task["n"]} examples have no '
             f'score, first {left["first"]}: {left["why"]}.')
    for metric, why in task['failed'].items():
      yield f'{name}: metric {metric} has no value: {why.splitlines()[0]}'


def _more(problems: Sequence[str]) -> tuple[str, ...]:
  left = len(problems) - _SHOWN
  return (f'... and {left} more such lines: see results.json.',) if left > 0 else ()


def _percent(value: float | None) -> str:
  return '-' if value is None else f'{100 * value:z.1f}'


def _as_it_is(value: float | None) -> str:
  return '-' if value is None else f'{value:.4g}'


def _counts(results: Mapping[str, Any]) -> Iterator[str]:
  for what, key in (('Prompts shortened to fit', 'truncated'),
                    ('Prompts left out, too long', 'left_out'),
                    ('Ties between options of the same tokens', 'ties'),
                    ('Reference answers longer than what is generated', 'targets_truncated')):
    counts = [task[key] for task in results['tasks'].values() if task[key]]
    if counts:
      yield f'{what}: {sum(counts)} in {len(counts)} tasks (see "{key}" in the results).'
  needed = max((task['needed_inputs'] for task in results['tasks'].values()), default=0)
  if needed:
    yield f'With inputs of {needed:,} tokens in TASK_FEATURE_LENGTHS, none would be left out.'


def _shots(results: Mapping[str, Any]) -> Iterator[str]:
  """A remark if prompts have fewer solved examples than requested."""
  few = [r for r in results['tasks'].values()
         if r.get('shots') and r['shots']['mean'] < r['shots']['asked']]
  prompts = sum(r['n'] for r in few)
  if prompts:
    mean = sum(r['shots']['mean'] * r['n'] for r in few) / prompts
    none = sum(r['shots']['none'] for r in few)
    asked = max(r['shots']['asked'] for r in few)
    yield (f'Solved examples that fit in front of a prompt: {mean:.1f} on average of {asked}; '
           f'{none:,} prompts have none. Longer inputs in TASK_FEATURE_LENGTHS have room for more.')
