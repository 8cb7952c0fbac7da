"""Rows that have nothing to learn or to ask are left out, and counted by reason."""
import json

import numpy as np
import pytest
import tensorflow as tf

from flan_jax.data import (
  Dataset,
  Files,
  Template,
  Tfds,
  accuracy,
  choose,
  exact_text,
  keeping,
  preprocess,
  registry,
  trying,
)
from flan_jax.data import own_features as own
from flan_jax.data.reading_rows import row_source
from flan_jax.data.templates import OPTIONS_FIELD, fill
from flan_jax.data_tools import row_counts
from tests.command_line import t5x

EXTREMES = {tf.string: ('', ' ', '\u00a0', '(', 'x' * 5_000), tf.int32: (-1, 2**31 - 1),
            tf.int64: (-1, 2**31 - 1), tf.float32: (-1.0, 1e30)}
NOWHERE = Tfds('of_no_schema:1.0.0', 'train')  # TFDS knows no such dataset
QA = Dataset(
    name='facts_to_ask', cluster='own', source=NOWHERE,
    fields=lambda row: {'question': row['q'], 'hint': row['hint'], 'answer': row['a']},
    templates=(Template('{question} {hint}', '{answer}'), Template('{question}', '{answer}')),
    metrics=(exact_text,), may_be_empty=('hint',),
    keep={'no question': lambda row: tf.strings.regex_full_match(row['q'], r'.*\?'),
          'withdrawn': lambda row: row['hint'] != 'withdrawn'})
ROWS = [('1?', '', 'one'), ('two', '', 'two'), ('3?', 'withdrawn', '3'), ('4?', 'a number', ''),
        ('5?', '', '\u00a0\u200b '), ('6?', '', 'six')]


def pairs(rows):
  q, hint, a = (list(column) for column in zip(*rows))
  return tf.data.Dataset.from_tensor_slices({'q': q, 'hint': hint, 'a': a}).enumerate()


def test_rows_are_left_out_by_reason_and_keep_their_numbers():
  kept = list(keeping.kept_fields(QA, pairs(ROWS)).as_numpy_iterator())
  assert [(int(i), f['answer'].decode()) for i, f in kept] == [(0, 'one'), (5, 'six')]
  assert keeping.left_out(QA, pairs(ROWS)) == {
      'no question': 1, 'withdrawn': 1, 'empty answer': 2}
  reasons = [keeping.why_left_out(QA, row) for _, row in pairs(ROWS)]
  assert reasons == ['', 'no question', 'withdrawn', 'empty answer', 'empty answer', '']


def test_positions_count_the_rows_that_are_kept():
  fields = list(preprocess.rows_to_fields(QA)(pairs(ROWS)).as_numpy_iterator())
  assert [(f[own.INDEX], f[own.POSITION]) for f in fields] == [(0, 0), (5, 1)]


def test_an_empty_reference_is_none():
  """Else an empty prediction would be right: DROP has such dates."""
  example = {'question': '4?', 'answer': '4', 'answers': tf.constant(['', 'four'])}
  dataset = Dataset(
      name='drop_like', cluster='own', source=NOWHERE, fields=lambda row: row,
      templates=(Template('{question}', '{answer}'),), metrics=(exact_text,))
  example |= {own.INDEX: tf.constant(0, tf.int64), own.POSITION: tf.constant(0, tf.int64)}
  rows = tf.data.Dataset.from_tensors(example)
  rendered, = preprocess.apply_template(dataset, 0)(rows).as_numpy_iterator()
  assert rendered[own.ANSWERS].tolist() == [b'4', b'four']


def extreme_rows(spec, row):
  """Copies of a row, each with one column empty or extreme."""
  flat = tf.nest.flatten(row)
  for place, kind in enumerate(tf.nest.flatten(spec)):
    if len(kind.shape):
      extremes = [tf.zeros([0, *kind.shape[1:]], kind.dtype)]
      if kind.dtype == tf.string and len(kind.shape) == 1:
        extremes.append(tf.constant(['', '']))
    else:
      extremes = [tf.constant(e, kind.dtype) for e in EXTREMES.get(kind.dtype, ())]
    for extreme in extremes:
      yield tf.nest.pack_sequence_as(row, [*flat[:place], extreme, *flat[place + 1:]])


