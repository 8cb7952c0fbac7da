"""Rows of a repository on the Hugging Face hub: found, downloaded, cached, read as TFDS's are."""
import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from flan_jax.data import (
  Dataset,
  Hub,
  Template,
  accuracy,
  choose,
  naming,
  presence,
  registry,
)
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources import hub_files, hub_source
from flan_jax.data_tools import doctor
from flan_jax.errors import UserError
from tests import hub as hub_lib

pytest.importorskip('huggingface_hub')

LABEL = {'names': ['no', 'yes'], '_type': 'ClassLabel'}
FEATURES = {'text': {'dtype': 'string', '_type': 'Value'}, 'label': LABEL}
ROWS = [{'text': f'Row {i}.', 'label': i % 2} for i in range(250)]


@pytest.fixture
def hub(monkeypatch, tmp_path):
  """A hub that the client of this process talks to, with a cache of its own."""
  from huggingface_hub import constants

  made = hub_lib.Hub()
  monkeypatch.setattr(constants, 'HF_HUB_CACHE', str(tmp_path / 'hub'))
  monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', False)
  with hub_lib.serve(made) as address:
    monkeypatch.setattr(constants, 'ENDPOINT', address)
    monkeypatch.setattr(constants, 'HUGGINGFACE_CO_URL_TEMPLATE',
                        address + '/{repo_id}/resolve/{revision}/{filename}')
    forget()
    yield made
  forget()


def forget():
  """Another process would know nothing either."""
  for cached in (hub_files._locate, hub_files._asked, hub_source._plan, hub_source._rows,
                 hub_source._opened):
    cached.cache_clear()


@pytest.fixture
def offline(monkeypatch):
  from huggingface_hub import constants

  def go():
    monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
    forget()

  return go


def slices_of(declared):
  return hub_source.HubSlices(declared, lambda: None)


def texts(declared, split='train'):
  return [row['text'].numpy().decode() for _, row in slices_of(declared).get_dataset(split)]


def split_files(name='data/train-0000{}-of-00002.parquet', rows=ROWS):
  half = len(rows) // 2
  return {name.format(i): hub_lib.as_parquet(part, features=FEATURES)
          for i, part in enumerate((rows[:half], rows[half:]))}


@pytest.mark.parametrize('name,config', [
    ('data/train-0000{}-of-00002.parquet', ''),
    ('data/train-0000{}-of-00002-0a1b2c3d4e5f.parquet', ''),
    ('train-0000{}-of-00002.parquet', ''),
    ('mine/train-0000{}-of-00002.parquet', 'mine'),
    ('mine/train-0000{}-of-00002.parquet', ''),
    ('mine/train/000{}.parquet', 'mine'),
    ('data/mine/train-0000{}-of-00002.parquet', 'mine'),
    ('default/train/000{}.parquet', ''),
])
def test_files_of_a_split_are_found_by_their_usual_names(hub, name, config):
  hub.put('me/it', split_files(name))
  found = texts(Hub('me/it', config, train='train[:200]', validation='train[200:]'))
  assert len(set(found)) == 200 and set(found) <= {row['text'] for row in ROWS}


def test_one_file_named_after_the_split_is_found(hub):
  hub.put('me/it', {'train.parquet': hub_lib.as_parquet(ROWS), 'README.md': b'It.'})
  assert set(texts(Hub('me/it', train='train'))) == {row['text'] for row in ROWS}


def test_slices_take_the_same_drawn_rows_apart_and_sorted_files_do_not_matter(hub):
  hub.put('me/it', split_files(rows=sorted(ROWS, key=lambda row: row['label'])))
  declared = Hub('me/it', train='train[:-50]', validation='train[-50:]', max_train=100)
  rows = slices_of(declared)
  assert rows.num_input_examples('train') == 100 and rows.num_input_examples('validation') == 50
  first, held = texts(declared), texts(declared, 'validation')
  assert not set(first) & set(held) and len(set(first) | set(held)) == 150
  labels = [int(row['label']) for _, row in rows.get_dataset('validation')]
  assert 10 < sum(labels) < 40
  forget()
  assert texts(declared) == first
  assert [row['text'].numpy().decode() for row in rows.first_rows('train', 7)] == first[:7]


def test_a_slice_without_rows_is_refused_and_may_be_redrawn(hub):
  hub.put('me/it', {'train.parquet': hub_lib.as_parquet(ROWS[:40])})
  declared = Hub('me/it', train='train[:-200]', validation='train[-200:]')
  with pytest.raises(UserError, match='hub:me/it: train=.*has no rows.*redraw'):
    slices_of(declared).interval('train')
  redrawn = dataclasses.replace(declared, redraw=True)
  assert sorted(texts(redrawn) + texts(redrawn, 'validation')) == sorted(
      row['text'] for row in ROWS[:40])


