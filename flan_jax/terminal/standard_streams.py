"""Standard output and error that survive the loss of their reader and print any character.

The output of a command may be piped into `head`, its terminal may be closed, or its encoding may
lack characters. None of this may stop a training.
"""
import errno
import io
import os
import select
import sys
from typing import TextIO

# Errors that mean the reader has gone: a closed pipe, terminal or descriptor.
_GONE = (errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET, errno.ENXIO)


class _Descriptor(io.RawIOBase):
  """A file descriptor for writing. After an error, everything written is dropped.

  Attributes:
    lost: the error, unless it means that the reader has gone; such as a full disk. Else None.
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
  """A text stream to a file descriptor. Writing to it never raises.

  Args:
    number: the descriptor.
    like: a stream; its encoding and buffering are used. A character that the encoding lacks is
      printed as '?'.
    line_buffering: write each line at once, even if `like` does not.
  """
  return io.TextIOWrapper(
      io.BufferedWriter(_Descriptor(number)), getattr(like, 'encoding', None), errors='replace',
      line_buffering=line_buffering or getattr(like, 'line_buffering', False),
      write_through=getattr(like, 'write_through', False))


def make_lasting() -> None:
  """Replaces this process's standard output and error by such streams.

  Streams that a notebook or a test has put in their place are kept.
  """
  for number in (0, 1, 2):
    _make_sure_it_is_open(number)
  if sys.stdout is sys.__stdout__:
    sys.stdout = open_stream(1, sys.stdout)
  if sys.stderr is sys.__stderr__:
    sys.stderr = open_stream(2, sys.stderr)


def lost_output() -> str:
  """Why some output was lost, such as a full disk; empty if none was.

  Output after the reader has gone does not count as lost.
  """
  sys.stdout.flush()
  descriptor = getattr(getattr(sys.stdout, 'buffer', None), 'raw', None)
  lost = getattr(descriptor, 'lost', None)
  return lost.strerror if lost else ''


def _make_sure_it_is_open(number: int) -> None:
  """Opens a closed standard descriptor on /dev/null.

  Otherwise the next file that is opened would get its number, and prints would go to that file.
  """
  try:
    os.fstat(number)
  except OSError:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
      os.dup2(nothing, number)
      os.close(nothing)
