"""What commands print with --json has the keys that docs/json.md says."""
import dataclasses
import json
import pathlib

import pytest

from flan_jax import cli
from flan_jax.data_tools import lint
from flan_jax.partitioning import chips
from flan_jax.planning.compiled import Compiled
from flan_jax.planning.hlo import Collective
from tests.json_page import check, documented

MAIN = '--gin_file=gin/flan_holdout_nli.gin'
LARGE = '--gin_file=gin/models/t5_1_1_xxl.gin'


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
