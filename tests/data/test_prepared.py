"""Prepared data: what SeqIO gives, once, whole or not at all."""
import dataclasses
import json
import os

import numpy as np
import pytest
import seqio

from flan_jax.data import own_features as own
from flan_jax.data import prepared, registry
from flan_jax.data.draws import Epochs
from flan_jax.data.prepared import keys, store
from flan_jax.data.vocabulary import load_vocabulary, with_vocabulary
from flan_jax.errors import UserError

LENGTHS = {'inputs': 64, 'targets': 16}


@pytest.fixture
def settings(vocabulary, tmp_path):
  return prepared.Settings(vocabulary, LENGTHS, str(tmp_path / 'prepared'))


def built(progress):
  return [(m['dataset'], m['pass']) for m, _, _ in progress]


def prepare(names, settings, **kwargs):
  registry.load_shipped()
  told = []
  manifests = prepared.prepare(
      [registry.find_dataset(n) for n in names], settings,
      progress=lambda *news: told.append(news), workers=0, **kwargs)
  return manifests, built(told)


def test_prepared_examples_are_seqios_token_for_token(settings):
  prepare(['rte'], settings)
  dataset = registry.find_dataset('rte')
  examples = prepared.PreparedExamples(dataset, settings, seed=3)
  rows = len(examples._pass(0))
  task = with_vocabulary(seqio.TaskRegistry.get('rte'), settings.vocabulary)
  expected = list(task.get_dataset(LENGTHS, 'train', shuffle=False, num_epochs=2)
                  .as_numpy_iterator())
  epochs = Epochs('rte', rows, seed=3)
  for place in (0, 5, rows - 1, rows, rows + 7):
    epoch, number = epochs[place]
    wanted, example = expected[epoch * rows + number], examples[place]
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
  demand = prepared.Demand(rows=400, rates={'rte': 30.0, 'copa': 3000.0})
  _, told = prepare(['rte', 'copa'], settings, demand=demand)
  assert told.count(('rte', 0)) == 1 and ('rte', 1) not in told
  assert [n for name, n in told if name == 'copa'] == [0, 1]


@pytest.mark.parametrize('damage', ['flipped byte', 'cut off', 'no manifest', 'half a manifest'])
def test_damaged_data_is_found_and_built_again(settings, damage):
  prepare(['rte'], settings)
  dataset = registry.find_dataset('rte')
  place = store.Place(prepared.folder(dataset, settings), 0)
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


def test_functions_count_by_what_they_do():
  def make(options, helper):
    return lambda row: helper(row['label'], options)

  one, other = (lambda x, y: (x, y)), (lambda x, y: (y, x))
  same = lambda f, g: keys.describe(f) == keys.describe(g)
  assert same(make(('a', 'b'), one), make(('a', 'b'), one))
  assert not same(make(('a', 'b'), one), make(('a', 'c'), one))
  assert not same(make(('a', 'b'), one), make(('a', 'b'), other))


def test_several_processes_build_the_same_as_one(settings, tmp_path):
  registry.load_shipped()
  datasets = [registry.find_dataset(n) for n in ('rte', 'copa')]
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
  dataset = registry.find_dataset('rte')
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
