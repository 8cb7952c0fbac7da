"""The meeting of a run's processes: who is missing is named, soon and everywhere."""
from concurrent import futures
import json
import socket
import time

import pytest

from flan_jax.distributed import messages
from flan_jax.distributed.handshake import Process, meet
from flan_jax.errors import WorthRetrying


@pytest.fixture
def port():
  with socket.create_server(('', 0)) as server:
    return server.getsockname()[1]


def meeting(port, *processes, timeout=2.0):
  """What each process meets with: None, or an exception."""
  with futures.ThreadPoolExecutor(len(processes)) as pool:
    address = f'localhost:{port}'
    return [f.exception() for f in [pool.submit(meet, address, p, timeout) for p in processes]]


def test_all_who_came_go_on(port):
  assert meeting(port, *(Process(i, 3) for i in (2, 0, 1)), timeout=20) == [None] * 3


def test_the_port_is_free_again_afterwards(port):
  for _ in range(2):
    assert meeting(port, Process(0, 2), Process(1, 2), timeout=20) == [None] * 2


def test_every_process_names_the_ones_that_are_missing(port):
  problems = meeting(port, Process(0, 5), Process(2, 5), Process(3, 5))
  for problem in problems:
    assert isinstance(problem, WorthRetrying) and problem.exit_code == 42
    assert 'processes 1, 4 of 5 did not report' in str(problem) and str(port) in str(problem)


def test_who_cannot_reach_process_0_names_its_address_and_why(port):
  problem, = meeting(port, Process(1, 2), timeout=0.3)
  assert isinstance(problem, WorthRetrying)
  assert f'process 1 cannot reach process 0 at localhost:{port}' in str(problem)
  assert 'refused' in str(problem)


def test_a_port_in_use_is_a_mistake_that_names_it():
  with socket.create_server(('', 0)) as server:
    taken = server.getsockname()[1]
    problem, = meeting(taken, Process(0, 2))
  assert problem.exit_code == 2 and f'port {taken}' in str(problem)


@pytest.mark.parametrize('other, words', [
    (Process(1, 3), ['number of processes is 2 in process 0 and 3 in process 1']),
    (Process(1, 2, {'seed': '1'}), ['seed is 0 in process 0 and 1 in process 1']),
    (Process(1, 2, {'seed': '0', 'steps': '9'}),
     ['steps is not set in process 0 and 9 in process 1']),
    (Process(0, 2), ['address']),
])
def test_processes_that_are_not_alike_do_not_start(port, other, words):
  first = Process(0, other.count if other.index == 0 else 2,
                  {'seed': '0'} if other.settings else {})
  problems = meeting(port, first, other)
  for problem in problems if other.index else [p for p in problems if 'Address' in str(p)]:
    assert problem.exit_code == 2
    for word in words:
      assert word.lower() in str(problem).lower()


def test_two_processes_of_one_number_are_told(port):
  problems = meeting(port, Process(0, 3), Process(1, 3), Process(1, 3))
  assert all('two processes have the number 1' in str(p) for p in problems)


def test_every_process_is_told_what_differs_and_where(port):
  """The odd one comes first; the others, who come later, are told as well."""
  def late():
    time.sleep(0.5)
    return meet(f'localhost:{port}', Process(3, 4, {'steps': '9', 'rate': '1'}), 20)

  with futures.ThreadPoolExecutor(1) as pool:
    last = pool.submit(late)
    problems = meeting(port, Process(0, 4, {'steps': '9', 'rate': '1'}),
                       Process(1, 4, {'steps': '8', 'rate': '2'}),
                       Process(2, 4, {'steps': '9', 'rate': '1'}), timeout=20)
    problems.append(last.exception())
  said = 'steps is 9 in processes 0, 2, 3 and 8 in process 1, and 1 more differ'
  assert all(problem.exit_code == 2 and said in str(problem) for problem in problems)


def test_long_values_are_shown_from_where_they_differ(port):
  problem = meeting(port, *(Process(i, 2, {'lengths': 'x' * 500 + str(i) + '\n' + 'y' * 500})
                            for i in (0, 1)), timeout=20)[1]
  assert 'x0\\ny' in str(problem) and 'x1\\ny' in str(problem) and len(str(problem)) < 500


