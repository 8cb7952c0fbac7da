"""What `t5x lint` has found, and its rules."""
from collections.abc import Mapping, Sequence

from flan_jax.terminal.screen import wrapped
from flan_jax.terminal.words import counted

_SEVERITIES = ('error', 'warning', 'note')


def report(findings: Sequence, datasets: int, lengths: Mapping[str, int], data: str) -> str:
  """A line for each finding, then how many there are.

  Args:
    findings: as `lint.lint` gives them.
    datasets: how many were checked.
    lengths: that texts were held against, in tokens.
    data: whose rows they are.
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
