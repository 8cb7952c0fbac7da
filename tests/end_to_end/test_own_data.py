"""Rows of one's own, from a file to scores, as docs/your_data.md tells it."""
import json
import subprocess
import sys
import textwrap

import pytest

ROWS = [{'text': f'I {("hate", "like")[i % 2]} film number {i}.', 'mood': ('bad', 'good')[i % 2]}
        for i in range(60)]
SMALL = ['--gin.TRAIN_STEPS=2', '--gin.BATCH_SIZE=8', '--gin.EVALUATOR_NUM_EXAMPLES=4',
         '--gin.DEV_NUM_EXAMPLES=4', "--gin.TASK_FEATURE_LENGTHS={'inputs': 96, 'targets': 16}"]
NEW = ['task', 'new', '--jsonl=films.jsonl']


def t5x(*commands, cwd, expect=0):
  """Runs commands one after the other in one process: what they import is slow."""
  code = textwrap.dedent(f'''
      import sys
      from flan_jax.cli import main
      for command in {list(commands)!r}:
        if code := main(command):
          sys.exit(code)
  ''')
  done = subprocess.run(
      [sys.executable, '-c', code], cwd=cwd, capture_output=True, text=True, check=False)
  assert done.returncode == expect, f'{done.returncode}\n{done.stdout}\n{done.stderr[-3000:]}'
  return done


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """A folder with a file of rows, and what `t5x task new` writes for it."""
  folder = tmp_path_factory.mktemp('mine')
  (folder / 'films.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in ROWS))
  done = t5x(NEW, cwd=folder)
  assert 'answer   mood' in done.stdout and 'options  bad, good' in done.stdout
  return folder


@pytest.mark.slow
def test_rows_are_shown_trained_on_and_evaluated(folder):
  module = '--module_import=films_task'
  train = ['train', '--gin_file=gin/flan_holdout_nli.gin', module, *SMALL,
           '--gin.MIXTURE_OR_TASK_NAME=films', '--gin.EVAL_MIXTURE_OR_TASK_NAME=films',
           '--gin.MODEL_DIR=run']
  done = t5x(['preview', 'films', '--n=2', module], ['lint', 'films', module],
             ['mixture', 'films', module], train,
             ['eval', '--checkpoint=run', '--mixture=films', '--output_dir=all', module],
             cwd=folder)
  assert 'I hate film number 0.' in done.stdout and '=> |' in done.stdout
  assert '0 errors, 0 warnings' in done.stdout
  assert 'SAMPLE DATA in' not in done.stdout
  results = json.loads((folder / 'run/eval/2/films/results.json').read_text())
  assert results['sample_data'] is False and results['datasets']['films']['n'] == 4
  assert results['tasks']['films_template_0']['chance'] == 0.5
  results = json.loads((folder / 'all/eval/2/films/results.json').read_text())
  assert results['datasets']['films']['n'] == 6


def test_a_file_that_is_there_is_not_written_over(folder):
  before = (folder / 'films_task.py').read_text()
  done = t5x(NEW, cwd=folder, expect=2)
  assert 'films_task.py is there already' in done.stderr and '--force' in done.stderr
  assert (folder / 'films_task.py').read_text() == before


def test_bad_rows_are_one_line_and_leave_nothing_behind(tmp_path):
  lines = [json.dumps(row) for row in ROWS]
  (tmp_path / 'films.jsonl').write_text('\n'.join([*lines[:9], lines[9][:-1], *lines[10:]]))
  done = t5x(NEW, cwd=tmp_path, expect=2)
  assert len(done.stderr.splitlines()) == 1
  assert '1 of 60 rows do not fit: films.jsonl:10: broken JSON' in done.stderr
  assert [path.name for path in tmp_path.iterdir()] == ['films.jsonl']
