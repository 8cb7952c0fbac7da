"""A training on a terminal: bars while it runs, and a clean screen when it has ended."""
import pytest

from tests import command_line
from tests.terminal import screens

ARGUMENTS = [
    'train', '--gin_file=gin/flan_holdout_nli.gin', '--gin.TRAIN_STEPS=4', '--gin.REPORT_PERIOD=2',
    '--gin.BATCH_SIZE=8', '--gin.EVALUATOR_NUM_EXAMPLES=4', '--gin.DEV_NUM_EXAMPLES=2',
    "--gin.TASK_FEATURE_LENGTHS={'inputs': 64, 'targets': 16}",
    '--gin.MIXTURE_OR_TASK_NAME=copa', '--gin.EVAL_MIXTURE_OR_TASK_NAME=cb_template_0',
    '--gin.MODEL_DIR=run', '--profile=2:3']


@pytest.mark.slow
def test_a_training_on_a_terminal_ends_with_a_clean_screen(tmp_path):
  code, written = screens.run(
      [*command_line.T5X, *ARGUMENTS], 80,
      {'TERM': 'xterm-256color', 'FLAN_JAX_CACHE': str(tmp_path / 'cache')}, cwd=tmp_path)
  shown, cursor_is_there = screens.lines(written)
  assert code == 0 and cursor_is_there, written[-2000:]
  assert '2/4 loss' in written and 'preparing data' in written and 'tasks' in written
  text = '\n'.join(shown)
  assert text.count('Prepared ') == 1 and 'Preparing' not in text and '\u2501' not in text
  assert text.count('step 4/4') == 1 and 'step 2/4' not in text
  assert 'Optimizer  Adafactor, learning rate 0.005, constant' in shown
  assert max(len(line) for line in shown if '/' not in line) <= 80  # paths stay whole
  last = [line[:11] for line in shown if line][-5:]
  assert [word.strip() for word in last] == ['Done in', 'Checkpoint', 'Metrics', 'Traces', 'Next']
  assert (tmp_path / 'run/checkpoints/4').is_dir() and (tmp_path / 'run/profile').is_dir()
