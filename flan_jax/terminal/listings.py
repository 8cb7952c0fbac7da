"""Tables of mixtures, datasets and rows, and rendered examples."""
from collections.abc import Mapping, Sequence
from typing import Any

from flan_jax.terminal.screen import wrapped
from flan_jax.terminal.tables import table
from flan_jax.terminal.words import counted


def mixture_table(described: Mapping[str, Any], data: str) -> str:
  """A table of a mixture, from `describe_mixture`."""
  head = ('task', 'cluster', 'examples', 'rate', 'share', 'epochs')
  rows = [
      (t['task'], t['cluster'] or '-', f'{t["examples"]:,}' if t['examples'] else '?',
       f'{t["rate"]:,.6g}', f'{100 * t["share"]:.2f} %',
       f'{t["expected_epochs"]:.2f}' if t['expected_epochs'] else '?')
      for t in described['tasks']
  ]
  given = ', '.join(f'{name} {rate:,.6g}' for name, rate in described['given_rates'].items())
  title = f'Mixture {", ".join(described["given_rates"]) or described["mixture"]}; rows of: {data}'
  lines = [
      f'{counted(len(rows), "task")}, {described["examples"]:,} examples (at most 30,000 of each '
      "of the paper's datasets); rates: "
      + (f'as given, {given}.' if given else 'examples, at most 3,000.'),
      f'Epochs: the expected number in {described["steps"]:,} steps of {described["batch_size"]} '
      f'rows with about {described["examples_per_row"]:.1f} examples each.',
  ]
  lines += [f'Of the first rows: {line}' for line in described['advice']]
  if described.get('held_out'):
    lines.append(f'Held out: {", ".join(described["evaluates"])}. None of its datasets trains, nor '
                 'does any other dataset with their examples.')
  parts = [wrapped([title]), table((head, *rows), left=2, leaves=(1, 5, 3, 4, 2)), wrapped(lines)]
  if described['left_out']:
    head = ('left out', 'cluster', 'why')
    left = [(d['dataset'], d['cluster'], d['why']) for d in described['left_out']]
    parts.append(table((head, *left), left=3, wraps=(2,), leaves=(1, 2)))
  return '\n\n'.join(parts)


def rows_table(
    counts: Sequence[Mapping[str, Any]], lengths: Mapping[str, int], data: str) -> str:
  """A table of the rows of datasets, from `row_counts`."""
  head = ('dataset', 'slice', 'not used, and why', 'of', 'rows', 'used')
  rows = [
      (c['dataset'], c['slice'], _why_not_used(c) or '-',
       '?' if c['of'] is None else f'{c["of"]:,}', f'{c["rows"]:,}', f'{c["used"]:,}')
      for c in counts]
  lines = [
      f'used: {sum(c["used"] for c in counts):,} of {sum(c["rows"] for c in counts):,} rows. "too '
      f'long": instruction and options exceed {lengths["inputs"]:,} tokens (counted for training '
      'only; an evaluation counts its own prompts).']
  lines += [
      f'{c["dataset"]}: {c["shots"]:.1f} solved examples in a prompt on average; '
      f'{c["without_shots"]:,} prompts have room for none.'
      for c in counts if c['shots'] is not None]
  return '\n\n'.join((
      wrapped([f'Rows of: {data}']), table((head, *rows), left=3, wraps=(2,), leaves=(3, 4, 5, 2)),
      wrapped(lines)))


def _why_not_used(count: Mapping[str, Any]) -> str:
  reasons = {**count['left_out'], 'too long': count['too_long']}
  return ', '.join(f'{reason} {number:,}' for reason, number in reasons.items() if number)


