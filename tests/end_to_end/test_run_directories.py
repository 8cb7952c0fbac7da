"""A run's directory from the command line: what it may be gone on with, where it is."""
import json
import os
import re
import shutil

import pytest

from flan_jax.cli import main

TINY = ['train', '--gin_file=gin/flan_holdout_nli.gin', '--gin.MIXTURE_OR_TASK_NAME=rte',
        '--gin.EVAL_MIXTURE_OR_TASK_NAME=None', '--gin.TRAIN_STEPS=2', '--gin.BATCH_SIZE=4',
        "--gin.TASK_FEATURE_LENGTHS={'inputs': 64, 'targets': 16}",
        '--gin.t5.T5Config.num_encoder_layers=1', '--gin.t5.T5Config.num_decoder_layers=1',
        '--gin.INITIAL_CHECKPOINT_PATH=None']
DEFAULT = 'flan_jax_runs/flan_holdout_nli'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
  """A working directory in which the command has run with its default MODEL_DIR."""
  folder = tmp_path_factory.mktemp('elsewhere')
  before = os.getcwd()
  os.chdir(folder)
  try:
    assert main(TINY) == 0
  finally:
    os.chdir(before)
  return folder


@pytest.fixture
def t5x(folder, monkeypatch, capsys):
  """Runs the command in the working directory: exit code, output, errors."""
  monkeypatch.chdir(folder)

  def run(*args):
    code = main(list(args))
    return code, *capsys.readouterr()

  return run


def test_the_default_directory_is_no_other_runs_and_its_record_stays_true(t5x, folder):
  before = (folder / DEFAULT / 'config.gin').read_text()
  for dry in (['--dry_run'], []):
    code, out, err = t5x(*TINY, '--gin.LEARNING_RATE=1e-4', '--gin.RANDOM_SEED=7', *dry)
    assert code == 2 and not out and err.count('\n') == 1
    assert 'RANDOM_SEED was 0 and is 7; LEARNING_RATE was' in err and 'and is 0.0001' in err
    assert f'--gin.MODEL_DIR={DEFAULT}-2' in err
    assert f'--gin.INITIAL_CHECKPOINT_PATH={DEFAULT}' in err
  assert (folder / DEFAULT / 'config.gin').read_text() == before
  code, _, err = t5x(*TINY, '--gin.TRAIN_STEPS=1')
  assert code == 2 and 'its run has already taken 2 steps, more than 1' in err


def test_a_saved_configuration_is_of_its_own_directory_wherever_that_is(t5x, folder, tmp_path):
  saved = (folder / DEFAULT / 'config.gin').read_text()
  written = re.search(r"^MODEL_DIR =\s*\\?\s*'(.*)'$", saved, re.MULTILINE)[1]
  assert written == str(folder / DEFAULT)
  shutil.copytree(folder / DEFAULT, tmp_path / 'copy')
  (tmp_path / 'alone').mkdir()
  shutil.copy(folder / DEFAULT / 'config.gin', tmp_path / 'alone')
  for gin_file, more, place in (
      (f'{DEFAULT}/config.gin', [], DEFAULT),
      (tmp_path / 'copy/config.gin', [], tmp_path / 'copy'),
      (tmp_path / 'alone/config.gin', [], folder / DEFAULT),
      (f'{DEFAULT}/config.gin', [f'--gin.MODEL_DIR={tmp_path}/new'], tmp_path / 'new'),
  ):
    code, out, err = t5x('train', f'--gin_file={gin_file}', *more, '--dry_run')
    assert code == 0 and f'Writing to {place}\n' in out, err


def test_places_that_cannot_be_written_are_found_before_any_work(t5x, folder):
  (folder / 'afile').touch()
  for args, words in (
      ([*TINY, '--gin.MODEL_DIR=afile', '--dry_run'], 'MODEL_DIR=afile: it cannot be written'),
      ([*TINY, '--gin.MODEL_DIR=afile/below'], 'MODEL_DIR=afile/below: it cannot be written'),
      ([*TINY, '--gin.MODEL_DIR=/proc/run', '--dry_run'], 'MODEL_DIR=/proc/run'),
      (['report', 'data', '--output=/proc/x.html'], '--output=/proc/x.html: it cannot be written'),
      (['report', 'data', '--output=.'], '--output=.: it is a folder'),
  ):
    code, out, err = t5x(*args)
    assert code == 2 and words in err and err.count('\n') == 1, err


def test_more_steps_go_on_and_the_speed_counts_inputs_and_targets(t5x, folder, tmp_path):
  shutil.copytree(folder / DEFAULT, tmp_path / 'run')
  with (tmp_path / 'run/train_metrics.jsonl').open('a') as file:
    file.write('{"step": 2, "lo')
  code, out, err = t5x(*TINY, f'--gin.MODEL_DIR={tmp_path}/run', '--gin.TRAIN_STEPS=3')
  assert code == 0 and 'Going on from step 2.' in out, err
  assert '\nWeights    from step 2 of ' in out
  lines = [json.loads(line)
           for line in (tmp_path / 'run/train_metrics.jsonl').read_text().splitlines()]
  assert [line['step'] for line in lines] == [1, 2, 3]
  last = lines[-1]
  tokens = last['input_tokens'] + last['target_tokens']
  assert last['tokens_per_second'] == pytest.approx(tokens / last['seconds'])
  assert last['target_tokens_per_second'] == pytest.approx(last['target_tokens'] / last['seconds'])
  assert last['input_tokens'] > last['target_tokens'] > 0 and last['model_flops_per_second'] > 0


def test_a_finished_run_evaluates_another_mixture_and_shows_no_old_table(t5x, folder, tmp_path):
  shutil.copytree(folder / DEFAULT, tmp_path / 'run')
  for name, before in (('cb_template_0', None), ('rte_template_0', 'cb'), ('rte_template_0', 'cb')):
    code, out, err = t5x(*TINY, f'--gin.MODEL_DIR={tmp_path}/run', '--gin.EVALUATOR_NUM_EXAMPLES=4',
                         f'--gin.EVAL_MIXTURE_OR_TASK_NAME={name}', '--gin.DEV_NUM_EXAMPLES=0')
    assert code == 0 and 'All 2 steps were done by an earlier start.' in out, err
    assert f'Step 2, {name}' in out and (before is None or f'\n{before} ' not in out)
