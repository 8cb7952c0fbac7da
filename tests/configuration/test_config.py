"""gin files are found from anywhere, and each mistake is explained where it was made."""
import subprocess
import sys

from etils import epath
import gin
import pytest

from flan_jax import configuration
from flan_jax.configuration import files
from flan_jax.errors import UserError

LIBRARY = '''
import dataclasses
import gin

gin.constant('cfgdemo.ANSWER', 42)

@dataclasses.dataclass(frozen=True)
class DemoTraining:
  steps: int = 10
  model_dir: str = ''
  lengths: dict | None = None
  optimizer: object = None

def adafactor(decay=0.8):
  return ('adafactor', decay)

@gin.configurable(module='cfgdemo')
def registered_by_hand(size=1):
  return size
'''

HEAD = 'from __gin__ import dynamic_registration\nfrom cfgdemo import training\n'

RUN = '''
from __gin__ import dynamic_registration
from cfgdemo import training

TRAIN_STEPS = %gin.REQUIRED
MODEL_DIR = '/default'
DECAY = 0.8

training.DemoTraining:
  steps = %TRAIN_STEPS
  model_dir = %MODEL_DIR
  optimizer = @training.adafactor()
training.adafactor.decay = %DECAY
'''


@pytest.fixture(scope='module', autouse=True)
def package(tmp_path_factory):
  """An importable package `cfgdemo` with one configurable module."""
  root = tmp_path_factory.mktemp('site')
  (root / 'cfgdemo').mkdir()
  (root / 'cfgdemo/__init__.py').write_text('')
  (root / 'cfgdemo/training.py').write_text(LIBRARY)
  (root / 'cfgdemo/needs_more.py').write_text('import cfg_not_installed\n')
  sys.path.insert(0, str(root))
  yield
  sys.path.remove(str(root))


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
  """A shipped folder with runs/train.gin and an experiment including it; elsewhere is the cwd."""
  root = tmp_path / 'shipped'
  write(root / 'runs/train.gin', RUN)
  write(root / 'flan_demo.gin', "include 'gin/runs/train.gin'\nTRAIN_STEPS = 7\n")
  monkeypatch.setattr(files, 'shipped_roots', lambda: [root])
  (tmp_path / 'elsewhere').mkdir()
  monkeypatch.chdir(tmp_path / 'elsewhere')
  return root


def write(path, text):
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(text)
  return str(path)


def train_config():
  """What a program would build from the loaded configuration."""
  return gin.get_configurable('cfgdemo.training.DemoTraining')()


def error_of(*args, **kwargs) -> UserError:
  with pytest.raises(UserError) as caught:
    configuration.load(*args, **kwargs)
  return caught.value


def error_in(tmp_path, text, bindings=()):
  """The error of loading a file with `text`, and the file's path."""
  path = write(tmp_path / 'mine.gin', text)
  return error_of([path], bindings), path


# ---- Files ----


@pytest.mark.parametrize('name', ['gin/flan_demo.gin', 'flan_demo.gin'])
def test_a_shipped_file_loads_from_any_folder_with_its_includes(name):
  configuration.load([name])
  assert train_config().steps == 7


def test_a_file_in_the_working_directory_wins_over_the_shipped_one_even_in_an_include(tmp_path):
  write(tmp_path / 'elsewhere/gin/runs/train.gin', RUN.replace('/default', '/mine'))
  configuration.load(['gin/flan_demo.gin'])
  assert train_config().model_dir == '/mine'


def test_search_paths_come_before_shipped_files_and_after_the_working_directory(tmp_path):
  first = write(tmp_path / 'a/gin/runs/train.gin', RUN)
  paths = [str(tmp_path / 'missing'), str(tmp_path / 'a'), str(tmp_path / 'b')]
  write(tmp_path / 'b/gin/runs/train.gin', RUN)
  assert configuration.find_gin_file('gin/runs/train.gin', paths) == first
  write(tmp_path / 'elsewhere/gin/runs/train.gin', RUN)
  assert configuration.find_gin_file('gin/runs/train.gin', paths) == 'gin/runs/train.gin'


def test_a_bucket_may_be_a_search_path_and_hold_the_file(monkeypatch):
  there = 'gs://bucket/conf/gin/a.gin'
  monkeypatch.setattr(type(epath.Path()), 'is_file', lambda path: str(path) == there)
  assert configuration.find_gin_file('gin/a.gin', ['gs://bucket/conf']) == there
  assert configuration.find_gin_file(there) == there


