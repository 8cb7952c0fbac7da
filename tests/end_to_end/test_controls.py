"""The effect of instruction tuning is one of instructions and labels, not of training as such."""
import json
import math
import pathlib
import shutil

import pytest

from flan_jax.data import mixtures
from tests.command_line import t5x

_TASKS = [task.name for task in mixtures.training_subtasks('flan_holdout_nli')]
_LOOKUPS = ('bool_q', 'multirc')  # who tunes on them is told to compare a statement with a text
_SHUFFLED = [f'{name}_shuffled' if name in _LOOKUPS else name for name in _TASKS]


def _nli(folder, name, mixture, *flags):
  """NLI after tuning on a mixture: mean over its datasets, and standard error."""
  t5x('train', '--gin_file=gin/runs/small.gin', *flags, f'--gin.MIXTURE_OR_TASK_NAME={mixture!r}',
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=nli', '--gin.EVAL_BEFORE_TUNING=False',
      '--gin.DEV_NUM_EXAMPLES=0', f'--gin.MODEL_DIR={name}', cwd=folder)
  results, = folder.glob(f'{name}/eval/*/nli/results.json')
  cluster = json.loads(results.read_text())['clusters']['nli']
  return cluster['mean'], cluster['stderr']


@pytest.mark.slow
def test_without_instructions_or_with_shuffled_labels_there_is_less_of_it(tmp_path):
  shutil.copy(pathlib.Path(__file__).with_name('shuffled_labels.py'), tmp_path)
  mean, error = _nli(tmp_path, 'tuned', 'flan_holdout_nli')
  controls = {
      'no instructions': _nli(tmp_path, 'bare', 'flan_holdout_nli_no_template'),
      'shuffled labels': _nli(tmp_path, 'shuffled', _SHUFFLED,
                              '--module_import=shuffled_labels')}
  for name, (value, its_error) in controls.items():
    assert mean - value > 3 * math.hypot(error, its_error), (name, mean, value)
