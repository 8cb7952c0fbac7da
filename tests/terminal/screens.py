"""Runs a command in a terminal of its own, and tells what its screen shows in the end."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

_PART = re.compile(r'\x1b\[(\??[\d;]*)([A-Za-z])|(\r|\n)|([^\x1b\r\n]+)')


def run(command, columns, env, cwd=None):
  """Returns the exit code and everything that was written to the terminal."""
  ours, theirs = pty.openpty()
  fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
  environment = {k: v for k, v in os.environ.items() if k not in ('COLUMNS', 'NO_COLOR')} | env
  process = subprocess.Popen(
      command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=cwd)
  os.close(theirs)
  written = b''
  while True:
    try:
      data = os.read(ours, 1 << 16)
    except OSError:  # what Linux says when the other side is closed
      break
    if not data:
      break
    written += data
  os.close(ours)
  return process.wait(), written.decode()


def lines(written):
  """The lines on the screen at the end, and whether the cursor is to be seen."""
  screen, row, column, cursor = [''], 0, 0, True
  for codes, kind, move, text in _PART.findall(written):
    if move == '\r':
      column = 0
    elif move == '\n':
      row += 1
      screen += [''] * (row - len(screen) + 1)
    elif kind == 'A':
      row -= int(codes or 1)
    elif kind == 'K':
      screen[row] = ''
    elif kind in 'hl' and kind:
      cursor = kind == 'h'
    elif text:
      screen[row] = screen[row][:column].ljust(column) + text + screen[row][column + len(text):]
      column += len(text)
  return [line.rstrip() for line in screen], cursor
