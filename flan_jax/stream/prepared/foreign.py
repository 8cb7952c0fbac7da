"""A foreign SeqIO task as a source of tokenized examples."""
from collections.abc import Iterator
import functools
import hashlib
import itertools

from absl import logging
import seqio

from flan_jax.data import trying
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.stream.examples import Example, cut, from_features
from flan_jax.stream.prepared import content, foreign_rows, keys
from flan_jax.stream.prepared.foreign_rows import CannotIndex
from flan_jax.stream.prepared.renderable import Settings

_COMPARED = 256  # examples that are rendered with two seeds to see whether they are random
_MOST_PASSES = 10  # of a task with random preprocessors; as many as a dataset has templates
_RENDERERS = (from_features, cut)  # the code that makes an example of SeqIO's features


class Foreign:
  """A SeqIO task that is not declared here; see `Renderable`.

  Preprocessors that draw random numbers, such as span corruption, give other examples for another
  seed. Then pass n is rendered with seed n. Otherwise all passes are equal, and there is only one.
  """

  def __init__(self, task: seqio.Task):
    """Reads nothing yet."""
    self._task = task.replace(source=foreign_rows.InOrder(task.source))
    self._source = task.source
    self._passes: int | None = None
    self.name = self.cluster = task.name
    self.where = f'task {task.name}'
    self.own_tokens = True

  def passes(self, settings: Settings) -> int:
    if self._passes is None:
      self._passes = _MOST_PASSES if self._is_random(settings) else 1
    return self._passes

  def key(self, settings: Settings) -> str:
    """As in `Renderable`; raises CannotIndex where a change would go unnoticed."""
    task = with_vocabulary(self._task, settings.vocabulary)
    try:
      described = content.describe(
          [tuple(task.preprocessors), dict(task.output_features), _RENDERERS],
          {'flan_jax.errors': 'flan_jax.errors'})
      vocabulary = content.vocabulary_key(settings.vocabulary)
    except content.Indescribable as error:
      raise CannotIndex(f'it uses {error}, which cannot be checked for changes') from error
    parts = (str(keys.FORMAT), described, self._fingerprint, vocabulary,
             repr(sorted(settings.lengths.items())))
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16]

  def num_rows(self) -> int:
    return foreign_rows.count(self._source)

  def examples(self, number: int, settings: Settings) -> Iterator[Example]:
    task, lengths = with_vocabulary(self._task, settings.vocabulary), settings.lengths
    # SeqIO must not trim: `cut` counts the tokens that it takes away.
    for features in trying.read(task, 'train', lengths, seed=number, trim_output_features=False):
      yield cut(from_features(features, self.where), lengths)

  @functools.cached_property
  def _fingerprint(self) -> str:
    return foreign_rows.fingerprint(self._source)

  def _is_random(self, settings: Settings) -> bool:
    """Whether the first examples of another seed are others."""

    def first(seed: int) -> list[tuple[bytes, bytes]]:
      examples = itertools.islice(self.examples(seed, settings), _COMPARED)
      return [(e.inputs.tobytes(), e.targets.tobytes()) for e in examples]

    zeroth = first(0)
    if zeroth != first(0):
      logging.warning(
          'Task %s draws random numbers that SeqIO does not seed: if its examples are prepared '
          'again, they will differ. Use seqio.map_over_dataset(num_seeds=1).', self.name)
    return zeroth != first(1)


def indexed(task: seqio.Task, settings: Settings) -> Foreign | None:
  """A foreign task to tokenize and index; None where it can only be read in order.

  Logs why. Raises UserError where its rows cannot be read.
  """
  found = Foreign(task)
  try:
    found.key(settings)
  except CannotIndex as why:
    logging.warning(
        'Task %s is read in order, not by index: %s. A run that resumes reads its examples again '
        'up to its place.', task.name, why)
    return None
  return found
