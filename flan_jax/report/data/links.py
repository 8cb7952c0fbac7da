"""Links about a dataset: its paper, and its pages at TFDS and on the hub."""
import re

from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources import hub

_ARXIV = re.compile(r'\barXiv:(\d{4}\.\d{4,5})\b')
_HUB = re.compile(r'[\w-][\w.-]*(/[\w-][\w.-]*)?')


def links(dataset: Dataset) -> dict[str, str]:
  """The known URLs, by `paper`, `source` (the data that is read) and `mirror`."""
  found = {}
  if paper := _ARXIV.search(dataset.about.paper):
    found['paper'] = f'https://arxiv.org/abs/{paper[1]}'
  if link := row_source(dataset).link():
    found['source'] = link
  mirror = dataset.about.mirror
  if mirror and _HUB.fullmatch(mirror.repository):
    found['mirror'] = hub.page(mirror.repository)
  return found
