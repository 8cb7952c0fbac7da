"""Rows of files: what comes out of them, and what is said of those that do not fit."""
import json
import logging

import numpy as np
import pytest

from flan_jax.data import Dataset, Files, Template, accuracy, choose
from flan_jax.data.sources.files import FileSlices, tables
from flan_jax.errors import UserError

ROWS = [
    {'text': f'Row {i}', 'label': i % 2, 'score': i / 2, 'good': i > 3, 'tags': ['a'] * (i % 3)}
    for i in range(10)
]


@pytest.fixture
def write(tmp_path):
  """Writes a file of rows, given as they are, as text or as bytes; returns its path."""

  def write(content, name='rows.jsonl'):
    if isinstance(content, list):
      content = ''.join(json.dumps(row) + '\n' for row in content)
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)

  return write


def read(source, split='train'):
  """Pairs of position and row, as plain values."""
  return [
      (int(position), {name: np.asarray(value).tolist() for name, value in row.items()})
      for position, row in FileSlices(source).get_dataset(split).as_numpy_iterator()
  ]


def declare(source, **changes):
  given = dict(
      name='own_rows', cluster='own', source=source, options=('no', 'yes'), metrics=(accuracy,),
      fields=lambda row: {'text': row['text'], 'answer': choose(row['label'], ('no', 'yes'))},
      templates=(Template('{text}\n{options_}', '{answer}'),))
  return Dataset(**(given | changes))


# ---- What comes out ----


def test_json_lines_keep_the_types_of_their_values(write):
  rows = read(Files(write(ROWS)))
  assert [position for position, _ in rows] == list(range(10))
  assert rows[5][1] == {'text': b'Row 5', 'label': 1, 'score': 2.5, 'good': True,
                        'tags': [b'a', b'a']}


def test_parquet_gives_what_json_lines_give(write, tmp_path):
  import pyarrow as pa
  from pyarrow import parquet

  parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / 'rows.parquet')
  assert read(Files(str(tmp_path / 'rows.parquet'))) == read(Files(write(ROWS)))


def test_csv_cells_are_texts_unless_declared(write):
  path = write('text,label\n"One, with ""quotes""\nand a second line",0\nTwo,1\n', 'rows.csv')
  assert read(Files(path))[0][1] == {'text': b'One, with "quotes"\nand a second line',
                                     'label': b'0'}
  assert read(Files(path, columns={'label': int}))[1][1] == {'text': b'Two', 'label': 1}


def test_slices_of_one_file_serve_for_training_validation_and_test(write):
  path = write(ROWS)
  source = Files(f'{path}[:6]', f'{path}[6:-2]', f'{path}[-2:]')
  texts = {split: [row['text'] for _, row in read(source, split)] for split in source.slices}
  assert texts['train'] == [b'Row %d' % i for i in range(6)]
  assert texts['validation'] == [b'Row 6', b'Row 7'] and texts['test'] == [b'Row 8', b'Row 9']
  assert read(source, 'test')[0][0] == 0
  assert FileSlices(source).num_input_examples('train') == 6


def test_names_beside_the_declaration_do_not_depend_on_the_working_directory(write, tmp_path):
  write(ROWS)
  assert len(read(Files('rows.jsonl', beside=str(tmp_path / 'my_task.py')))) == 10


def test_a_json_list_gives_what_json_lines_give(write):
  path = write('\n' + json.dumps(ROWS, indent=1), 'rows.json')
  assert read(Files(path)) == read(Files(write(ROWS)))
  assert read(Files(write(ROWS, 'lines.json'))) == read(Files(write(ROWS)))


def test_csv_may_have_another_delimiter_and_no_header(write):
  path = write('Good, and short;1\nBad;0\n', 'rows.csv')
  source = Files(path, columns={'label': int}, delimiter=';', column_names=('text', 'label'))
  assert [row for _, row in read(source)] == [
      {'text': b'Good, and short', 'label': 1}, {'text': b'Bad', 'label': 0}]


def test_numbers_of_rows_that_pandas_writes_are_a_column(write):
  assert list(tables(Files(write(',text\n0,a\n1,b\n', 'rows.csv'))).types) == ['index', 'text']


def test_slices_count_in_the_drawn_order_where_there_is_a_seed(write):
  path = write(ROWS)
  source = Files(f'{path}[:8]', test=f'{path}[8:]', seed=3)
  drawn = [row['text'] for split in ('train', 'test') for _, row in read(source, split)]
  assert sorted(drawn) == sorted(row['text'].encode() for row in ROWS) and drawn != sorted(drawn)
  number = int(drawn[-1].decode().split()[1])
  assert tables(source).place('test', 1) == f'{path}:{number + 1}'
  again = Files(f'{path}[:8]', test=f'{path}[8:]', seed=3)
  other = Files(f'{path}[:8]', test=f'{path}[8:]', seed=4)
  of = lambda source: (FileSlices(source).fingerprint('train'), read(source))
  assert of(source) == of(again) and of(source)[0] != of(other)[0] != of(Files(f'{path}[:8]'))[0]
  assert of(source)[1] != of(other)[1]