def test_a_new_commit_is_another_state_of_the_rows_and_a_pinned_one_stays(hub):
  old = hub.put('me/it', split_files())
  pinned = Hub('me/it', train='train', revision=old)
  before = slices_of(Hub('me/it', train='train')).fingerprint('train')
  assert old in before
  assert before == slices_of(pinned).fingerprint('train')
  new = hub.put('me/it', split_files(rows=ROWS[:100]))
  forget()
  assert new in slices_of(Hub('me/it', train='train')).fingerprint('train')
  assert slices_of(pinned).fingerprint('train') == before and len(texts(pinned)) == 250


def test_a_repository_without_parquet_is_read_from_the_hubs_conversion(hub):
  hub.put('me/it', {'it.py': b'raise SystemExit("executed")', 'train.csv': b'text\nx\n'})
  with pytest.raises(UserError, match="it has no Parquet files.*revision='refs/convert/parquet'"):
    texts(Hub('me/it', train='train'))
  forget()
  hub.put('me/it', split_files('default/train/000{}.parquet'), 'refs/convert/parquet')
  assert len(texts(Hub('me/it', train='train'))) == 250
  assert len(texts(Hub('me/it', train='train', revision='refs/convert/parquet'))) == 250
  assert not [path for path in hub.asked if path.endswith('.py')]


def test_offline_the_cache_serves_and_what_is_not_in_it_is_said(hub, offline):
  declared = Hub('me/it', train='train[:200]', validation='train[200:]')
  hub.put('me/it', split_files() | {'data/test-00000-of-00001.parquet': hub_lib.as_parquet(ROWS)})
  hub.put('me/that', {'it.py': b''})
  hub.put('me/that', split_files('default/train/000{}.parquet'), 'refs/convert/parquet')
  online = texts(declared), slices_of(declared).fingerprint('train')
  texts(Hub('me/that', train='train'))
  hub.asked.clear()
  offline()
  assert (texts(declared), slices_of(declared).fingerprint('train')) == online
  assert len(texts(Hub('me/that', train='train'))) == 250
  for absent in (Hub('me/it', test='test'), Hub('me/other', train='train')):
    with pytest.raises(UserError, match='^hub:me/(it|other).* in the cache') as caught:
      texts(absent, next(iter(absent.slices)))
    assert '\n' not in str(caught.value)
  assert not hub.asked


def test_a_cache_that_lacks_a_file_of_a_split_is_no_smaller_split(hub, offline):
  declared = Hub('me/it', train='train')
  hub.put('me/it', split_files())
  for path in hub_files.locate(declared, 'train').paths[1:]:
    os.remove(path)
  offline()
  with pytest.raises(UserError, match='cache|not a complete set'):
    texts(declared)


def test_what_has_come_into_the_cache_meanwhile_is_seen_there(hub):
  hub.put('me/it', split_files() | {'data/test-00000-of-00001.parquet': hub_lib.as_parquet(ROWS)})
  declared = Hub('me/it', train='train', test='test')
  hub_files.locate(declared, 'train')
  with hub_files.cache_only(), pytest.raises(UserError, match="no split 'test'"):
    hub_files.locate(declared, 'test')
  here = hub_files.locate(declared, 'test')
  with hub_files.cache_only():
    assert hub_files.locate(declared, 'test') == here


def test_a_hub_that_cannot_be_reached_leaves_the_cache(hub, monkeypatch):
  from huggingface_hub import constants

  hub.put('me/it', split_files())
  online = texts(Hub('me/it', train='train'))
  monkeypatch.setattr(constants, 'ENDPOINT', 'http://127.0.0.1:9')
  forget()
  assert texts(Hub('me/it', train='train')) == online
  with pytest.raises(UserError, match='me/that.*the hub cannot be reached'):
    texts(Hub('me/that', train='train'))


def test_private_repositories_take_the_usual_token(hub, monkeypatch):
  hub.put('me/mine', split_files())
  hub.private.add('me/mine')
  monkeypatch.delenv('HF_TOKEN', raising=False)
  with pytest.raises(UserError, match='no such dataset repository, or it is private.*HF_TOKEN'):
    texts(Hub('me/mine', train='train'))
  monkeypatch.setenv('HF_TOKEN', hub_lib.TOKEN)
  assert len(texts(Hub('me/mine', train='train'))) == 250


def test_gated_repositories_say_so(hub):
  hub.put('me/gated', split_files())
  hub.gated.add('me/gated')
  with pytest.raises(UserError, match='^hub:me/gated: its owners must grant you access') as caught:
    texts(Hub('me/gated', train='train'))
  assert '\n' not in str(caught.value)


