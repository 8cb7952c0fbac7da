"""Somebody's SeqIO tasks are tokenized and indexed as declared datasets are."""
import functools
import itertools
import json
import threading

import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax import sample_world
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError
from flan_jax.stream import prepared
from flan_jax.stream.prepared import builder, foreign, foreign_rows
from flan_jax.stream.prepared.pipeline import Stream

LENGTHS = {'inputs': 64, 'targets': 16}
TOKENIZE = seqio.preprocessors.tokenize_and_append_eos


@seqio.map_over_dataset(num_seeds=1)
def with_a_random_number(example, seed):
  drawn = tf.random.stateless_uniform([], seed, 0, 10**6, tf.int32)
  return example | {'inputs': tf.strings.join([example['inputs'], tf.strings.as_string(drawn)])}


def as_features(dataset):
  return dataset.map(lambda line: {'inputs': line, 'targets': line})


def counting(rows, form='row {}'):
  """A source of a function that takes no seed and does not say how many rows it gives."""
  give = lambda split, shuffle_files: tf.data.Dataset.range(rows).map(
      lambda i: dict.fromkeys(LENGTHS, tf.strings.format(form, i)))
  return seqio.FunctionDataSource(give, splits=('train',))


def lines(folder, count=30):
  folder.mkdir(exist_ok=True)
  for part in range(3):
    (folder / f'part-{part}.txt').write_text(
        ''.join(f'line {n}\n' for n in range(part, count, 3)))
  return seqio.TextLineDataSource({'train': str(folder / 'part-*.txt')})


@pytest.fixture
def add():
  """Registers tasks for one test; a name may be used again for another task."""
  added = set()

  def add(source, *preprocessors, name='theirs', output_features=None):
    if name in added:
      seqio.TaskRegistry.remove(name)
    added.add(name)
    return seqio.TaskRegistry.add(
        name, source=source, preprocessors=list(preprocessors) or [TOKENIZE],
        output_features=output_features or features())

  yield add
  for name in added:
    seqio.TaskRegistry.remove(name)


@pytest.fixture
def settings(vocabulary, tmp_path):
  return prepared.Settings(vocabulary, LENGTHS, str(tmp_path / 'prepared'))


def stream(settings, names='theirs', seed=3):
  return Stream(names, LENGTHS, 4, settings.vocabulary, seed, prepared_dir=settings.directory)


def take(batches, count):
  return list(itertools.islice(batches, count))


def same(one, other):
  pairs = zip(one, other, strict=True)
  return all(np.array_equal(a[name], b[name]) for a, b in pairs for name in a)


def prepare(task, settings, rows=0, passes=1):
  """The manifests of what a demand of so many packed rows prepares."""
  demand = prepared.Demand(rows, {task.name: 1.0})
  return prepared.prepare([prepared.of_task(task, settings)], settings, demand)[task.name]


@pytest.mark.parametrize('source', [
    pytest.param('function', marks=pytest.mark.slow), 'text lines', 'TFDS'])
def test_the_examples_are_seqios_in_an_order_that_is_found_again_at_once(
    source, add, settings, tmp_path, monkeypatch):
  if source == 'function':
    task = add(counting(40))
  elif source == 'text lines':
    task = add(lines(tmp_path / 'lines'), as_features, TOKENIZE)
  else:
    world = str(sample_world.write_sample_world(names=['super_glue/rte']))
    task = add(seqio.TfdsDataSource('super_glue/rte:1.0.2', world),
               functools.partial(seqio.preprocessors.rekey, key_map={
                   'inputs': 'premise', 'targets': 'hypothesis'}), TOKENIZE)
  expected = task.get_dataset(LENGTHS, 'train', shuffle=False, try_in_mem_cache=False)
  expected = sorted(tuple(e['inputs'].tolist()) for e in expected.as_numpy_iterator())
  indexed = prepared.of_task(task, settings)
  examples = prepared.PreparedExamples(indexed, settings, seed=1)
  shown = sorted(tuple(examples[n].inputs.tolist()) for n in range(len(expected)))
  assert shown == expected

  batches = stream(settings).batches()
  take(batches, 3)
  position = json.loads(json.dumps(batches.position))
  following = take(batches, 3)
  monkeypatch.setattr(builder, 'build_pass', None)  # nothing is rendered again
  assert same(take(stream(settings).batches(position), 3), following)


def test_a_foreign_task_mixes_with_declared_ones(add, settings):
  add(counting(40))
  opened = stream(settings, {'rte': 1.0, 'theirs': 1.0})
  batches = opened.batches()
  take(batches, 2)
  position, expected = batches.position, take(batches, 3)
  assert same(take(opened.batches(position), 3), expected)
  assert {1, 2} <= set(np.unique(expected[0]['task_ids']))


def key(task, settings):
  return prepared.folder(prepared.of_task(task, settings), settings).name


def test_the_key_changes_with_the_rows_and_what_is_done_to_them_and_with_nothing_else(
    add, settings, tmp_path):
  shout = lambda ds: ds.map(lambda e: {**e, 'inputs': tf.strings.upper(e['inputs'])})
  through = lambda function: seqio.map_over_dataset(function)
  asking = lambda mark: (lambda e: {**e, 'inputs': e['inputs'] + mark})
  without_end = {name: seqio.Feature(f.vocabulary, add_eos=False)
                 for name, f in features().items()}
  forms = [
      lambda: add(counting(40)),
      lambda: add(counting(41)),
      lambda: add(counting(40, 'line {}')),
      lambda: add(counting(40), shout, TOKENIZE),
      lambda: add(counting(40), through(asking('?')), TOKENIZE),
      lambda: add(counting(40), through(asking('!')), TOKENIZE),
      lambda: add(counting(40), output_features=without_end),
      lambda: add(lines(tmp_path / 'a'), as_features, TOKENIZE),
      lambda: add(lines(tmp_path / 'b', 33), as_features, TOKENIZE),
  ]
  keys = [key(form(), settings) for form in forms]
  assert len(set(keys)) == len(forms)
  assert [key(form(), settings) for form in forms] == keys
  # A copy elsewhere has the same rows.
  assert key(add(lines(tmp_path / 'c'), as_features, TOKENIZE), settings) == keys[-2]


