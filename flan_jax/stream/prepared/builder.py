"""Builds missing passes of tokenized data, in this process or in several."""
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
import contextlib
import dataclasses
import errno
import os
import queue
import shutil
import threading
import time
from typing import Any

from absl import logging
from etils import epath
import seqio

from flan_jax import storage
from flan_jax.data import fitting, registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.errors import OutOfMemory, UserError
from flan_jax.storage import cache_dir
from flan_jax.stream.examples import Example, from_features
from flan_jax.stream.prepared import keys, store
from flan_jax.stream.prepared.worker import Worker, vocabulary_arguments

# Fewer rows than this are rendered sooner than worker processes have started.
ROWS_WORTH_WORKERS = 60_000
_STALE_SECONDS = 3600
_LOOK_SECONDS = 0.2  # between two checks whether `stop` is set

Progress = Callable[[Mapping[str, Any], int, int], None]


@dataclasses.dataclass(frozen=True)
class Settings:
  """How examples are tokenized and where they are kept.

  Attributes:
    vocabulary: turns texts into tokens.
    lengths: longest `inputs` and `targets` in tokens.
    directory: local directory or `gs://` path; None for `prepared` in the cache directory.
  """

  vocabulary: seqio.Vocabulary
  lengths: Mapping[str, int]
  directory: str | None = None

  @property
  def root(self) -> epath.Path:
    if self.directory:
      return epath.Path(storage.expand(self.directory))
    return epath.Path(cache_dir()) / 'prepared'


@dataclasses.dataclass(frozen=True)
class Pass:
  """A pass over a dataset, to be built."""

  dataset: str
  number: int


class Stopped(Exception):
  """Building ended early because `stop` was set. Finished passes stay."""


def folder(dataset: Dataset, settings: Settings) -> epath.Path:
  """The folder of a dataset's passes, as it is declared and stored now."""
  key = keys.pass_key(dataset, row_source(dataset), settings.vocabulary, settings.lengths)
  return settings.root / dataset.name / key


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
    rows = sum(map(_rows, jobs))
    workers = min(os.cpu_count() or 1, len(jobs)) if rows > ROWS_WORTH_WORKERS else 0
  if vocabulary_arguments(settings.vocabulary) is None:
    workers = 0
  manifests = (_in_workers(jobs, settings, workers, stop) if workers
               else _here(jobs, settings, stop))
  for done, manifest in enumerate(manifests, start=1):
    progress(manifest, done, len(jobs))


def build_pass(job: Pass, settings: Settings, stop: threading.Event | None = None
               ) -> dict[str, Any]:
  """Builds one pass in this process; returns its manifest.

  Raises:
    UserError: data is missing.
    OutOfMemory: the disk is full.
    Stopped: `stop` was set.
  """
  dataset = registry.find_dataset(job.dataset)
  place = store.PassFiles(folder(dataset, settings), job.number)
  _remove_leftovers(place.directory)
  started = time.monotonic()
  facts = {'dataset': dataset.name, 'cluster': dataset.cluster,
           'lengths': dict(settings.lengths), 'key': place.directory.name}
  examples = _until_stopped(_examples(dataset, job.number, settings), stop)
  try:
    manifest = store.write(
        place, examples, facts, settings.lengths, store.token_type(settings.vocabulary.vocab_size))
  except OSError as error:
    raise _explained(error, settings.root) from error
  logging.info('Prepared pass %d of %s: %d examples in %.1f s.', job.number, dataset.name,
               manifest['examples'], time.monotonic() - started)
  return manifest


def _examples(dataset: Dataset, number: int, settings: Settings) -> Iterator[Example]:
  known = registry.tasks(dataset)[dataset.name]
  task = registry.training_task(dataset, known.source, known.output_features, first_pass=number)
  rendered = fitting.with_unfitting(with_vocabulary(task, settings.vocabulary)).get_dataset(
      sequence_length=dict(settings.lengths), split='train', shuffle=False, num_epochs=1,
      try_in_mem_cache=False)
  for features in rendered.as_numpy_iterator():
    yield from_features(features, f'dataset {dataset.name}')


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
        key = folder(registry.find_dataset(job.dataset), settings).name
        answer = worker.ask({**dataclasses.asdict(job), 'key': key})
      finally:
        idle.put(worker)
      # A worker does not know a dataset that a notebook or a script declared or changed.
      return build_pass(job, settings, stop) if answer is None else answer

    # The largest first, so that no process works alone on a large one at the end.
    running = {threads.submit(work, job) for job in sorted(jobs, key=_rows, reverse=True)}
    while running:
      done, running = futures.wait(running, _LOOK_SECONDS, futures.FIRST_COMPLETED)
      if stop.is_set():
        raise Stopped
      for finished in done:
        yield finished.result()


def _rows(job: Pass) -> int:
  return row_source(registry.find_dataset(job.dataset)).num_input_examples('train') or 0


def _explained(error: OSError, root: epath.Path) -> UserError:
  if error.errno == errno.ENOSPC or 'space' in str(error):
    logging.info('Disk full: %s', error)
    used = sum(p.stat().length for p in root.glob('*/*/*'))
    return OutOfMemory(
        'the disk is full', str(root),
        f'Prepared data takes {used / 1e6:,.0f} MB of it. Free some room (`t5x prepare NAME '
        '--prune` deletes what belongs to earlier declarations), or give another --directory. '
        'What is prepared already stays.')
  return UserError(f'prepared data cannot be written: {error}', str(root),
                   'Give another --directory.')


def _remove_leftovers(directory: epath.Path) -> None:
  """Deletes the unfinished files of killed processes."""
  if not storage.is_local(directory) or not directory.exists():
    return
  for path in directory.glob('.writing-*'):
    if time.time() - os.path.getmtime(path) > _STALE_SECONDS:
      shutil.rmtree(path, ignore_errors=True)
