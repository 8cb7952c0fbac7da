"""Records what a checkpoint was trained on, and says whether it has seen an evaluated dataset."""
from collections.abc import Mapping, Sequence

import seqio

from flan_jax.data import overlap, registry, variants


def source_of(task: seqio.Task) -> str:
  """The name of a task's source: a TFDS dataset, the user's files, or else the task's own name."""
  if declared := registry.declaration(task.name):
    return declared.source.name
  loader = getattr(task.source, 'tfds_dataset', None)
  return getattr(loader, 'name', None) or task.name


def entries_of(tasks: Sequence[seqio.Task]) -> list[dict[str, str]]:
  """What checkpoints record of the tasks trained on: `dataset` (without variants) and `source`."""
  return [{'dataset': variants.split(task.name)[0], 'source': source_of(task)} for task in tasks]


def merged(*parts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
  """Several lists of entries as one, each entry once."""
  entries = {(e['dataset'], e['source']): dict(e) for part in parts for e in part}
  return list(entries.values())


def why_seen(task: seqio.Task, trained: Sequence[Mapping[str, str]]) -> str:
  """Why a checkpoint has seen the examples of a task; empty if it has not.

  Args:
    task: an evaluation task.
    trained: what the checkpoint was trained on, as `entries_of` gives it.
  """
  name = variants.split(registry.dataset_name(task.name))[0]
  if any(entry['dataset'] == name for entry in trained):
    return 'it was trained on'
  return overlap.why_same(source_of(task), [entry['source'] for entry in trained])
