"""The sample world: true schemas, balanced labels, splits that share nothing, files as TFDS's."""
import collections
import itertools
import json
import pathlib
import re
import subprocess
import sys

import pytest
import tensorflow_datasets as tfds

from flan_jax import sample_world
from flan_jax.errors import UserError
from flan_jax.sample_world import world
from flan_jax.sample_world.catalog import HELD_OUT_ROWS, SAMPLES
from flan_jax.sample_world.draws import passage_of

WRITTEN = ('super_glue/rte', 'ai2_arc/ARC-Easy', 'snli', 'winogrande', 'openbookqa')
ALL_SPLITS = [(name, split) for name in SAMPLES for split in SAMPLES[name].sizes]
LABELS = {'bool_q': 'answer', 'trec': 'label-coarse', 'openbookqa': 'answerKey',
          'sentiment140': 'polarity'}
# Rows that a reader leaves out: snli without a gold label, sentiment140 with a neutral one.
LEFT_OUT = {'snli': -1, 'sentiment140': 2}


@pytest.fixture(scope='session')
def written(tmp_path_factory) -> pathlib.Path:
  return sample_world.write_sample_world(tmp_path_factory.mktemp('world') / 'w', names=WRITTEN)


def load(directory: pathlib.Path, name: str, split: str) -> list[dict]:
  dataset = tfds.load(f'{name}:{SAMPLES[name].version}', split=split, data_dir=str(directory),
                      download=False)
  return list(tfds.as_numpy(dataset))


@pytest.mark.parametrize('name', WRITTEN)
def test_tfds_reads_the_rows_back_in_order_under_the_true_name(written, name):
  for split, size in SAMPLES[name].sizes.items():
    read = load(written, name, split)
    assert len(read) == size
    made = sample_world.rows(name, split)
    for field, value in made[7].items():
      if isinstance(value, str):
        assert read[7][field].decode() == value


@pytest.mark.parametrize('name', sorted(SAMPLES))
def test_schema_and_version_are_those_of_the_real_dataset(name, tmp_path):
  features = tfds.builder(f'{name}:{SAMPLES[name].version}', data_dir=str(tmp_path),
                          try_gcs=False).info.features
  row = sample_world.rows(name, next(iter(SAMPLES[name].sizes)))[0]
  assert set(row) == set(features)
  features.encode_example(row)


@pytest.mark.parametrize('name,split', ALL_SPLITS)
def test_classes_come_equally_often(name, split):
  rows = sample_world.rows(name, split)
  field = LABELS.get(name, 'label')
  if field not in rows[0] or name == 'glue/stsb':
    return
  counts = collections.Counter(row[field] for row in rows if row[field] != LEFT_OUT.get(name))
  assert max(counts.values()) - min(counts.values()) <= 1 + len(rows) // 100


def test_same_seed_makes_the_same_bytes_in_another_process():
  script = ('import json; from flan_jax.sample_world import rows; '
            'print(json.dumps([rows("gem/e2e_nlg", "train"), rows("snli", "test")]))')
  other = subprocess.run([sys.executable, '-c', script], capture_output=True, check=True).stdout
  here = [sample_world.rows('gem/e2e_nlg', 'train'), sample_world.rows('snli', 'test')]
  assert json.loads(other.splitlines()[-1]) == here


@pytest.mark.parametrize('name', sorted(SAMPLES))
def test_another_seed_makes_other_rows(name):
  split = next(iter(SAMPLES[name].sizes))
  assert sample_world.rows(name, split) != sample_world.rows(name, split, seed=1)


@pytest.mark.parametrize('name', sorted(n for n in SAMPLES if len(SAMPLES[n].sizes) > 1))
def test_training_and_held_out_rows_share_no_passage(name):
  sample = SAMPLES[name]
  passages = [{passage_of(sample, row) for row in sample_world.rows(name, split)}
              for split in sample.sizes]
  train, *held_out = passages
  for other in held_out:
    assert not train & other


def test_quirks_of_the_real_datasets_are_there():
  questions = sample_world.rows('ai2_arc/ARC-Easy', 'test')
  assert {len(row['choices']['text']) for row in questions} == {3, 4, 5}
  assert {r['label'] for r in sample_world.rows('snli', 'train')} == {-1, 0, 1, 2}
  assert any(r['context'].startswith('[header] ') for r in sample_world.rows('hellaswag', 'train'))
  assert any('<br />' in r['text'] for r in sample_world.rows('imdb_reviews/plain_text', 'test'))
  question = sample_world.rows('bool_q', 'train')[0]['question']
  assert question == question.lower() and not question.endswith('?')


def test_corpus_holds_the_texts_a_line_each():
  lines = list(itertools.islice(sample_world.texts_of_rows(), 500))
  assert all('\n' not in line for line in lines)
  assert sample_world.rows('anli/r1', 'train')[0]['context'] in lines


