"""Prompts in, predictions out: what is accepted, and what is said of the rest."""
import json
import os
import subprocess
import sys

import pytest

from flan_jax.errors import UserError
from flan_jax.evaluation import prompts


def read(tmp_path, content, name='in.jsonl'):
  (tmp_path / name).write_bytes(content)
  return prompts.read(str(tmp_path / name))


def test_a_text_file_holds_a_prompt_a_line(tmp_path):
  lines = read(tmp_path, b'One?\n\nTwo?\r\n', 'in.txt')
  assert [(line.number, line.record) for line in lines] == [
      (1, {'inputs': 'One?'}), (3, {'inputs': 'Two?'})]


def test_a_byte_order_mark_and_unicode_separators_are_no_part_of_the_form(tmp_path):
  text = 'a\u2028b\u2029c\u0085d\x0be'
  json_line = json.dumps({'inputs': text, 'meta': {'of': [1]}}, ensure_ascii=False)
  for name, line in (('in.txt', text), ('in.jsonl', json_line)):
    found, = read(tmp_path, b'\xef\xbb\xbf' + line.encode() + b'\n', name)
    assert found.record['inputs'] == text and not found.fault
  assert found.record['meta'] == {'of': [1]}


@pytest.mark.parametrize('line, words', [
    (b'{"inputs": 3}', "'inputs' is missing or not a text"),
    (b'{"input": "x"}', "'inputs' is missing or not a text"),
    (b'not JSON', 'broken JSON'),
    (b'["x"]', 'where a JSON object belongs'),
    (b'{"inputs": "x", "options": "yes"}', "'options' is not a list of texts"),
    (b'{"inputs": "x", "options": ["yes", ""]}', "'options' is not a list of texts"),
    (b'{"inputs": "x", "options": []}', "'options' is not a list of texts"),
    ('{"inputs": "né"}'.encode('latin-1'), 'is not UTF-8'),
    (b'{"inputs": "x \\ud83d"}', 'half of a surrogate pair'),
    (b'{"inputs": "x", "id": "\\ud83d"}', 'half of a surrogate pair'),
    (b'{"inputs": "x", "id": ' + b'[' * 5000 + b']' * 5000 + b'}', 'nested too deep|unreadable'),
])
def test_a_line_that_does_not_fit_is_named_and_costs_no_other(tmp_path, line, words):
  first, bad, last = read(tmp_path, b'{"inputs": "fine"}\n' + line + b'\n{"inputs": "too"}')
  assert (first.fault, bad.number, last.record) == ('', 2, {'inputs': 'too'})
  with pytest.raises(AssertionError, match=words):
    assert not bad.fault, bad.fault


def test_an_empty_or_missing_file_is_named(tmp_path):
  with pytest.raises(UserError, match='holds no prompt'):
    read(tmp_path, b'\n')
  with pytest.raises(UserError, match='there is no file'):
    prompts.read(str(tmp_path / 'nothing.jsonl'))


def test_an_output_is_never_the_input_and_its_folder_is_made(tmp_path):
  path, link = tmp_path / 'in.jsonl', tmp_path / 'link.jsonl'
  path.write_text('{}')
  link.symlink_to(path)
  for output in (path, link, tmp_path / 'no' / '..' / 'in.jsonl'):
    with pytest.raises(UserError, match='is also the input'):
      prompts.check_output(str(output), str(path))
  prompts.check_output(str(tmp_path / 'new' / 'out.jsonl'), str(path))
  assert (tmp_path / 'new').is_dir() and path.read_text() == '{}'
  with pytest.raises(UserError, match='cannot be written'):
    prompts.check_output(str(path / 'out.jsonl'), str(path))


def test_an_output_appears_when_it_is_whole_and_goes_on_where_it_stopped(tmp_path):
  path = str(tmp_path / 'out.jsonl')
  stopped = prompts.Output(path, {'model': 1})
  stopped.write({'prediction': 'é'})
  stopped._file.write('{"predic')  # killed within a line
  stopped._file.close()
  assert not os.path.exists(path)
  again = prompts.Output(path, {'model': 1})
  assert again.done == 1
  again.write({'prediction': 'b'})
  again.finish()
  with open(path, encoding='utf-8') as file:
    assert [json.loads(line)['prediction'] for line in file] == ['é', 'b']
  assert os.listdir(tmp_path) == ['out.jsonl']


def test_predictions_of_something_else_are_begun_anew(tmp_path):
  path = str(tmp_path / 'out.jsonl')
  prompts.Output(path, {'model': 1}).write({'prediction': 'a'})
  other = prompts.Output(path, {'model': 2})
  other.write({'prediction': 'b'})
  other.finish()
  with open(path, encoding='utf-8') as file:
    assert [json.loads(line)['prediction'] for line in file] == ['b']


def test_an_output_that_another_process_is_writing_is_refused_and_left_alone(tmp_path):
  path = str(tmp_path / 'out.jsonl')
  first = prompts.Output(path, {'model': 1})
  first.write({'prediction': 'a'})
  code = ('from flan_jax.evaluation import prompts\n'
          f'try: prompts.Output({path!r}, {{"model": 2}})\n'
          'except Exception as error: print(error)')
  other = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert 'another process is writing it' in other.stdout
  first.finish()
  with open(path, encoding='utf-8') as file:
    assert [json.loads(line)['prediction'] for line in file] == ['a']
  assert prompts.Output(path, {'model': 1}).done == 0
