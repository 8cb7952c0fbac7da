"""Tokenized data: training examples rendered, tokenized and indexed once, then read by number.

    <directory>/<task>/<key>/pass_<n>.array_record    the examples of a pass over the task's rows
                             pass_<n>.json            counts, token histograms, checksum

Whatever is a `Renderable` can be kept so: a declared dataset (`Declared`), somebody's SeqIO task
(`indexed`). The key depends on how it is rendered, its rows, the vocabulary and the lengths. So a
changed template rebuilds only its own dataset.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import math
import shutil
import threading
from typing import Any

from absl import logging
from etils import epath
import seqio

from flan_jax import storage
from flan_jax.data import registry
from flan_jax.data.pretraining import TextSource
from flan_jax.errors import UserError
from flan_jax.storage import cache_dir
from flan_jax.stream.draws import Epochs
from flan_jax.stream.examples import Example, check_range
from flan_jax.stream.prepared import store
from flan_jax.stream.prepared.builder import Pass, Progress, build, build_pass
from flan_jax.stream.prepared.declared import Declared
from flan_jax.stream.prepared.foreign import indexed
from flan_jax.stream.prepared.keys import vocabulary_key
from flan_jax.stream.prepared.renderable import Renderable, Settings, folder

# Training may read this much more than estimated before it has to build a pass on the way.
_MARGIN = 1.1


@dataclasses.dataclass(frozen=True)
class Demand:
  """How much training will read.

  Attributes:
    rows: number of packed rows: steps times batch size.
    rates: mixing rate of each task, not normalized.
  """

  rows: int
  rates: Mapping[str, float]


def of_task(task: seqio.Task, settings: Settings) -> Renderable | None:
  """A training task as something to tokenize and index.

  None for a text, which is read by number where it is, and for what can only be read in order.

  Raises:
    UserError: its rows cannot be read.
  """
  dataset = registry.trained_dataset(task.name)
  if dataset:
    return Declared(dataset)
  return None if isinstance(task.source, TextSource) else indexed(task, settings)


def prepare(tasks: Sequence[Renderable], settings: Settings, demand: Demand | None = None,
            workers: int | None = None, progress: Progress = lambda *args: None,
            stop: threading.Event | None = None) -> dict[str, list[dict[str, Any]]]:
  """Builds the missing passes that training will read.

  Args:
    tasks: what to prepare.
    settings: vocabulary, lengths and directory.
    demand: how much will be read; None prepares the first pass of each task.
    workers: number of processes; 0 works in this process, None decides by the number of rows.
    progress: called with each new manifest, the number of passes done and the number missing.
    stop: when set, preparing ends with `builder.Stopped`.

  Returns:
    The manifests of each task's passes.

  Raises:
    UserError: data is missing, or the disk is full.
  """
  folders = {task: folder(task, settings) for task in tasks}
  build(_missing(folders, dict.fromkeys(folders, 1)), settings, workers, progress, stop)
  if demand is not None:
    build(_missing(folders, _passes(folders, settings, demand)), settings, workers, progress, stop)
  return {task.name: _manifests(directory) for task, directory in folders.items()}


def prune(tasks: Sequence[Renderable], settings: Settings) -> int:
  """Deletes the data of earlier keys of these tasks. Returns the number of bytes freed."""
  freed = 0
  for task in tasks:
    current = folder(task, settings)
    for other in current.parent.glob('*') if current.parent.exists() else ():
      if other.name != current.name:
        freed += sum(path.stat().length for path in other.glob('*'))
        other.rmtree() if not storage.is_local(other) else shutil.rmtree(other)
  return freed


def state(task: Renderable, settings: Settings) -> list[dict[str, Any]]:
  """The manifests of a task's passes that exist, as it is rendered now."""
  return _manifests(folder(task, settings))


class PreparedExamples:
  """A task's endless sequence of tokenized examples; each comes once in an epoch.

  Epoch e reads pass e mod the number of passes. A missing or damaged pass is built. Every epoch
  has as many places as the first pass has examples. So a pass with fewer examples (its templates
  leave out more rows) repeats a few, and a pass with more examples skips a few.
  """

  def __init__(self, task: Renderable, settings: Settings, seed: int, shuffle: bool = True,
               pieces: int | None = None):
    """Opens the first pass.

    Args:
      task: what to read.
      settings: vocabulary, lengths and directory.
      seed: of the run.
      shuffle: False keeps the stored order.
      pieces: rows of the model's embedding; None checks no token against it.

    Raises:
      UserError: there are no examples, none fits, or a token is outside the embedding.
    """
    self._task, self._settings, self._pieces = task, settings, pieces
    self._directory = folder(task, settings)
    self._passes: dict[int, store.Reader] = {}
    self._rows = len(self._pass(0))
    self._epochs = Epochs(task.name, self._rows, seed, shuffle)

  def __getitem__(self, place: int) -> Example:
    epoch, number = self._epochs[place]
    # Most runs stay within the first epoch; the number of passes may take a look at the rows.
    examples = self._pass(epoch and epoch % self._task.passes(self._settings))
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
      build_pass(Pass(self._task, number), self._settings)
      reader = store.Reader(place, fetched)
    if not len(reader) and reader.manifest['left_out']:
      raise UserError(
          f'none of its {reader.manifest["left_out"]:,} prompts fits in '
          f'{self._settings.lengths["inputs"]} tokens', self._task.where,
          f'Inputs of {reader.manifest["needed_inputs"]} tokens in TASK_FEATURE_LENGTHS fit all of '
          'them.')
    if not len(reader):
      raise UserError('it has no training rows', self._task.where,
                      'Take it out of the mixture, or look at its slices and what it leaves out.')
    if self._pieces and self._task.own_tokens:
      for feature in ('inputs', 'targets'):
        check_range(feature, reader.manifest[feature]['least_and_largest_token'], self._pieces,
                    self._task.where)
    return reader


def _missing(folders: Mapping[Renderable, epath.Path], passes: Mapping[Renderable, int]
             ) -> list[Pass]:
  return [
      Pass(task, number) for task, directory in folders.items() for number in range(passes[task])
      if not store.is_whole(store.PassFiles(directory, number))
  ]


def _passes(folders: Mapping[Renderable, epath.Path], settings: Settings, demand: Demand
            ) -> dict[Renderable, int]:
  """The number of passes that each task needs, from an estimate of the examples per row."""
  first = {task: store.PassFiles(path, 0).read_manifest() for task, path in folders.items()}
  total = sum(demand.rates.values())
  shares = {task: demand.rates[task.name] / total for task in folders}
  per_row = min(
      settings.lengths[feature] / max(
          sum(shares[task] * first[task][feature]['mean'] for task in folders), 1.0)
      for feature in ('inputs', 'targets'))
  drawn = demand.rows * per_row * _MARGIN
  needed = {
      task: math.ceil(drawn * shares[task] / pass_['examples']) if pass_['examples'] else 0
      for task, pass_ in first.items()
  }
  return {task: min(task.passes(settings), epochs) if epochs > 1 else 1
          for task, epochs in needed.items()}


def _manifests(directory: epath.Path) -> list[dict[str, Any]]:
  numbers = sorted(int(p.stem.removeprefix('pass_')) for p in directory.glob('pass_*.json')
                   ) if directory.exists() else []
  read = (store.PassFiles(directory, number).read_manifest() for number in numbers)
  return [manifest for manifest in read if manifest is not None]
