"""From a mixture to packed batches of fixed shape."""
from collections.abc import Iterator, Mapping, Sequence
import dataclasses

import numpy as np
import seqio
import tensorflow as tf

from flan_jax.data import mixtures, registry
from flan_jax.data.preprocess import map_plain
from flan_jax.data.source import TfdsSlices
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.errors import UserError

Batch = dict[str, np.ndarray]
_ALIGNED = ('task_ids', 'template_ids', 'truncated')


@dataclasses.dataclass(frozen=True)
class TrainingTask:
  """A task of a mixture as the pipeline reads it.

  Attributes:
    name: the SeqIO task's name.
    cluster: the cluster of its declaration, or the task's own name.
    rate: its unnormalised mixing rate.
  """

  name: str
  cluster: str
  rate: float


class Stream:
  """An endless deterministic stream of packed training batches.

  The same (mixture, lengths, batch size, seed) gives the same batches, so a position in it is the
  number of batches taken.
  """

  def __init__(
      self,
      names: str | Sequence[str],
      lengths: Mapping[str, int],
      batch_size: int,
      vocabulary: seqio.Vocabulary,
      seed: int,
      *,
      pack: bool = True,
      use_cached: bool = False,
      shuffle: bool = True,
  ):
    """Opens the tasks.

    Args:
      names: mixture, task, dataset or cluster, or several of them.
      lengths: tokens of `inputs` and `targets` in a row of a batch.
      batch_size: rows of a batch.
      vocabulary: turns the texts of every task into tokens.
      seed: decides shuffling and mixing.
      pack: put several examples into a row.
      use_cached: read what SeqIO's own caching job has written.
      shuffle: shuffle each task's examples.

    Raises:
      UserError: a name is unknown, data is missing, or a length is.
    """
    _check_lengths(lengths)
    chosen = mixtures.training_tasks(names)
    self.tasks = tuple(_describe(task, rate) for task, rate in chosen)
    self._sources = [with_vocabulary(task, vocabulary) for task, _ in chosen]
    self._lengths, self._batch_size, self._seed = dict(lengths), batch_size, seed
    self._pack, self._use_cached, self._shuffle = pack, use_cached, shuffle

  @property
  def shapes(self) -> dict[str, tuple[int, int]]:
    """Shape of each array of a batch."""
    names = {
        'inputs': ('encoder_input_tokens', 'encoder_segment_ids'),
        'targets': ('decoder_input_tokens', 'decoder_target_tokens', 'decoder_segment_ids',
                    'decoder_loss_weights', *_ALIGNED),
    }
    return {
        name: (self._batch_size, self._lengths[feature])
        for feature, group in names.items() for name in group
    }

  def batches(self, start: int = 0) -> Iterator[Batch]:
    """Batches from position `start` on: int32 arrays `[batch, length]`.

    Keys: `encoder_input_tokens`, `encoder_segment_ids` (inputs); `decoder_input_tokens`,
    `decoder_target_tokens`, `decoder_segment_ids`, `decoder_loss_weights`, and, for each target
    token, `task_ids` (1 + place in `tasks`; 0 is padding), `template_ids` (1 + template;
    0 where there is none) and `truncated` (1 on the first token of an example whose prompt was
    shortened).
    """
    # Opened anew each time: a second iterator over one tf.data shuffle has another order.
    return self._open().skip(start).as_numpy_iterator()

  def _open(self) -> tf.data.Dataset:
    examples = [
        _tagged(task, number, self._lengths, self._seed, self._use_cached, self._shuffle)
        for number, task in enumerate(self._sources, start=1)
    ]
    rates = np.array([t.rate for t in self.tasks])
    mixed = tf.data.Dataset.sample_from_datasets(
        examples, list(rates / rates.sum()), seed=self._seed, rerandomize_each_iteration=False)
    lengths = self._lengths | {name: self._lengths['targets'] for name in _ALIGNED}
    rows = map_plain(_PackedConverter(pack=self._pack)(mixed, lengths), _finish)
    return rows.batch(self._batch_size, drop_remainder=True).prefetch(2)


def _check_lengths(lengths: Mapping[str, int]):
  for feature in ('inputs', 'targets'):
    if not isinstance(lengths.get(feature), int) or lengths[feature] < 2:
      raise UserError(f'{dict(lengths)} gives no usable length for {feature!r}',
                      'TASK_FEATURE_LENGTHS', "Set it like {'inputs': 512, 'targets': 128}.")


def _describe(task: seqio.Task, rate: float) -> TrainingTask:
  declared = registry.declaration(task.name)
  return TrainingTask(task.name, declared.cluster if declared else task.name, rate)


def _tagged(task, number, lengths, seed, use_cached, shuffle) -> tf.data.Dataset:
  """A task's endless examples with ids beside every target token."""
  if shuffle and not use_cached and isinstance(task.source, TfdsSlices):
    task = task.replace(source=TfdsSlices(task.source.source, shuffle_seed=seed + number))
    shuffle = False
  examples = task.get_dataset(
      sequence_length=lengths, split='train', use_cached=use_cached, shuffle=shuffle, seed=seed,
      num_epochs=None, try_in_mem_cache=False)

  def tag(example):
    ones = tf.ones_like(example['targets'])
    template = tf.cast(example.get('template', -1), tf.int32)
    truncated = tf.cast(tf.cast(example.get('truncated', 0), tf.int32) > 0, tf.int32)
    first = tf.one_hot(0, tf.size(ones), dtype=tf.int32)
    return {
        'inputs': example['inputs'],
        'targets': example['targets'],
        'task_ids': ones * number,
        'template_ids': ones * (template + 1),
        'truncated': first * truncated,
    }

  return map_plain(examples, tag)


def _finish(row):
  """Segment ids for unpacked rows too; relative position biases need no absolute positions."""
  segments = {
      'encoder_segment_ids': tf.cast(row['encoder_input_tokens'] > 0, tf.int32),
      'decoder_segment_ids': row['decoder_loss_weights'],
  }
  return {k: v for k, v in (segments | row).items() if not k.endswith('_positions')}


class _PackedConverter(seqio.EncDecFeatureConverter):
  """SeqIO's encoder-decoder converter, with ids carried along beside the target tokens."""

  TASK_FEATURES = {
      **seqio.EncDecFeatureConverter.TASK_FEATURES,
      **{name: seqio.FeatureConverter.FeatureSpec(dtype=tf.int32) for name in _ALIGNED},
  }
  MODEL_FEATURES = {
      **seqio.EncDecFeatureConverter.MODEL_FEATURES,
      **{name: seqio.FeatureConverter.FeatureSpec(dtype=tf.int32) for name in _ALIGNED},
  }

  def _convert_example(self, features):
    return super()._convert_example(features) | {name: features[name] for name in _ALIGNED}

  def get_model_feature_lengths(self, task_feature_lengths):
    lengths = dict(super().get_model_feature_lengths(task_feature_lengths))
    return lengths | {name: task_feature_lengths[name] for name in _ALIGNED}
