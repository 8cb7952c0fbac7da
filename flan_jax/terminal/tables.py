"""Rows as aligned columns."""
from collections.abc import Sequence


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
