"""The doctor finds what is missing, says how to get it, and leaves everything as it is."""
import dataclasses
import json
import socket

import pytest
import seqio

from flan_jax import cli, sample_world
from flan_jax.data import registry
from flan_jax.data_tools import doctor
from flan_jax.stream import prepared


@pytest.fixture(scope='module')
def rte_only(write_rows, tmp_path_factory):
  """A data directory with RTE prepared, and CB in a version that is not the declared one."""
  folder = tmp_path_factory.mktemp('rte_only')
  rows = {split: sample_world.rows('super_glue/rte', split)[:60]
          for split in ('train', 'validation')}
  write_rows('super_glue/rte', '1.0.2', rows, folder)
  (folder / 'super_glue/cb/1.0.1').mkdir(parents=True)
  return str(folder)


def by_name(*names, **kwargs):
  return {f.name: f for f in doctor.examine(names, **kwargs)}


def t5x(*args, capsys):
  code = cli.main(['doctor', *args])
  return code, capsys.readouterr().out


def test_prepared_data_is_found_with_its_rows(rte_only, data_dir):
  data_dir(rte_only, redraw=True)
  found = by_name('rte')['rte']
  assert found.state == doctor.READY and found.directory == rte_only
  assert found.rows == {'train': 54, 'validation': 6, 'test': 60} and found.disk_bytes > 1_000
  assert found.versions == ('1.0.2',)


def test_missing_data_comes_with_the_command_that_prepares_it(rte_only, data_dir):
  data_dir(rte_only, redraw=True)
  found = by_name('nli')
  assert [name for name, f in found.items() if f.state != doctor.MISSING] == ['rte']
  assert found['snli'].command == f'tfds build snli:1.1.0 --data_dir={rte_only}'
  assert found['snli'].download_bytes == 94_550_081 and found['snli'].seconds > 60


def test_another_version_that_is_there_is_named(rte_only, data_dir):
  data_dir(rte_only)
  assert by_name('cb')['cb'].other_versions == ('1.0.1',)


def test_a_version_that_tfds_cannot_prepare_is_trouble(monkeypatch, declared):
  old = dataclasses.replace(declared['cnn_dailymail'].source, name='cnn_dailymail:3.1.0')
  changed = dataclasses.replace(declared['cnn_dailymail'], source=old)
  monkeypatch.setattr(registry, 'datasets', lambda: {changed.name: changed})
  first, *others = doctor.examine()[0].trouble
  assert 'prepares 3.4.0, not 3.1.0' in first and '#8981' in others[0]


def test_tokenized_passes_are_counted(rte_only, data_dir, vocabulary, tmp_path):
  data_dir(rte_only, redraw=True)
  made_with = prepared.Settings(vocabulary, {'inputs': 64, 'targets': 16}, str(tmp_path))
  assert by_name('rte', settings=made_with)['rte'].passes == 0
  prepared.prepare([prepared.Declared(registry.find_dataset('rte'))], made_with, workers=0)
  assert by_name('rte', settings=made_with)['rte'].passes == 1


def test_a_task_of_your_own_is_named_and_left_alone(vocabulary):
  source = seqio.FunctionDataSource(lambda split, shuffle_files: None, splits=['train'])
  seqio.TaskRegistry.add('doctored', source, preprocessors=[],
                         output_features={'targets': seqio.Feature(vocabulary)})
  try:
    assert by_name('doctored')['doctored'] == doctor.DatasetState('doctored')
  finally:
    seqio.TaskRegistry.remove('doctored')


def test_everything_is_examined_without_network_and_without_writing(monkeypatch, tmp_path):
  def refuse(*unused):
    raise AssertionError('the network was asked for')

  monkeypatch.setattr(socket.socket, 'connect', refuse)
  monkeypatch.setattr(socket, 'getaddrinfo', refuse)
  monkeypatch.setenv('FLAN_JAX_CACHE', str(tmp_path))
  found = by_name()
  assert len(found) == 70 and {f.state for f in found.values()} == {doctor.SAMPLE}
  assert 'summari.es' in found['newsroom'].manual and '#1482' in found['gigaword'].trouble[0]
  assert found['snli'].mirror == 'stanfordnlp/snli' and found['snli'].mirror_works
  assert not found['dart'].mirror_works and 'loading script' in found['dart'].mirror_lacks
  assert not list(tmp_path.iterdir())


def test_the_command_fails_when_what_is_named_cannot_run(rte_only, data_dir, capsys):
  data_dir(None)  # the command sets it, the fixture takes it back
  redrawn = [f'--tfds_data_dir={rte_only}', '--redraw_slices']
  code, out = t5x('rte', *redrawn, capsys=capsys)
  assert code == 0 and out.startswith('1 prepared.')
  code, out = t5x('rte', redrawn[0], capsys=capsys)
  assert code == 2 and out.startswith('1 too small for the declared slices.')
  assert "train='train[:-200]' has no rows" in ' '.join(out.split())
  code, out = t5x('mnli_matched', 'rte,newsroom', f'--tfds_data_dir={rte_only}', capsys=capsys)
  assert code == 2 and f'tfds build newsroom:1.0.0 --data_dir={rte_only}' in out
  assert out.index('tfds build newsroom') < out.index('license') < out.index('By hand')
  assert 'By hand' in out and 'tfds build super_glue/rte' not in out and '# mnli_matched' in out
  code, out = t5x('mnli_matched', '--json', f'--tfds_data_dir={rte_only}', capsys=capsys)
  assert code == 2 and json.loads(out)[0]['state'] == 'missing'
  code, out = t5x(*redrawn, capsys=capsys)
  assert code == 0 and '69 missing' in out
  assert max(len(line) for line in out.splitlines() if 'tfds build' not in line) <= 120
