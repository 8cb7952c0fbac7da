"""Tokenized data: training examples rendered, tokenized and indexed once, then read by number.

    <directory>/<dataset>/<key>/pass_<n>.array_record    the examples of a pass over the dataset
                                pass_<n>.json            counts, token histograms, checksum

The key depends on the declaration, the rows, the vocabulary and the lengths (`keys`). So a changed
template rebuilds only its own dataset. Pass n renders row i with template (i + n) mod the number of
templates; there are as many different passes as templates.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import math
import shutil
import threading
from typing import Any

from absl import logging
from etils import epath

from flan_jax import storage
from flan_jax.data.dataset import Dataset
from flan_jax.errors import UserError
from flan_jax.storage import cache_dir
from flan_jax.stream.draws import Epochs
from flan_jax.stream.examples import Example
from flan_jax.stream.prepared import store
from flan_jax.stream.prepared.builder import Pass, Progress, Settings, build, build_pass, folder
from flan_jax.stream.prepared.keys import vocabulary_key

# Training may read this much more than estimated before it has to build a pass on the way.
_MARGIN = 1.1


@dataclasses.dataclass(frozen=True)
class Demand:
  """How much training will read.

  Attributes:
    rows: number of packed rows: steps times batch size.
    rates: mixing rate of each dataset, not normalized.
  """

  rows: int
  rates: Mapping[str, float]


def prepare(datasets: Sequence[Dataset], settings: Settings, demand: Demand | None = None,
            workers: int | None = None, progress: Progress = lambda *args: None,
            stop: threading.Event | None = None) -> dict[str, list[dict[str, Any]]]:
  """Builds the missing passes that training will read.

  Args:
    datasets: what to prepare.
    settings: vocabulary, lengths and directory.
    demand: how much will be read; None prepares the first pass of each dataset.
    workers: number of processes; 0 works in this process, None decides by the number of rows.
    progress: called with each new manifest, the number of passes done and the number missing.
    stop: when set, preparing ends with `builder.Stopped`.

  Returns:
    The manifests of each dataset's passes.

  Raises:
    UserError: data is missing, or the disk is full.
  """
  folders = {d.name: folder(d, settings) for d in datasets}
  build(_missing(folders, dict.fromkeys(folders, 1)), settings, workers, progress, stop)
  if demand is not None:
    build(_missing(folders, _passes(datasets, folders, settings, demand)), settings, workers,
          progress, stop)
  return {name: _manifests(directory) for name, directory in folders.items()}


def prune(datasets: Sequence[Dataset], settings: Settings) -> int:
  """Deletes the data of earlier keys of these datasets. Returns the number of bytes freed."""
  freed = 0
  for dataset in datasets:
    current = folder(dataset, settings)
    for other in current.parent.glob('*') if current.parent.exists() else ():
      if other.name != current.name:
        freed += sum(path.stat().length for path in other.glob('*'))
        other.rmtree() if not storage.is_local(other) else shutil.rmtree(other)
  return freed


def state(dataset: Dataset, settings: Settings) -> list[dict[str, Any]]:
  """The manifests of the existing passes of a dataset as it is declared now."""
  return _manifests(folder(dataset, settings))


class PreparedExamples:
  """A dataset's endless sequence of tokenized examples; each comes once in an epoch.

  Epoch e reads pass e mod the number of templates. A missing or damaged pass is built. Every epoch
  has as many places as the first pass has examples. So a pass with fewer examples (its templates
  leave out more rows) repeats a few, and a pass with more examples skips a few.
  """

  def __init__(self, dataset: Dataset, settings: Settings, seed: int, shuffle: bool = True):
    self._dataset, self._settings = dataset, settings
    self._directory = folder(dataset, settings)
    self._passes: dict[int, store.Reader] = {}
    self._rows = len(self._pass(0))
    self._epochs = Epochs(dataset.name, self._rows, seed, shuffle)

  def __getitem__(self, place: int) -> Example:
    epoch, number = self._epochs[place]
    examples = self._pass(epoch % len(self._dataset.templates))
    # Passes differ slightly in length; scaling the number spreads repeats and gaps evenly.
    return examples[number * len(examples) // self._rows]

  def _pass(self, number: int) -> store.Reader:
    if number not in self._passes:
      self._passes[number] = self._open(number)
    return self._passes[number]

  def _open(self, number: int) -> store.Reader:
    place = store.PassFiles(self._directory, number)
    fetched = epath.Path(cache_dir()) / 'fetched'
    try:
      reader = store.Reader(place, fetched)
    except ValueError as problem:
      if place.manifest.exists():
        logging.warning('Building it again: %s.', problem)
        store.discard(place)
      build_pass(Pass(self._dataset.name, number), self._settings)
      reader = store.Reader(place, fetched)
    if not len(reader) and reader.manifest['left_out']:
      raise UserError(
          f'none of its {reader.manifest["left_out"]:,} prompts fits in '
          f'{self._settings.lengths["inputs"]} tokens', f'dataset {self._dataset.name}',
          f'Inputs of {reader.manifest["needed_inputs"]} tokens in TASK_FEATURE_LENGTHS fit all of '
          'them.')
    if not len(reader):
      raise UserError('it has no training rows', f'dataset {self._dataset.name}',
                      'Take it out of the mixture, or look at its slices and its `keep`.')
    return reader


def _missing(folders: Mapping[str, epath.Path], passes: Mapping[str, int]) -> list[Pass]:
  return [
      Pass(name, number) for name, directory in folders.items() for number in range(passes[name])
      if not store.is_whole(store.PassFiles(directory, number))
  ]


def _passes(datasets, folders, settings: Settings, demand: Demand) -> dict[str, int]:
  """The number of passes that each dataset needs, from an estimate of the examples per row."""
  first = {name: store.PassFiles(path, 0).read_manifest() for name, path in folders.items()}
  total = sum(demand.rates.values())
  shares = {name: demand.rates[name] / total for name in folders}
  per_row = min(
      settings.lengths[feature] / max(
          sum(shares[name] * first[name][feature]['mean'] for name in folders), 1.0)
      for feature in ('inputs', 'targets'))
  drawn = demand.rows * per_row * _MARGIN
  epochs = {
      name: drawn * shares[name] / pass_['examples'] if pass_['examples'] else 0
      for name, pass_ in first.items()
  }
  return {d.name: min(len(d.templates), max(1, math.ceil(epochs[d.name]))) for d in datasets}


def _manifests(directory: epath.Path) -> list[dict[str, Any]]:
  numbers = sorted(int(p.stem.removeprefix('pass_')) for p in directory.glob('pass_*.json')
                   ) if directory.exists() else []
  read = (store.PassFiles(directory, number).read_manifest() for number in numbers)
  return [manifest for manifest in read if manifest is not None]