@pytest.mark.parametrize('declared,said', [
    (Hub('me/none', train='train'), 'hub:me/none: there is no such dataset repository'),
    (Hub('me/it', train='train', revision='v9'), 'it has no revision v9'),
    (Hub('me/it', 'c', train='train'), "it has no configuration 'c'. It has: a, b"),
    (Hub('me/it', train='train'), 'it has several configurations. Name one of them: a, b'),
    (Hub('me/it', 'a', train='dev'), "it has no split 'dev'. It has: train"),
    (Hub('me/it', 'b', train='big'), "it has only a part of split 'big'"),
    (Hub('me/it', 'b', train='train'), "not a complete set: b/train-00001-of-00002.parquet"),
    (Hub('me/it', 'b', train='broken'), 'it is not a readable Parquet file'),
    (Hub('me/it', 'a', train='train', columns={'x': 'y'}), "there is no column 'y'"),
    (Hub('me/it', 'a', train='train', without=('y',)), "without='y' is not a column"),
])
def test_what_is_not_there_is_named_in_one_line(hub, declared, said):
  whole = hub_lib.as_parquet(ROWS)
  hub.put('me/it', {
      'a/train.parquet': whole, 'b/train-00001-of-00002.parquet': whole,
      'b/partial-big/0000.parquet': whole, 'b/broken.parquet': b'PAR1 no'})
  with pytest.raises(UserError) as caught:
    texts(declared)
  assert said in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize('make,said', [
    (lambda: Hub('a b', train='train'), 'no repository'),
    (lambda: Hub('me/it'), 'names no slice'),
    (lambda: Hub('me/it', train='train[3]'), 'is not a slice'),
])
def test_a_source_that_makes_no_sense_is_refused(make, said):
  with pytest.raises(UserError, match=said):
    make()


def test_every_kind_of_column_becomes_what_tfds_would_give(hub):
  schema = pa.schema({
      'text': pa.large_string(), 'small': pa.int8(), 'number': pa.float32(), 'flag': pa.bool_(),
      'label': pa.int64(), 'texts': pa.list_(pa.string()), 'fixed': pa.list_(pa.int32(), 2),
      'deep': pa.list_(pa.list_(pa.string())), 'inner': pa.struct({'a': pa.string()}),
      'spans': pa.list_(pa.struct({'text': pa.string(), 'start': pa.int32()})),
      'turned': pa.struct({'text': pa.list_(pa.string())}),
      'coded': pa.dictionary(pa.int32(), pa.string()), 'day': pa.date32(), 'none': pa.null()})
  rows = [
      {'text': 'ä', 'small': 1, 'number': .5, 'flag': True, 'label': 1, 'texts': ['a', 'b'],
       'fixed': [1, 2], 'deep': [['x'], []], 'inner': {'a': 'i'}, 'coded': 'c',
       'spans': [{'text': 's', 'start': 3}], 'turned': {'text': ['t']}},
      {'text': None, 'small': 2, 'number': None, 'flag': False, 'label': None, 'texts': None,
       'fixed': [3, 4], 'deep': [], 'inner': None, 'coded': None, 'spans': [],
       'turned': {'text': []}},
  ]
  hub.put('me/it', {'train.parquet': hub_lib.as_parquet(
      rows, schema, features={'label': LABEL, 'texts': [LABEL]})})
  declared = Hub('me/it', train='train')
  found = [row for _, row in slices_of(declared).get_dataset('train')]
  full, empty = sorted(found, key=lambda row: int(row['small']))
  plain = lambda value: (
      value.to_list() if hasattr(value, 'to_list') else np.asarray(value).tolist())
  assert plain(full['text']).decode() == 'ä' and plain(empty['text']) == b''
  assert plain(full['number']) == .5 and np.isnan(plain(empty['number']))
  assert (plain(full['label']), plain(empty['label'])) == (1, -1)
  assert plain(full['texts']) == [b'a', b'b'] and plain(empty['texts']) == []
  assert plain(full['fixed']) == [1, 2] and plain(full['deep']) == [[b'x'], []]
  assert plain(full['inner']['a']) == b'i' and plain(empty['inner']['a']) == b''
  assert plain(full['spans']['text']) == [b's'] and plain(empty['spans']['start']) == []
  assert plain(full['turned']['text']) == [b't'] and plain(full['coded']) == b'c'
  assert 'day' not in full and plain(full['none']) == b''
  schema_rows = declared.schema()
  assert schema_rows.labels == {'label': ('no', 'yes'), 'flag': ('False', 'True')}
  element = slices_of(declared).get_dataset('train').element_spec[1]
  for name, spec in schema_rows.spec.items():
    if not isinstance(spec, dict):
      assert spec.dtype == element[name].dtype and spec.shape.rank == element[name].shape.rank


