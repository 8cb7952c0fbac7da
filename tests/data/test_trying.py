"""Tasks that end, are empty or broken: repeated, or refused by name before anything is trained."""
import dataclasses

import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import mixtures, registry
from flan_jax.data.vocabulary import features
from flan_jax.data_tools import describe
from flan_jax.errors import UserError
from flan_jax.stream import prepared
from flan_jax.stream.prepared.pipeline import Stream

LENGTHS = {'inputs': 64, 'targets': 16}
TOKENIZE = seqio.preprocessors.tokenize_and_append_eos


def numbers(count):
  def rows(split, shuffle_files=False, seed=None):
    return tf.data.Dataset.range(count).map(
        lambda i: {'inputs': tf.strings.as_string(i), 'targets': tf.strings.as_string(i)})

  return seqio.FunctionDataSource(rows, splits=('train', 'validation'))


def lines(path):
  return seqio.TextLineDataSource({'train': str(path)})


@pytest.fixture
def add(tmp_path):
  """Registers SeqIO tasks and mixtures for one test."""
  tasks, mixed = [], []

  def task(name, source=None, *preprocessors, output_features=None):
    seqio.TaskRegistry.add(
        name, source=source or numbers(6), preprocessors=list(preprocessors),
        output_features=output_features or features())
    tasks.append(name)
    return name

  def mixture(name, parts, **kwargs):
    seqio.MixtureRegistry.add(name, parts, **kwargs)
    mixed.append(name)
    return name

  task.mixture = mixture
  yield task
  for name in mixed:
    seqio.MixtureRegistry.remove(name)
  for name in tasks:
    seqio.TaskRegistry.remove(name)


def stream(names, vocabulary, **kwargs):
  return Stream(names, LENGTHS, 4, vocabulary, 0, **({'pack': False} | kwargs))


def take(batches, count):
  return [batch for _, batch in zip(range(count), batches)]


@pytest.mark.slow
def test_rows_that_end_begin_again_and_go_on_from_a_position_beyond_their_end(add, vocabulary):
  name = add('ends', numbers(20), lambda ds: ds.take(10), TOKENIZE)
  batches = stream(name, vocabulary).batches()
  first = take(batches, 7)
  assert len(first) == 7
  # 28 examples of 10: each twice at least.
  shown = [tuple(row) for b in first for row in b['decoder_target_tokens'].tolist()]
  assert len(set(shown)) == 10 and min(map(shown.count, shown)) >= 2
  again = take(stream(name, vocabulary).batches(batches.position), 3)
  expected = take(batches, 3)
  assert all(np.array_equal(a[k], b[k]) for a, b in zip(again, expected) for k in a)


def test_rows_that_can_be_read_once_only_are_an_error_and_not_the_end_of_training(add, vocabulary):
  left = iter(range(9))
  rows = lambda split, shuffle_files=False, seed=None: tf.data.Dataset.from_generator(
      lambda: ({'inputs': str(i), 'targets': str(i)} for i in left),
      output_signature=dict.fromkeys(LENGTHS, tf.TensorSpec([], tf.string)))
  name = add('once', seqio.FunctionDataSource(rows, splits=('train',)), TOKENIZE)
  with pytest.raises(UserError, match='task once: its rows end after'):
    take(stream(name, vocabulary).batches(), 4)


@pytest.mark.parametrize(
    'leaves', ['nothing in the file', 'nothing by a filter', 'nothing to take'])
def test_what_has_no_rows_is_refused_by_name_also_in_a_mixture(leaves, add, vocabulary, tmp_path):
  (tmp_path / 'empty.txt').touch()
  as_features = lambda ds: ds.map(lambda line: {'inputs': line, 'targets': line})
  if leaves == 'nothing in the file':
    add('hollow', lines(tmp_path / 'empty.txt'), as_features, TOKENIZE)
  elif leaves == 'nothing by a filter':
    add('hollow', numbers(6), lambda ds: ds.filter(lambda e: False), TOKENIZE)
  else:
    add('hollow', numbers(6), lambda ds: ds.take(0), TOKENIZE)
  add('full', numbers(6), TOKENIZE)
  add.mixture('half', [('full', 1), ('hollow', 1)])
  with pytest.raises(UserError, match='task hollow: it has no training rows'):
    stream('half', vocabulary).check()
  stream('full', vocabulary).check()


def test_a_keep_that_leaves_nothing_is_refused_and_counted_as_zero(declared, vocabulary, tmp_path):
  mine = dataclasses.replace(declared['rte'], name='rte_of_nobody', cluster='own',
                             keep=lambda row: row['label'] > 7)
  registry.register(mine)
  try:
    with pytest.raises(UserError, match='task rte_of_nobody: it has no training rows'):
      stream('rte_of_nobody', vocabulary).check()
    settings = prepared.Settings(vocabulary, LENGTHS, str(tmp_path))
    demand = prepared.Demand(8, {mine.name: 1.0})
    made = prepared.prepare([prepared.Declared(mine)], settings, demand, workers=0)
    assert [m['examples'] for m in made[mine.name]] == [0]
    for _ in range(2):
      with pytest.raises(UserError, match='dataset rte_of_nobody: it has no training rows'):
        prepared.PreparedExamples(prepared.Declared(mine), settings, seed=0)
    budget = describe.Budget(1, 4, LENGTHS)
    described = describe.describe_mixture(mine.name, budget, vocabulary)
    assert described['tasks'][0]['expected_epochs'] is not None
    with pytest.raises(UserError, match='no rows to show'):
      describe.preview(mine.name, 2, LENGTHS, vocabulary)
  finally:
    registry.unregister(mine.name)


