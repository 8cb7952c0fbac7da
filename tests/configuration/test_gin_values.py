"""What a gin value, a path and an include may be, and the one reading that all commands share."""
import sys

import gin
import pytest

from flan_jax import checks, configuration, storage
from flan_jax.checkpoints.store import Policy
from flan_jax.commands import session
from flan_jax.configuration.settings import DataSettings
from flan_jax.data.sources.files import Files
from flan_jax.errors import UserError

BY_REFERENCE = """
include 'gin/flan_holdout_nli.gin'
MINE = 'mine.model'
STEPS = 5
LONGEST = 64
VOCABULARY = %MINE
TRAIN_STEPS = %STEPS
TASK_FEATURE_LENGTHS = {'inputs': %LONGEST, 'targets': 16}
from __gin__ import dynamic_registration
from flan_jax.training import loop
loop.TrainConfig.seed = 7
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
  """The working directory, which is the home directory too."""
  monkeypatch.chdir(tmp_path)
  monkeypatch.setenv('HOME', str(tmp_path / 'home'))
  (tmp_path / 'home').mkdir()
  return tmp_path


def write(path, text):
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(text)
  return str(path)


def data_settings(file, *bindings):
  return configuration.load([file], bindings, root=session.DATA_SETTINGS).build(DataSettings)


def test_data_commands_take_what_training_takes_also_by_reference_and_by_parameter(folder):
  settings = data_settings(write(folder / 'mine.gin', BY_REFERENCE), 'LONGEST = 32')
  assert (settings.vocabulary, settings.steps, settings.seed) == ('mine.model', 5, 7)
  assert settings.lengths == {'inputs': 32, 'targets': 16}


def test_data_commands_import_the_tasks_of_a_gin_file_but_no_trainer(folder, monkeypatch):
  write(folder / 'tasks_of_mine.py', 'import sys\nsys.tasks_were_imported = True\n')
  monkeypatch.syspath_prepend(str(folder))
  file = write(folder / 'mine.gin', 'from __gin__ import dynamic_registration\n'
               "import tasks_of_mine\ninclude 'gin/flan_holdout_nli.gin'\n"
               "MIXTURE_OR_TASK_MODULE = 'more_of_mine'\n")
  loaded = configuration.load([file], root=session.DATA_SETTINGS)
  assert sys.tasks_were_imported
  assert loaded.build(DataSettings).module == 'more_of_mine'
  modules = {s.parsed.module for s in loaded.statements if s.is_import}
  assert 'tasks_of_mine' in modules and not any(m.endswith(('loop', 'api')) for m in modules)


def test_an_include_is_looked_for_beside_its_file_first(folder):
  write(folder / 'configs/base.gin', "include 'gin/flan_holdout_nli.gin'\nTRAIN_STEPS = 3\n")
  write(folder / 'base.gin', "include 'gin/flan_holdout_nli.gin'\nTRAIN_STEPS = 4\n")
  mine = write(folder / 'configs/mine.gin', "include 'base.gin'\n")
  assert data_settings(mine).steps == data_settings('configs/mine.gin').steps == 3


def test_a_circle_of_includes_is_found_whatever_their_paths_are_called(folder):
  write(folder / 'a/one.gin', "include '../a/one.gin'\n")
  with pytest.raises(UserError, match='including itself'):
    configuration.load(['a/one.gin'])


@pytest.mark.parametrize('text', [
    'A = %B\nB = %A\n', 'A = %A\n', "A = {'x': [%B]}\nB = (%C,)\nC = %A\n"])
def test_macros_in_a_circle_are_named(folder, text):
  file = write(folder / 'mine.gin', f"include 'gin/flan_holdout_nli.gin'\n{text}TRAIN_STEPS = %A\n")
  with pytest.raises(UserError, match='macros in a circle: %A = .*%A') as caught:
    configuration.load([file])
  assert caught.value.where.startswith(file)


@pytest.mark.parametrize('value', ['1e-3/2', '1e-3 / 2', '(1+2)*3', '-2*3', '1_000*2'])
def test_a_sum_is_blamed_on_itself(value):
  bindings, _ = configuration.rewrite_gin_args([f'--gin.LEARNING_RATE={value}'])
  with pytest.raises(UserError) as caught:
    from flan_jax.training import loop

    configuration.load(['gin/flan_holdout_nli.gin'], bindings).build(loop.TrainConfig)
  assert 'LEARNING_RATE' in caught.value.where and 'write the result' in caught.value.remedy
  assert 'include' not in str(caught.value)


@pytest.mark.parametrize('name', ['2024/run', '5x5', 'a-1', '10-k'])
def test_a_word_that_only_looks_like_a_sum_stays_a_word(name):
  bindings, _ = configuration.rewrite_gin_args([f'--gin.VOCABULARY={name}'])
  assert data_settings('gin/flan_holdout_nli.gin', *bindings).vocabulary == name


def test_a_bad_value_names_the_macro_and_the_place_that_gave_it(folder):
  file = write(folder / 'mine.gin',
               "include 'gin/flan_holdout_nli.gin'\nMINE = 0\nBATCH_SIZE = %MINE")
  with pytest.raises(UserError) as caught:
    data_settings(file)
  assert caught.value.where == f'{file}:2: BATCH_SIZE'
  with pytest.raises(UserError) as caught:
    data_settings('gin/flan_holdout_nli.gin', 'loop.TrainConfig.steps = -1')
  assert caught.value.where == '--gin.loop.TrainConfig.steps=-1'


def test_a_home_sign_is_the_home_directory_everywhere(folder):
  home = str(folder / 'home')
  write(folder / 'home/mine.gin', "include '~/base.gin'\n")
  write(folder / 'home/base.gin', "include 'gin/flan_holdout_nli.gin'\nVOCABULARY = '~/my.model'\n"
        "PREPARED_DATA_DIR = '~/prepared'\n")
  settings = data_settings('~/mine.gin')
  assert (settings.vocabulary, settings.prepared_dir) == (f'{home}/my.model', f'{home}/prepared')
  assert configuration.find_gin_file('mine.gin', ['~']) == f'{home}/mine.gin'
  assert Files(train='~/rows.jsonl[:5]').piece('train') == (f'{home}/rows.jsonl', slice(None, 5))
  assert Files(train='~/r.csv', beside='/x/y.py').paths == (f'{home}/r.csv',)
  assert storage.expand('gs://~/x') == 'gs://~/x' and storage.expand('./~') == './~'


def test_a_rule_says_what_to_use_and_takes_no_truth_value_for_a_number():
  said = 'Policy.keep: 0 is not possible. Use a whole number of at least 1 or None'
  with pytest.raises(checks.BadValue, match=said):
    Policy(keep=0)
  for bad in (True, 1.0, '1', float('nan'), float('inf'), None):
    assert not checks.whole(0).holds(bad)
  for bad in (True, '1', float('nan'), float('-inf'), None, 1j):
    assert not checks.number().holds(bad)


def test_former_names_leave_one_import_so_that_every_process_writes_the_same(tmp_path):
  """gin keeps imports in a set: of two names for one module, it would write either."""
  (tmp_path / 'mine.gin').write_text(
      'from __gin__ import dynamic_registration\n'
      "include 'gin/flan_holdout_nli.gin'\n"
      'from flan_jax.training import optimizers as o\n'
      'OPTIMIZER = @o.AdamW()\n'
      'o.AdamW.b1 = 0.8\n')
  configuration.load(
      [str(tmp_path / 'mine.gin')], ['optimizers.AdamW.b2 = 0.9', 't5.T5Config.d_model = 8'])
  written = gin.config_str()
  assert [line for line in written.splitlines() if 'import' in line] == [
      'from __gin__ import dynamic_registration', 'from flan_jax import configs']
  assert 'OPTIMIZER = @configs.AdamW()' in written and 'configs.AdamW.b2 = 0.9' in written
