"""Where a dataset can be read about: its paper, and its pages at TFDS and on the hub."""
import functools
import re

import tensorflow_datasets as tfds

from flan_jax.data.dataset import Dataset, Tfds
from flan_jax.data.source import in_use
from flan_jax.data.sources.hub import Hub

_ARXIV = re.compile(r'\barXiv:(\d{4}\.\d{4,5})\b')
_HUB = re.compile(r'[\w-][\w.-]*(/[\w-][\w.-]*)?')


def links(dataset: Dataset) -> dict[str, str]:
  """Addresses by `paper`, `source` (what is read) and `mirror`, of those known for sure."""
  found = {}
  if paper := _ARXIV.search(dataset.about.paper):
    found['paper'] = f'https://arxiv.org/abs/{paper[1]}'
  source = in_use(dataset)
  builder = re.split('[/:]', source.name)[0]
  if isinstance(source, Tfds) and builder in _published():
    found['source'] = f'https://www.tensorflow.org/datasets/catalog/{builder}'
  if isinstance(source, Hub):
    found['source'] = _on_hub(source.repository)
  mirror = dataset.about.mirror
  if mirror and _HUB.fullmatch(mirror.repository):
    found['mirror'] = _on_hub(mirror.repository)
  return found


def _on_hub(repository: str) -> str:
  return f'https://huggingface.co/datasets/{repository}'


@functools.cache
def _published() -> frozenset[str]:
  """The datasets of TFDS itself: what somebody builds at home is in no catalog."""
  return frozenset(tfds.list_builders(with_community_datasets=False))
