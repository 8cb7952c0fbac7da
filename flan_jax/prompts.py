"""Reads prompts from a file and writes predictions to one."""
from collections.abc import Iterable, Mapping
import json
from typing import Any

from etils import epath

from flan_jax import json_text
from flan_jax.errors import UserError


def read(path: str) -> list[dict[str, Any]]:
  """Records `{'inputs': text}`, with `'options': [...]` for those to be ranked.

  Args:
    path: JSON lines where the name ends in `.jsonl` or `.json`; else text, one prompt a line.

  Raises:
    UserError: the file is missing, or a line of it does not fit.
  """
  file = epath.Path(path)
  if not file.exists():
    raise UserError(f'there is no file {path!r}', '--input')
  lines = [(n, l) for n, l in enumerate(file.read_text().splitlines(), 1) if l.strip()]
  if not lines:
    raise UserError('the file holds no prompt', path)
  if not path.endswith(('.jsonl', '.json')):
    return [{'inputs': line} for _, line in lines]
  return [_record(line, f'{path}:{number}') for number, line in lines]


def _record(line: str, where: str) -> dict[str, Any]:
  remedy = 'Write {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]}.'
  try:
    record = json.loads(line)
  except json.JSONDecodeError as error:
    raise UserError(f'this is not JSON: {error}', where, remedy) from error
  if not isinstance(record, dict) or not isinstance(record.get('inputs'), str):
    raise UserError("'inputs' is missing or no text", where, remedy)
  options = record.get('options')
  if options is not None and not (isinstance(options, list) and options and all(
      isinstance(o, str) and o.strip() for o in options)):
    raise UserError("'options' is not a list of texts, or one of them is empty", where, remedy)
  return record


def write(path: str, records: Iterable[Mapping[str, Any]]) -> int:
  """Writes records as JSON lines as they come; returns how many."""
  count = 0
  with epath.Path(path).open('w') as file:
    for record in records:
      file.write(json_text.dumps(record) + '\n')
      count += 1
  return count
