"""Tasks that SeqIO's own caching job has written are read as they are (USE_CACHED_TASKS)."""
import json

import pytest
import seqio
import tensorflow as tf

from flan_jax.data import own_features as own
from flan_jax.data import registry
from flan_jax.errors import UserError
from flan_jax.stream.prepared.pipeline import Stream

LENGTHS = {'inputs': 64, 'targets': 16}


@pytest.fixture
def cache(tmp_path):
  """rte's fields of a few rows in the layout of `seqio_cache_tasks`, which needs Apache Beam."""
  registry.load_shipped()
  task = seqio.TaskRegistry.get('rte')
  to_fields = task.preprocessors[0]
  rows = list(to_fields(task.source.get_dataset('train').take(12)).as_numpy_iterator())
  folder = tmp_path / 'rte'
  folder.mkdir()
  with tf.io.TFRecordWriter(str(folder / 'train.tfrecord-00000-of-00001')) as writer:
    for row in rows:
      writer.write(tf.train.Example(features=tf.train.Features(feature={
          name: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
          if name in (own.INDEX, own.POSITION)
          else tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
          for name, value in row.items()})).SerializeToString())
  kind = lambda name: 'int64' if name in (own.INDEX, own.POSITION) else 'string'
  (folder / 'info.train.json').write_text(json.dumps({
      'num_shards': 1, 'seqio_version': seqio.__version__,
      'features': {name: {'shape': [], 'dtype': kind(name)} for name in rows[0]}}))
  (folder / 'stats.train.json').write_text(json.dumps({'examples': len(rows)}))
  (folder / 'COMPLETED').touch()
  seqio.set_global_cache_dirs([str(tmp_path)])
  yield rows
  seqio.set_global_cache_dirs([])


def test_the_stream_reads_what_seqio_has_cached(cache, vocabulary):
  stream = Stream('rte', LENGTHS, 4, vocabulary, seed=0, use_cached=True, pack=False)
  assert stream.identity()['tasks']['rte'] == f'{len(cache)} cached examples'
  batches = stream.batches()
  shown = {vocabulary.decode(row[row > 0].tolist())
           for _, batch in zip(range(6), batches) for row in batch['encoder_input_tokens']}
  hypotheses = [row['hypothesis'].decode() for row in cache]
  assert sum(any(h in text for h in hypotheses) for text in shown) > 6
  again = stream.batches(batches.position)
  assert (next(batches)['encoder_input_tokens'] == next(again)['encoder_input_tokens']).all()


def test_a_task_that_is_not_cached_is_named_before_anything_is_read(cache, vocabulary):
  with pytest.raises(UserError, match='USE_CACHED_TASKS.*copa.*--seqio_additional_cache_dirs'):
    Stream('rte,copa', LENGTHS, 4, vocabulary, seed=0, use_cached=True)
