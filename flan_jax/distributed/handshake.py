"""The meeting before a run of several processes: process 0 finds out who is missing.

JAX's own start-up ends a process with a stack trace when somebody does not come, and does not say
who. So the processes meet first, at the address that JAX is going to use: each sends who it is and
how it was started, and process 0 answers all of them at once.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import errno
import json
import os
import select
import socket
import time
from typing import Any

from flan_jax.errors import UserError, WorthRetrying

_GREETING_SECONDS = 2.0  # somebody who connects and says nothing for so long is not one of us
_RETRY_SECONDS = 0.2
_FIELDS = {'index', 'count', 'settings'}


@dataclasses.dataclass(frozen=True)
class Process:
  """One process of a run.

  Attributes:
    index: its number, from 0.
    count: how many there are.
    settings: what has to be the same in all of them.
  """

  index: int
  count: int
  settings: Mapping[str, str] = dataclasses.field(default_factory=dict)


def meet(address: str, process: Process, timeout: float) -> None:
  """Returns when all processes have come.

  Args:
    address: 'host:port' of process 0.
    process: this one.
    timeout: seconds to wait for the others.

  Raises:
    UserError: the port is in use, or the processes were not started alike.
    WorthRetrying: some process did not come, or process 0 cannot be reached.
  """
  host, _, port = address.rpartition(':')
  if process.index == 0:
    _receive(int(port), process, timeout)
  else:
    _report(host.strip('[]'), int(port), process, timeout)


def _receive(port: int, process: Process, timeout: float) -> None:
  guests: dict[int, socket.socket] = {}
  problem = None
  with _listen(port) as listener:
    try:
      _gather(listener, guests, process, time.monotonic() + timeout)
      missing = [i for i in range(1, process.count) if i not in guests]
      if missing:
        problem = WorthRetrying(
            f'{_processes(missing)} of {process.count} did not report to process 0 (port {port}) '
            f'within {timeout:g} s', 'start-up', 'See what became of them; then start all again.')
    except UserError as error:
      problem = error
    for guest in guests.values():
      _send(guest, _verdict(problem))
      guest.close()
  if problem:
    raise problem


def _listen(port: int) -> socket.socket:
  both = socket.has_dualstack_ipv6()
  family = socket.AF_INET6 if both else socket.AF_INET
  try:
    return socket.create_server(('', port), family=family, dualstack_ipv6=both, backlog=1024)
  except OSError as error:
    if error.errno not in (errno.EADDRINUSE, errno.EACCES):
      raise
    raise UserError(f'port {port} of process 0 cannot be used: {os.strerror(error.errno)}',
                    '--coordinator_address', 'Choose another port, for all processes.') from error


def _gather(listener: socket.socket, guests: dict[int, socket.socket], process: Process,
            deadline: float) -> None:
  """Fills `guests` until all are there or time is over; who leaves meanwhile is taken out."""
  while len(guests) < process.count - 1 and (left := deadline - time.monotonic()) > 0:
    ready, _, _ = select.select([listener, *guests.values()], [], [], left)
    for index in [i for i, guest in guests.items() if guest in ready]:
      guests.pop(index).close()  # they have nothing more to say: this is the end of the connection
    if listener in ready:
      guest, _ = listener.accept()
      _welcome(guest, guests, process)


def _welcome(guest: socket.socket, guests: dict[int, socket.socket], process: Process) -> None:
  guest.settimeout(_GREETING_SECONDS)
  message = _read(guest)
  if message is None or set(message) != _FIELDS:
    guest.close()
    return
  other = Process(**message)
  twice = other.index in guests or other.index == 0
  guests[-1 if twice else other.index] = guest  # whoever it is gets the answer too
  if twice:
    raise UserError(f'two processes say that they are process {other.index}', '--process_id',
                    f'Number them from 0 to {process.count - 1}.')
  _check_alike(other, process)


def _check_alike(other: Process, process: Process) -> None:
  ours = {'the number of processes': process.count, **process.settings}
  theirs = {'the number of processes': other.count, **other.settings}
  for name in {**ours, **theirs}:
    if ours.get(name) != theirs.get(name):
      raise UserError(
          f'{name} is {ours.get(name, "not set")} in process 0 and '
          f'{theirs.get(name, "not set")} in process {other.index}',
          'start-up', 'Start all processes alike, but for --process_id.')


def _report(host: str, port: int, process: Process, timeout: float) -> None:
  deadline = time.monotonic() + timeout
  while True:
    answer, problem = _ask(host, port, process, timeout)
    if answer is not None:
      break
    if time.monotonic() >= deadline:
      raise WorthRetrying(
          f'process {process.index} cannot reach process 0 at {host}:{port} within {timeout:g} s: '
          f'{problem}', 'start-up',
          'See whether process 0 runs there, and whether the port is open between the machines.')
    time.sleep(_RETRY_SECONDS)
  if not answer['go']:
    raise (WorthRetrying if answer['retry'] else UserError)(*answer['problem'])


def _ask(host: str, port: int, process: Process, timeout: float) -> tuple[Any, str]:
  """The answer of process 0; or None, and why there is none."""
  try:
    with socket.create_connection((host, port), timeout=min(timeout, 5.0)) as connection:
      _send(connection, dataclasses.asdict(process))
      connection.settimeout(timeout + 5.0)  # process 0 may have begun to wait later than we did
      answer = _read(connection)
  except OSError as error:
    return None, error.strerror or str(error)
  if answer is None or 'go' not in answer:
    return None, 'what answers there is not process 0 of this run, or it has ended'
  return answer, ''


def _verdict(problem: UserError | WorthRetrying | None) -> dict[str, Any]:
  if problem is None:
    return {'go': True}
  return {'go': False, 'retry': isinstance(problem, WorthRetrying),
          'problem': [problem.what, problem.where, problem.remedy]}


def _send(connection: socket.socket, message: Mapping[str, Any]) -> None:
  try:
    connection.sendall(json.dumps(message).encode() + b'\n')
  except OSError:
    pass  # who has gone needs no answer, and who cannot be asked gives none


def _read(connection: socket.socket) -> dict[str, Any] | None:
  """A message, or None where something else or nothing comes."""
  try:
    with connection.makefile('rb') as lines:
      message = json.loads(lines.readline(1 << 16))
  except (OSError, ValueError):
    return None
  return message if isinstance(message, dict) else None


def _processes(numbers: Sequence[int]) -> str:
  shown = ', '.join(map(str, numbers[:8]))
  more = f' and {len(numbers) - 8} more' if len(numbers) > 8 else ''
  return f'process{"es" if len(numbers) > 1 else ""} {shown}{more}'