def raising(dataset):
  raise RuntimeError('out of cheese')


@pytest.mark.parametrize('preprocessors, words', [
    ([], ['incorrect type', "'inputs'", 'tokenize_and_append_eos']),
    ([lambda ds: ds.map(lambda e: {'targets': e['targets']}), TOKENIZE],
     ['missing expected output feature', 'inputs']),
    ([raising, TOKENIZE], ['RuntimeError: out of cheese', 'test_trying.py:']),
    ([lambda ds: ds.map(lambda e: {**e, 'inputs': e['input']}), TOKENIZE], ["KeyError: 'input'"]),
    ([lambda ds: ds.map(lambda e: {**e, 'inputs': tf.strings.as_string(
        tf.strings.to_number(e['inputs'] + 'x'))}), TOKENIZE], ['x']),
])
def test_mistakes_in_a_task_are_one_line_that_names_it(preprocessors, words, add, vocabulary):
  name = add('mistaken', numbers(6), *preprocessors)
  with pytest.raises(UserError) as caught:
    stream(name, vocabulary).check()
  text = str(caught.value)
  assert text.startswith('task mistaken: ') and '\n' not in text
  assert all(word in text for word in words), text


def test_targets_without_inputs_are_named(add, vocabulary):
  only = {'targets': features()['targets']}
  name = add('speaker', numbers(6), TOKENIZE, output_features=only)
  with pytest.raises(UserError, match="task speaker: its feature 'inputs' is not a list of tokens"):
    stream(name, vocabulary).check()


def test_targets_without_a_token_in_all_rows_are_refused_and_in_some_are_not(add, vocabulary):
  blank = lambda least: lambda rows: rows.map(lambda e: {**e, 'targets': tf.where(
      tf.strings.to_number(e['inputs']) < least, '', e['targets'])})
  ends = features()
  bare = {name: dataclasses.replace(f, add_eos=False) for name, f in ends.items()}
  tokenize = seqio.preprocessors.tokenize
  some = stream(add('some', numbers(6), blank(5), tokenize, output_features=bare), vocabulary)
  some.check()
  assert sum(b['decoder_loss_weights'].sum() for b in take(some.batches(), 3)) > 0
  with pytest.raises(UserError, match="task none: none of its 6 training examples"):
    stream(add('none', numbers(6), blank(9), tokenize, output_features=bare), vocabulary).check()


def test_examples_without_inputs_are_packed_with_their_like(add, vocabulary):
  """An encoder has nothing for their targets to see, and a neighbor's inputs are not theirs."""
  blank = lambda rows: rows.map(lambda e: {**e, 'inputs': tf.where(
      tf.strings.to_number(e['inputs']) % 3 < 1, '', e['inputs'])})
  bare = {name: dataclasses.replace(f, add_eos=False) for name, f in features().items()}
  name = add('quiet', numbers(60), blank, seqio.preprocessors.tokenize, output_features=bare)
  kinds = set()
  for batch in take(stream(name, vocabulary, pack=True).batches(), 4):
    for sources, targets in zip(batch['encoder_segment_ids'], batch['decoder_segment_ids']):
      seen, packed = set(sources) - {0}, set(targets) - {0}
      assert seen in (set(), packed) and len(packed) > 2
      kinds.add(bool(seen))
  assert kinds == {True, False}


def test_a_pattern_that_finds_nothing_is_named(add, vocabulary):
  name = add('lost', lines('/nowhere/*.tsv'), TOKENIZE)
  with pytest.raises(UserError, match=r'task lost: .*No file is found.*/nowhere/\*.tsv'):
    stream(name, vocabulary).check()


@pytest.mark.parametrize('rate, words', [
    (seqio.mixing_rate_num_examples, 'num_input_examples='),
    (lambda task: 1 / 0, 'ZeroDivisionError'),
    (float('nan'), 'nan is no rate'), (-1.0, 'is no rate'), (0.0, 'No task in it has a rate'),
])
def test_rates_that_are_none_are_named(rate, words, add):
  add('uncounted', numbers(6), TOKENIZE)
  add.mixture('rated', [('uncounted', rate)])
  with pytest.raises(UserError, match=words):
    mixtures.training_tasks('rated')


@pytest.mark.parametrize('text, words', [
    ('import nothing_of_the_kind', 'nothing_of_the_kind'), ('x = 1 / 0', 'ZeroDivisionError'),
    ('def f(:', 'SyntaxError'), ('raise SystemExit(3)', 'SystemExit'),
    ('import seqio\nseqio.TaskRegistry.add("rte")', 'TypeError'),
])
def test_a_module_that_raises_is_one_line_with_its_place(text, words, tmp_path, monkeypatch):
  name = f'raises_{abs(hash(text))}'
  (tmp_path / f'{name}.py').write_text(text)
  monkeypatch.syspath_prepend(tmp_path)
  with pytest.raises(UserError) as caught:
    registry.import_module(name)
  said = str(caught.value)
  assert words in said and f'{name}' in said and '\n' not in said
  assert name not in registry.imported_modules()
