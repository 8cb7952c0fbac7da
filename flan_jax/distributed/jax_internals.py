"""All private JAX names (`jax._src`) that this package uses.

A new JAX may move them without notice. Fix such a move here and nowhere else; the test of this
file names what is gone.
"""
import importlib
from typing import Any

import jax

from flan_jax.errors import UserError

# The names, and what they are needed for because JAX's public API does not offer it.
NAMES = {
    # `multihost_utils` waits forever for the other processes; we need a time limit.
    'jax._src.distributed.global_state': 'barriers and messages with a time limit',
    # `jax.distributed.initialize` finds the processes too, but starts at once and does not return
    # what it found. The handshake needs the answer before JAX starts.
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
  """The connection to JAX's coordination service; None if there is only one process."""
  return find('jax._src.distributed.global_state').client


def take_connection() -> tuple[Any, Any]:
  """Removes client and service from JAX's state, so that its shutdown waits for no process."""
  state = find('jax._src.distributed.global_state')
  taken = state.client, state.service
  state.client = state.service = None
  return taken


def detect_processes(
    address: str | None, count: int | None, index: int | None, timeout: int
) -> tuple[str | None, int | None, int | None, list[int] | None]:
  """Asks the cluster environment for what is None, as `jax.distributed.initialize` does.

  Args:
    address: 'host:port' of process 0.
    count: how many processes there are.
    index: the number of this one, from 0.
    timeout: seconds to wait for an answer.

  Returns:
    Address, count, index and this process's devices (None: all devices of its machine).
  """
  environments = find('jax._src.clusters.ClusterEnv')
  return environments.auto_detect_unset_distributed_params(
      address, count, index, None, None, timeout)