def test_a_missing_text_is_empty_and_a_whole_number_may_stand_among_fractions(write):
  rows = read(Files(write([{'a': 'x', 'n': 1.5}, {'a': None, 'n': 2}])))
  assert rows[1][1] == {'a': b'', 'n': 2.0}


def test_objects_inside_rows_become_columns_of_their_own(write):
  talk = [{'role': 'user', 'content': 'Hi'}, {'role': 'model', 'content': 'Hello'}]
  rows = read(Files(write([{'messages': talk, 'about': {'topic': 't'}}])))
  assert rows[0][1] == {'messages/role': [b'user', b'model'],
                        'messages/content': [b'Hi', b'Hello'], 'about/topic': b't'}


def test_an_optional_column_is_empty_where_a_row_lacks_it(write):
  path = write([{'a': 'x'}, {'a': 'y', 'b': 'z'}, {'a': 'w'}])
  assert [row['b'] for _, row in read(Files(path, optional=('b',)))] == [b'', b'z', b'']


def test_the_fingerprint_changes_with_the_rows_and_the_slice_only(write):
  path = write(ROWS)
  fingerprint = lambda piece: FileSlices(Files(piece)).fingerprint('train')
  before = fingerprint(path)
  write(ROWS)
  assert fingerprint(path) == before != fingerprint(f'{path}[:5]')
  write([*ROWS[:-1], {**ROWS[-1], 'text': 'Row X'}])
  assert fingerprint(path) != before


def test_a_row_of_megabytes_is_a_row(write):
  rows = read(Files(write([{'text': 'long ' * 1_000_000}, {'text': 'short'}])))
  assert len(rows[0][1]['text']) == 5_000_000
  csv = write('text,label\n' + 'x' * 2_000_000 + ',1\n', 'rows.csv')
  assert len(read(Files(csv))[0][1]['text']) == 2_000_000


# ---- Rows that do not fit ----

GOOD = '{"text": "a", "label": 1}\n'


@pytest.mark.parametrize('line, fault', [
    (b'{"text": "b", "label": 1', 'broken JSON at character'),
    (b'["b", 1]', 'a list where a JSON object belongs'),
    (b'{"text": "b"}', "no column 'label'"),
    (b'{"text": ["b"], "label": 1}', "column 'text' holds a list of texts, but should hold text"),
    (b'{"text": {"b": 1}, "label": 1}', "column 'text' holds a nested value"),
    (b'{"text": "b", "label": "1"}', "column 'label' holds text, but should hold a whole number"),
    (b'{"text": "b", "label": true}', "column 'label' holds true or false"),
    (b'{"text": "b", "label": null}', "column 'label' holds nothing"),
    (b'{"text": "b", "label": 99999999999999999999}', 'more than 64 bits'),
    (b'{"text": "b\xff", "label": 1}', 'byte 12 is not UTF-8'),
    (b'{"text": "b\\ud800", "label": 1}', "column 'text' holds text that is not UTF-8"),
    (b'[' * 100_000, 'unreadable JSON'),
])
def test_a_row_that_does_not_fit_is_named_by_file_and_line(line, fault, write):
  path = write(GOOD.encode() * 3 + b'\n' + line + b'\n' + GOOD.encode())
  with pytest.raises(UserError) as error:
    tables(Files(path))
  assert f'1 of 5 rows do not fit: {path}:5: ' in error.value.what and fault in error.value.what
  assert "on_bad_row='skip'" in error.value.remedy


@pytest.mark.parametrize('line, fault', [
    (b'a,1,2\n', '3 cells under 2 column names'),
    (b'"a"b,1\n', 'broken CSV'),
    (b'"a,1\n', 'broken CSV'),
    (b'a\xff,1\n', "column 'text' holds text that is not UTF-8"),
    (b'a,one\n', "column 'label' holds text, but should hold a whole number"),
])
def test_a_csv_row_that_does_not_fit_is_named_by_file_and_line(line, fault, write):
  path = write(b'text,label\n"two\nlines",1\n' + line, 'rows.csv')
  with pytest.raises(UserError) as error:
    tables(Files(path, columns={'label': int}))
  assert f'1 of 2 rows do not fit: {path}:4: ' in error.value.what and fault in error.value.what


def test_many_bad_rows_are_counted_and_the_first_few_named(write):
  path = write((GOOD * 20) + 'nonsense\n' * 7)
  with pytest.raises(UserError, match=r'7 of 27 rows .*:21: .*:22: .*:23: .*; and 4 more'):
    tables(Files(path))


