"""The meeting of a run's processes: who is missing is named, soon and everywhere."""
from concurrent import futures
import json
import socket
import time

import pytest

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
  assert all('two processes say that they are process 1' in str(p) for p in problems)


def test_somebody_who_left_counts_as_missing_and_strangers_do_not_count(port):
  with futures.ThreadPoolExecutor(1) as pool:
    host = pool.submit(meet, f'localhost:{port}', Process(0, 3), 3.0)
    hello = json.dumps({'index': 1, 'count': 3, 'settings': {}}).encode() + b'\n'
    for message in (b'GET / HTTP/1.0\n', hello):
      with _connected(port) as guest:
        guest.sendall(message)
    assert 'processes 1, 2 of 3 did not report' in str(host.exception())


def _connected(port):
  for _ in range(100):
    try:
      return socket.create_connection(('localhost', port), timeout=0.1)
    except OSError:
      time.sleep(0.05)
  raise AssertionError('nobody listens')
