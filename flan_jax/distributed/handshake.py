"""The handshake before a run of several processes: process 0 checks that all are there and alike.

If a process is missing, JAX's own start-up ends with a stack trace that does not say which one. So
the processes first connect at the address that JAX will use. Each sends its number and its
settings; process 0 waits for all of them and then answers all at once. Other programs that connect
get no answer.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import errno
import os
import socket
import time
from typing import Any

from flan_jax.distributed import messages
from flan_jax.errors import UserError, WorthRetrying

_RETRY_SECONDS = 0.2
# After a problem is found, the other processes have this long to connect and receive it too.
_GRACE_SECONDS = 15.0
_MOST_PROCESSES = 1 << 20
_SHOWN = 80  # characters of a value that a message shows
_COUNT = 'the number of processes'


@dataclasses.dataclass(frozen=True)
class Process:
  """One process of a run.

  Attributes:
    index: its number, from 0.
    count: the number of processes.
    settings: what must be the same in all processes.
  """

  index: int
  count: int
  settings: Mapping[str, str] = dataclasses.field(default_factory=dict)


def meet(address: str, process: Process, timeout: float) -> None:
  """Returns when all processes have connected to process 0.

  Args:
    address: 'host:port' of process 0.
    process: this process.
    timeout: seconds to wait for the others.

  Raises:
    UserError: the port is in use, or the processes were started with different settings.
    WorthRetrying: a process is missing, or process 0 cannot be reached.
  """
  host, _, port = address.rpartition(':')
  # Receivers refuse texts that are not printable (`messages.is_text`).
  shown = {_printable(name): _printable(value) for name, value in process.settings.items()}
  process = dataclasses.replace(process, settings=shown)
  if process.index == 0:
    _receive(int(port), process, timeout)
  else:
    _report(host.strip('[]'), int(port), process, timeout)


def _printable(text: str) -> str:
  return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


# ---- Process 0 ----


def _receive(port: int, process: Process, timeout: float) -> None:
  guests: dict[socket.socket, Process] = {}
  door = messages.Door(_listen(port))
  try:
    _gather(door, guests, process, time.monotonic() + timeout)
    problem = _unlike(process, guests.values()) or _missing(process, guests.values(), port, timeout)
    for guest in guests:
      messages.send(guest, _verdict(problem))
  finally:
    for guest in guests:
      guest.close()
    door.close()
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


def _gather(door: messages.Door, guests: dict[socket.socket, Process], process: Process,
            deadline: float) -> None:
  """Fills `guests` until all are there or time is up. Removes those that disconnect meanwhile."""
  while _absent(process, guests.values()) and (left := deadline - time.monotonic()) > 0:
    for connection, message in door.events(left):
      if message is None:
        guests.pop(connection)
        connection.close()
      elif (other := _process(message)) is None:
        door.drop(connection)
      else:
        if _unlike(process, [other]) or other.index in [g.index for g in guests.values()]:
          deadline = min(deadline, time.monotonic() + _GRACE_SECONDS)
        guests[connection] = other
        door.keep(connection)


def _process(message: Mapping[str, Any]) -> Process | None:
  """The process that sent a message; None if the message is not from a process of a run."""
  if set(message) != {field.name for field in dataclasses.fields(Process)}:
    return None
  index, count, settings = message['index'], message['count'], message['settings']
  # type() instead of isinstance(): JSON's true is a bool, which is an int.
  numbers = type(index) is int and type(count) is int and 0 <= index < count <= _MOST_PROCESSES
  if not numbers or not isinstance(settings, dict):
    return None
  texts = all(map(messages.is_text, (*settings, *settings.values())))
  return Process(index, count, settings) if texts else None


def _absent(process: Process, guests: Sequence[Process]) -> list[int]:
  there = {0, *(guest.index for guest in guests)}
  return [i for i in range(process.count) if i not in there]


def _missing(process: Process, guests: Sequence[Process], port: int, timeout: float
             ) -> WorthRetrying | None:
  absent = _absent(process, guests)
  return WorthRetrying(
      f'{_processes(absent)} of {process.count} did not report to process 0 (port {port}) '
      f'within {timeout:g} s', 'start-up', 'Look at their logs, then start all processes again.'
  ) if absent else None


def _unlike(process: Process, guests: Sequence[Process]) -> UserError | None:
  """What is wrong with the processes so far: two with one number, or settings that differ."""
  everybody = sorted([process, *guests], key=lambda p: p.index)
  twice = [one.index for one, next_one in zip(everybody, everybody[1:])
           if one.index == next_one.index]
  if twice:
    return UserError(f'two processes have the number {twice[0]}', '--process_id',
                     f'Number them from 0 to {process.count - 1}.')
  settings = {p.index: {_COUNT: str(p.count), **p.settings} for p in everybody}
  names = dict.fromkeys(name for own in settings.values() for name in own)
  differing = [n for n in names if len({own.get(n) for own in settings.values()}) > 1]
  if not differing:
    return None
  more = f', and {len(differing) - 1} more differ' if len(differing) > 1 else ''
  values = {index: own.get(differing[0], 'not set') for index, own in settings.items()}
  return UserError(f'{differing[0]} is {_by_value(values)}{more}', 'start-up',
                   'Start all processes with the same flags, except --process_id, and give them '
                   'the same files.')


def _by_value(values: Mapping[int, str]) -> str:
  """Such as '1 in processes 0, 2 and 3 in process 1'. Long values are cut to where they differ."""
  same = len(os.path.commonprefix(list(values.values())))
  start = max(same - _SHOWN // 4, 0) if max(map(len, values.values())) > _SHOWN else 0
  where: dict[str, list[int]] = {}
  for index, value in values.items():
    where.setdefault(value, []).append(index)
  parts = [f'{"..." if start else ""}{value[start : start + _SHOWN]} in {_processes(indices)}'
           for value, indices in where.items()]
  return ', '.join(parts[:4][:-1]) + f' and {parts[:4][-1]}'


def _verdict(problem: UserError | None) -> dict[str, Any]:
  if problem is None:
    return {'go': True}
  return {'go': False, 'retry': isinstance(problem, WorthRetrying),
          'problem': [problem.what, problem.where, problem.remedy]}


# ---- The other processes ----


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
          'Check that process 0 runs there and that the port is open between the machines.')
    time.sleep(_RETRY_SECONDS)
  if not answer['go']:
    raise (WorthRetrying if answer['retry'] else UserError)(*answer['problem'])


def _ask(host: str, port: int, process: Process, timeout: float
         ) -> tuple[dict[str, Any] | None, str]:
  """The answer of process 0; or None and the reason."""
  try:
    with socket.create_connection((host, port), timeout=min(timeout, 5.0)) as connection:
      messages.send(connection, dataclasses.asdict(process))
      # Process 0 may have started to wait later than this process.
      answer = messages.receive(connection, timeout + 5.0)
  except OSError as error:
    return None, error.strerror or str(error)
  if answer is None or not _is_verdict(answer):
    return None, 'another program answers there, or process 0 has ended'
  return answer, ''


def _is_verdict(answer: Mapping[str, Any]) -> bool:
  if answer.get('go') is True:
    return True
  problem = answer.get('problem')
  return (answer.get('go') is False and isinstance(answer.get('retry'), bool)
          and isinstance(problem, list) and len(problem) == 3
          and all(map(messages.is_text, problem)))


def _processes(numbers: Sequence[int]) -> str:
  shown = ', '.join(map(str, numbers[:8]))
  more = f' and {len(numbers) - 8} more' if len(numbers) > 8 else ''
  return f'process{"es" if len(numbers) > 1 else ""} {shown}{more}'
