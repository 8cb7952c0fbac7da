"""Everything that this package takes from JAX without JAX promising it: names of `jax._src`.

A new JAX may move them without notice. Mend such a move here and nowhere else; the test beside
this file's says at once which name is gone.
"""
import importlib
from typing import Any

import jax

from flan_jax.errors import UserError

# What is taken, and why JAX's public names do not do.
NAMES = {
    # Waiting for other processes with a time limit; `multihost_utils` waits for ever.
    'jax._src.distributed.global_state': 'barriers and messages with a time limit',
    # What `jax.distributed.initialize` itself asks; it starts at once and tells nobody the answer.
    'jax._src.clusters.ClusterEnv': 'finding the processes of a run on a cluster',
}


def find(name: str) -> Any:
  """The object behind a name of `NAMES`.

  Raises:
    UserError: the installed JAX has no such name.
  """
  module, _, attribute = name.rpartition('.')
  try:
    return getattr(importlib.import_module(module), attribute)
  except (ImportError, AttributeError) as error:
    raise UserError(
        f'JAX {jax.__version__} has no {name}, which is needed for {NAMES[name]}', 'installation',
        'Install a version of JAX that setup.py names, such as with '
        "pip install 'jax>=0.9,<0.11'.") from error


def client() -> Any:
  """The connection to JAX's service for several processes; None where there is one process."""
  return find('jax._src.distributed.global_state').client


def take_connection() -> tuple[Any, Any]:
  """Takes the client and the service from JAX, so that its shutdown finds nothing to wait for."""
  state = find('jax._src.distributed.global_state')
  taken = state.client, state.service
  state.client = state.service = None
  return taken


def detect_processes(
    address: str | None, count: int | None, index: int | None, timeout: int
) -> tuple[str | None, int | None, int | None, list[int] | None]:
  """Asks the surroundings for what is None, as `jax.distributed.initialize` does.

  Args:
    address: 'host:port' of process 0.
    count: how many processes there are.
    index: the number of this one, from 0.
    timeout: seconds to wait for an answer.

  Returns:
    Address, count, index and the devices of this process (None: all of its machine).
  """
  environments = find('jax._src.clusters.ClusterEnv')
  return environments.auto_detect_unset_distributed_params(
      address, count, index, None, None, timeout)
