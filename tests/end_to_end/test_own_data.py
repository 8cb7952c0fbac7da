"""Rows of one's own, from a file to scores, as docs/your_data.md tells it."""
import json
import re

import pytest

from tests.command_line import t5x_each

ROWS = [{'text': f'I {("hate", "like")[i % 2]} film number {i}.', 'mood': ('bad', 'good')[i % 2]}
        for i in range(60)]
FINETUNE = '--gin_file=gin/runs/finetune.gin'
SMALL = ['--gin.TRAIN_STEPS=2', '--gin.BATCH_SIZE=8', '--gin.EVALUATOR_NUM_EXAMPLES=4',
         '--gin.DEV_NUM_EXAMPLES=4', "--gin.TASK_FEATURE_LENGTHS={'inputs': 96, 'targets': 16}"]
NEW = ['task', 'new', '--jsonl=films.jsonl']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """A folder with a file of rows, and what `t5x task new` writes for it."""
  folder = tmp_path_factory.mktemp('mine')
  (folder / 'films.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in ROWS))
  done = t5x_each(NEW, cwd=folder)
  assert 'answer   mood' in done.stdout and 'options  bad, good' in done.stdout
  assert 'Warning: 6 rows to report are few' in done.stdout
  assert re.search(r'48 rows to train on are few: 200 steps .* times, --gin', done.stdout)
  return folder


@pytest.mark.slow
def test_a_file_called_train_is_named_after_its_folder_and_numbers_ask_for_names(tmp_path):
  rows = ''.join(json.dumps({'text': f't{i}', 'label': i % 2}) + '\n' for i in range(30))
  (tmp_path / 'mails').mkdir()
  (tmp_path / 'mails/train.jsonl').write_text(rows)
  new = ['task', 'new', '--jsonl=mails/train.jsonl']
  done = t5x_each(new, cwd=tmp_path, expect=2)
  assert len(done.stderr.splitlines()) == 1 and '--labels=NAME,NAME' in done.stderr
  done = t5x_each([*new, '--labels=no,yes'], cwd=tmp_path)
  assert 'mails_task.py: dataset mails' in done.stdout and 'no (0), yes (1)' in done.stdout
  (tmp_path / 'data').mkdir()
  (tmp_path / 'mails').rename(tmp_path / 'data/data')
  done = t5x_each(['task', 'new', '--jsonl=data/data/train.jsonl'], cwd=tmp_path, expect=2)
  assert '--name: neither train.jsonl nor its folder says what the rows are' in done.stderr


@pytest.mark.slow
def test_rows_are_shown_trained_on_and_evaluated(folder):
  module = '--module_import=films_task'
  train = ['train', FINETUNE, module, *SMALL, '--gin.MIXTURE_OR_TASK_NAME=films']
  done = t5x_each(['preview', 'films', '--n=20', FINETUNE, module], ['lint', 'films', module],
             ['mixture', 'films', FINETUNE, module], [*train, '--gin.MODEL_DIR=first'],
             [*train, '--gin.MODEL_DIR=run', '--gin.INITIAL_CHECKPOINT_PATH=first'],
             ['eval', '--checkpoint=run', '--mixture=films', '--output_dir=all', module],
             cwd=folder)
  assert 'I hate film number ' in done.stdout and '=> |' in done.stdout
  assert 'Weights    random' in done.stdout and 'Weights    from first\n' in done.stdout
  assert '0 errors, 0 warnings' in done.stdout
  assert 'SAMPLE DATA in' not in done.stdout
  results = json.loads((folder / 'run/eval/2/films/results.json').read_text())
  assert results['sample_data'] is False and results['datasets']['films']['n'] == 4
  assert results['tasks']['films_template_0']['chance'] == 0.5
  results = json.loads((folder / 'all/eval/2/films/results.json').read_text())
  assert results['datasets']['films']['n'] == 6


def test_a_file_that_is_there_is_not_written_over(folder):
  before = (folder / 'films_task.py').read_text()
  done = t5x_each(NEW, cwd=folder, expect=2)
  assert 'films_task.py exists already' in done.stderr and '--force' in done.stderr
  assert (folder / 'films_task.py').read_text() == before


def test_bad_rows_are_one_line_and_leave_nothing_behind(tmp_path):
  lines = [json.dumps(row) for row in ROWS]
  (tmp_path / 'films.jsonl').write_text('\n'.join([*lines[:9], lines[9][:-1], *lines[10:]]))
  done = t5x_each(NEW, cwd=tmp_path, expect=2)
  assert len(done.stderr.splitlines()) == 1
  assert '1 of 60 rows do not fit: films.jsonl:10: broken JSON' in done.stderr
  assert [path.name for path in tmp_path.iterdir()] == ['films.jsonl']