def test_skipped_rows_are_left_out_counted_and_logged(write, caplog):
  path = write(GOOD * 2 + 'nonsense\n' + GOOD)
  with caplog.at_level(logging.ERROR):
    assert len(read(Files(path, on_bad_row='skip'))) == 3
  assert 'left out 1 of 4 rows' in caplog.text and f'{path}:3' in caplog.text


def test_rows_that_are_left_out_are_told_once_for_one_state_of_a_file(write, caplog):
  path = write(GOOD * 9 + 'nonsense\n')
  with caplog.at_level(logging.ERROR):
    for how in ({}, {'seed': 1}, {'columns': {'text': str}}):
      tables(Files(path, on_bad_row='skip', **how))
    assert caplog.text.count('left out 1 of 10 rows') == 1
    write(GOOD * 9 + 'nonsense\nnonsense\n')
    tables(Files(path, on_bad_row='skip'))
  assert 'left out 2 of 11 rows' in caplog.text


def test_answers_that_are_no_option_are_named_and_counted(write):
  path = write([{'text': 'a', 'label': label} for label in ('yes', 'maybe', 'no')])
  fields = lambda row: {'text': row['text'], 'answer': row['label']}
  with pytest.raises(UserError, match=rf'answers of 1 rows .*{path}:2.*\[.no., .yes.\]'):
    declare(Files(path), fields=fields)
  declare(Files(path), fields=fields, keep=lambda row: row['label'] != 'maybe')


def test_a_label_without_an_option_is_named(write):
  path = write([{'text': 'a', 'label': 0}, {'text': 'b', 'label': 2}, {'text': 'c', 'label': 1}])
  with pytest.raises(UserError, match=rf'own_rows: the answers of 1 rows .*{path}:2'):
    declare(Files(path))


# ---- Files and declarations that make no sense ----


@pytest.mark.parametrize('name, content, words', [
    ('rows.jsonl', '', 'it is empty'),
    ('rows.jsonl', '\n\n', 'it has no rows'),
    ('rows.jsonl', '[{"text": "a"}]', 'one JSON list, not one object a line'),
    ('rows.json', '[{"text": "a"}, {"text"]', 'not a readable JSON list: Expecting'),
    ('rows.json', '[]', 'it has no rows'),
    ('rows.json', '["a"]', 'text where a JSON object belongs'),
    ('rows.csv', 'text,label\n', 'it has no rows'),
    ('rows.csv', 'text,text\na,b\n', "names the column 'text' twice"),
    ('rows.csv', 'a film,1\nanother,0\n', 'its first line is not a header'),
    ('rows.csv', 'text,\na,b\n', 'its first line is not a header'),
    ('rows.parquet', 'text', 'not a readable Parquet file'),
    ('rows.txt', 'text', 'the kind of this file is unknown'),
])
def test_a_file_without_usable_rows_is_named(name, content, words, write):
  path = write(content, name)
  with pytest.raises(UserError, match=words) as error:
    tables(Files(path))
  assert path in str(error.value)


def test_a_missing_file_is_named_with_its_nearest_neighbor(write, tmp_path):
  write(ROWS)
  with pytest.raises(UserError, match="no file .*row.jsonl.*'rows.jsonl'"):
    tables(Files(str(tmp_path / 'row.jsonl')))


def test_slices_that_share_rows_or_take_none_are_refused(write):
  path = write(ROWS)
  with pytest.raises(UserError, match='share rows'):
    tables(Files(f'{path}[:8]', test=f'{path}[-3:]'))
  with pytest.raises(UserError, match='share rows'):
    tables(Files(path, test=path.replace('rows.jsonl', './rows.jsonl')))
  with pytest.raises(UserError, match='takes no row.*10'):
    tables(Files(f'{path}[20:]'))


def test_a_source_that_makes_no_sense_is_refused():
  for arguments, words in (
      ({}, 'names no file'), ({'on_bad_row': 'ignore'}, 'on_bad_row'),
      ({'columns': {'a': dict}}, "no type of column 'a'"), ({'seed': 'x'}, 'seed='),
      ({'delimiter': '::'}, 'not one character'), ({'column_names': ('a', 'a')}, 'different')):
    with pytest.raises(UserError, match=words):
      Files(**({'train': 'rows.jsonl'} if arguments else {}), **arguments)


def test_a_template_that_names_a_missing_column_is_found_with_the_declaration(write):
  with pytest.raises(UserError, match="own_rows: rows have no column 'txt'.*'text'"):
    declare(Files(write(ROWS)), fields=lambda row: {'text': row['txt'], 'answer': 'yes'})


def test_rows_for_training_only_cannot_be_evaluated(write):
  from flan_jax.data import registry
  from flan_jax.evaluation import harness

  registry.register(declare(Files(write(ROWS)), name='own_train_only'))
  with pytest.raises(UserError, match='own_train_only: it has training rows only'):
    harness.work_to_do(harness.Evaluation('own_train_only', {'inputs': 64, 'targets': 8}))