def test_no_declaration_trains_on_an_empty_target_or_asks_about_nothing(declared):
  refused = (tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)  # ends with an error
  tried = 0
  for dataset in declared.values():
    source = row_source(dataset)
    row = next(iter(source.first_rows(source.splits[0], 1)))
    spec = tf.nest.map_structure(tf.TensorSpec.from_tensor, row)
    schema = dataset.source.schema()
    for changed in extreme_rows(schema.spec if schema else spec, row):
      tried += 1
      try:
        if keeping.why_left_out(dataset, changed):
          continue
        fields = dataset.row_fields(changed)
      except refused:
        continue
      texts = {name: value.numpy().decode() for name, value in fields.items()
               if value.shape == () and value.dtype == tf.string}
      for template in dataset.templates:
        assert fill(template.targets, texts).strip(), (dataset.name, template, changed)
        without = dict.fromkeys(texts, '') | {OPTIONS_FIELD: texts.get(OPTIONS_FIELD, '')}
        assert template.turned_around or fill(template.inputs, texts) != fill(
            template.inputs, without), (dataset.name, template, changed)
  assert tried > 500


def test_a_negative_label_is_none():
  assert choose(tf.constant(-1), ('no', 'yes')).numpy() == b''
  assert choose(tf.constant(True), ('no', 'yes')).numpy() == b'yes'
  with pytest.raises(tf.errors.InvalidArgumentError):
    choose(tf.constant(2), ('no', 'yes'))


@pytest.fixture
def marks(tmp_path):
  texts = ['fine', 'poor', '', 'nice', 'dull', 'word ' * 300, 'great', 'grim', 'so so', 'bleak']
  labels = [1, 0, 1, 1, -1, 0, 1, 0, -1, 0]
  rows = tmp_path / 'marks.jsonl'
  rows.write_text('\n'.join(
      json.dumps({'text': t, 'label': label}) for t, label in zip(texts, labels)))
  return rows


def test_rows_of_a_dataset_are_counted_by_slice_and_reason(marks, vocabulary):
  source = Files(f'{marks}[:6]', validation=f'{marks}[6:8]', test=f'{marks}[8:]')
  dataset = Dataset(
      name='counted_marks', cluster='own', source=source,
      fields=lambda row: {'text': row['text'], 'answer': choose(row['label'], ('bad', 'good'))},
      options=('bad', 'good'), templates=(('{text}\n\n{options_}', '{answer}'),),
      metrics=(accuracy,), keep={'without a label': lambda row: row['label'] >= 0})
  registry.register(dataset)
  try:
    train, validation, test = row_counts.count_rows(
        dataset, ('train', 'validation', 'test'), {'inputs': 48, 'targets': 4}, vocabulary)
    assert trying.has_rows(dataset, 'test')
  finally:
    registry.unregister('counted_marks')
  assert (train.of, train.rows, train.used) == (10, 6, 4)
  assert train.left_out == {'without a label': 1, 'empty text': 1}
  assert (validation.rows, validation.left_out, validation.used) == (2, {}, 2)
  assert (test.rows, test.left_out, test.used) == (2, {'without a label': 1}, 1)


def test_prompts_that_do_not_fit_are_counted(declared, vocabulary):
  rte, = row_counts.count_rows(
      declared['rte'], ('train',), {'inputs': 40, 'targets': 8}, vocabulary)
  assert 0 < rte.too_long < rte.rows == rte.used + rte.too_long and rte.shots is None


def test_solved_examples_are_counted(vocabulary):
  dataset = registry.find_dataset('rte_few_shot_4')
  counted, = row_counts.count_rows(
      dataset, ('train',), {'inputs': 192, 'targets': 8}, vocabulary)
  assert 0 < counted.shots < 4 and counted.without_shots < np.prod(counted.rows)


@pytest.mark.slow
def test_the_command_shows_what_is_left_out(tmp_path):
  shown = t5x('mixture', 'snli', '--rows', cwd=tmp_path).stdout
  assert 'not used, and why' in shown
  assert [line.split()[:2] for line in shown.splitlines() if line.startswith('snli')] == [
      ['snli', 'train[0:700]'], ['snli', 'validation[0:200]'], ['snli', 'test[0:240]']]
