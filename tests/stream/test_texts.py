"""Texts are read in place by number: exact at every resume and on every number of readers."""
import collections
import dataclasses
import itertools
import json
import types

import numpy as np
import pytest
import seqio

from flan_jax import cli, randomness, sample_world
from flan_jax.data import pretraining
from flan_jax.data.sources import line_index
from flan_jax.data.sources.documents import FileDocuments, Text
from flan_jax.errors import UserError
from flan_jax.stream.batches import merge_positions
from flan_jax.stream.prepared.pipeline import Stream

LENGTHS = {'inputs': 64, 'targets': 24}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
  monkeypatch.setenv('FLAN_JAX_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def tasks(tmp_path):
  """The tasks of 200 documents in two files."""
  for part in range(2):
    (tmp_path / f'part-{part}.jsonl').write_text(''.join(
        json.dumps({'text': f'Document {n} tells how {n} people went to town and came back. ' * 4})
        + '\n' for n in range(part, 200, 2)))
  names = pretraining.register_text('tales', Text(str(tmp_path / 'part-*.jsonl')))
  yield names
  for name in names:
    seqio.TaskRegistry.remove(name)


def take(batches, count):
  return list(itertools.islice(batches, count))


def same(one, other):
  pairs = zip(one, other, strict=True)
  return all(np.array_equal(a[name], b[name]) for a, b in pairs for name in a)


@pytest.mark.parametrize('objective', list(pretraining.OBJECTIVES))
def test_batches_are_the_same_on_1_2_and_4_readers_and_after_a_stop(objective, tasks, vocabulary):
  stream = lambda: Stream(f'tales_{objective}', LENGTHS, 8, vocabulary, seed=3)
  whole = take(stream().batches(), 6)

  def read(readers, position, count):
    parts = [stream().batches(position, range(r * 8 // readers, (r + 1) * 8 // readers))
             for r in range(readers)]
    shares = [take(part, count) for part in parts]
    joined = [{name: np.concatenate([share[name] for share in step]) for name in step[0]}
              for step in zip(*shares)]
    return joined, json.loads(json.dumps(merge_positions([part.position for part in parts])))

  first, position = read(2, None, 2)
  second, position = read(4, position, 2)
  third, _ = read(1, position, 2)
  assert same(first + second + third, whole)


def test_texts_mix_with_datasets_and_each_other_and_their_identity_is_of_their_content(
    tasks, vocabulary, tmp_path):
  mixed = {tasks[0]: 1.0, tasks[1]: 1.0, 'rte': 1.0}
  stream = lambda: Stream(mixed, LENGTHS, 8, vocabulary, seed=3)
  identity = stream().identity()
  assert json.loads(json.dumps(identity)) == stream().identity()
  assert {1, 2, 3} <= set(np.unique(take(stream().batches(), 1)[0]['task_ids']))
  (tmp_path / 'part-0.jsonl').write_text('{"text": "something else"}\n')
  pretraining.register_text('tales', Text(str(tmp_path / 'part-*.jsonl')))
  assert stream().identity() != identity


def test_an_epoch_has_each_document_once_in_an_order_of_its_own(tasks, vocabulary):
  stream = Stream(tasks[0], LENGTHS, 8, vocabulary, seed=3)
  examples = stream._open(stream._sources[0])
  epochs = [[examples[epoch * 200 + n].index for n in range(200)] for epoch in range(2)]
  assert [sorted(epoch) for epoch in epochs] == [list(range(200))] * 2
  assert epochs[0] != epochs[1] != list(range(200))
  first = epochs[1].index(epochs[0][0]) + 200  # the same document in the next epoch
  assert not np.array_equal(examples[0].inputs, examples[first].inputs)


def test_plain_seqio_reads_the_same_tasks(tasks, vocabulary):
  for name in tasks:
    examples = list(seqio.TaskRegistry.get(name).get_dataset(
        LENGTHS, 'train', shuffle=False, seed=1).as_numpy_iterator())
    assert len(examples) == 200
    assert all(0 < len(e['inputs']) <= 64 and 0 < len(e['targets']) <= 24 for e in examples)


def test_a_book_is_tokenized_in_part_only_and_all_its_parts_come_up(vocabulary, tmp_path):
  (tmp_path / 'book.txt').write_text(' '.join(f'page{n}' for n in range(20_000)) + '\n')
  lengths = []
  counting = types.SimpleNamespace(
      encode=lambda text: lengths.append(len(text)) or vocabulary.encode(text),
      vocab_size=vocabulary.vocab_size, extra_ids=vocabulary.extra_ids,
      eos_id=vocabulary.eos_id)
  from flan_jax.stream.texts import TextExamples
  examples = TextExamples('book', FileDocuments([str(tmp_path / 'book.txt')]),
                          pretraining.OBJECTIVES['prefix_lm'], counting, LENGTHS, seed=0)
  begun = {vocabulary.decode(examples[epoch].inputs.tolist())[:9] for epoch in range(30)}
  assert len(begun) > 25 and max(lengths) < 10_000


@pytest.mark.parametrize('count', [1, 2, 7, 64, 1000])
def test_a_random_order_is_known_place_by_place(count):
  order = [randomness.shuffled(place, count, 5) for place in range(count)]
  assert sorted(order) == list(range(count))
  if count >= 64:
    assert order != [randomness.shuffled(place, count, 6) for place in range(count)]


def test_a_random_order_favors_no_place():
  firsts = collections.Counter(randomness.shuffled(0, 10, key) for key in range(5000))
  assert len(firsts) == 10 and max(firsts.values()) < 600 and min(firsts.values()) > 400


def test_lines_are_read_by_number_and_the_index_is_made_once(tmp_path, monkeypatch):
  path = tmp_path / 'text.txt'
  path.write_text('first\n\n\r\nzweite Zeile: Ä\r\nthe last has no end')
  lines = line_index.LineIndex(path)
  assert [lines[n].rstrip(b'\r').decode() for n in range(len(lines))] == [
      'first', 'zweite Zeile: Ä', 'the last has no end']
  assert [lines.line(n) for n in range(3)] == [1, 4, 5]
  monkeypatch.setattr(line_index, '_found', None)
  assert len(line_index.LineIndex(path)) == 3


def test_blocks_may_end_anywhere(tmp_path, monkeypatch):
  path = tmp_path / 'text.txt'
  text = ['äöü €uro', 'plain', '', '日本語', 'end']
  path.write_text('\n'.join(text))
  for size in range(1, 12):
    monkeypatch.setattr(line_index, '_BLOCK', size)
    monkeypatch.setenv('FLAN_JAX_CACHE', str(tmp_path / f'cache_{size}'))
    lines = line_index.LineIndex(path)
    assert [lines[n].decode() for n in range(len(lines))] == [line for line in text if line]


@pytest.fixture(scope='module')
def tfds_dirs(tmp_path_factory):
  """The same 20 rows of TFDS in two file formats."""
  import tensorflow as tf
  import tensorflow_datasets as tfds

  def written(file_format):
    folder = tmp_path_factory.mktemp(file_format)
    rows = tf.data.Dataset.range(20).map(
        lambda n: {'body': tf.strings.format('Row {} of a tale.', n)})
    tfds.dataset_builders.store_as_tfds_dataset(
        'tales', '1.0.0', data_dir=str(folder), split_datasets={'train': rows},
        features=tfds.features.FeaturesDict({'body': tfds.features.Text()}),
        file_format=file_format)
    return str(folder)

  return {name: written(name) for name in ('array_record', 'tfrecord')}


def test_tfds_rows_are_read_by_number_where_their_format_allows_it(tfds_dirs, vocabulary):
  text = Text('tfds:tales:1.0.0', field='body', data_dir=tfds_dirs['array_record'])
  documents = text.open()
  assert sorted(documents[n] for n in range(20)) == sorted(f'Row {n} of a tale.' for n in range(20))
  names = pretraining.register_text('tfds_tales', text)
  try:
    batch = next(Stream(names[-1], LENGTHS, 2, vocabulary, seed=0).batches())
    assert 'tale' in vocabulary.decode(batch['decoder_target_tokens'][0].tolist())
  finally:
    for name in names:
      seqio.TaskRegistry.remove(name)
  for changes, message in (
      ({'data_dir': tfds_dirs['tfrecord']}, 'stored as tfrecord.*tfds convert_format'),
      ({'field': 'text'}, "no field 'text'"), ({'split': 'test'}, "no split 'test'"),
      ({'files': 'tfds:tales:2.0.0'}, 'tfds build tales:2.0.0')):
    with pytest.raises(UserError, match=message):
      len(dataclasses.replace(text, **changes).open())


@pytest.mark.parametrize('content, message', [
    (b'', r'text.jsonl: there is no text in it'),
    (b'\n \n'[:1], r'text.jsonl: there is no text in it'),
    (b'{"text": "fine"}\n{"text": "\xff\xfe"}\n', r'text.jsonl:2: it is not UTF-8'),
    (b'{"text": "fine"}\n\x00\x01\x02\n', r'text.jsonl:2: it is binary'),
    (b'{"text": "cut off \xc3', r'text.jsonl:1: it ends within a character'),
    (b'{"text": "fine"}\n\n{"body": "x"}\n', r"text.jsonl:3: no field 'text'; it has: body"),
    (b'{"text": "fine"}\n{"text": 7}\n', r"text.jsonl:2: field 'text' holds no text"),
    (b'{"text": "fine"}\n{"text": \n', r'text.jsonl:2: broken JSON'),
])
def test_files_that_are_no_text_are_named_by_file_and_line(content, message, tmp_path):
  (tmp_path / 'text.jsonl').write_bytes(content)
  with pytest.raises(UserError, match=message):
    documents = FileDocuments([str(tmp_path / 'text.jsonl')])
    for number in range(len(documents)):
      documents[number]


def test_a_run_of_gin_files_brings_its_text(tmp_path, capsys):
  (tmp_path / 'text.txt').write_text('A tale of two cities.\n' * 3)
  gin = ('--gin_file=gin/models/tiny.gin,gin/pretrain/prefix_lm.gin',
         "--gin.TASK_FEATURE_LENGTHS={'inputs': 16, 'targets': 16}")
  assert cli.main(['preview', 'text_prefix_lm', *gin, f"--gin.TEXT='{tmp_path}/text.txt'"]) == 0
  assert 'tale' in capsys.readouterr().out
  for text, message in (('7', '--gin.TEXT=7: 7 is not possible'),
                        (f"'{tmp_path}/text.jsonl'", 'text.jsonl: there is no such file')):
    assert cli.main(['preview', 'text_prefix_lm', *gin, f'--gin.TEXT={text}']) == 2
    assert message in capsys.readouterr().err


def test_the_sample_worlds_text_needs_no_file_and_has_a_seed():
  first, other = Text('sample_world').open(), Text('sample_world:1').open()
  assert first[5] == sample_world.document(5) != other[5]
  assert first.fingerprint() == Text('sample_world:0').open().fingerprint() != other.fingerprint()
  with pytest.raises(UserError, match="'x' is no seed"):
    Text('sample_world:x').open()
