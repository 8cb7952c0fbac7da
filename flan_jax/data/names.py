"""Names are one space: what a name stands for already, no other thing may be called.

A name that stands for two things would silently mean one of them: a dataset called `nli` could not
be trained on, since that is a cluster.
"""
from collections.abc import Iterable
import re
import sys

from flan_jax.data import declarations, paper, variants
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX
from flan_jax.errors import UserError

CLUSTER, GROUP = 'a cluster', 'a group'
_EVALUATION_TASK = re.compile(r'(\w+)_template_\d+')


def ours(name: str) -> str:
  """What a name stands for among datasets, clusters, groups, mixtures, variants and their tasks.

  Returns:
    Such as 'a cluster' or 'a variant of rte'; empty where it stands for nothing.
  """
  if name in declarations.datasets():
    return 'a dataset'
  if name in declarations.clusters():
    return CLUSTER
  if name.removeprefix(GROUP_PREFIX) in declarations.group_members():
    return GROUP
  if name in paper.names():
    return 'a mixture'
  base, kinds = variants.split(name)
  if kinds and ours(base):
    return f'a variant of {base}'
  match = _EVALUATION_TASK.fullmatch(name)
  if match and (match[1] in declarations.datasets() or ours(match[1]).startswith('a variant')):
    return f'an evaluation task of {match[1]}'
  return ''


def foreign(name: str) -> str:
  """Which of somebody else's things in SeqIO's registries has a name that is none of ours."""
  seqio = sys.modules.get('seqio')  # nothing is registered with what is not imported
  if seqio is None or ours(name):
    return ''
  if name in seqio.TaskRegistry.names():
    return 'a SeqIO task'
  return 'a SeqIO mixture' if name in seqio.MixtureRegistry.names() else ''


def check_free(name: str, where: str) -> None:
  """Raises UserError, with `where` in front, for a name that stands for something already."""
  if kind := ours(name) or foreign(name):
    raise UserError(f'{name!r} is the name of {kind} already', where, 'Choose another name.')


def check_dataset(dataset: Dataset) -> None:
  """Checks every name that a dataset brings before it is registered.

  Raises:
    UserError: its name, that of one of its tasks, its cluster or its group stands for another
      thing, or there is something that would be its variant.
  """
  where = f'dataset {dataset.name}'
  own = [dataset.name, *(declarations.evaluation_task_name(dataset, number)
                         for number in range(len(dataset.templates)))]
  for name in own:
    check_free(name, where)
  for other in _all_names():
    base, kinds = variants.split(other)
    if kinds and base == dataset.name:
      raise UserError(f'{other!r}, which is there, would be a variant of it', where,
                      'Choose another name.')
  # A group alone is no name that anything is looked up by: clusters are called like groups.
  joined = (CLUSTER,) if dataset.cluster.startswith(GROUP_PREFIX) else (CLUSTER, GROUP)
  for field, name, fitting in (('cluster', dataset.cluster, joined),
                               ('group', GROUP_PREFIX + dataset.group, (GROUP,))):
    kind = 'this dataset' if name in own else ours(name) or foreign(name)
    if kind and kind not in fitting:
      raise UserError(f'{name!r}, its {field}, is the name of {kind} already', where,
                      f'Choose another {field}.')


def _all_names() -> Iterable[str]:
  seqio = sys.modules.get('seqio')
  registered = seqio and (*seqio.TaskRegistry.names(), *seqio.MixtureRegistry.names()) or ()
  return (*declarations.datasets(), *declarations.clusters(), *registered)
