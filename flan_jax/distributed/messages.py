"""Messages of the handshake: one line of JSON each, bounded in size and in time.

Port scanners, health checks and other programs connect to any open port. So input is read in
pieces, without blocking on one connection, and is never trusted.
"""
from collections.abc import Iterator, Mapping
import contextlib
import dataclasses
import json
import selectors
import socket
import time
from typing import Any

LONGEST = 1 << 20  # bytes of a message
_MOST_WAITING = 64  # connections that have not sent their whole message yet
_MOST_WAITING_BYTES = 8 << 20
_SECONDS = 10.0  # a connection that takes longer for its message is dropped
_ACCEPT_PAUSE = 0.1  # seconds until the next attempt when this process has no file handle left


def send(connection: socket.socket, message: Mapping[str, Any], seconds: float = 5.0) -> None:
  """Sends a message. Ignores a connection that is closed or that does not read."""
  with contextlib.suppress(OSError):
    connection.settimeout(seconds)
    connection.sendall(json.dumps(message).encode() + b'\n')


def receive(connection: socket.socket, seconds: float) -> dict[str, Any] | None:
  """Receives a message. None if no valid one arrives within `seconds` in total."""
  deadline, line = time.monotonic() + seconds, b''
  while not line.endswith(b'\n') and len(line) <= LONGEST:
    left = deadline - time.monotonic()
    if left <= 0:
      return None
    try:
      connection.settimeout(left)
      piece = connection.recv(1 << 16)
    except OSError:
      return None
    if not piece:
      return None
    line += piece
  return decode(line)


def decode(line: bytes) -> dict[str, Any] | None:
  """The JSON object in a line, or None."""
  if len(line) > LONGEST:
    return None
  try:
    message = json.loads(line)
  except (ValueError, RecursionError):
    return None
  return message if isinstance(message, dict) else None


def is_text(value: Any) -> bool:
  """Whether it is a text that is safe to print: no control characters, no lone surrogates."""
  return isinstance(value, str) and value.isprintable()


@dataclasses.dataclass(eq=False)
class _Visitor:
  """A connection that has not sent its whole message yet."""

  connection: socket.socket
  deadline: float
  line: bytearray = dataclasses.field(default_factory=bytearray)


class Door:
  """Accepts connections and reads from all of them at once, blocking on none.

  A connection that sends anything but one line of JSON, too much, or too slowly is dropped without
  an answer. If too many connections wait, the oldest is dropped; a process of the run tries again.
  """

  def __init__(self, listener: socket.socket):
    self._listener = listener
    self._listener.setblocking(False)
    self._selector = selectors.DefaultSelector()  # select() supports only 1,024 connections
    self._selector.register(listener, selectors.EVENT_READ, None)
    self._visitors: list[_Visitor] = []

  def events(self, seconds: float) -> Iterator[tuple[socket.socket, dict[str, Any] | None]]:
    """Waits up to `seconds` for messages and closed connections.

    Yields:
      A connection and its message; or a kept connection and None once it is closed.
    """
    now = time.monotonic()
    first = min([v.deadline for v in self._visitors], default=now + seconds)
    for key, _ in self._selector.select(max(min(seconds, first - now), 0)):
      if key.fileobj is self._listener:
        self._accept()
      elif key.data is None:
        self._selector.unregister(key.fileobj)
        yield key.fileobj, None  # a kept connection sends nothing more, so it has been closed
      elif key.data in self._visitors and (message := self._read(key.data)) is not None:
        yield key.data.connection, message
    for visitor in [v for v in self._visitors if v.deadline <= time.monotonic()]:
      self.drop(visitor.connection)

  def keep(self, connection: socket.socket) -> None:
    """Watches a connection whose message has arrived, to notice when it is closed."""
    self._selector.register(connection, selectors.EVENT_READ, None)

  def drop(self, connection: socket.socket) -> None:
    """Closes a connection."""
    with contextlib.suppress(KeyError):
      self._selector.unregister(connection)
    self._visitors = [v for v in self._visitors if v.connection is not connection]
    connection.close()

  def close(self) -> None:
    """Drops all connections without a whole message, and stops listening."""
    for visitor in self._visitors:
      visitor.connection.close()
    self._selector.close()
    self._listener.close()

  def _accept(self) -> None:
    try:
      connection, _ = self._listener.accept()
    except OSError:  # closed again, or too many open files for a moment
      time.sleep(_ACCEPT_PAUSE)
      return
    connection.setblocking(False)
    visitor = _Visitor(connection, time.monotonic() + _SECONDS)
    self._visitors.append(visitor)
    self._selector.register(connection, selectors.EVENT_READ, visitor)
    while len(self._visitors) > _MOST_WAITING:
      self.drop(self._visitors[0].connection)

  def _read(self, visitor: _Visitor) -> dict[str, Any] | None:
    """The visitor's message once it is complete. Drops a visitor that sends anything else."""
    try:
      piece = visitor.connection.recv(1 << 16)
    except BlockingIOError:
      return None
    except OSError:
      piece = b''
    visitor.line += piece
    if piece and not piece.endswith(b'\n') and len(visitor.line) <= LONGEST:
      self._make_room()
      return None
    message = decode(bytes(visitor.line)) if piece else None
    if message is None:
      self.drop(visitor.connection)
      return None
    self._selector.unregister(visitor.connection)
    self._visitors.remove(visitor)
    return message

  def _make_room(self) -> None:
    while sum(len(v.line) for v in self._visitors) > _MOST_WAITING_BYTES:
      self.drop(max(self._visitors, key=lambda v: len(v.line)).connection)
