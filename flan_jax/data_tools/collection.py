"""Describes every declaration as a plain object. Reads no data; needs no SeqIO or TensorFlow."""
from typing import Any

from flan_jax.data import declarations
from flan_jax.data.metric_types import name_of


def describe_datasets() -> list[dict[str, Any]]:
  """The registered declarations, JSON-able, in the order of their clusters.

  `dataset` is the paper's name for it, which several declarations may share. `group` is its group
  of tasks in the released code. `options` are the fixed options, 'of each row', or None for free
  text. `paper`, `license`, `train_examples` and `manual` come from `About`. `mirror` is its
  repository on the Hugging Face hub; `mirror_lacks` says why the mirror cannot replace it.
  """
  declarations.load()
  return [
      {
          'name': d.name,
          'dataset': d.paper_name,
          'cluster': d.cluster,
          'source': d.source.name,
          'splits': d.source.slices,
          'templates': len(d.templates),
          'forward_templates': len(d.forward_templates),
          'options': 'of each row' if isinstance(d.options, str) else d.options and list(d.options),
          'metrics': [name_of(metric) for metric in d.metrics],
          'in_paper': d.in_paper,
          'group': d.group,
          **d.about.as_json(),
      }
      for members in declarations.clusters().values() for d in members
  ]
