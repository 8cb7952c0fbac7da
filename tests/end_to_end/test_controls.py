"""The effect of instruction tuning is one of instructions and labels, not of training as such."""
import json
import math
import pathlib
import shutil

import pytest

from flan_jax.data import mixtures
from tests.command_line import start

_LOOKUPS = ('bool_q', 'multirc')  # who tunes on them is told to compare a statement with a text


def _runs():
  """The mixture and flags of each run."""
  names = [task.name for task in mixtures.training_subtasks('flan_holdout_nli')]
  shuffled = [f'{name}_shuffled' if name in _LOOKUPS else name for name in names]
  return {'tuned': ('flan_holdout_nli',),
          'without_instructions': ('flan_holdout_nli_no_template',),
          'with_shuffled_labels': (shuffled, '--module_import=shuffled_labels')}


def _started(folder, name, mixture, *flags):
  return start(
      'train', '--gin_file=gin/runs/small.gin', *flags, f'--gin.MIXTURE_OR_TASK_NAME={mixture!r}',
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=nli', '--gin.EVAL_BEFORE_TUNING=False',
      '--gin.DEV_NUM_EXAMPLES=0', f'--gin.MODEL_DIR={name}', cwd=folder)


def _nli(folder, name):
  """The mean over the datasets of NLI, and its standard error."""
  results, = (folder / name).glob('eval/*/nli/results.json')
  cluster = json.loads(results.read_text())['clusters']['nli']
  return cluster['mean'], cluster['stderr']


@pytest.mark.slow
def test_without_instructions_or_with_shuffled_labels_there_is_less_of_it(tmp_path):
  shutil.copy(pathlib.Path(__file__).with_name('shuffled_labels.py'), tmp_path)
  for run in [_started(tmp_path, name, *given) for name, given in _runs().items()]:
    _, said = run.communicate()
    assert run.returncode == 0, said[-3000:]
  mean, error = _nli(tmp_path, 'tuned')
  for name in ('without_instructions', 'with_shuffled_labels'):
    value, its_error = _nli(tmp_path, name)
    assert mean - value > 3 * math.hypot(error, its_error), (name, mean, value)
