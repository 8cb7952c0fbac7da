"""Adds declared tasks and the paper's mixtures to SeqIO's registries, for users of plain SeqIO."""
import functools

import seqio

from flan_jax.data import declarations, mixtures, paper, registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX
from flan_jax.errors import UserError


@functools.cache
def publish() -> None:
  """Adds the tasks of every declaration, now and from now on, and the paper's mixtures.

  Raises:
    UserError: a foreign task has one of these names.
  """
  for dataset in declarations.datasets().values():
    _add_tasks(dataset)
  for name in sorted(paper.names()):
    _add_mixture(name)
  declarations.watch(_added, _removed)


def _added(dataset: Dataset) -> None:
  _add_tasks(dataset)
  _renew_homes(dataset)


def _removed(dataset: Dataset) -> None:
  for name in registry.tasks(dataset):
    seqio.TaskRegistry.remove(name)
  _renew_homes(dataset)


def _renew_homes(dataset: Dataset) -> None:
  """Renews the mixtures of a dataset's cluster and group after it was added or removed."""
  for name in (dataset.cluster, GROUP_PREFIX + dataset.group):
    seqio.MixtureRegistry.remove(name)
    _add_mixture(name)


def _add_tasks(dataset: Dataset) -> None:
  for name, task in registry.tasks(dataset).items():
    if name in seqio.TaskRegistry.names():
      raise UserError(f'a foreign SeqIO task is called {name!r}', f'dataset {dataset.name}',
                      'Give that task another name.')
    seqio.TaskRegistry.add_provider(name, task)


def _add_mixture(name: str) -> None:
  if mixture := mixtures.our_mixture(name):
    seqio.MixtureRegistry.add_provider(name, mixture)
