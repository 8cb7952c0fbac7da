"""Texts to pretrain on as SeqIO tasks, one for each objective: `NAME_span_corruption` and so on.

Plain SeqIO reads their documents in order. Our stream reads them by number (`stream.texts`).
"""
from collections.abc import Mapping, Sequence
import functools
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data import names, objectives, registry
from flan_jax.data.prefix_lm import PrefixLM
from flan_jax.data.salient_spans import SalientCompletion, SalientSpans
from flan_jax.data.sources.documents import Documents, Text
from flan_jax.data.span_corruption import SpanCorruption
from flan_jax.data.vocabulary import features

OBJECTIVES = {
    'span_corruption': SpanCorruption(),
    'prefix_lm': PrefixLM(),
    'salient_spans': SalientSpans(),
    'salient_completion': SalientCompletion()}
_LENGTHS = {'inputs': 512, 'targets': 512}  # of examples that nobody limits, as in an export
TEXT = 'text'  # what the text of a gin file's macro TEXT is called


class TextSource(seqio.DataSource):
  """Documents as a SeqIO source; its rows are {'text': string, 'number': int64}.

  Attributes:
    text: what is read.
    objective: what is learned from it.
  """

  def __init__(self, text: Text, objective: Any):
    super().__init__(splits=('train',), caching_permitted=True)
    self.text, self.objective = text, objective

  @functools.cached_property
  def documents(self) -> Documents:
    """The documents. Raises UserError where they cannot be read."""
    return self.text.open()

  @property
  def supports_arbitrary_sharding(self) -> bool:
    return True

  def list_shards(self, split: str) -> Sequence[str]:
    return [split]

  def num_input_examples(self, split: str) -> int:
    del split
    return len(self.documents)

  def get_dataset(self, split: str = 'train', shuffle: bool = False, seed: int | None = None,
                  shard_info: seqio.ShardInfo | None = None, **unused_kwargs) -> tf.data.Dataset:
    """The documents in their order; SeqIO's shuffle buffer orders the examples."""
    del split, shuffle, seed
    first, step = (shard_info.index, shard_info.num_shards) if shard_info else (0, 1)
    documents = self.documents  # opened here: tf.data would hide what is wrong with a file

    def read():
      for number in range(first, len(documents), step):
        yield {'text': documents[number], 'number': number}

    return tf.data.Dataset.from_generator(
        read, output_signature={'text': tf.TensorSpec([], tf.string),
                                'number': tf.TensorSpec([], tf.int64)})


def register_text(name: str, text: Text) -> list[str]:
  """Registers the SeqIO tasks of a text, one for each objective.

  The same text may be registered again; another text of the same name replaces it.

  Returns:
    The tasks' names: `<name>_span_corruption` and so on, see `OBJECTIVES`.

  Raises:
    UserError: a name is taken by something else.
  """
  made = {f'{name}_{kind}': objective for kind, objective in OBJECTIVES.items()}
  for task, objective in made.items():
    if _is_text(task):
      seqio.TaskRegistry.remove(task)
    names.check_free(task, f'text {name}')
    seqio.TaskRegistry.add(
        task, source=TextSource(text, objective),
        preprocessors=[functools.partial(_examples, objective=objective)],
        output_features=features())
  return list(made)


def register_own(module: str | None, text: Text | str | None) -> None:
  """Registers the tasks that a run brings: those of its module and those of its text.

  Args:
    module: the name of a module that registers tasks; None for none.
    text: what to pretrain on, whose tasks are called `text_span_corruption` and so on;
      files, or a TFDS name, see `Text`; None for none.

  Raises:
    UserError: the module cannot be imported, or a name is taken.
  """
  if module:
    registry.import_module(module, 'MIXTURE_OR_TASK_MODULE')
  if text:
    register_text(TEXT, text if isinstance(text, Text) else Text(text))


def _is_text(task: str) -> bool:
  return task in seqio.TaskRegistry.names() and isinstance(
      seqio.TaskRegistry.get(task).source, TextSource)


@seqio.map_over_dataset(num_seeds=1)
def _examples(row, sequence_length: Mapping[str, int], output_features, seed, objective):
  """A row's inputs and targets, for plain SeqIO."""
  vocabulary, lengths = output_features['inputs'].vocabulary, sequence_length or _LENGTHS
  render = lambda text, *keys: objectives.example(
      objective, text.decode(), lengths, vocabulary, *map(int, keys))
  inputs, targets = tf.numpy_function(
      render, [row['text'], row['number'], seed[0], seed[1]], (tf.int32, tf.int32))
  return {'inputs': tf.ensure_shape(inputs, [None]), 'targets': tf.ensure_shape(targets, [None])}
