"""Where results lie: no evaluation writes over another."""
from concurrent import futures
import json
import threading

import pytest

from flan_jax.data import registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.metrics import accuracy
from flan_jax.data.sources.files import Files
from flan_jax.evaluation import harness, results


def facts(**changes):
  base = {
      'checkpoint': 'checkpoints/4',
      'settings': {'split': None, 'lengths': {'inputs': 8}, 'batch_size': 8, 'dtype': 'float32',
                   'averaged': False, 'prompts': 'ab'},
      'limits': {'num_examples': 4, 'dev_examples': 0},
      'data': {'rte': {'source': 'super_glue/rte:1.0.2', 'directory': '/a', 'sample_data': True,
                       'rows': {'test': 'f1'}}},
      'versions': {'jax': '1'}, 'date': '2026-01-01T00:00:00+00:00',
  }
  for path, value in changes.items():
    *way, last = path.split('__')
    place = base
    for key in way:
      place = place[key]
    place[last] = value
  return base


def made(directory, mixture, given, tasks=('t',)):
  folder = results.begin(str(directory), 4, mixture, given)
  for task in tasks:
    results.write_predictions(folder, task, [{'score': float('nan')}])
  results.finish(folder, {**given, 'tasks': dict.fromkeys(tasks, 1)})
  return folder


@pytest.mark.parametrize('change', [
    {'limits__num_examples': None}, {'settings__lengths': {'inputs': 16}},
    {'settings__dtype': 'bfloat16'}, {'settings__prompts': 'cd'}, {'settings__split': 'train'},
    {'settings__averaged': True}, {'checkpoint': '/other/checkpoints/4'},
    {'data__rte__rows': {'test': 'f2'}}])
def test_other_settings_get_a_folder_of_their_own(tmp_path, change):
  first = made(tmp_path, 'rte', facts())
  second = made(tmp_path, 'rte', facts(**change))
  assert first == tmp_path / 'eval/4/rte' and second.name.startswith('rte-')
  assert results.stored(first, facts()) and not results.stored(first, facts(**change))
  assert made(tmp_path, 'rte', facts(**change)) == second


def test_the_same_evaluation_finds_its_own_and_takes_stale_predictions_away(tmp_path):
  first = made(tmp_path, 'rte', facts(), tasks=('t', 'gone'))
  again = facts(date='2027-01-01T00:00:00+00:00', data__rte__directory='/b',
                settings__batch_size=2, versions={'jax': '2'})
  assert made(tmp_path, 'rte', again) == first
  assert {f.name for f in (first / 'predictions').iterdir()} == {'t.jsonl'}
  assert json.loads((first / 'predictions/t.jsonl').read_text()) == {'score': None}
  assert {f.name for f in first.iterdir()} == {'predictions', 'results.json', 'evaluation.json'}


def at_once(work, count):
  """What `work(i)` gives in `count` threads that begin it together."""
  together = threading.Barrier(count)

  def one(i):
    together.wait()
    return work(i)

  with futures.ThreadPoolExecutor(count) as threads:
    return list(threads.map(one, range(count)))


def test_evaluations_that_begin_at_once_have_a_folder_each(tmp_path):
  for trial in range(20):
    directory = tmp_path / str(trial)
    given = [facts(limits__num_examples=i) for i in range(6)]
    begin = lambda i: results.begin(str(directory), 4, 'rte', given[i])  # noqa: B023 (at once)
    folders = at_once(begin, 6)
    assert len(set(folders)) == 6 and directory / 'eval/4/rte' in folders
    for folder, own in zip(folders, given):
      assert json.loads((folder / 'evaluation.json').read_text())['limits'] == own['limits']
      assert results.folder(str(directory), 4, 'rte', own) == folder


def test_the_same_evaluation_started_twice_at_once_leaves_its_results(tmp_path):
  tasks = [f't{i}' for i in range(10)]
  for _ in range(20):
    first, second = at_once(lambda i: made(tmp_path, 'rte', facts(), tasks), 2)
    assert first == second and results.stored(first, facts())
    assert {f.stem for f in (first / 'predictions').iterdir()} == set(tasks)


def facts_of_own_data(folder, prompt='Is it so? {text}', text='a', averaged=False):
  """What is said of an evaluation of a dataset whose rows lie in `folder`."""
  folder.mkdir(exist_ok=True)
  (folder / 'rows.jsonl').write_text(''.join(
      json.dumps({'text': text * (n + 1), 'answer': 'yes'}) + '\n' for n in range(3)))
  registry.register(Dataset(
      name='of_their_own', cluster='own', options=('no', 'yes'), metrics=(accuracy,),
      source=Files('rows.jsonl[:1]', 'rows.jsonl[1:]', beside=str(folder / 'tasks.py')),
      fields=lambda row: dict(row), templates=((prompt + '\n{options_}', '{answer}'),),
      in_paper=False))
  try:
    evaluation = harness.Evaluation('of_their_own', {'inputs': 64, 'targets': 8})
    works = harness.work_to_do(evaluation)
    return results.facts(evaluation, works, checkpoint='c', dtype='float32', averaged=averaged)
  finally:
    registry.unregister('of_their_own')


def test_other_prompts_rows_or_parameters_make_another_evaluation(tmp_path):
  first = facts_of_own_data(tmp_path / 'a')
  folder = made(tmp_path, 'of_their_own', first)
  assert results.stored(folder, facts_of_own_data(tmp_path / 'a'))
  for change in ({'prompt': 'Is that so? {text}'}, {'text': 'b'}, {'averaged': True}):
    other = facts_of_own_data(tmp_path / 'a', **change)
    assert results.stored(folder, other) is None, change
    assert results.folder(str(tmp_path), 4, 'of_their_own', other) != folder, change


def test_what_was_interrupted_has_no_results(tmp_path):
  folder = results.begin(str(tmp_path), 4, 'rte', facts())
  assert results.stored(folder, facts()) is None
  assert results.folder(str(tmp_path), 4, 'rte', facts()) == folder
  assert results.folder(str(tmp_path), 4, 'rte', facts(checkpoint='x')) != folder


def test_names_of_mixtures_make_safe_folders():
  assert results.folder_name('nli') == 'nli'
  assert results.folder_name('cb, rte') == results.folder_name(['cb', 'rte']) == 'cb+rte'
  odd = [results.folder_name(name)
         for name in ('a/b', 'a_b', '../x', 'x' * 300, 'x' * 301, '.', 'a:b')]
  assert len(set(odd)) == len(odd)
  assert all('/' not in name and not name.startswith('.') and len(name) < 120 for name in odd)