def test_somebody_who_left_counts_as_missing_and_strangers_do_not_count(port):
  with futures.ThreadPoolExecutor(1) as pool:
    host = pool.submit(meet, f'localhost:{port}', Process(0, 3), 3.0)
    hello = json.dumps({'index': 1, 'count': 3, 'settings': {}}).encode() + b'\n'
    for message in (b'GET / HTTP/1.0\n', hello):
      with _connected(port) as guest:
        guest.sendall(message)
    assert 'processes 1, 2 of 3 did not report' in str(host.exception())


def _says(**changes):
  return json.dumps({'index': 1, 'count': 2, 'settings': {}} | changes).encode() + b'\n'


STRANGERS = (
    b'GET / HTTP/1.0\n', b'[]\n', b'7\n', b'\xff\xfe\n', b'[' * 200_000 + b'\n',
    b'9' * 9_000 + b'\n',
    _says(index=True), _says(index=1.0), _says(index='1'), _says(index=None), _says(index=2),
    _says(index=-1), _says(count=1 << 80), _says(settings=None), _says(settings=[]),
    _says(settings={'a': 1}), _says(settings={'a': {}}), _says(settings={'\ud800': 'x'}),
    _says(settings={'a': '\x1b[2J'}), _says(more=1), b'{"index": 1, "index": 2}\n',
    b'x' * (messages.LONGEST + 2) + b'\n')


def test_strangers_are_dropped_without_an_answer_and_hold_nobody_up(port):
  with futures.ThreadPoolExecutor(1) as pool:
    host = pool.submit(meet, f'localhost:{port}', Process(0, 2, {'secret': 'x'}), 30.0)
    half_open = [_connected(port) for _ in range(100)]  # more than may wait at a time
    slow = _connected(port)
    slow.sendall(b'{')
    for line in STRANGERS:
      with _connected(port) as stranger:
        try:
          stranger.sendall(line)
          assert stranger.recv(100) == b''
        except ConnectionError:
          pass  # dropped with something unread
    assert not host.done()
    began = time.monotonic()
    assert meeting(port, Process(1, 2, {'secret': 'x'}), timeout=20) == [None]
    assert host.exception() is None and time.monotonic() - began < 5
    for connection in [slow, *half_open]:
      assert not _reads(connection)
      connection.close()


def _reads(connection):
  try:
    return connection.recv(100)
  except ConnectionError:
    return b''


def test_a_byte_at_a_time_is_not_waited_for(port, monkeypatch):
  monkeypatch.setattr(messages, '_SECONDS', 0.3)
  with futures.ThreadPoolExecutor(1) as pool:
    host = pool.submit(meet, f'localhost:{port}', Process(0, 2), 20.0)
    with _connected(port) as slow, pytest.raises(ConnectionError):
      for _ in range(100):
        slow.sendall(b' ')
        time.sleep(0.05)
    assert meeting(port, Process(1, 2), timeout=20) == [None] and host.exception() is None


@pytest.mark.parametrize('answer', [
    b'[' * 200_000 + b'\n', b'{"go": false}\n', b'{"go": 1}\n', b'', b'x' * (2 * messages.LONGEST),
    b'{"go": false, "retry": false, "problem": ["\\u001b[2J", "", ""]}\n'], ids=range(6))
def test_something_else_in_the_place_of_process_0_is_said(answer):
  with socket.create_server(('', 0)) as server, futures.ThreadPoolExecutor(1) as pool:
    guest = pool.submit(meet, f'localhost:{server.getsockname()[1]}', Process(1, 2), 0.04)
    connection, _ = server.accept()
    with connection:
      _reads(connection)
      try:
        connection.sendall(answer)
      except ConnectionError:
        pass
    assert 'another program answers there' in str(guest.exception())


def _connected(port):
  for _ in range(100):
    try:
      connection = socket.create_connection(('localhost', port), timeout=1)
      connection.settimeout(20)
      return connection
    except OSError:
      time.sleep(0.05)
  raise AssertionError('nobody listens')
