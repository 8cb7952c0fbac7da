"""Starts a run of several processes."""
from collections.abc import Callable, Mapping
import dataclasses
import os
import warnings

import jax

from flan_jax.distributed import fingerprints, handshake, jax_internals
from flan_jax.errors import UserError, WorthRetrying

_FLAGS = '--coordinator_address=HOST:PORT, --num_processes=N and --process_id=I'


@dataclasses.dataclass(frozen=True)
class ProcessSpec:
  """This process and its run.

  Attributes:
    address: 'host:port' of process 0.
    count: the number of processes.
    index: the number of this process, from 0.
    local_devices: the devices of its machine that it uses; None for all of them.
  """

  address: str
  count: int
  index: int
  local_devices: list[int] | None = None


def start(
    address: str | None = None,
    count: int | None = None,
    index: int | None = None,
    *,
    timeout: float = 300.0,
    settings: Callable[[], Mapping[str, str]] = dict,
) -> int:
  """Joins the processes of a run. Call it before anything else asks JAX for devices.

  Arguments that are None come from `JAX_COORDINATOR_ADDRESS`, `JAX_NUM_PROCESSES` and
  `JAX_PROCESS_ID`, or else from the environment: Cloud TPU, GKE, SLURM, Open MPI. If none of these
  is set, or the number of processes is 1, it does nothing.

  Args:
    address: 'host:port' of process 0.
    count: the number of processes.
    index: the number of this process, from 0.
    timeout: seconds to wait for the others.
    settings: returns what must be the same in all processes, by name; called only if there are
      several.

  Returns:
    The number of processes.

  Raises:
    UserError: the settings are incomplete or wrong, the port is in use, or the processes were
      started with different settings.
    WorthRetrying: a process is missing (the message names it), or process 0 cannot be reached.
  """
  place = find_place(address, count, index, timeout)
  if place is None:
    return 1
  alike = {'the version of JAX': jax.__version__,
           'the source of FLAN-JAX': fingerprints.of_package(), **settings()}
  handshake.meet(place.address, handshake.Process(place.index, place.count, alike), timeout)
  try:
    jax.distributed.initialize(
        place.address, place.count, place.index, place.local_devices,
        cluster_detection_method='deactivate', initialization_timeout=max(int(timeout), 1))
  except RuntimeError as error:
    raise WorthRetrying(f'JAX could not start its service: {error}', place.address) from error
  return place.count


def find_place(
    address: str | None, count: int | None, index: int | None, timeout: float = 300.0
) -> ProcessSpec | None:
  """This process's place in its run; None if it is the only process. See `start`."""
  address = address or os.environ.get('JAX_COORDINATOR_ADDRESS')
  count = _whole_number('JAX_NUM_PROCESSES') if count is None else count
  index = _whole_number('JAX_PROCESS_ID') if index is None else index
  if count == 1:
    return None
  local_devices = None
  if None in (address, count, index):
    address, count, index, local_devices = _detect(address, count, index, timeout)
  if (address, count, index) == (None, None, None) or count == 1:
    return None
  _check(address, count, index)
  return ProcessSpec(address, count, index, local_devices)


def _detect(address, count, index, timeout):
  try:
    with warnings.catch_warnings():
      # Outside a job, JAX advises containers to install packages that they do not need.
      warnings.simplefilter('ignore')
      found = jax_internals.detect_processes(address, count, index, int(timeout))
  except UserError:
    raise
  except Exception as error:  # pylint: disable=broad-exception-caught; it asks many services
    problem = ' '.join(str(error).split())
    raise UserError(f'the processes of this run cannot be determined: {problem}', 'start-up',
                    f'Give {_FLAGS}, or --num_processes=1.') from error
  # JAX takes one device per process under SLURM. A single process on a machine should use all.
  alone = os.environ.get('SLURM_STEP_TASKS_PER_NODE', '').split('(')[0] == '1'
  return (*found[:3], None if alone else found[3])


def _check(address: str | None, count: int | None, index: int | None) -> None:
  given = {'--coordinator_address': address, '--num_processes': count, '--process_id': index}
  missing = [flag for flag, value in given.items() if value is None]
  if missing:
    raise UserError(f'{" and ".join(missing)} missing', 'several processes', f'Give {_FLAGS}.')
  host, _, port = address.rpartition(':')
  if not host or not port.isdigit() or not 0 < int(port) < 1 << 16:
    raise UserError(f'{address!r} is not an address', '--coordinator_address',
                    'Write it as HOST:PORT, such as 10.0.0.1:1234.')
  if count < 1:
    raise UserError(f'{count} processes are too few', '--num_processes', 'Give 1 or more.')
  if not 0 <= index < count:
    raise UserError(f'there is no process {index} among {count}', '--process_id',
                    f'Number them from 0 to {count - 1}.')


def _whole_number(variable: str) -> int | None:
  text = os.environ.get(variable)
  if text is None or text.strip() == '':
    return None
  if not text.strip().isdigit():
    raise UserError(f'{text!r} is not a whole number', f'${variable}')
  return int(text)
