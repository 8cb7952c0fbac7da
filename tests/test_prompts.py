"""Prompts in, predictions out: what is accepted, and what is said of the rest."""
import json

import pytest

from flan_jax import prompts
from flan_jax.errors import UserError


def test_a_text_file_holds_a_prompt_a_line(tmp_path):
  (tmp_path / 'in.txt').write_text('One?\n\nTwo?\n')
  assert prompts.read(str(tmp_path / 'in.txt')) == [{'inputs': 'One?'}, {'inputs': 'Two?'}]


@pytest.mark.parametrize('line, words', [
    ('{"inputs": 3}', "'inputs' is missing or no text"),
    ('{"input": "x"}', "'inputs' is missing or no text"),
    ('not JSON', 'this is not JSON'),
    ('{"inputs": "x", "options": "yes"}', "'options' is not a list of texts"),
    ('{"inputs": "x", "options": ["yes", ""]}', "'options' is not a list of texts"),
    ('{"inputs": "x", "options": ["yes", " "]}', "'options' is not a list of texts"),
    ('{"inputs": "x", "options": []}', "'options' is not a list of texts"),
])
def test_a_line_that_does_not_fit_is_named_by_file_and_number(tmp_path, line, words):
  (tmp_path / 'in.jsonl').write_text('{"inputs": "fine"}\n' + line + '\n')
  with pytest.raises(UserError, match=f'in.jsonl:2: {words}'):
    prompts.read(str(tmp_path / 'in.jsonl'))


def test_an_empty_or_missing_file_is_named(tmp_path):
  (tmp_path / 'empty.jsonl').write_text('\n')
  with pytest.raises(UserError, match='holds no prompt'):
    prompts.read(str(tmp_path / 'empty.jsonl'))
  with pytest.raises(UserError, match='there is no file'):
    prompts.read(str(tmp_path / 'nothing.jsonl'))


def test_predictions_are_written_as_json_lines(tmp_path):
  count = prompts.write(str(tmp_path / 'out.jsonl'), iter([{'inputs': 'é', 'prediction': 'b'}]))
  assert count == 1
  assert json.loads((tmp_path / 'out.jsonl').read_text()) == {'inputs': 'é', 'prediction': 'b'}
