"""Prepared data: what SeqIO gives, once, whole or not at all."""
import dataclasses
import json
import os
import pathlib
import re
import threading

import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import own_features as own
from flan_jax.data import registry
from flan_jax.data.vocabulary import load_vocabulary, with_vocabulary
from flan_jax.errors import UserError
from flan_jax.stream import prepared
from flan_jax.stream.draws import Epochs
from flan_jax.stream.prepared import keys, pipeline, store
from tests import command_line

LENGTHS = {'inputs': 64, 'targets': 16}


@pytest.fixture
def settings(vocabulary, tmp_path):
  return prepared.Settings(vocabulary, LENGTHS, str(tmp_path / 'prepared'))


def built(progress):
  return [(m['dataset'], m['pass']) for m, _, _ in progress]


def declared(name):
  return prepared.Declared(registry.find_dataset(name))


def prepare(names, settings, **kwargs):
  registry.load_shipped()
  told = []
  manifests = prepared.prepare(
      [declared(n) for n in names], settings,
      progress=lambda *news: told.append(news), workers=0, **kwargs)
  return manifests, built(told)


def test_prepared_examples_are_seqios_token_for_token(settings):
  prepare(['rte'], settings)
  dataset = declared('rte')
  examples = prepared.PreparedExamples(dataset, settings, seed=3)
  rows = len(examples._pass(0))
  task = with_vocabulary(seqio.TaskRegistry.get('rte'), settings.vocabulary)
  both = list(task.get_dataset(LENGTHS, 'train', shuffle=False, num_epochs=2)
              .as_numpy_iterator())
  second = next(i for i, (one, other) in enumerate(zip(both, both[1:]), 1)
                if one[own.POSITION] > other[own.POSITION])
  expected = both[:second], both[second:]  # not as many, where templates leave out other rows
  epochs = Epochs('rte', rows, seed=3)
  for place in (0, 5, rows - 1, rows, rows + 7):
    epoch, number = epochs[place]
    wanted = expected[epoch][number * len(expected[epoch]) // rows]
    example = examples[place]
    assert np.array_equal(example.inputs, wanted['inputs'])
    assert np.array_equal(example.targets, wanted['targets'])
    assert (example.index, example.template, example.truncated) == tuple(
        int(wanted[name]) for name in (own.INDEX, own.TEMPLATE, own.TRUNCATED))


def test_what_is_there_is_not_built_again_and_the_manifest_counts(settings):
  manifests, first = prepare(['rte', 'copa'], settings)
  _, second = prepare(['rte', 'copa'], settings)
  assert sorted(first) == [('copa', 0), ('rte', 0)] and second == []
  manifest = manifests['rte'][0]
  assert sum(manifest['inputs']['histogram']) == manifest['examples'] > 0
  assert 0 < manifest['truncated_share'] < 1 and manifest['inputs']['longest'] == 64


def test_passes_are_prepared_as_far_as_training_reads(settings):
  demand = prepared.Demand(rows=300, rates={'rte': 30.0, 'copa': 3000.0})
  _, told = prepare(['rte', 'copa'], settings, demand=demand)
  assert told.count(('rte', 0)) == 1 and ('rte', 1) not in told
  assert [n for name, n in told if name == 'copa'] == [0, 1]


@pytest.mark.parametrize('damage', ['flipped byte', 'cut off', 'no manifest', 'half a manifest'])
def test_damaged_data_is_found_and_built_again(settings, damage):
  prepare(['rte'], settings)
  dataset = declared('rte')
  place = store.PassFiles(prepared.folder(dataset, settings), 0)
  whole = place.records.read_bytes()
  if damage == 'flipped byte':
    place.records.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
  elif damage == 'cut off':
    place.records.write_bytes(whole[:-100])
  elif damage == 'no manifest':
    place.manifest.unlink()
  else:
    place.manifest.write_text(place.manifest.read_text()[:50])
  assert len(prepared.PreparedExamples(dataset, settings, seed=0)[0].inputs)
  assert place.records.read_bytes() == whole
  assert prepare(['rte'], settings)[1] == []


def test_a_changed_template_changes_the_key_of_its_dataset_only(settings, monkeypatch):
  registry.load_shipped()
  rte, copa = map(registry.find_dataset, ('rte', 'copa'))
  key = lambda d: keys.pass_key(
      d, seqio.TaskRegistry.get(d.name).source, settings.vocabulary, LENGTHS)
  first = rte.templates[0]
  reworded = dataclasses.replace(
      rte, templates=(dataclasses.replace(first, inputs=first.inputs + '!'), *rte.templates[1:]))
  assert key(rte) == key(dataclasses.replace(rte, metrics=())) != key(reworded)
  assert len({key(rte), key(copa), key(reworded)}) == 3


@pytest.fixture
def using(declared):
  """Registers RTE with `fields` that use a value."""
  plain = declared['rte'].fields

  def make(value, version=''):
    unregister()
    registry.register(dataclasses.replace(
        declared['rte'], name='rte_with', cluster='own', version=version,
        fields=lambda row: {**plain(row), 'used': tf.constant(str(value)[:0])}))
    return registry.find_dataset('rte_with')

  def unregister():
    if 'rte_with' in registry.datasets():
      registry.unregister('rte_with')

  yield make
  unregister()


def test_what_nobody_can_look_into_is_refused_before_training_unless_it_has_a_version(
    settings, using):
  key = lambda dataset: prepared.folder(prepared.Declared(dataset), settings).name
  using(threading.Lock())
  with pytest.raises(UserError, match=r'dataset rte_with: .*fields\.value of type _thread\.lock'):
    pipeline.Stream('rte_with', LENGTHS, 4, settings.vocabulary, 0,
                    prepared_dir=settings.directory).check()
  one, other = (key(using(threading.Lock(), version=v)) for v in '12')
  assert one == key(using(threading.Lock(), version='1')) != other
  assert key(using(np.arange(3))) == key(using(np.arange(3))) != key(using(np.arange(4)))


def test_building_leaves_the_key_as_it_was(settings, using):
  dataset = prepared.Declared(using(re.compile('a')))
  before = prepared.folder(dataset, settings)
  prepare(['rte_with'], settings)
  assert prepared.folder(dataset, settings) == before
  assert store.PassFiles(before, 0).manifest.exists()


@pytest.mark.slow
def test_several_processes_build_the_same_as_one(settings, tmp_path):
  registry.load_shipped()
  datasets = [declared(n) for n in ('rte', 'copa')]
  elsewhere = dataclasses.replace(settings, directory=str(tmp_path / 'elsewhere'))
  one = prepared.prepare(datasets, settings, workers=0)
  other = prepared.prepare(datasets, elsewhere, workers=2)
  assert one == other


def test_a_disk_that_takes_no_more_leaves_nothing_half_visible(settings, monkeypatch):
  class Full:
    def __init__(self, path, options):
      open(path, 'wb').close()

    def write(self, record):
      pass

    def close(self):
      raise ValueError('RESOURCE_EXHAUSTED: No space left on device')

  monkeypatch.setattr(store.array_record_module, 'ArrayRecordWriter', Full)
  with pytest.raises(UserError, match='disk is full.*--prune'):
    prepare(['rte'], settings)
  left = [name for _, _, names in os.walk(settings.directory) for name in names]
  assert left == []


def test_pruning_deletes_what_belongs_to_earlier_declarations(settings):
  prepare(['rte'], settings)
  dataset = declared('rte')
  old = prepared.folder(dataset, settings).parent / 'an_earlier_key'
  old.mkdir()
  (old / 'pass_0.json').write_text(json.dumps({}))
  assert prepared.prune([dataset], settings) == 2
  assert not old.exists() and prepared.state(dataset, settings)


def test_another_vocabulary_has_another_key():
  class Reversed(seqio.ByteVocabulary):
    pass

  assert keys.vocabulary_key(load_vocabulary()) != keys.vocabulary_key(seqio.ByteVocabulary())
  assert keys.vocabulary_key(Reversed()) != keys.vocabulary_key(seqio.ByteVocabulary())


PREPARE = ['prepare', 'e2e_nlg,winogrande', '--gin_file=gin/flan_holdout_nli.gin',
           '--gin.TRAIN_STEPS=2']


def start(args, cache, cwd, seed):
  """Starts a command in a cache of its own; leaves what it writes for other users there too."""
  for folder in (cache, cache / 'tmp', cwd):
    folder.mkdir(exist_ok=True)
  return command_line.start(
      *args, cwd=cwd, FLAN_JAX_CACHE=str(cache), TMPDIR=str(cache / 'tmp'),
      PYTHONHASHSEED=str(seed))


def files_below(folder):
  return {str(path.relative_to(folder)): path.read_bytes()
          for path in folder.rglob('*') if path.is_file()}


@pytest.mark.slow
def test_fresh_caches_get_the_same_keys_and_bytes_and_nothing_is_left_elsewhere(tmp_path):
  """In one process and by a worker, beside modules that are called like Python's own."""
  for name in ('json', 'queue', 'tempfile'):
    (tmp_path / f'{name}.py').write_text(f'open("{name}_was_run", "w")')
  one, other = tmp_path / 'one', tmp_path / 'other'
  running = [start([*PREPARE, '--workers=0'], one, tmp_path, 1),
             start([*PREPARE, '--workers=1'], other, tmp_path, 2)]
  for process in running:
    said, errors = process.communicate()
    assert process.returncode == 0, said + errors
  left = [pathlib.Path(directory) / name for cache in (one, other)
          for directory, folders, files in os.walk(cache / 'tmp') for name in folders + files]
  assert left == [] and not list(tmp_path.glob('*_was_run'))
  for part in ('sample_world', 'prepared'):
    written = files_below(one / part)
    assert written == files_below(other / part) and len(written) >= 4
