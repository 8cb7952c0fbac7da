"""What commands print with --json has the keys that docs/json.md says."""
import dataclasses
import json
import pathlib
import re

import pytest

from flan_jax import cli
from flan_jax.data_tools import lint
from flan_jax.partitioning import chips
from flan_jax.planning.compiled import Compiled
from flan_jax.planning.hlo import Collective

PAGE = pathlib.Path(__file__).parents[2] / 'docs/json.md'
MAIN = '--gin_file=gin/flan_holdout_nli.gin'
LARGE = '--gin_file=gin/models/t5_1_1_xxl.gin'


def documented(title):
  """Whether each key of a section's table is always there, by the key."""
  section = PAGE.read_text().partition(f'## `{title}`\n')[2].partition('\n## ')[0]
  rows = re.findall(r'^\| `([^`]+)` \| (.*) \|$', section, re.MULTILINE)
  assert rows, f'docs/json.md has no section {title!r}'
  return {key: not value.startswith('only ') for key, value in rows}


def check(value, path, keys):
  """Compares an object with the documented keys, as deep as these go."""
  below = {key for key in keys if key.startswith((f'{path}.', f'{path}[]')) or not path}
  if isinstance(value, list):
    inside = {key for key in below if key.startswith(f'{path}[].')}
    for entry in value if inside else ():
      check(entry, f'{path}[]', keys)
  elif isinstance(value, dict) and (path == '' or below):
    stem = f'{path}.' if path else ''
    if any(key.startswith(f'{stem}*') for key in keys):
      for entry in value.values():
        check(entry, f'{stem}*', keys)
      return
    names = {re.split(r'[.\[]', key.removeprefix(stem))[0] for key in below}
    needed = {name for name in names
              if keys.get(f'{stem}{name}', keys.get(f'{stem}{name}[]', True))}
    assert needed <= set(value) <= names, (path, needed - set(value), set(value) - names)
    for name, entry in value.items():
      check(entry, stem + name, keys)


@pytest.mark.parametrize('title, line, code', [
    ('t5x mixture NAMES --json', ['mixture', 'rte', 'cb', '--rows'], 0),
    ('t5x mixture NAMES --json', ['mixture', 'flan_datasets_1_templates_1'], 0),
    ('t5x datasets --json', ['datasets'], 0),
    ('t5x preview NAMES --json', ['preview', 'rte_template_3', 'cb', '--n=1'], 0),
    ('t5x prepare NAMES --json', ['prepare', 'cb', '--workers=0'], 0),
    ('t5x lint --rules --json', ['lint', '--rules'], 0),
    ('t5x doctor NAMES --json', ['doctor', 'rte', 'cb'], 0),
    ('t5x plan --gin_file=FILE --json', ['plan', MAIN], 0),
    ('t5x plan --gin_file=FILE --json', ['plan', LARGE, '--topology=v5e:2x2'], 1),
])
def test_the_page_has_the_keys(title, line, code, capsys, monkeypatch, tmp_path):
  monkeypatch.chdir(pathlib.Path(__file__).parents[2])
  if line[0] == 'prepare':
    line = [*line, f'--output_dir={tmp_path}']
  assert cli.main([*line, '--json']) == code
  printed = json.loads(capsys.readouterr().out)
  check(printed, '', documented(title))


def test_the_page_has_the_keys_of_a_fault():
  fault = lint.Finding('schema', 'error', 'rte', None, 'wrong', 'nli.py', 1)
  check([dataclasses.asdict(fault)], '', documented('t5x lint NAMES --json'))


def test_the_page_has_the_keys_that_compiling_adds():
  compiled = Compiled(None, chips.parse('v5e:2x2', 1), {}, 1, 0.5, 0.5,
                      collectives=[Collective('all-reduce', 'data', 1, 4)]).as_json()
  of_the_plan = {'fits', 'estimated', 'peak_bytes_per_device'}
  assert of_the_plan <= set(documented('t5x plan --gin_file=FILE --json'))
  check({key: value for key, value in compiled.items() if key not in of_the_plan}, '',
        documented('t5x precompile --gin_file=FILE --json'))
