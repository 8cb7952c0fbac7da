"""A run directory that version 0.1 has written, before files moved, is read and gone on with."""
import json
import pathlib
import re
import tarfile

import pytest

import flan_jax
from flan_jax.cli import main

SAVED = pathlib.Path(__file__).parent / 'saved' / 'run_of_version_0_1.tar.gz'
# Its two steps, as version 0.1 reported them.
LOSSES = [8.113940556844076, 7.889467511858259]


@pytest.fixture
def run(tmp_path, monkeypatch):
  """The run's directory, elsewhere than it was written."""
  with tarfile.open(SAVED) as archive:
    archive.extractall(tmp_path, filter='data')
  monkeypatch.chdir(tmp_path)
  return tmp_path / 'run'


def losses(run):
  lines = (run / 'train_metrics.jsonl').read_text().splitlines()
  return [json.loads(line)['loss'] for line in lines]


def own_vocabulary(run):
  file, = (run / 'vocabulary').iterdir()
  return f'--gin.VOCABULARY={file}'


def test_a_saved_run_goes_on_by_its_own_configuration(run, capsys):
  assert losses(run) == LOSSES
  go_on = ['train', f'--gin_file={run}/config.gin', '--gin.TRAIN_STEPS=3']
  # The vocabulary that ships is another one since; the run has kept its own.
  assert main(go_on) == 2
  assert re.search(r'of 2 steps: VOCABULARY was .*\(its vocabulary is in \S+/vocabulary/\)',
                   capsys.readouterr().err)
  assert main([*go_on, own_vocabulary(run)]) == 0
  assert 'Going on from step 2.' in capsys.readouterr().out
  assert losses(run)[:2] == LOSSES and len(losses(run)) == 3
  assert 'from flan_jax import configs\n' in (run / 'config.gin').read_text()


def test_the_configuration_of_a_saved_run_gives_the_same_losses_in_another_directory(run):
  new = run.parent / 'new'
  assert main(['train', f'--gin_file={run}/config.gin', f'--gin.MODEL_DIR={new}',
               '--gin.EVAL_MIXTURE_OR_TASK_NAME=None', own_vocabulary(run)]) == 0
  assert losses(new) == pytest.approx(LOSSES, rel=1e-6)  # tests compile without optimizing


def test_the_model_of_a_saved_run_loads(run):
  model = flan_jax.load(str(run))
  assert (model.step, model.config.d_model) == (2, 8)
  assert flan_jax.score(model, 'Is this read?', ['yes', 'no']).shape == (2,)


def test_own_files_may_name_modules_as_version_0_1_did(run):
  (run.parent / 'mine.gin').write_text(
      "from __gin__ import dynamic_registration\n"
      f"include '{run}/config.gin'\n"
      'from flan_jax.training import optimizers\n'
      'OPTIMIZER = @optimizers.AdamW()\n'
      'optimizers.AdamW.b1 = 0.8\n')
  given = ['train', '--gin_file=mine.gin', '--gin.MODEL_DIR=new', '--dry_run']
  assert main([*given, '--gin.optimizers.AdamW.b2=0.9', '--gin.loop.TrainConfig.seed=1']) == 0
  assert main([*given, '--gin.optimizers.AdamW.b3=0.9']) == 2
