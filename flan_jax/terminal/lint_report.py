"""The report of `t5x lint`: its findings and its rules."""
from collections.abc import Mapping, Sequence

from flan_jax.terminal.screen import wrapped
from flan_jax.terminal.words import counted

_SEVERITIES = ('error', 'warning', 'note')


def report(findings: Sequence, datasets: int, lengths: Mapping[str, int], data: str) -> str:
  """A line for each finding, then their number.

  Args:
    findings: from `lint.lint`.
    datasets: number of datasets that were checked.
    lengths: the maximum lengths of inputs and targets in tokens.
    data: where the rows are from.
  """
  counts = [counted(sum(f.severity == severity for f in findings), severity)
            for severity in _SEVERITIES]
  return wrapped((
      *map(str, findings),
      f'{counted(datasets, "dataset")} checked: {", ".join(counts)}. Lengths: '
      f'{lengths["inputs"]} + {lengths["targets"]} tokens. Rows of: {data}'), '  ')


def rules(known: Sequence) -> str:
  """The rules, a line each."""
  width = max(len(r.name) for r in known)
  return wrapped((f'{r.name:{width}}  {r.severity:7}  {r.explanation}' for r in known),
                 ' ' * (width + 11))