def test_a_missing_number_is_refused_or_its_column_left_out(hub):
  rows = [{'text': 'a', 'page': 1}, {'text': 'b', 'page': None}]
  hub.put('me/it', {'train.parquet': hub_lib.as_parquet(rows)})
  with pytest.raises(UserError, match=r"column page: 1 values are missing.*without=\('page',\)"):
    texts(Hub('me/it', train='train'))
  assert sorted(texts(Hub('me/it', train='train', without=('page',)))) == ['a', 'b']


def test_columns_are_called_as_declared(hub):
  rows = [{'q': {'stem': 's'}, 'choices': [{'text': 'x'}, {'text': 'y'}], 'label': 0}]
  hub.put('me/it', {'train.parquet': hub_lib.as_parquet(rows)})
  declared = Hub('me/it', train='train', columns={'question': 'q', 'b': 'choices/text/1'})
  row, = slices_of(declared).first_rows('train', 5)
  assert row['question']['stem'].numpy() == b's' and row['b'].numpy() == b'y'
  assert 'q' not in row and row['choices']['text'].numpy().tolist() == [b'x', b'y']


def declare(name, **settings):
  return Dataset(
      name=name, cluster='own', source=settings.pop('source'), metrics=(accuracy,),
      fields=settings.pop('fields', lambda row: {
          'text': row['text'], 'answer': choose(row['label'], ('no', 'yes'))}),
      templates=(Template('{text} So?\n\n{options_}', '{answer}'),), options=('no', 'yes'),
      **settings)


def test_a_declaration_of_hub_rows_is_checked_when_their_files_are_there(hub):
  hub.put('me/it', split_files())
  at_hub = Hub('me/it', train='train[:200]', test='train[200:]')
  wrong = declare('off', source=at_hub, fields=lambda row: {
      'text': row['txet'], 'answer': choose(row['label'], ('no', 'yes'))})
  assert not hub.asked  # declaring it asks nobody
  with pytest.raises(UserError, match="dataset off: rows have no column 'txet'.*'text'"):
    row_source(wrong).num_input_examples('train')
  other = lambda row: {'text': row['text'], 'answer': choose(row['label'], ('no', 'maybe'))}
  with pytest.raises(UserError, match="the answer 'maybe' .label yes. is not among the options"):
    declare('off', source=at_hub, fields=other)


def test_the_doctor_looks_into_the_cache_alone(hub, registered):
  hub.put('me/it', split_files())
  dataset = registered(declare('doctored_hub', source=Hub(
      'me/it', train='train[:200]', test='train[200:]')))
  finding, = doctor.examine(['doctored_hub'])
  assert finding.state == doctor.MISSING and not hub.asked
  assert 'cache' in finding.why and 'downloads it' in finding.why
  assert naming.rows_of('doctored_hub').text == 'the Hugging Face hub (me/it)'
  presence.check([(registry.find_task('doctored_hub'), 'train')], ['doctored_hub'])
  finding, = doctor.examine(['doctored_hub'])
  assert finding.state == doctor.READY and not finding.empty
  assert finding.rows == {'train': 200, 'test': 50} and finding.source == dataset.source.name


@pytest.mark.slow
def test_commands_read_the_hub_and_then_the_cache(tmp_path):
  hub = hub_lib.Hub()
  rows = [{'premise': f'{i} birds.', 'hypothesis': f'{i} animals.', 'idx': i, 'label': i % 2}
          for i in range(300)]
  rte = {'names': ['entailment', 'not_entailment'], '_type': 'ClassLabel'}
  hub.put('aps/super_glue', {
      f'rte/{split}-00000-of-00001.parquet': hub_lib.as_parquet(rows, features={'label': rte})
      for split in ('train', 'validation')})

  def t5x(*args, **settings):
    return subprocess.run(
        [sys.executable, '-c', 'from flan_jax.cli import entry; entry()', *args, '--source=hub'],
        capture_output=True, text=True, check=False,
        env=os.environ | {'HF_HOME': str(tmp_path), **settings})

  preview = 'preview', 'rte', '--n=2', '--json'
  with hub_lib.serve(hub) as address:
    online = t5x(*preview, HF_ENDPOINT=address)
  assert online.returncode == 0, online.stderr
  assert 'birds' in online.stdout
  again = t5x(*preview, HF_ENDPOINT='http://127.0.0.1:9', HF_HUB_OFFLINE='1')
  assert again.returncode == 0 and json.loads(again.stdout) == json.loads(online.stdout)
  missing = t5x('preview', 'cb', HF_HUB_OFFLINE='1')
  assert missing.returncode == 2 and len(missing.stderr.strip().splitlines()) == 1
  assert 'hub:aps/super_glue' in missing.stderr
  no_mirror = t5x('preview', 'bool_q', HF_HUB_OFFLINE='1')
  assert no_mirror.returncode == 2 and 'lacks titles' in no_mirror.stderr