def test_shipped_files_are_listed_as_one_types_them():
  assert configuration.shipped_gin_files() == ['gin/flan_demo.gin', 'gin/runs/train.gin']


def test_the_folder_of_gin_config_is_not_taken_for_shipped_files(tmp_path, monkeypatch):
  monkeypatch.undo()
  write(tmp_path / 'site/gin/__init__.py', '')
  monkeypatch.setattr(
      files, '__file__', write(tmp_path / 'site/flan_jax/configuration/files.py', ''))
  assert not files.shipped_roots()
  write(tmp_path / 'site/flan_jax/gin/a.gin', '')
  assert configuration.shipped_gin_files() == ['gin/a.gin']


def test_a_missing_file_names_where_it_was_looked_for_and_the_nearest(tmp_path):
  error = error_of(['gin/flan_dmeo.gin'], search_paths=['conf'])
  assert error.where == '--gin_file=gin/flan_dmeo.gin'
  for folder in ('elsewhere/gin', 'elsewhere/conf/gin', 'shipped'):
    assert str(tmp_path / folder / 'flan_dmeo.gin') in error.what
  assert error.remedy == "Did you mean 'gin/flan_demo.gin'?"


def test_a_missing_include_names_the_including_line(tmp_path):
  error, path = error_in(tmp_path, "\n\ninclude 'gin/runs/trian.gin'\n")
  assert error.where == f'{path}:3'
  assert "'gin/runs/trian.gin'" in error.what
  assert "'gin/runs/train.gin'" in error.remedy


def test_files_including_each_other_are_a_mistake_and_not_a_recursion(tmp_path):
  other = write(tmp_path / 'other.gin', f"include '{tmp_path}/mine.gin'\n")
  error, _ = error_in(tmp_path, f"include '{other}'\n")
  assert error.where == f'{other}:1' and 'including itself' in error.what


# ---- Mistakes in files ----


def test_a_syntax_error_names_the_line(tmp_path):
  error, path = error_in(tmp_path, 'TRAIN_STEPS = 5\nMODEL_DIR\n')
  assert error.where == f'{path}:2'
  assert 'syntax error' in error.what and 'MODEL_DIR' in error.what
  assert 'NAME = VALUE' in error.remedy


@pytest.mark.parametrize('text', ['A = {1: 2,\n', 'A = [1', 'a.B:\n', "A = '''x\n"])
def test_a_file_that_ends_too_early_is_a_syntax_error(tmp_path, text):
  error, path = error_in(tmp_path, text)
  assert error.where == f'{path}:1'


@pytest.mark.parametrize('line, remedy', [
    ('MODEL_DIR = /tmp/x  # where to', "MODEL_DIR = '/tmp/x'"),
    ('PACK = true', 'Write True.'),
    ('STEPS = 10k', 'Write numbers out'),
    ('MODEL_DIR =', 'Python literals'),
])
def test_a_value_that_does_not_parse_says_how_to_write_it(tmp_path, line, remedy):
  error, path = error_in(tmp_path, f'OTHER = 5\n{line}\n')
  assert error.where == f'{path}:2'
  assert 'cannot read the value' in error.what and remedy in error.remedy


@pytest.mark.parametrize('module, remedy', [
    ('cfgdemo.trainning', "'cfgdemo.training'"),
    ('cfgdmeo', "'cfgdemo'"),
    ('cfgdemo.training.DemoTraining', 'PYTHONPATH'),
])
def test_an_unknown_module_names_the_nearest(tmp_path, module, remedy):
  error, path = error_in(tmp_path, f'from __gin__ import dynamic_registration\nimport {module}\n')
  assert error.where == f'{path}:2'
  assert repr(module) in error.what and remedy in error.remedy


def test_a_module_that_fails_on_an_import_of_its_own_is_told_apart(tmp_path):
  error, path = error_in(tmp_path, 'import cfgdemo.needs_more\n')
  assert error.where == f'{path}:1'
  assert "No module named 'cfg_not_installed'" in error.what and 'Install' in error.remedy


def test_dynamic_registration_below_other_imports_is_blamed_on_its_line(tmp_path):
  text = 'import cfgdemo.training\nfrom __gin__ import dynamic_registration\n'
  error, path = error_in(tmp_path, text)
  assert error.where == f'{path}:2' and 'before any other' in error.what


def test_a_module_name_that_gin_could_not_save_is_refused_before_the_run(tmp_path, monkeypatch):
  write(tmp_path / 'site/Capital.py', '')
  monkeypatch.syspath_prepend(str(tmp_path / 'site'))
  error, path = error_in(tmp_path, f'{HEAD}import Capital\n')
  assert error.where == f'{path}:3' and 'lower-case' in error.remedy