def test_an_edited_file_changes_the_key(add, settings, tmp_path):
  source = lines(tmp_path / 'lines')
  before = key(add(source, as_features, TOKENIZE), settings)
  (tmp_path / 'lines' / 'part-1.txt').write_text('another line\n')
  assert key(add(lines_of(tmp_path / 'lines'), as_features, TOKENIZE), settings) != before


def lines_of(folder):
  return seqio.TextLineDataSource({'train': str(folder / 'part-*.txt')})


@pytest.mark.slow
def test_random_preprocessors_give_another_pass_each_epoch_and_others_are_rendered_once(
    add, settings, monkeypatch):
  monkeypatch.setattr(foreign, '_MOST_PASSES', 3)
  steady, random = add(counting(20)), add(counting(20), with_a_random_number, TOKENIZE, name='dice')
  rows = 20  # several epochs of 20 short examples
  assert len(prepare(steady, settings, rows)) == 1
  passes = prepare(random, settings, rows)
  assert len(passes) == len({m['crc32'] for m in passes}) == 3
  elsewhere = prepared.Settings(settings.vocabulary, LENGTHS, settings.directory + '_again')
  assert [m['crc32'] for m in prepare(random, elsewhere, rows)] == [m['crc32'] for m in passes]


@pytest.mark.parametrize('kind', ['other rows each time', 'endless', 'a value without a state'])
def test_what_cannot_be_known_again_is_read_in_order_with_a_word_why(
    kind, add, settings, monkeypatch, caplog):
  if kind == 'other rows each time':
    give = lambda split, shuffle_files, seed=None: tf.data.Dataset.range(20).map(
        lambda i: dict.fromkeys(LENGTHS, tf.strings.as_string(tf.random.uniform([]))))
    task, why = add(seqio.FunctionDataSource(give, splits=('train',))), 'other rows each time'
  elif kind == 'endless':
    monkeypatch.setattr(foreign_rows, '_MOST_HASHED', 50)
    give = lambda split, shuffle_files, seed=None: tf.data.Dataset.from_tensors(
        dict.fromkeys(LENGTHS, 'again')).repeat()
    task, why = add(seqio.FunctionDataSource(give, splits=('train',))), 'more than 50 rows'
  else:
    lock = threading.Lock()
    task = add(counting(20), lambda ds: ds if lock else ds, TOKENIZE)
    why = 'it uses 0.0.lock of type _thread.lock, which cannot be checked for changes'
  assert prepared.of_task(task, settings) is None
  assert 'Task theirs is read in order, not by index: ' in caplog.text and why in caplog.text
  opened = stream(settings)
  assert take(opened.batches(), 2) and 'examples' in opened.identity()['tasks']['theirs']


def test_a_run_that_began_in_order_goes_on_in_order(add, settings):
  add(counting(40))
  before = stream(settings)
  before.go_on_from({'tasks': {'theirs': 'FunctionDataSource, unknown examples'}})
  batches = before.batches()
  take(batches, 2)
  saved, position, following = before.identity(), batches.position, take(batches, 2)
  after = stream(settings)
  assert after.identity() != saved
  after.go_on_from(saved)
  assert after.identity() == saved
  assert same(take(after.batches(position), 2), following)


def test_a_token_outside_the_model_is_refused_before_the_first_step(add, settings):
  tokens = lambda split, shuffle_files, seed=None: tf.data.Dataset.from_tensors(
      {'inputs': [3, 70_000], 'targets': [4, -1]})
  whole = {name: seqio.Feature(seqio.PassThroughVocabulary(10**6), add_eos=False)
           for name in LENGTHS}
  task = add(seqio.FunctionDataSource(tokens, splits=('train',)), seqio.preprocessors.append_eos,
             output_features=whole)
  indexed = prepared.of_task(task, settings)
  examples = prepared.PreparedExamples(indexed, settings, seed=0)
  assert examples[0].inputs.tolist() == [3, 70_000] and examples[0].targets.tolist() == [4, -1]
  with pytest.raises(UserError, match="task theirs: its feature 'inputs' has the token 70000"):
    prepared.PreparedExamples(indexed, settings, seed=0, pieces=1_000)


def test_examples_are_cut_and_counted(add, settings):
  task = add(counting(10, ' '.join(f'word {n}' for n in range(99)) + ' {}'))
  manifest = prepare(task, settings)[0]
  assert manifest['truncated'] == manifest['targets_truncated'] == manifest['examples'] == 10
  assert manifest['targets']['longest'] == LENGTHS['targets'] < manifest['targets']['longest_whole']


@pytest.mark.slow
def test_worker_processes_build_foreign_tasks_too(add, settings):
  """The workers do not know what a script registered: it is built here."""
  tasks = [prepared.of_task(add(counting(n), name=f'theirs_{n}'), settings) for n in (10, 20)]
  made = prepared.prepare(tasks, settings, workers=2)
  assert [m[0]['examples'] for m in made.values()] == [10, 20]
