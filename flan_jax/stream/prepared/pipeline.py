"""From a mixture to packed batches of fixed shape, the same on any number of processes.

Every row of the global batch is a stream of its own: its draws (`stream.draws`) say which task's
example comes next, and `stream.batches` packs them. So the batches do not depend on which process
reads which row.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import functools
import hashlib
import threading
from typing import Any

import seqio

from flan_jax.data import mixtures, registry, trying
from flan_jax.data.pretraining import TextSource
from flan_jax.data.rates import Names, as_text
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.errors import UserError
from flan_jax.stream import packing, prepared
from flan_jax.stream.batches import ARRAYS, Batches, BatchRow, Position, check_lengths
from flan_jax.stream.draws import RowDraws
from flan_jax.stream.examples import Examples
from flan_jax.stream.prepared import advice
from flan_jax.stream.prepared.seqio_examples import SeqioExamples
from flan_jax.stream.texts import TextExamples


@dataclasses.dataclass(frozen=True)
class TrainingTask:
  """A task of a mixture as the pipeline reads it.

  Attributes:
    name: the SeqIO task's name.
    cluster: the cluster of its declaration, or the task's own name.
    rate: its mixing rate, not normalized.
  """

  name: str
  cluster: str
  rate: float


class Stream:
  """An endless deterministic stream of packed training batches.

  The same (mixture, lengths, batch size, vocabulary, seed) gives the same batches.

  Attributes:
    tasks: the tasks of the mixture.
    description: the names that it was made with, for messages.
  """

  def __init__(
      self,
      names: Names,
      lengths: Mapping[str, int],
      batch_size: int,
      vocabulary: seqio.Vocabulary,
      seed: int,
      *,
      pack: bool = True,
      use_cached: bool = False,
      shuffle: bool = True,
      prepared_dir: str | None = None,
      pieces: int | None = None,
  ):
    """Looks up the tasks. Reads nothing yet.

    Args:
      names: mixture, task, dataset or cluster, or several of them, with rates or without.
      lengths: tokens of `inputs` and `targets` in a row of a batch.
      batch_size: rows of the global batch.
      vocabulary: turns the texts of every task into tokens.
      seed: decides shuffling and mixing.
      pack: put several examples into a row.
      use_cached: read what SeqIO's own caching job has written, not tokenized data.
      shuffle: shuffle each task's examples.
      prepared_dir: where tokenized data is kept; None for the cache directory.
      pieces: rows of the model's embedding, which bound the tokens of foreign tasks; None for the
        vocabulary's size.

    Raises:
      UserError: a name is unknown, or data or a length is missing.
    """
    check_lengths(lengths)
    self.description = as_text(names)
    chosen = mixtures.training_tasks(names)
    if use_cached:
      _check_cached([task for task, _ in chosen])
    self.tasks = tuple(_describe(task, rate) for task, rate in chosen)
    self._sources = [with_vocabulary(task, vocabulary) for task, _ in chosen]
    self._capacity = (lengths['inputs'], lengths['targets'])
    self._settings = prepared.Settings(
        vocabulary, {f: lengths[f] for f in ('inputs', 'targets')}, prepared_dir)
    self._batch_size, self._seed, self._pack = batch_size, seed, pack
    self.tallies: dict[str, advice.Tally] = {}
    self._shuffle, self._use_cached = shuffle, use_cached
    self._pieces = pieces or vocabulary.vocab_size

  @functools.cached_property
  def _indexed(self) -> dict[str, prepared.Renderable]:
    """The tasks that are read from tokenized data, by name. SeqIO reads the others in order."""
    if self._use_cached:
      return {}
    found = {source.name: prepared.of_task(source, self._settings) for source in self._sources}
    return {name: task for name, task in found.items() if task}

  def go_on_from(self, identity: Mapping[str, Any]) -> None:
    """Reads in order what a stream of this identity read in order.

    Earlier versions had an index of declared datasets only. Their runs go on as they began.
    """
    tasks = identity.get('tasks', {})
    for source in self._sources:
      if registry.trained_dataset(source.name) is None and (
          tasks.get(source.name) == _counted(source)):
        self._indexed.pop(source.name, None)

  def identity(self) -> dict[str, Any]:
    """What determines the batches of this stream; JSON-able.

    A position is valid only in a stream of the same identity: two such streams give the same
    batches. `tasks` holds for each task the key of its tokenized data, which changes with its rows
    and their rendering; or its source and number of examples if it is not tokenized.
    """
    return {
        'rates': {task.name: task.rate for task in self.tasks},
        'tasks': {source.name: self._data_of(source) for source in self._sources},
        'seed': self._seed,
        'rows': self._batch_size,
        'lengths': dict(self._settings.lengths),
        'lookahead': packing.LOOKAHEAD if self._pack else 1,
        'shuffle': self._shuffle,
        'use_cached': self._use_cached,
        'vocabulary': prepared.vocabulary_key(self._settings.vocabulary),
    }

  def _data_of(self, source: seqio.Task) -> str:
    if indexed := self._indexed.get(source.name):
      return prepared.folder(indexed, self._settings).name
    if self._use_cached:
      return f'{source.get_cached_stats("train").get("examples")} cached examples'
    if isinstance(source.source, TextSource):
      parts = repr((source.source.objective, source.source.documents.fingerprint()))
      return f'text {hashlib.sha256(parts.encode()).hexdigest()[:16]}'
    return _counted(source)

  def shapes(self, rows: int | None = None) -> dict[str, tuple[int, int]]:
    """The shape of each array of a batch with `rows` rows, by default the global batch."""
    rows = self._batch_size if rows is None else rows
    return {
        name: (rows, length)
        for names, length in zip(ARRAYS.values(), self._capacity) for name in names
    }

  def check(self) -> None:
    """Reads the first example of each foreign task, and a few rows of each dataset.

    Raises:
      UserError: a task has no training rows, an example cannot be made, or a declaration cannot be
        checked for changes.
    """
    for source in self._sources:
      trying.check_training(source, self._settings.lengths, self._use_cached)
    for task in self._indexed.values():
      prepared.folder(task, self._settings)

  def prepare(self, steps: int, workers: int | None = None,
              progress: prepared.Progress = lambda *args: None,
              stop: threading.Event | None = None) -> None:
    """Builds the tokenized data that `steps` steps read and that is missing; sets `tallies`.

    The arguments are those of `prepared.prepare`.
    """
    if self._indexed:
      rates = {task.name: task.rate for task in self.tasks if task.name in self._indexed}
      manifests = prepared.prepare(
          list(self._indexed.values()), self._settings,
          prepared.Demand(steps * self._batch_size, rates), workers, progress, stop)
      # Only first passes, so that the messages do not depend on what earlier runs have built.
      self.tallies = {n: advice.of_manifests(passes[:1]) for n, passes in manifests.items()}

  def left_out(self) -> dict[str, int]:
    """For each task the number of prompts that do not fit and are not read."""
    return {name: tally.left_out for name, tally in self.tallies.items() if tally.left_out}

  def advice(self) -> list[str]:
    """Messages about options with equal tokens, and about examples left out or cut."""
    found = advice.alike_options(
        (registry.declaration(task.name) for task in self.tasks), self._settings.vocabulary)
    return [*found, *advice.advice(self.tallies, self._settings.lengths)]

  def batches(self, position: Position | None = None,
              rows: Sequence[int] | None = None) -> Batches:
    """Batches of int32 arrays `[rows, length]`.

    Keys: `encoder_input_tokens`, `encoder_segment_ids` (inputs); `decoder_input_tokens`,
    `decoder_target_tokens`, `decoder_segment_ids`, `decoder_loss_weights`, and, for each target
    token, `task_ids` (1 + place in `tasks`; 0 is padding), `template_ids` (1 + template;
    0 where there is none) and `truncated` (on the first token of an example 1 where its prompt
    was shortened, 2 where its target was cut, 3 for both).

    Args:
      position: where to begin, a `Batches.position`; it may hold more rows than are read. None
        begins at the beginning.
      rows: the rows of the global batch to read; None reads all of them.
    """
    rates = [task.rate for task in self.tasks]
    examples = [self._open(source) for source in self._sources]
    streams = []
    for row in range(self._batch_size) if rows is None else rows:
      draws = RowDraws(self._seed, row, self._batch_size, rates)
      streams.append(BatchRow(row, draws, examples, self._capacity, self._pack))
      if position is not None:
        streams[-1].seek(*position[str(row)])
    return Batches(streams, examples, self.shapes(len(streams)))

  def _open(self, source: seqio.Task) -> Examples:
    if indexed := self._indexed.get(source.name):
      return prepared.PreparedExamples(
          indexed, self._settings, self._seed, self._shuffle, self._pieces)
    if isinstance(source.source, TextSource) and not self._use_cached:
      return TextExamples(
          source.name, source.source.documents, source.source.objective,
          self._settings.vocabulary, self._settings.lengths, self._seed, self._shuffle)
    return SeqioExamples(source, self._settings.lengths, shuffle=self._shuffle, seed=self._seed,
                         use_cached=self._use_cached, pieces=self._pieces)


def _counted(source: seqio.Task) -> str:
  """What is known, without reading them, of rows that are read in order."""
  version = getattr(getattr(source.source, 'tfds_dataset', None), 'name', None)
  count = source.num_input_examples('train')
  return f'{version or type(source.source).__name__}, {count or "unknown"} examples'


def _check_cached(tasks: Sequence[seqio.Task]) -> None:
  missing = [task.name for task in tasks if not task.cache_dir]
  if missing:
    raise UserError(f'there is no cache of {", ".join(missing)}', 'USE_CACHED_TASKS',
                    "Name the folder that seqio's caching job has written with "
                    '--seqio_additional_cache_dirs, or leave USE_CACHED_TASKS off.')


def _describe(task: seqio.Task, rate: float) -> TrainingTask:
  declared = registry.declaration(task.name)
  return TrainingTask(task.name, declared.cluster if declared else task.name, rate)