@pytest.mark.parametrize('text, name, remedy', [
    ('trainning.DemoTraining.steps = 5', 'trainning.DemoTraining', "'training'"),
    ('training.DemoTrainign.steps = 5', 'training.DemoTrainign', "'DemoTraining'"),
    ('training.DemoTrainign:\n  steps = 5', 'training.DemoTrainign', "'DemoTraining'"),
    ('training.DemoTraining.lengths = [@training.adafcator()]', '@training.adafcator()',
     "'adafactor'"),
])
def test_an_unknown_configurable_names_the_nearest(tmp_path, text, name, remedy):
  error, path = error_in(tmp_path, f'{HEAD}{text}\n')
  assert error.where == f'{path}:3'
  assert name in error.what and remedy in error.remedy


def test_an_unknown_configurable_of_a_file_without_dynamic_registration(tmp_path):
  error, path = error_in(tmp_path, 'import cfgdemo.training\nregistered_by_hnad.size = 3\n')
  assert error.where == f'{path}:2'
  assert "'registered_by_hand'" in error.remedy


@pytest.mark.parametrize('text', [
    'training.DemoTraining.stepz = 5',
    'training.DemoTraining:\n  model_dir = "x"\n  stepz = 5',
])
def test_an_unknown_parameter_names_the_nearest(tmp_path, text):
  error, path = error_in(tmp_path, f'{HEAD}{text}\n')
  assert error.where == f'{path}:{2 + len(text.splitlines())}'
  assert 'training.DemoTraining' in error.what and "'stepz'" in error.what
  assert "'steps'" in error.remedy


# ---- Macros ----


def test_an_undefined_macro_names_the_nearest_defined_one(tmp_path):
  error, path = error_in(
      tmp_path, f'{HEAD}TRAIN_STEPS = 5\ntraining.DemoTraining.lengths = {{"a": %TRIAN_STEPS}}\n')
  assert error.where == f'{path}:4'
  assert '%TRIAN_STEPS' in error.what and "'TRAIN_STEPS'" in error.remedy
  assert '--gin.TRIAN_STEPS=VALUE' in error.remedy


def test_a_macro_nobody_uses_names_the_nearest_used_one():
  error = error_of(['flan_demo.gin'], ['TRIAN_STEPS = 5'])
  assert error.where == '--gin.TRIAN_STEPS=5'
  assert 'nothing uses it' in error.what and "'TRAIN_STEPS'" in error.remedy


def test_macro_mistakes_surface_before_anything_is_imported(tmp_path):
  error, path = error_in(tmp_path, 'import cfg_not_there\nUNUSED = 1\n')
  assert error.where == f'{path}:2' and 'UNUSED' in error.what


def test_a_macro_the_program_reads_itself_is_no_mistake():
  configuration.load(['flan_demo.gin'], ["MESH = 'fsdp'"], known=['MESH'])
  assert configuration.macro('MESH') == 'fsdp'


def test_a_required_macro_says_who_requires_it_and_how_to_set_it(shipped):
  error = error_of(['gin/runs/train.gin'])
  assert error.where == f'{shipped}/runs/train.gin:5'
  assert 'TRAIN_STEPS is required' in error.what
  assert '--gin.TRAIN_STEPS=VALUE' in error.remedy


def test_a_macro_set_above_the_include_that_resets_it_is_pointed_out(tmp_path):
  error, path = error_in(tmp_path, "TRAIN_STEPS = 7\ninclude 'gin/runs/train.gin'\n")
  assert f'{path}:1' in error.remedy and 'below the include' in error.remedy


def test_a_required_parameter_can_be_set_under_a_shorter_name(tmp_path):
  text = f'{HEAD}training.DemoTraining.steps = %gin.REQUIRED\n'
  error, path = error_in(tmp_path, text)
  assert error.where == f'{path}:3'
  assert '--gin.training.DemoTraining.steps=VALUE' in error.remedy
  configuration.load([path], ['DemoTraining.steps = 3'])
  assert train_config().steps == 3


def test_constants_of_imported_modules_are_not_undefined_macros(tmp_path):
  path = write(tmp_path / 'a.gin', f'{HEAD}training.DemoTraining.steps = %cfgdemo.ANSWER\n')
  configuration.load([path])
  assert train_config().steps == 42


