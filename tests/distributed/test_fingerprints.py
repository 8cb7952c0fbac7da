"""Files of the same names and other contents have other fingerprints."""
import argparse

import pytest

from flan_jax import configuration
from flan_jax.commands import session
from flan_jax.distributed import fingerprints

FILES = {
    'my_tasks.py': 'import json, seqio\nimport flan_jax.data\nfrom my_package import part\n',
    'my_package/__init__.py': 'from .first import *\n',
    'my_package/first.py': 'import my_helper as helper\n',
    'my_package/part.py': 'from . import second\nimport not_there\n',
    'my_package/second.py': 'raise ValueError("nothing here is run")\n',
    'my_package/unused.py': '',
    'my_helper.py': 'TABLE = {1: 2}\n',
    'run.gin': "include 'rates.gin'\nVOCABULARY = %WORDS\nWORDS = 'words.model'\n"
               "MIXTURE_OR_TASK_MODULE = 'my_tasks'\nINITIAL_CHECKPOINT_PATH = 'base'\n",
    'rates.gin': 'LEARNING_RATE = 0.1\n',
    'words.model': 'a b c',
    'base/config.json': '{"layers": 2}',
    'base/model.safetensors': 'x' * 100_000,
}
MACROS = ('VOCABULARY', 'MIXTURE_OR_TASK_MODULE', 'INITIAL_CHECKPOINT_PATH', 'LEARNING_RATE')


@pytest.fixture
def given(tmp_path, monkeypatch):
  """What a process is given by these files, some of them changed."""
  monkeypatch.chdir(tmp_path)
  monkeypatch.syspath_prepend(str(tmp_path))

  def read(**changes):
    for name, text in (FILES | changes).items():
      (tmp_path / name).parent.mkdir(exist_ok=True)
      (tmp_path / name).write_text(text)
    configuration.load(['run.gin'], known=MACROS)
    return session.what_was_given(argparse.Namespace(
        gin_file=['run.gin'], module_import=[], num_processes=2, process_id=0, bindings=[]))

  return read


def test_the_users_own_modules_are_followed_and_none_is_run(given):
  given()
  assert list(fingerprints.of_modules(['my_tasks', 'my_missing'])) == [
      'my_helper', 'my_package', 'my_package.first', 'my_package.part', 'my_package.second',
      'my_tasks']
  assert list(fingerprints.of_modules(['seqio', 'flan_jax.api'])) == ['seqio']


@pytest.mark.parametrize('file, text, name', [
    ('rates.gin', 'LEARNING_RATE = 0.2\n', 'LEARNING_RATE'),
    ('my_package/second.py', 'x = 1\n', 'the source of module my_package.second'),
    ('words.model', 'a b d', 'the content of words.model (WORDS)'),
    ('base/config.json', '{"layers": 3}', 'the checkpoint of INITIAL_CHECKPOINT_PATH'),
    ('base/model.safetensors', 'x' * 100_001, 'the checkpoint of INITIAL_CHECKPOINT_PATH'),
])
def test_what_differs_has_a_name(given, file, text, name):
  before, again, after = given(), given(), given(**{file: text})
  assert before == again
  assert [n for n in before | after if before.get(n) != after.get(n)] == [name]


def test_of_a_run_the_newest_checkpoint_counts(tmp_path):
  for step in (9, 10):
    (tmp_path / f'checkpoints/{step}').mkdir(parents=True)
    (tmp_path / f'checkpoints/{step}/about').write_text(str(step))
  newest = fingerprints.of_checkpoint(str(tmp_path))
  assert newest == fingerprints.of_checkpoint(str(tmp_path / 'checkpoints/10'))
  assert newest != fingerprints.of_checkpoint(str(tmp_path / 'checkpoints/9'))
  assert fingerprints.of_checkpoint(str(tmp_path / 'nothing')) == ''
