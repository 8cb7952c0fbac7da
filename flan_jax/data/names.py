"""Checks that each name stands for one thing only.

A name of two things would silently mean one of them: a dataset called `nli` could not be trained
on, because `nli` is a cluster.
"""
from collections.abc import Iterable
import re
import sys

from flan_jax.data import declarations, paper, variants
from flan_jax.data.dataset import Dataset
from flan_jax.data.held_out import GROUP_PREFIX
from flan_jax.errors import UserError

CLUSTER, GROUP = 'a cluster', 'a group'
_EVALUATION_TASK = re.compile(r'(\w+)(?:_template_\d+|_baseline)')


def ours(name: str) -> str:
  """The kind of thing that a name of ours stands for.

  Returns:
    For instance 'a cluster' or 'a variant of rte'; empty if the name is free.
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
  """The kind of foreign thing in SeqIO's registries that a name stands for, if it is not ours."""
  seqio = sys.modules.get('seqio')  # if it is not imported, nothing is registered
  if seqio is None or ours(name):
    return ''
  if name in seqio.TaskRegistry.names():
    return 'a SeqIO task'
  return 'a SeqIO mixture' if name in seqio.MixtureRegistry.names() else ''


def check_free(name: str, where: str) -> None:
  """Raises UserError, with `where` in front, if a name is taken."""
  if kind := ours(name) or foreign(name):
    raise UserError(f'{name!r} is the name of {kind} already', where, 'Choose another name.')


def check_dataset(dataset: Dataset) -> None:
  """Checks every name of a dataset before it is registered.

  Raises:
    UserError: its name, or the name of one of its tasks, its cluster or its group is taken, or an
      existing name would become a variant of it.
  """
  where = f'dataset {dataset.name}'
  own = declarations.task_names(dataset)
  for name in own:
    check_free(name, where)
  for other in _all_names():
    base, kinds = variants.split(other)
    if kinds and base == dataset.name:
      raise UserError(f'the existing {other!r} would become a variant of it', where,
                      'Choose another name.')
  # A group is looked up as `group_<group>`, so a group and a cluster may share a name.
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
