"""Standard output and error that outlive their reader and print any character.

A command's output may be piped into `head`, its terminal may be closed, or be of another encoding
than UTF-8. None of it is a reason to stop a training.
"""
import errno
import io
import os
import select
import sys
from typing import TextIO

# The reader has gone away: a pipe that was closed, a terminal that hung up, a descriptor closed.
_GONE = (errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET, errno.ENXIO)


class _Descriptor(io.RawIOBase):
  """A file descriptor for writing; what nobody can read any more is dropped.

  Attributes:
    lost: the first error that was not a reader's going away, such as a full disk; else None.
  """

  def __init__(self, number: int):
    super().__init__()
    self._number, self._gone = number, False
    self.lost: OSError | None = None

  def writable(self) -> bool:
    return True

  def fileno(self) -> int:
    return self._number

  def isatty(self) -> bool:
    try:
      return os.isatty(self._number)
    except OSError:
      return False

  def write(self, data) -> int:
    while not self._gone:
      try:
        return os.write(self._number, data)
      except BlockingIOError:
        select.select([], [self._number], [])
      except OSError as error:
        self._gone = True
        if error.errno not in _GONE:
          self.lost = error
    return len(data)


def open_stream(number: int, like: TextIO | None, line_buffering: bool = False) -> TextIO:
  """A text stream to a file descriptor that never raises while it is written to.

  Args:
    number: the descriptor.
    like: the stream whose encoding and buffering it takes over. A character that the encoding lacks
      is printed as '?'.
    line_buffering: write each line as it comes, also where `like` does not.
  """
  return io.TextIOWrapper(
      io.BufferedWriter(_Descriptor(number)), getattr(like, 'encoding', None), errors='replace',
      line_buffering=line_buffering or getattr(like, 'line_buffering', False),
      write_through=getattr(like, 'write_through', False))


def make_lasting() -> None:
  """Replaces this process's standard output and error by such streams.

  Streams that somebody else has put in their places (a notebook, a test) stay.
  """
  for number in (0, 1, 2):
    _make_sure_it_is_open(number)
  if sys.stdout is sys.__stdout__:
    sys.stdout = open_stream(1, sys.stdout)
  if sys.stderr is sys.__stderr__:
    sys.stderr = open_stream(2, sys.stderr)


def lost_output() -> str:
  """Why some of what was printed cannot be there, such as a full disk; empty where all is well.

  A reader who has gone away has lost nothing.
  """
  sys.stdout.flush()
  descriptor = getattr(getattr(sys.stdout, 'buffer', None), 'raw', None)
  lost = getattr(descriptor, 'lost', None)
  return lost.strerror if lost else ''


def _make_sure_it_is_open(number: int) -> None:
  """Opens a closed standard descriptor on nothing, before a file that matters gets its number."""
  try:
    os.fstat(number)
  except OSError:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
      os.dup2(nothing, number)
      os.close(nothing)
