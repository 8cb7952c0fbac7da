"""Tables with aligned columns that fit the terminal."""
from collections.abc import Sequence
import textwrap

from rich.cells import cell_len

from flan_jax.terminal import screen

_GAP = 2  # spaces between columns
_BAR = '| '


def table(rows: Sequence[Sequence[str]], left: int = 1, bars: Sequence[int] = (),
          wraps: Sequence[int] = (), leaves: Sequence[int] | None = None) -> str:
  """Rows as aligned columns, with a rule under the head.

  On a terminal that is too narrow, the texts of some columns are wrapped. If that is not enough,
  columns are left out, and a last line names them. Pipes and files get all columns.

  Args:
    rows: the head and the rows, all of the same length.
    left: the number of first columns that are aligned to the left; the others to the right.
    bars: columns with a vertical bar before them.
    wraps: columns that may be wrapped between words.
    leaves: the columns in the order in which they are left out; by default from the right. The
      first column always stays.
  """
  columns = range(len(rows[0]))
  order = [i for i in (reversed(columns) if leaves is None else leaves) if i]
  kept = set(columns)
  widths = _fitted(rows, kept, bars, wraps)
  while widths is None:
    kept.remove(order.pop(0))
    widths = _fitted(rows, kept, bars, wraps, must=not order)

  def lines(row):
    cells = {i: _wrapped(row[i], widths[i]) for i in sorted(kept)}
    for n in range(max(map(len, cells.values()))):
      texts = {i: cell[n] if n < len(cell) else '' for i, cell in cells.items()}
      yield (' ' * _GAP).join(
          (_BAR if i in bars else '') + _padded(text, widths[i], i < left)
          for i, text in texts.items()).rstrip()

  first, *others = [line for row in rows for line in lines(row)]
  gone = [rows[0][i] for i in columns if i not in kept]
  note = ['', screen.wrapped([f'Left out at this width: {", ".join(gone)}.'])] if gone else []
  return '\n'.join((screen.styled(first, 'bold'), '-' * cell_len(first), *others, *note))


def _fitted(rows, kept, bars, wraps, must: bool = False) -> dict[int, int] | None:
  """Widths of the columns that are kept, or None if they do not fit the terminal.

  Args:
    rows: as in `table`.
    kept: the columns to show.
    bars: as in `table`.
    wraps: as in `table`.
    must: return the least widths if they do not fit.
  """
  widths = {i: max(cell_len(row[i]) for row in rows) for i in kept}
  around = _GAP * (len(kept) - 1) + len(_BAR) * len(kept & set(bars))
  available = screen.width()
  over = sum(widths.values()) + around - (available or float('inf'))
  for i in sorted(kept & set(wraps), key=widths.get, reverse=True):
    if over > 0:
      longest = max(cell_len(word) for row in rows for word in row[i].split() or [''])
      shrunk = max(longest, cell_len(rows[0][i]), widths[i] - over)
      over, widths[i] = over - (widths[i] - shrunk), shrunk
  return widths if over <= 0 or must else None


def _wrapped(text: str, width: int) -> list[str]:
  if cell_len(text) <= width:
    return [text]
  return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _padded(text: str, width: int, to_the_left: bool) -> str:
  space = ' ' * (width - cell_len(text))
  return text + space if to_the_left else space + text
