"""What the terminal is like: how wide, and what it can show.

Only a terminal has an edge. Text for pipes and files is as wide as it needs to be, and has neither
colors nor bars, so that what reads it never depends on a window. `FORCE_COLOR` colors that as well,
`NO_COLOR` colors nothing, as rich understands them.
"""
from collections.abc import Iterable
import sys
import textwrap
from typing import TextIO

import rich.console
import rich.style


def width() -> int | None:
  """Columns of the terminal that standard output is; None where it is none."""
  return _console(sys.stdout).width if _is_terminal(sys.stdout) else None


def shows_bars(stream: TextIO) -> bool:
  """Whether a line on this stream can be drawn again, as progress bars are."""
  return _is_terminal(stream) and not _console(stream).is_dumb_terminal


def styled(text: str, style: str) -> str:
  """Text in a style such as 'bold' or 'yellow', where standard output has colors."""
  console = _console(sys.stdout)
  if console.no_color or not console.color_system:
    return text
  return rich.style.Style.parse(style).render(text)


def wrapped(lines: Iterable[str], indent: str = '') -> str:
  """Lines of prose, broken between words where the terminal ends; paths and names stay whole.

  Args:
    lines: without line breaks.
    indent: stands in front of what a line goes on with.
  """
  columns = width()
  if columns is None:
    return '\n'.join(lines)
  return '\n'.join(
      line if len(line) <= columns else textwrap.fill(
          line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
      for line in lines)


def _is_terminal(stream: TextIO) -> bool:
  return bool(stream and not stream.closed and stream.isatty())


def _console(stream: TextIO) -> rich.console.Console:
  return rich.console.Console(file=stream)
