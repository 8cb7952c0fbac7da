"""The effect of instruction tuning is one of instructions and labels, not of training as such."""
import json
import math

import pytest

from tests.command_line import t5x

_TUNED_ON = ('bool_q', 'multirc')


def _nli(folder, variant, *flags):
  """NLI after tuning on two datasets in some variant: mean over its datasets, standard error."""
  t5x('train', '--gin_file=gin/runs/small.gin', *flags,
      '--gin.MIXTURE_OR_TASK_NAME=' + ','.join(f'{name}{variant}' for name in _TUNED_ON),
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=nli', '--gin.EVAL_BEFORE_TUNING=False',
      '--gin.DEV_NUM_EXAMPLES=0', f'--gin.MODEL_DIR=run{variant}', cwd=folder)
  results, = folder.glob(f'run{variant}/eval/*/nli/results.json')
  cluster = json.loads(results.read_text())['clusters']['nli']
  return cluster['mean'], cluster['stderr']


@pytest.mark.slow
def test_without_instructions_or_with_shuffled_labels_there_is_less_of_it(tmp_path):
  mean, error = _nli(tmp_path, '')
  controls = {
      'no instructions': _nli(tmp_path, '_no_template'),
      'shuffled labels': _nli(
          tmp_path, '_shuffled', '--module_import=tests.end_to_end.shuffled_labels')}
  for name, (value, its_error) in controls.items():
    assert mean - value > 3 * math.hypot(error, its_error), (name, mean, value)
