"""Progress bars."""
import sys
import threading

import rich.console
from rich.progress import BarColumn, Progress, TextColumn

from flan_jax.terminal import screen


class Bars:
  """Progress bars at the bottom of the terminal, if standard error can redraw lines.

  Text that is printed meanwhile appears above the bars. A removed bar leaves no trace. Leaving the
  context removes all bars, also after an exception.

  Attributes:
    shown: whether bars are shown; if not, the methods do nothing.
  """

  def __init__(self):
    self.shown = screen.shows_bars(sys.stderr)
    self._progress: Progress | None = None
    self._lock = threading.Lock()  # data is prepared in another thread, with its own bar

  def __enter__(self) -> 'Bars':
    return self

  def __exit__(self, *unused) -> None:
    with self._lock:
      self._stop()

  def add(self, what: str, total: int, done: int = 0, note: str = '') -> int | None:
    """Adds a bar and returns its number.

    Args:
      what: the work, as the label of the bar.
      total: the amount of work.
      done: the amount that is done already.
      note: text after the bar.
    """
    if not self.shown:
      return None
    with self._lock:
      if self._progress is None:
        self._progress = _new_progress()
        self._progress.start()
      bar = self._progress.add_task(what, total=total, completed=done, note=note)
      self._progress.refresh()
      return bar

  def move(self, bar: int | None, done: int, note: str) -> None:
    """Moves a bar to the amount that is done."""
    with self._lock:
      if bar is not None and self._progress:
        self._progress.update(bar, completed=done, note=note, refresh=True)

  def remove(self, bar: int | None) -> None:
    """Removes a bar."""
    with self._lock:
      if bar is not None and self._progress:
        self._progress.remove_task(bar)
        if not self._progress.tasks:
          self._stop()

  def _stop(self) -> None:
    if self._progress:
      self._progress.stop()
      self._progress = None


def _new_progress() -> Progress:
  # Not redirected if it is a pipe or a file: rich would print redirected output to the terminal.
  return Progress(
      TextColumn('{task.description}', markup=False), BarColumn(bar_width=None),
      TextColumn('{task.completed}/{task.total}'), TextColumn('{task.fields[note]}', markup=False),
      console=rich.console.Console(file=sys.stderr, highlight=False), transient=True, expand=True,
      redirect_stdout=screen.shows_bars(sys.stdout), auto_refresh=False)
