"""Builds missing passes of tokenized data, in this process or in several."""
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
import contextlib
import dataclasses
import os
import queue
import threading
import time
from typing import Any

from absl import logging
from etils import epath

from flan_jax import storage
from flan_jax.errors import OutOfMemory, UserError
from flan_jax.stream.examples import Example
from flan_jax.stream.prepared import store
from flan_jax.stream.prepared.renderable import Renderable, Settings, folder
from flan_jax.stream.prepared.worker import Worker, vocabulary_arguments

# Fewer rows than this are rendered sooner than worker processes have started.
ROWS_WORTH_WORKERS = 60_000
_LOOK_SECONDS = 0.2  # between two checks whether `stop` is set

Progress = Callable[[Mapping[str, Any], int, int], None]


@dataclasses.dataclass(frozen=True)
class Pass:
  """A pass, to be built."""

  of: Renderable
  number: int


class Stopped(Exception):
  """Building ended early because `stop` was set. Finished passes stay."""


def build(jobs: Sequence[Pass], settings: Settings, workers: int | None = None,
          progress: Progress = lambda manifest, done, total: None,
          stop: threading.Event | None = None) -> None:
  """Builds passes. When it is stopped, finished passes stay, and the next call does the rest.

  Args:
    jobs: what to build.
    settings: vocabulary, lengths and directory.
    workers: number of processes; 0 builds in this process, None decides by the number of rows.
    progress: called with each manifest, the number of passes done and their total.
    stop: when set, building ends.

  Raises:
    UserError: data is missing, or the disk is full.
    Stopped: `stop` was set.
  """
  stop = stop or threading.Event()
  if workers is None:
    rows = sum(job.of.num_rows() for job in jobs)
    workers = min(os.cpu_count() or 1, len(jobs)) if rows > ROWS_WORTH_WORKERS else 0
  if vocabulary_arguments(settings.vocabulary) is None:
    workers = 0
  manifests = (_in_workers(jobs, settings, workers, stop) if workers
               else _here(jobs, settings, stop))
  for done, manifest in enumerate(manifests, start=1):
    progress(manifest, done, len(jobs))


def build_pass(job: Pass, settings: Settings, stop: threading.Event | None = None
               ) -> dict[str, Any]:
  """Builds a pass in this process; returns its manifest.

  Raises:
    UserError: data is missing.
    OutOfMemory: the disk is full.
    Stopped: `stop` was set.
  """
  # Tokens of a task's own may be any.
  vocabulary_size = 2**31 if job.of.own_tokens else settings.vocabulary.vocab_size
  place = store.PassFiles(folder(job.of, settings), job.number)
  if storage.is_local(place.directory):
    storage.remove_leftovers(place.directory)
  started = time.monotonic()
  facts = {'dataset': job.of.name, 'cluster': job.of.cluster,
           'lengths': dict(settings.lengths), 'key': place.directory.name}
  examples = _until_stopped(job.of.examples(job.number, settings), stop)
  try:
    manifest = store.write(
        place, examples, facts, settings.lengths, store.token_type(vocabulary_size))
  except OSError as error:
    raise _explained(error, settings.root) from error
  logging.info('Prepared pass %d of %s: %d examples in %.1f s.', job.number, job.of.name,
               manifest['examples'], time.monotonic() - started)
  return manifest


def _until_stopped(examples: Iterator[Example], stop: threading.Event | None) -> Iterator[Example]:
  for example in examples:
    if stop and stop.is_set():
      raise Stopped
    yield example


def _here(jobs: Sequence[Pass], settings: Settings, stop: threading.Event
          ) -> Iterator[dict[str, Any]]:
  for job in jobs:
    yield build_pass(job, settings, stop)


def _in_workers(jobs, settings: Settings, count: int, stop: threading.Event
                ) -> Iterator[dict[str, Any]]:
  """Builds passes in worker processes: each thread hands the next job to an idle process."""
  idle = queue.SimpleQueue()
  with contextlib.ExitStack() as stack:
    # Entered first, so left last: when a job fails, the workers end first. That wakes the threads
    # which wait for an answer, so that the pool can end.
    threads = stack.enter_context(futures.ThreadPoolExecutor(count))
    for _ in range(count):
      idle.put(stack.enter_context(Worker(settings)))
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)

    def work(job: Pass) -> dict[str, Any]:
      worker = idle.get()
      try:
        key = folder(job.of, settings).name
        answer = worker.ask({'name': job.of.name, 'number': job.number, 'key': key})
      finally:
        idle.put(worker)
      # A worker does not know a task that a notebook or a script declared or changed.
      return build_pass(job, settings, stop) if answer is None else answer

    # The largest first, so that no process works alone on a large one at the end.
    largest_first = sorted(jobs, key=lambda job: job.of.num_rows(), reverse=True)
    running = {threads.submit(work, job) for job in largest_first}
    while running:
      done, running = futures.wait(running, _LOOK_SECONDS, futures.FIRST_COMPLETED)
      if stop.is_set():
        raise Stopped
      for finished in done:
        yield finished.result()


def _explained(error: OSError, root: epath.Path) -> UserError:
  if storage.is_disk_full(error):
    logging.info('Disk full: %s', error)
    used = sum(p.stat().length for p in root.glob('*/*/*'))
    return OutOfMemory(
        'the disk is full', str(root),
        f'Prepared data takes {used / 1e6:,.0f} MB of it. Free some room (`t5x prepare NAME '
        '--prune` deletes what belongs to earlier declarations), or give another --directory. '
        'What is prepared already stays.')
  return UserError(f'prepared data cannot be written: {error}', str(root),
                   'Give another --directory.')
