"""The terminal's width, and whether it shows colors and progress bars.

Only a terminal limits the width. Text for pipes and files is as wide as it needs to be, without
colors and bars, so that it never depends on a window. As in rich, `FORCE_COLOR` turns colors on
there too, and `NO_COLOR` turns them off everywhere.
"""
from collections.abc import Iterable
import sys
import textwrap
from typing import TextIO

import rich.console
import rich.style


def width() -> int | None:
  """Columns of the terminal; None if standard output is not a terminal."""
  return _console(sys.stdout).width if _is_terminal(sys.stdout) else None


def shows_bars(stream: TextIO) -> bool:
  """Whether lines on this stream can be redrawn, as progress bars need."""
  return _is_terminal(stream) and not _console(stream).is_dumb_terminal


def styled(text: str, style: str) -> str:
  """Text in a style such as 'bold' or 'yellow', if standard output has colors."""
  console = _console(sys.stdout)
  if console.no_color or not console.color_system:
    return text
  return rich.style.Style.parse(style).render(text)


def wrapped(lines: Iterable[str], indent: str = '') -> str:
  """Lines of prose, wrapped between words at the terminal's width. Paths and names stay whole.

  Args:
    lines: without line breaks.
    indent: put before the continuation of a wrapped line.
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