def test_directory_says_that_it_is_sample_data(written, tmp_path):
  assert sample_world.is_sample_data(written) and not sample_world.is_sample_data(tmp_path)
  assert 'not the real datasets' in (written / 'SAMPLE_DATA.txt').read_text()


def test_default_directory_follows_the_environment(monkeypatch, tmp_path):
  monkeypatch.delenv('FLAN_JAX_CACHE', raising=False)
  monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
  assert tmp_path / 'flan_jax' / 'sample_world' in sample_world.directory(3).parents
  monkeypatch.setenv('FLAN_JAX_CACHE', str(tmp_path / 'mine'))
  assert sample_world.directory(3).is_relative_to(tmp_path / 'mine')
  assert sample_world.directory(3) != sample_world.directory(4)


def test_second_call_writes_nothing(written):
  before = {path: path.stat().st_mtime_ns for path in written.rglob('*')}
  sample_world.write_sample_world(written, names=WRITTEN)
  assert {path: path.stat().st_mtime_ns for path in written.rglob('*')} == before


def test_half_written_folder_is_ignored_and_replaced(tmp_path):
  sample_world.write_sample_world(tmp_path / 'w', names=[])
  (tmp_path / 'w' / '.123.incomplete' / 'leftover').mkdir(parents=True)
  broken = tmp_path / 'w' / 'winogrande' / '1.2.0'
  broken.mkdir(parents=True)
  (broken / 'winogrande-train_xl.tfrecord-00000-of-00001').write_bytes(b'half')
  sample_world.write_sample_world(tmp_path / 'w', names=['winogrande'])
  assert len(load(tmp_path / 'w', 'winogrande', 'validation')) == HELD_OUT_ROWS


def test_two_writers_at_once_both_succeed(tmp_path):
  script = ('import sys; from flan_jax import sample_world; '
            'sample_world.write_sample_world(sys.argv[1], names=["snli", "trec", "piqa"])')
  writers = [subprocess.Popen([sys.executable, '-c', script, str(tmp_path / 'w')],
                              stderr=subprocess.PIPE) for _ in range(2)]
  errors = [writer.communicate()[1].decode() for writer in writers]
  assert [writer.returncode for writer in writers] == [0, 0], errors
  assert len(load(tmp_path / 'w', 'trec', 'test')) == HELD_OUT_ROWS
  assert not list((tmp_path / 'w').glob('*.incomplete'))


def test_writing_needs_no_network(tmp_path):
  script = ('import socket, sys\n'
            'def refuse(*a, **k): sys.exit("touched the network")\n'
            'socket.socket.connect = socket.getaddrinfo = refuse\n'
            'from flan_jax import sample_world\n'
            'sample_world.write_sample_world(sys.argv[1], names=["xsum", "piqa"])\n')
  done = subprocess.run([sys.executable, '-c', script, str(tmp_path / 'w')], capture_output=True)
  assert done.returncode == 0 and done.stdout == b'', done.stderr


def test_directory_that_can_not_be_written_is_a_user_error(tmp_path):
  (tmp_path / 'file').write_text('')
  with pytest.raises(UserError, match='FLAN_JAX_CACHE'):
    sample_world.write_sample_world(tmp_path / 'file' / 'w', names=['snli'])


def test_real_data_and_other_seeds_are_never_mixed_in(written, tmp_path):
  (tmp_path / 'glue').mkdir()
  with pytest.raises(UserError, match='other than sample data'):
    sample_world.write_sample_world(tmp_path, names=['snli'])
  with pytest.raises(UserError, match='another seed'):
    sample_world.write_sample_world(written, seed=1, names=['snli'])


def test_unknown_names_are_user_errors_with_a_hint():
  with pytest.raises(UserError, match="'piqa'"):
    sample_world.rows('pika', 'train')
  with pytest.raises(UserError, match='validation'):
    sample_world.rows('piqa', 'test')


@pytest.mark.slow
def test_whole_world_is_read_back_split_by_split(tmp_path):
  directory = sample_world.write_sample_world(tmp_path / 'w')
  for name, split in ALL_SPLITS:
    assert len(load(directory, name, split)) == SAMPLES[name].sizes[split]


@pytest.mark.parametrize('split', ['validation', 'test'])
def test_the_world_to_choose_recipes_in_evaluates_with_other_names(split):
  names = lambda pool: {name for group in world.NAMES[pool] for name in group}
  found = lambda seed: {word for row in sample_world.rows('anli/r1', split, seed)
                        for word in re.findall(r'\w+', row['context'])}
  own, other = names(split), names({'validation': 'test', 'test': 'validation'}[split])
  assert found(0) & own and not found(0) & other
  assert found(1) & other and not found(1) & own
  assert sample_world.rows('anli/r1', 'train', 1) != sample_world.rows('anli/r1', 'train', 0)