def prepared_table(manifests: Mapping[str, Sequence[Mapping[str, Any]]], root: Any,
                   data: str, advice: Sequence[str] = ()) -> str:
  """A table of tokenized data, from its manifests, and the advice about lengths."""
  head = ('dataset', 'examples', 'passes', 'inputs', 'longest', 'targets', 'longest', 'shortened',
          'left out', 'cut', 'MB')
  rows = []
  for name, passes in manifests.items():
    first = passes[0]
    rows.append((
        name, f'{first["examples"]:,}', str(len(passes)), f'{first["inputs"]["mean"]:.0f}',
        str(first['inputs']['longest']), f'{first["targets"]["mean"]:.0f}',
        str(first['targets']['longest']), f'{100 * first["truncated_share"]:.1f} %',
        f'{first["left_out"]:,}', f'{first["targets_truncated"]:,}',
        f'{sum(p["bytes"] for p in passes) / 1e6:.1f}'))
  every = [p for passes in manifests.values() for p in passes]
  totals = (
      f'{sum(p["examples"] for p in every):,} examples in {_passes(len(every))} over '
      f'{counted(len(rows), "dataset")}, {sum(p["bytes"] for p in every) / 1e6:.1f} MB. Columns, '
      'all about the first pass: inputs and targets: mean length in tokens; longest: the longest; '
      'shortened: prompts that lost some text; left out: prompts that do not fit; cut: targets '
      'that were cut.')
  return '\n\n'.join((
      wrapped([f'Prepared in {root}; rows of: {data}']), table((head, *rows)),
      wrapped([totals, *advice])))


def _passes(number: int) -> str:
  return '1 pass' if number == 1 else f'{number} passes'


def experiments_table(proofs: Sequence[Mapping[str, Any]], data: str) -> str:
  """A table of the experiments, from `experiments.prove`."""
  head = ('mixture', 'paper', 'evaluates', 'held out', 'tasks', 'examples')
  rows = [
      (p['mixture'], p['section'], ', '.join(p['evaluates']) or '-',
       'ok' if p['held_out'] else '-', f'{p["tasks"]}', f'{p["examples"]:,}')
      for p in proofs
  ]
  proved = sum(bool(p['held_out']) for p in proofs)
  last = (f'{len(rows)} mixtures. {proved} of them hold clusters out, and none of these trains on '
          'what it holds out.')
  return '\n\n'.join((
      wrapped([f'Rows of: {data}']),
      table((head, *rows), left=4, wraps=(1, 2), leaves=(2, 1, 5, 4, 3)), wrapped([last])))


def previews(shown: Sequence[Mapping[str, Any]], data: str) -> str:
  """Rendered examples. Bars separate the tokens that count in the loss."""
  parts = [f'Rows of: {data}. The loss counts the tokens between | bars |.']
  for number, example in enumerate(shown):
    template = '' if example['template'] is None else f', template {example["template"]}'
    parts.append('\n'.join((
        f'--- {number}: {example["task"]}{template}, {len(example["input_tokens"])} + '
        f'{len(example["target_tokens"])} tokens' + _fits(example),
        example['inputs'],
        '=> |' + '|'.join(example['target_tokens']) + '|',
    )))
  return '\n\n'.join(parts)


def _fits(example: Mapping[str, Any]) -> str:
  """What was cut from an example, for its heading."""
  if example['left_out']:
    return (f'; LEFT OUT: its instruction and options need {example["needed_inputs"]} tokens of '
            'inputs')
  lost = {'prompt shortened by': example['truncated_tokens'],
          'target cut by': example['target_truncated_tokens']}
  return ''.join(f'; {what} {count}' for what, count in lost.items() if count)


def datasets_table(described: Sequence[Mapping[str, Any]]) -> str:
  """A table of declarations, from `describe_datasets`."""
  head = ('name', 'cluster', 'source', 'templates', 'forward', 'metrics')
  rows = [
      (d['name'], d['cluster'], d['source'], str(d['templates']), str(d['forward_templates']),
       ', '.join(d['metrics']))
      for d in described
  ]
  counted = len({d['dataset'] for d in described if d['in_paper']})
  clusters = len({d['cluster'] for d in described})
  last = (f'{len(rows)} declarations of the paper\'s {counted} datasets and a few more, in '
          f'{clusters} clusters.')
  return '\n\n'.join((
      table((head, *rows), left=3, wraps=(5,), leaves=(2, 4, 3, 5, 1)), wrapped([last])))
