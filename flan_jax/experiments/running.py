"""Runs the trainings of a plan in processes of their own, some at a time."""
from collections.abc import Iterator
import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time

from absl import logging

from flan_jax import storage
from flan_jax.experiments import directories
from flan_jax.experiments.directories import LOG, Plan, PlannedRun

_CHILD = 'flan_jax.experiments.point_process'
_LOOK_SECONDS = 0.2
GRACE_SECONDS = 60  # for a save in progress, when the sweep is stopped


@dataclasses.dataclass(frozen=True)
class Event:
  """What happens to a run.

  Attributes:
    run: the run.
    kind: 'begins', 'ends', 'fails' or 'skipped' (its base has failed).
    seconds: what this start took.
    why: for one that fails, the last line of its log.
  """

  run: PlannedRun
  kind: str
  seconds: float = 0.0
  why: str = ''


@dataclasses.dataclass
class _Started:
  run: PlannedRun
  process: subprocess.Popen
  began: float
  before: float  # seconds of earlier starts


def run(plan: Plan, output_dir: str, jobs: int = 1) -> Iterator[Event]:
  """Runs what is not finished, in the order of the plan.

  Each run is `t5x train` in a process of its own, with `log.txt` in its folder. A run that an
  earlier start has begun goes on from its newest checkpoint. If this generator is closed, or
  SIGINT or SIGTERM arrives, the processes are stopped first.

  Args:
    plan: from `plan.make`.
    output_dir: the folder of the sweep. The caller has claimed it.
    jobs: how many run at the same time.

  Yields:
    What happens, as it happens. A run that was finished before has no event.
  """
  waiting = [r for r in plan.runs if not directories.is_finished(output_dir, r)]
  running: list[_Started] = []
  failed: set[str] = set()
  with _termination_interrupts(), _stopped_at_the_end(running):
    while waiting or running:
      for one in [r for r in waiting if r.base in failed]:
        waiting.remove(one)
        failed.add(one.directory)
        yield Event(one, 'skipped', why=f'{one.base} has failed')
      for started in [s for s in running if s.process.poll() is not None]:
        running.remove(started)
        event = _ended(started, output_dir)
        failed |= {started.run.directory} if event.kind == 'fails' else set()
        yield event
      unfinished = {r.directory for r in waiting} | {s.run.directory for s in running}
      ready = [r for r in waiting if r.base not in unfinished]
      for one in ready[:max(0, jobs - len(running))]:
        waiting.remove(one)
        running.append(_start(one, output_dir))
        yield Event(one, 'begins')
      if running:
        time.sleep(_LOOK_SECONDS)


def _start(run: PlannedRun, output_dir: str) -> _Started:
  before = directories.record(output_dir, run.directory).get('seconds', 0.0)
  directories.write_record(output_dir, run, before)
  command = [sys.executable, '-m', _CHILD, 'train', *run.arguments]
  with open(os.path.join(output_dir, run.directory, LOG), 'a', encoding='utf-8') as log:
    # In a session of its own: Ctrl-C goes to the sweep, which stops its processes.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
        env=os.environ | {'NO_COLOR': '1'})
  return _Started(run, process, time.monotonic(), before)


def _ended(started: _Started, output_dir: str) -> Event:
  run, code = started.run, started.process.returncode
  started.process.stdin.close()
  seconds = time.monotonic() - started.began
  directories.write_record(output_dir, run, started.before + seconds)
  if code == 0 and directories.is_finished(output_dir, run):
    return Event(run, 'ends', seconds)
  said = _last_line(os.path.join(output_dir, run.directory, LOG))
  how = f'killed by {signal.Signals(-code).name}' if code < 0 else f'exit code {code}'
  return Event(run, 'fails', seconds, f'{how}: {said}' if said else how)


def _last_line(log: str) -> str:
  with open(log, encoding='utf-8', errors='replace') as file:
    lines = [line.strip() for line in file if line.strip()]
  return lines[-1] if lines else ''


@contextlib.contextmanager
def _stopped_at_the_end(running: list[_Started]) -> Iterator[None]:
  """Stops the processes that still run when the block is left."""
  try:
    yield
  finally:
    for started in running:
      logging.info('Stopping %s.', started.run.directory)
      with contextlib.suppress(ProcessLookupError):
        started.process.send_signal(signal.SIGINT)
    end = time.monotonic() + GRACE_SECONDS
    for started in running:
      try:
        started.process.wait(max(0.1, end - time.monotonic()))
      except subprocess.TimeoutExpired:
        started.process.kill()
        started.process.wait()


@contextlib.contextmanager
def _termination_interrupts() -> Iterator[None]:
  """SIGTERM raises KeyboardInterrupt, as SIGINT does, so that the processes are stopped."""
  if threading.current_thread() is not threading.main_thread():
    yield
    return
  before = signal.signal(signal.SIGTERM, signal.default_int_handler)
  try:
    yield
  finally:
    signal.signal(signal.SIGTERM, before)


def claim(output_dir: str) -> storage.Claim:
  """Claims the folder of a sweep; see `storage.Claim`."""
  with storage.writing(output_dir, '--output_dir'):
    os.makedirs(output_dir, exist_ok=True)
  return storage.Claim(output_dir, '--output_dir')
