"""What the processes of a run share: rows of batches, arrays, and the order of their work.

All functions work in a run of one process too.
"""
from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import itertools
import json
import re
from typing import Any

import jax
from jax.experimental import multihost_utils
import numpy as np

from flan_jax import errors
from flan_jax.distributed import jax_internals
from flan_jax.errors import UserError, WorthRetrying

# Names the barriers and messages of `first_goes_first`; JAX's service accepts each name once. The
# processes need no agreement about it: all call `first_goes_first` in the same order, so their
# counters advance in lockstep. A call that only some processes make would break that.
_meetings = itertools.count()
# Keeps JAX's client and service alive after `_leave`.
_left = []
# What the transports (Gloo, NCCL, gRPC) report when the process at the other end has ended.
_LOST = re.compile(r'(?i:gloo|nccl|connection (reset|closed)|heartbeat)|UNAVAILABLE')


def is_first() -> bool:
  """Whether this is process 0, which writes files and messages."""
  return jax.process_index() == 0


def rows_here(sharding: jax.sharding.Sharding, rows: int) -> list[int]:
  """The rows of an array `[rows, ...]` that are on devices of this process, in ascending order."""
  places = sharding.addressable_devices_indices_map((rows,)).values()
  return sorted({row for (place,) in places for row in range(rows)[place]})


def global_batch(
    batch: Mapping[str, np.ndarray], rows: Sequence[int], count: int,
    sharding: jax.sharding.Sharding,
) -> dict[str, jax.Array]:
  """Arrays over all processes; each process contributes its rows.

  Args:
    batch: arrays `[len(rows), ...]`: the rows of this process.
    rows: their numbers, as `rows_here` gives them.
    count: rows of the global batch.
    sharding: of the global batch.

  Returns:
    Arrays `[count, ...]`.
  """
  place = {row: here for here, row in enumerate(rows)}

  def spread(array: np.ndarray) -> jax.Array:
    def piece(index):
      here = [place[row] for row in range(count)[index[0]]]
      return array[here][(slice(None), *index[1:])]

    # The training loop forbids implicit transfers. This one is intended.
    with jax.transfer_guard_host_to_device('allow'):
      return jax.make_array_from_callback((count, *array.shape[1:]), sharding, piece)

  return {name: spread(array) for name, array in batch.items()}


def gather(value: Any) -> list[Any]:
  """Collects a JSON-able value from each process; every process gets all of them, in order."""
  if jax.process_count() == 1:
    return [value]
  text = np.frombuffer(json.dumps(value).encode(), np.uint8)
  # An all-gather needs equal shapes: first the lengths, then the texts padded to the longest.
  lengths = multihost_utils.process_allgather(np.int32(len(text)))
  padded = np.pad(text, (0, int(lengths.max()) - len(text)))
  texts = multihost_utils.process_allgather(padded)
  return [json.loads(text[:length].tobytes()) for text, length in zip(texts, lengths)]


def as_first_says(value: Any) -> Any:
  """The JSON-able value of process 0, so that all processes decide the same."""
  return gather(value)[0]


def as_first_does(work: Callable[[], Any]) -> Any:
  """Does work in process 0 only; every process gets its JSON-able value.

  Raises:
    UserError: the work raised it in process 0. Every process raises it.
  """
  if jax.process_count() == 1:
    return work()
  value = problem = None
  # An error travels as a value: if process 0 raised it here, the others would wait forever.
  if is_first():
    try:
      value = work()
    except UserError as error:
      problem = error
  said = [type(problem).__name__, problem.what, problem.where, problem.remedy] if problem else None
  value, said = as_first_says([value, said])
  if said:
    raise problem or getattr(errors, said[0], UserError)(*said[1:])
  return value


@contextlib.contextmanager
def first_goes_first(what: str, timeout: float = 24 * 3600.0) -> Iterator[None]:
  """Runs the body in process 0, then in the others. All processes leave it together.

  Args:
    what: describes the body, for messages.
    timeout: the most seconds that a process waits.

  Raises:
    UserError: the body raised it in process 0; the others raise it without running the body.
    WorthRetrying: the other processes did not finish in time.
  """
  client = jax_internals.client()
  if client is None:
    yield
    return
  name, milliseconds = f'flan_jax/{next(_meetings)}', int(timeout * 1000)
  with _in_time(what, timeout):
    problem = None if is_first() else json.loads(
        client.blocking_key_value_get(f'{name}/problem', milliseconds))
  if problem:
    raise UserError(*problem)
  try:
    yield
  except UserError as error:
    problem = [error.what, error.where, error.remedy]
    raise
  finally:
    # Also after an error: the others are waiting for this message.
    if is_first():
      client.key_value_set(f'{name}/problem', json.dumps(problem))
  with _in_time(what, timeout):
    client.wait_at_barrier(f'{name}/done', milliseconds)


@contextlib.contextmanager
def _in_time(what: str, timeout: float) -> Iterator[None]:
  try:
    yield
  except jax.errors.JaxRuntimeError as error:
    raise WorthRetrying(
        f'the other processes did not finish within {timeout:g} s, or have ended: '
        f'{_first_line(error)}', what, 'Look at their logs.') from error


@contextlib.contextmanager
def together() -> Iterator[None]:
  """Wraps the work of a run: a process that loses another one ends at once with a clear message.

  Without it, JAX's shutdown blocks for minutes and then prints a stack trace.

  Raises:
    WorthRetrying: another process has ended, or cannot be reached any more.
  """
  try:
    yield
  except UserError:
    raise  # the user's mistakes are the same in all processes, and all end in good order
  except Exception as error:
    if jax.process_count() > 1:
      _leave()
      if has_lost_another(error):
        raise WorthRetrying(
            f'process {jax.process_index()} has lost another process: {_first_line(error)}',
            'several processes',
            'Look at the log of the process that ended first, then start all again.') from error
    raise


def has_lost_another(error: BaseException | None) -> bool:
  """Whether an error says that another process has ended, or cannot be reached any more."""
  # When an array's value is fetched, JAX raises errors of its runtime as ValueErrors.
  is_of_runtime = isinstance(error, (jax.errors.JaxRuntimeError, ValueError))
  return jax.process_count() > 1 and is_of_runtime and bool(_LOST.search(str(error)))


def _leave() -> None:
  """Leaves the run without waiting for the others, which may be waiting for this process."""
  # The reference keeps the service alive until this process ends. If it were freed here, JAX would
  # abort the process before it has printed why it ends.
  _left.append(jax_internals.take_connection())


def _first_line(error: Exception) -> str:
  return str(error).partition('\n')[0]
