"""The `t5x` command as a person types it: output, files, exit codes."""
import json
import subprocess
import sys
import textwrap

import pytest

from flan_jax import cli
from tests.command_line import t5x
from tests.json_page import check, documented

SMALL = ['--gin.TRAIN_STEPS=4', '--gin.EVALUATOR_NUM_EXAMPLES=8', '--gin.DEV_NUM_EXAMPLES=4',
         "--gin.TASK_FEATURE_LENGTHS={'inputs': 128, 'targets': 32}", '--gin.BATCH_SIZE=8',
         '--gin.REPORT_PERIOD=2', '--gin.loop.TrainConfig.eval_period=0',
         '--gin.t5.T5Config.num_encoder_layers=1', '--gin.t5.T5Config.num_decoder_layers=1',
         '--gin.INITIAL_CHECKPOINT_PATH=None']


# The main experiment with few of its datasets: preparing all of them takes minutes.
EXPERIMENT = ['train', '--gin_file=gin/flan_holdout_nli.gin', *SMALL,
              '--gin.MIXTURE_OR_TASK_NAME=copa,e2e_nlg', '--gin.EVAL_MIXTURE_OR_TASK_NAME=cb']


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A short run, evaluated on one dataset, from an empty directory."""
  folder = tmp_path_factory.mktemp('elsewhere')
  return folder, t5x(*EXPERIMENT, cwd=folder)


@pytest.fixture
def said(trained, monkeypatch, capsys):
  """Runs a command beside the short run, in this process: imports are slow. What it prints."""
  monkeypatch.chdir(trained[0])

  def run(*args):
    code, (out, err) = cli.main(list(args)), capsys.readouterr()
    assert code == 0, err
    return out

  return run


def test_training_prints_progress_and_a_table_and_names_sample_data(trained):
  _, done = trained
  assert 'SAMPLE DATA' in done.stdout and 'Writing to flan_jax_runs/flan_holdout_nli' in done.stdout
  assert 'step 4/4' in done.stdout and 'FLAN 137B' in done.stdout
  assert '\nWeights    random; set INITIAL_CHECKPOINT_PATH to load weights\n' in done.stdout
  assert done.stderr == ''


def test_a_run_directory_holds_what_the_contracts_name(trained):
  folder, _ = trained
  run = folder / 'flan_jax_runs/flan_holdout_nli'
  lines = [json.loads(line) for line in (run / 'train_metrics.jsonl').read_text().splitlines()]
  assert [line['step'] for line in lines] == [1, 2, 4]
  for line in lines:
    check(line, '', documented('train_metrics.jsonl'))
  assert (run / 'checkpoints/4').is_dir() and list((run / 'tensorboard').iterdir())
  assert 'TRAIN_STEPS = 4' in (run / 'config.gin').read_text()
  results = json.loads((run / 'eval/4/cb/results.json').read_text())
  check(results, '', documented('results.json'))
  assert results['schema'] == 2 and results['sample_data'] is True and results['step'] == 4
  cb = results['datasets']['cb']
  assert cb['templates'] == 9 and cb['n'] == 8
  assert set(cb['best_dev_template']) >= {'template', 'value'}
  task = results['tasks']['cb_template_0']
  assert task['chance'] == pytest.approx(1 / 3) and 'stderr' in task['metrics']['accuracy']
  predictions = (run / 'eval/4/cb/predictions/cb_template_0.jsonl').read_text().splitlines()
  assert len(predictions) == 8 and len(json.loads(predictions[0])['scores']) == 3
  assert results['checkpoint'] == 'checkpoints/4' and results['limits']['num_examples'] == 8
  assert results['data']['cb']['sample_data'] and results['versions']['jax'] and results['date']
  assert task['trained_on'] is False


def test_results_follow_from_the_predictions(trained):
  """Recomputed from the JSON lines alone."""
  run = trained[0] / 'flan_jax_runs/flan_holdout_nli'
  results = json.loads((run / 'eval/4/cb/results.json').read_text())
  for name, task in results['tasks'].items():
    predictions = (run / f'eval/4/cb/predictions/{name}.jsonl').read_text().splitlines()
    rows = [json.loads(line) for line in predictions]
    right = [r['options'][max(range(3), key=lambda i: r['scores'][i])] == r['target'] for r in rows]
    assert task['metrics']['accuracy']['value'] == pytest.approx(sum(right) / len(right))


def test_the_saved_configuration_runs_again(said):
  saved = 'flan_jax_runs/flan_holdout_nli/config.gin'
  assert 'Everything checks out.' in said('train', f'--gin_file={saved}', '--dry_run')


def test_a_finished_run_is_not_run_again(trained, said):
  folder, _ = trained
  before = (folder / 'flan_jax_runs/flan_holdout_nli/train_metrics.jsonl').read_bytes()
  out = said(*EXPERIMENT)
  assert 'done by an earlier start' in out and 'FLAN 137B' in out
  assert (folder / 'flan_jax_runs/flan_holdout_nli/train_metrics.jsonl').read_bytes() == before


def test_eval_takes_a_run_directory_and_any_dataset(trained, said):
  folder, _ = trained
  assert 'copa' in said(
      'eval', '--checkpoint=flan_jax_runs/flan_holdout_nli', '--mixture=copa', '--num_examples=4',
      '--gin.DEV_NUM_EXAMPLES=0', '--output_dir=out')
  results = json.loads((folder / 'out/eval/4/copa/results.json').read_text())
  assert results['datasets']['copa']['n'] == 4


def test_infer_generates_and_ranks_in_the_order_given(trained, said):
  folder, _ = trained
  prompts = [{'inputs': 'Is it so?', 'options': ['yes', 'no', 'it is hard to say']},
             {'inputs': 'Write a word.', 'id': 7}, {'inputs': 'Which?', 'options': ['a', 'b']}]
  (folder / 'in.jsonl').write_text('\n'.join(map(json.dumps, prompts)))
  said('infer', '--checkpoint=flan_jax_runs/flan_holdout_nli/checkpoints/4', '--input=in.jsonl',
       '--output=out.jsonl', '--max_new_tokens=8')
  rows = [json.loads(line) for line in (folder / 'out.jsonl').read_text().splitlines()]
  assert [r['inputs'] for r in rows] == [p['inputs'] for p in prompts]
  best = rows[0]['scores'].index(max(rows[0]['scores']))
  assert rows[0]['prediction'] == rows[0]['options'][best]
  assert 'scores' not in rows[1] and rows[1]['id'] == 7 and isinstance(rows[1]['prediction'], str)


MAIN = '--gin_file=gin/flan_holdout_nli.gin'

USER_TASK = textwrap.dedent('''
    import seqio, tensorflow as tf
    from flan_jax.data.vocabulary import features

    def source(split, shuffle_files, seed=None):
      number = tf.data.Dataset.range(60)
      return number.map(lambda n: {"inputs": tf.strings.join(["count ", tf.strings.as_string(n)]),
                                   "targets": tf.strings.as_string(n)})

    def exact(targets, predictions):
      return {"exact": sum(t == p for t, p in zip(targets, predictions)) / len(targets)}

    seqio.TaskRegistry.add(
        "counting", seqio.FunctionDataSource(source, splits=("train", "validation")),
        preprocessors=[seqio.preprocessors.tokenize, seqio.preprocessors.append_eos],
        output_features=features(), metric_fns=[exact])
''')


MINE = """
from __gin__ import dynamic_registration
import my_tasks
include 'gin/flan_holdout_nli.gin'
MIXTURE_OR_TASK_NAME = 'counting'
EVAL_MIXTURE_OR_TASK_NAME = 'counting'
"""


@pytest.mark.parametrize('how', ['flag', pytest.param('gin import', marks=pytest.mark.slow)])
def test_a_users_seqio_task_trains_and_evaluates_without_touching_our_code(tmp_path, how):
  (tmp_path / 'my_tasks.py').write_text(USER_TASK)
  (tmp_path / 'mine.gin').write_text(MINE)
  named = ['--gin_file=mine.gin'] if how == 'gin import' else [
      MAIN, '--module_import=my_tasks', '--gin.MIXTURE_OR_TASK_NAME=counting',
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=counting']
  t5x('train', *named, *SMALL, '--gin.MODEL_DIR=run', cwd=tmp_path)
  results = json.loads((tmp_path / 'run/eval/4/counting/results.json').read_text())
  assert results['sample_data'] is False
  assert results['tasks']['counting']['metrics']['exact']['value'] >= 0


@pytest.mark.parametrize('args, words', [
    (['train', '--gin_file=gin/flan_holdout_nil.gin'], ["'gin/flan_holdout_nli.gin'"]),
    (['train', MAIN, '--gin.TRIAN_STEPS=3'], ['TRIAN_STEPS', "'TRAIN_STEPS'"]),
    (['train', MAIN, '--gin.loop.TrainConfig.stepz=3'], ['stepz', "'steps'"]),
    (['train', MAIN, '--gin.MIXTURE_OR_TASK_NAME=flan_holdout_nil'], ["'flan_holdout_nli'"]),
    (['train', MAIN, "--gin.MESH={'data': 3}"], ['MESH', 'there is 1']),
    (['train', '--gin_fille=x'], ['--gin_fille', "'--gin_file'"]),
    (['eval', '--checkpoint=nowhere'], ['no checkpoint in nowhere']),
    (['mixture', 'sst3'], ['sst3', "'sst2'"]),
    (['train', MAIN, '--tfds_data_dir=empty'], ['version', 'empty', 't5x doctor']),
])
def test_a_mistake_is_one_line_with_the_right_name_and_code_2(
    args, words, tmp_path, monkeypatch, capsys, data_dir):
  data_dir(None)  # of this process, and what a command sets is gone afterwards
  monkeypatch.chdir(tmp_path)
  assert cli.main(args) == 2
  out, err = capsys.readouterr()
  assert out == '' and len(err.splitlines()) == 1
  for word in words:
    assert word in err
  assert not list(tmp_path.iterdir())


def test_datasets_are_listed_without_tensorflow():
  code = ('import sys; from flan_jax import cli; assert cli.main(["datasets", "--json"]) == 0\n'
          'print({"jax", "tensorflow", "seqio", "tensorflow_datasets"} & set(sys.modules))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  listed, heavy = done.stdout.splitlines()
  assert len(json.loads(listed)) == 70 and heavy == 'set()'


def test_help_is_quick_and_imports_nothing_heavy(tmp_path):
  code = ('import sys, time; start = time.time(); import flan_jax; from flan_jax import cli\n'
          'try: cli.main(["--help"])\nexcept SystemExit: pass\n'
          'heavy = {"jax", "tensorflow", "seqio"} & set(sys.modules)\n'
          'print(heavy or "light")')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout.endswith('light\n') and 't5x train --gin_file' in done.stdout


def test_preview_and_lint_take_several_names(capsys):
  names = ['rte_template_0', 'cb_template_1,rte_template_2']
  assert cli.main(['preview', *names, '--n=1', '--json']) == 0
  shown = json.loads(capsys.readouterr().out)
  assert [one['task'] for one in shown] == ['rte_template_0', 'cb_template_1', 'rte_template_2']
  assert cli.main(['lint', 'rte,cb', 'copa']) == 0
  assert '3 datasets checked' in capsys.readouterr().out
  assert cli.main(['preview', ',']) == 2


def test_counting_rows_reads_no_sample_to_describe_a_mixture(capsys, monkeypatch):
  monkeypatch.setattr('flan_jax.data_tools.describe.describe_mixture', None)
  assert cli.main(['mixture', 'cb', '--rows']) == 0
  assert 'cb' in capsys.readouterr().out


def test_a_card_of_one_dataset_speaks_of_one(capsys, tmp_path):
  assert cli.main(['report', 'data', 'cb', f'--output={tmp_path / "cb.html"}']) == 0
  assert capsys.readouterr().out.startswith('1 dataset, rows of: ')
