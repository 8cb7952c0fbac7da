"""Chooses the source of a dataset's rows: its declared source, or its mirror on the hub."""
import dataclasses

from flan_jax.data.dataset import Dataset, checked_later
from flan_jax.data.sources.choices import HUB, chosen_place
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.data.sources.source import Source


def in_use(dataset: Dataset) -> Source:
  """The source that is read: a complete mirror instead of TFDS, if the run has chosen the hub."""
  mirror = dataset.about.mirror
  if chosen_place() == HUB and mirror and not mirror.lacks:
    return dataset.source.mirrored(mirror)
  return dataset.source


def row_source(dataset: Dataset) -> SliceSource:
  """The SeqIO source of a dataset's rows."""
  used = in_use(dataset)
  return used.open(lambda: _check(dataset, used), dataset.about.mirror)


def _check(dataset: Dataset, used: Source) -> None:
  """Raises UserError if the rows do not match the declaration."""
  with checked_later():
    fitted = dataclasses.replace(dataset, source=used)
  fitted.check()
