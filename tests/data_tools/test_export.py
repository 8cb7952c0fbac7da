"""Exported files hold what the tasks render, whole or not at all."""
import collections
import functools
import json

from pyarrow import parquet
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import own_features as own
from flan_jax.data import registry
from flan_jax.data_tools import export
from flan_jax.errors import UserError


def exported(path, *names, **kwargs):
  """Exports to a file; returns its records."""
  force, form = kwargs.pop('force', False), kwargs.pop('file_format', None)
  export.export(export.Request(names, **kwargs), str(path), form, force)
  return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


@pytest.fixture(scope='module')
def rte(tmp_path_factory):
  return exported(tmp_path_factory.mktemp('export') / 'rte.jsonl', 'rte')


def test_training_rows_come_once_as_the_training_task_renders_them(rte):
  task = seqio.TaskRegistry.get('rte')
  examples = list(task.get_dataset(None, 'train', shuffle=False).take(30).as_numpy_iterator())
  assert len(rte) == task.num_input_examples('train')
  for record, example in zip(rte, examples):
    assert record['inputs'] == example['inputs_pretokenized'].decode()
    assert record['targets'] == example['targets_pretokenized'].decode()
    assert record['template'] == example[own.TEMPLATE]
  assert [r['index'] for r in rte] == list(range(len(rte)))


def test_a_record_tells_options_and_origin(rte):
  first, turned_around = rte[0], rte[9]
  assert first['options'] == ['yes', 'no'] and first['answers'] == [first['targets']]
  assert first['options'][first['option']] == first['targets']
  assert (first['dataset'], first['cluster']) == ('rte', 'nli')
  assert turned_around['template'] == 9 and turned_around['option'] is None
  assert turned_around['options'] == [] and turned_around['answers'] == [turned_around['targets']]


def test_all_templates_render_every_row(tmp_path):
  records = exported(tmp_path / 'cb.jsonl', 'cb', split='test', templates='all', num_examples=7)
  forward = registry.find_dataset('cb').forward_templates
  assert collections.Counter((r['template'], r['index']) for r in records) == {
      (template, index): 1 for template in forward for index in range(7)}


def test_evaluation_deals_forward_templates_and_keeps_all_references(tmp_path):
  records = exported(tmp_path / 'qa.jsonl', 'trivia_qa', split='test')
  forward = registry.find_dataset('trivia_qa').forward_templates
  assert {r['template'] for r in records} == set(forward)
  assert any(len(r['answers']) > 1 for r in records)
  assert all(r['targets'] == r['answers'][0] and r['options'] == [] for r in records)


def test_one_evaluation_task_is_exported_with_its_template(tmp_path):
  records = exported(tmp_path / 'rte.jsonl', 'rte_template_3', split='test', num_examples=3)
  assert [r['template'] for r in records] == [3, 3, 3]
  assert all(r['inputs'].startswith('Does the article say this?') for r in records)


def test_draws_follow_the_mixture_and_bring_small_datasets_again(tmp_path):
  mixture = ('cb_examples_16', 'copa_examples_48')
  records = exported(tmp_path / 'mixed.jsonl', *mixture, num_examples=400)
  counts = collections.Counter(r['dataset'] for r in records)
  assert counts.total() == 400 and counts['cb_examples_16'] == pytest.approx(100, abs=25)
  templates = [r['template'] for r in records if (r['dataset'], r['index']) == (mixture[0], 3)]
  assert templates == [(3 + e) % 10 for e in range(len(templates))] and len(templates) > 3
  assert records == exported(tmp_path / 'again.jsonl', *mixture, num_examples=400)


def test_parquet_holds_the_same_records_a_file_for_each_dataset(tmp_path, rte):
  request = export.Request('rte,wsc273', split='test')
  written = export.export(request, str(tmp_path / 'out'), 'parquet')
  assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == ['rte.parquet', 'wsc273.parquet']
  rows = parquet.read_table(tmp_path / 'out/rte.parquet').to_pylist()
  assert len(rows) == written[str(tmp_path / 'out/rte.parquet')] > 0
  assert rows[0].keys() == rte[0].keys() and rows[0]['options'] == ['yes', 'no']
  assert rows == exported(tmp_path / 'rte.jsonl', 'rte', split='test')


@pytest.fixture
def own_task(vocabulary):
  """A SeqIO task of somebody's own, which keeps tokens only."""

  def rows(split, shuffle_files, seed=None):
    return tf.data.Dataset.from_tensor_slices(
        {'inputs': ['the cat', 'the dog'], 'targets': ['black', 'brown']})

  tokenize = functools.partial(seqio.preprocessors.tokenize, copy_pretokenized=False)
  seqio.TaskRegistry.add(
      'own', seqio.FunctionDataSource(rows, splits=['train']),
      preprocessors=[tokenize, seqio.preprocessors.append_eos],
      output_features={name: seqio.Feature(vocabulary) for name in ('inputs', 'targets')})
  yield 'own'
  seqio.TaskRegistry.remove('own')


def test_a_task_of_your_own_is_exported_as_text(tmp_path, own_task):
  first, second = exported(tmp_path / 'own.jsonl', own_task)
  assert (first['inputs'], first['targets'], first['index']) == ('the cat', 'black', 0)
  assert (second['dataset'], second['cluster'], second['template']) == ('own', None, None)


def test_what_is_there_is_written_over_only_when_asked(tmp_path):
  path = tmp_path / 'out.jsonl'
  path.write_text('mine')
  with pytest.raises(UserError, match='exists already.*--force'):
    exported(path, 'cb', split='test', num_examples=1)
  assert path.read_text() == 'mine'
  assert len(exported(path, 'cb', split='test', num_examples=1, force=True)) == 1


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
  def fail(unit, known):
    raise RuntimeError('half way')

  monkeypatch.setattr(export, '_record', fail)
  for name in ('out.jsonl', 'out.parquet'):
    with pytest.raises(RuntimeError):
      export.export(export.Request('cb'), str(tmp_path / name))
  assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('request_, output, message', [
    (export.Request('rte', split='dev'), 'x.jsonl', "'dev' is not one of train, validation, test"),
    (export.Request('rte', num_examples=0), 'x.jsonl', 'leaves nothing'),
    (export.Request('rtee'), 'x.jsonl', "Did you mean 'rte'"),
    (export.Request('wsc273', split='validation'), 'x.jsonl', 'has no validation split'),
    (export.Request('wsc273'), 'x.jsonl', 'has no training rows'),
    (export.Request('cb', split='test'), '/dev/null/x.jsonl', 'cannot be written'),
])
def test_mistakes_are_named(request_, output, message, tmp_path):
  with pytest.raises(UserError, match=message):
    export.export(request_, str(tmp_path / output))
