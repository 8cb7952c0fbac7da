"""What processes of a run share: rows of batches, arrays, and the order they do things in.

All of it works in a run of one process too, where there is nobody to share with.
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

_meetings = itertools.count()
_left = []
# What the transports (Gloo, NCCL, gRPC) say when who is at the other end has gone.
_LOST = re.compile(r'(?i:gloo|nccl|connection (reset|closed)|heartbeat)|UNAVAILABLE')


def is_first() -> bool:
  """Whether this is the process that writes files and talks to people."""
  return jax.process_index() == 0


def rows_here(sharding: jax.sharding.Sharding, rows: int) -> list[int]:
  """Which rows of an array `[rows, ...]` are on devices of this process, in ascending order."""
  places = sharding.addressable_devices_indices_map((rows,)).values()
  return sorted({row for (place,) in places for row in range(rows)[place]})


def global_batch(
    batch: Mapping[str, np.ndarray], rows: Sequence[int], count: int,
    sharding: jax.sharding.Sharding,
) -> dict[str, jax.Array]:
  """Arrays over all processes, to which each contributes its rows.

  Args:
    batch: arrays `[len(rows), ...]`: the rows of this process.
    rows: their numbers, as `rows_here` gives them.
    count: rows of the global batch.
    sharding: how the global batch lies.

  Returns:
    Arrays `[count, ...]`.
  """
  place = {row: here for here, row in enumerate(rows)}

  def spread(array: np.ndarray) -> jax.Array:
    def piece(index):
      here = [place[row] for row in range(count)[index[0]]]
      return array[here][(slice(None), *index[1:])]

    # A batch is moved on purpose, which JAX cannot tell from a transfer by accident.
    with jax.transfer_guard_host_to_device('allow'):
      return jax.make_array_from_callback((count, *array.shape[1:]), sharding, piece)

  return {name: spread(array) for name, array in batch.items()}


def gather(value: Any) -> list[Any]:
  """The JSON-able values that the processes give, in their order; all get all of them."""
  if jax.process_count() == 1:
    return [value]
  text = np.frombuffer(json.dumps(value).encode(), np.uint8)
  lengths = multihost_utils.process_allgather(np.int32(len(text)))
  padded = np.pad(text, (0, int(lengths.max()) - len(text)))
  texts = multihost_utils.process_allgather(padded)
  return [json.loads(text[:length].tobytes()) for text, length in zip(texts, lengths)]


def as_first_says(value: Any) -> Any:
  """The JSON-able value of process 0, so that all decide alike."""
  return gather(value)[0]


def as_first_does(work: Callable[[], Any]) -> Any:
  """The JSON-able value of work that process 0 alone does, so that all go on alike.

  Raises:
    UserError: the work has raised it in process 0.
  """
  if jax.process_count() == 1:
    return work()
  value = problem = None
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
  """The body runs in process 0, then in the others; all leave it together.

  Args:
    what: the body in words.
    timeout: seconds that nobody waits longer than.

  Raises:
    UserError: the body has raised it in process 0; the others raise it without trying.
    WorthRetrying: the time was not enough.
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
        f'the other processes were not done with it within {timeout:g} s, or have ended: '
        f'{_first_line(error)}', what, 'See their logs.') from error


@contextlib.contextmanager
def together() -> Iterator[None]:
  """For the work of a run: who loses another process ends at once, not minutes later with a trace.

  Raises:
    WorthRetrying: another process has ended, or cannot be reached any more.
  """
  try:
    yield
  except UserError:
    raise  # all processes make the same mistakes, and end in good order
  except Exception as error:
    if jax.process_count() > 1:
      _leave()
      if has_lost_another(error):
        raise WorthRetrying(
            f'process {jax.process_index()} has lost another one: {_first_line(error)}',
            'several processes', 'See the log of who ended first; then start all again.') from error
    raise


def has_lost_another(error: BaseException | None) -> bool:
  """Whether an error says that another process has ended, or cannot be reached any more."""
  # Where an array's value is fetched, JAX raises its runtime's errors as ValueErrors.
  is_of_runtime = isinstance(error, (jax.errors.JaxRuntimeError, ValueError))
  return jax.process_count() > 1 and is_of_runtime and bool(_LOST.search(str(error)))


def _leave() -> None:
  """Leaves without waiting for the others, who may be waiting for this process in turn."""
  # JAX's shutdown finds nothing to wait for, but the service goes on until this process has ended:
  # taken from under it, JAX would abort it before it has said why it ends.
  _left.append(jax_internals.take_connection())


def _first_line(error: Exception) -> str:
  return str(error).partition('\n')[0]