def test_macro_resolves_references_and_falls_back_to_the_default(tmp_path):
  path = write(tmp_path / 'a.gin', f'{HEAD}A = [%B, @training.adafactor()]\nB = 2\n')
  configuration.load([path], known=['A'])
  assert configuration.macro('A', 'default') == [2, ('adafactor', 0.8)]
  assert configuration.macro('C', 'default') == 'default'


# ---- The command line ----


@pytest.mark.parametrize('value, expected', [
    ("'/x'", '/x'), ('/tmp/x-1.0', '/tmp/x-1.0'), ('gs://bucket/dir=1', 'gs://bucket/dir=1'),
    ('rte', 'rte'), ('100', 100), ('-1e-3', -1e-3), ('None', None), ('True', True),
    ("{'inputs': 512}", {'inputs': 512}), ('5x5', '5x5'), ('.', '.'),
])
def test_flags_need_no_inner_quotes_for_plain_words(value, expected):
  bindings, rest = configuration.rewrite_gin_args(['train', f'--gin.X={value}', '--gin_file=a.gin'])
  assert rest == ['train', '--gin_file=a.gin']
  configuration.load([], bindings, known=['X'])
  assert configuration.macro('X', 'unset') == expected


@pytest.mark.parametrize('value, remedy', [
    ('false', 'Write False.'), ('10k', 'Write numbers out'), ('30,000', 'Write numbers out'),
    ('{inputs: 512}', '''--gin.X="{'inputs': 512}"'''), ('two words', '''--gin.X="'text'"'''),
    ('', '''--gin.X="'text'"'''),
])
def test_a_flag_value_that_does_not_parse_shows_how_to_quote(value, remedy):
  bindings, _ = configuration.rewrite_gin_args([f'--gin.X={value}'])
  error = error_of([], bindings, known=['X'])
  assert error.where == f'--gin.X={value}'
  assert 'cannot read the value' in error.what and remedy in error.remedy


def test_a_flag_without_a_value_says_so():
  with pytest.raises(UserError, match=r'Write --gin\.TRAIN_STEPS=VALUE'):
    configuration.rewrite_gin_args(['--gin.TRAIN_STEPS', '5'])


def test_flags_win_over_files_and_may_use_names_the_files_import():
  flags = ['--gin.TRAIN_STEPS=100', '--gin.training.DemoTraining.lengths={"inputs": 4}',
           '--gin.cfgdemo.registered_by_hand.size=3']
  configuration.load(['flan_demo.gin'], configuration.rewrite_gin_args(flags)[0])
  assert (train_config().steps, train_config().lengths) == (100, {'inputs': 4})


@pytest.mark.parametrize('flag, remedy', [
    ('--gin.trainning.DemoTraining.steps=5', "'training'"),
    ('--gin.training.DemoTraining.stepz=5', "'steps'"),
    ('--gin.DemoTraining.stepz=5', "'steps'"),
])
def test_an_unknown_name_in_a_flag_names_the_nearest(flag, remedy):
  error = error_of(['flan_demo.gin'], configuration.rewrite_gin_args([flag])[0])
  assert error.where == flag and remedy in error.remedy


# ---- After the run ----


def test_the_operative_configuration_loads_again_to_the_same_run(tmp_path):
  configuration.load(['flan_demo.gin'], ["MODEL_DIR = '/x'", "MESH = 'fsdp'"], known=['MESH'])
  first, mesh = train_config(), configuration.macro('MESH')
  saved = configuration.operative_config()
  assert 'TRAIN_STEPS = 7' in saved and "MESH = 'fsdp'" in saved
  configuration.load([write(tmp_path / 'config.gin', saved)], known=['MESH'])
  assert (train_config(), configuration.macro('MESH')) == (first, mesh)
  assert configuration.operative_config() == saved


def test_loading_again_forgets_the_configuration_before():
  configuration.load(['flan_demo.gin'], ["MODEL_DIR = '/x'"])
  configuration.load(['flan_demo.gin'])
  assert train_config().model_dir == '/default'


def test_modules_imported_after_loading_may_still_register_configurables():
  configuration.load(['flan_demo.gin'])

  @gin.configurable
  def registered_late(size=2):
    return size

  assert registered_late() == 2


def test_importing_the_module_loads_neither_tensorflow_nor_jax():
  code = """if True:
      import sys
      import flan_jax.configuration
      flan_jax.configuration.rewrite_gin_args(['--gin.A=b'])
      print([m for m in ('tensorflow', 'jax', 'seqio') if m in sys.modules])
  """
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout.strip() == '[]'
