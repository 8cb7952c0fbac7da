"""`t5x sweep` from its file to its table: what is refused, what fails, what goes on."""
import json
import re
import signal
import subprocess
import sys
import time

import pytest
import seqio

import flan_jax
from flan_jax import cli
from flan_jax.experiments import running
from flan_jax.experiments.plan import ForAll
from tests.command_line import start, t5x
from tests.json_page import check, documented

FILE = '''
include 'gin/runs/sweep.gin'
from __gin__ import dynamic_registration
from flan_jax import configs

configs.Sweep.experiments = [@a/configs.Experiment()]
SEEDS = (0,)
a/configs.Experiment:
  name = 'a'
  x = 'start'
  settings = {'MIXTURE_OR_TASK_NAME': 'copa', 'EVAL_MIXTURE_OR_TASK_NAME': 'cb', 'TRAIN_STEPS': 4}
  points = [
      {'labels': {'start': 'random'}},
      {'labels': {'start': 'same'}, 'settings': {'TRAIN_STEPS': 4}},
      {'labels': {'start': 'e2e'}, 'base': {
          'MIXTURE_OR_TASK_NAME': 'e2e_nlg', 'EVAL_MIXTURE_OR_TASK_NAME': None}},
  ]
'''
SMALL = [
    'sweep', 'a.gin', '--output_dir=out', '--gin.EVALUATOR_NUM_EXAMPLES=8',
    '--gin.DEV_NUM_EXAMPLES=0', "--gin.TASK_FEATURE_LENGTHS={'inputs': 128, 'targets': 32}",
    '--gin.BATCH_SIZE=4', '--gin.CHECKPOINT_PERIOD=1', '--gin.configs.T5Config.d_model=16',
    '--gin.configs.T5Config.num_encoder_layers=1', '--gin.configs.T5Config.num_decoder_layers=1',
    '--gin.INITIAL_CHECKPOINT_PATH=None']


@pytest.fixture
def folder(tmp_path, monkeypatch):
  (tmp_path / 'a.gin').write_text(FILE)
  monkeypatch.chdir(tmp_path)
  return tmp_path


def test_a_plan_lists_points_and_shared_runs(folder, capsys):
  assert cli.main([*SMALL, '--dry_run', '--json']) == 0
  printed = json.loads(capsys.readouterr().out)
  check(printed, '', documented('t5x sweep FILE --dry_run --json'))
  runs = [row['run'] for row in printed['points'] if row['experiment'] == 'a']
  assert len(runs) == 3 and runs[0] == runs[1] == 'runs/a/start-random-seed0'
  assert len(printed['plan']['runs']) == 3 and not (folder / 'out').exists()


@pytest.mark.parametrize('flags, words', [
    (['--gin.MIXTURE_OR_TASK_NAME=copaa'], "a, start random: .*'copaa'"),
    (['--gin.EVAL_MIXTURE_OR_TASK_NAME=copa'], 'a, start random: .*copa trains on what'),
    (['--gin.TRAIN_STEP=3'], 'a, start random: --gin.TRAIN_STEP=3'),
    (['--gin.BATCH_SIZE=0'], 'a, start random: --gin.BATCH_SIZE=0: 0 is not possible'),
    (['--gather'], 'no results of this file'),
    (['--gin.SAMPLE_WORLD_SEED=1', '--tfds_data_dir=d'], 'SAMPLE_WORLD_SEED=1: .*tfds_data_dir=d'),
    (['--gin.SAMPLE_WORLD_SEED=-1'], 'SAMPLE_WORLD_SEED'),
])
def test_what_cannot_run_is_refused_in_one_line(flags, words, folder, capsys):
  mode = [] if '--gather' in flags else ['--dry_run']
  assert cli.main([*SMALL, *flags, *mode]) == 2
  said = capsys.readouterr().err
  assert len(said.splitlines()) == 1
  assert re.search(words, said), said


def test_all_seeds_of_a_point_can_start_from_one_pretraining(folder, capsys):
  point = '''{
      'labels': {'start': 'text'}, 'base_gin_files': ['gin/pretrain/prefix_lm.gin'],
      'base': {'TEXT': 'sample_world', 'MIXTURE_OR_TASK_NAME': 'text_prefix_lm', 'RANDOM_SEED': 3,
               'EVAL_MIXTURE_OR_TASK_NAME': None}}'''
  text = FILE[:FILE.index('      {')] + f'{point}]\n'
  (folder / 'a.gin').write_text(text.replace('(0,)', '(0, 1)'))
  assert cli.main([*SMALL, '--dry_run', '--json']) == 0
  base, *runs = json.loads(capsys.readouterr().out)['plan']['runs']
  assert base['settings']['RANDOM_SEED'] == '3' and base['base'] is None
  assert "'text_prefix_lm'" in base['settings']['MIXTURE_OR_TASK_NAME']
  assert [run['settings']['RANDOM_SEED'] for run in runs] == ['0', '1']
  assert {run['base'] for run in runs} == {base['directory']}


@pytest.mark.slow
def test_recipes_are_chosen_in_another_world(folder, capsys):
  seen = []
  for seed in 0, 1:
    assert cli.main([*SMALL, f'--gin.SAMPLE_WORLD_SEED={seed}', '--dry_run', '--json']) == 0
    plan = json.loads(capsys.readouterr().out)['plan']
    seen.append([run['settings']['the sample world'] for run in plan['runs']])
    given = [a for a in plan['runs'][0]['arguments'] if a.startswith('--tfds_data_dir=')]
    assert all(a.endswith('-seed1') for a in given) and len(given) == seed
  assert set(seen[0]).isdisjoint(seen[1])
  assert seqio.LazyTfdsLoader('any:1.0.0').data_dir is None


def test_a_folder_is_for_one_sweep_at_a_time(folder, capsys):
  claim = running.claim('out')
  try:
    assert cli.main(SMALL) == 2
  finally:
    claim.release()
  said = capsys.readouterr().err
  assert len(said.splitlines()) == 1 and 'out' in said and '--output_dir' in said
  assert not (folder / 'out/runs').exists()


def in_background(*args, **kwargs):
  """As a script starts it with `&`: it ignores SIGINT."""
  before = signal.signal(signal.SIGINT, signal.SIG_IGN)
  try:
    return start(*args, **kwargs)
  finally:
    signal.signal(signal.SIGINT, before)


def killed(sweep, is_time, how):
  """Sends a signal when it is time; the seconds until the process has ended."""
  end = time.monotonic() + 300
  while not is_time() and sweep.poll() is None and time.monotonic() < end:
    time.sleep(0.1)
  sent = time.monotonic()
  sweep.send_signal(how)
  sweep.communicate()
  return time.monotonic() - sent


@pytest.mark.slow
def test_a_sweep_that_is_killed_three_times_gives_the_same_table(folder):
  t5x(*SMALL, '--jobs=2', cwd=folder)
  out, other = folder / 'out', folder / 'other'
  again = [*SMALL[:2], '--output_dir=other', *SMALL[3:]]
  moments = [
      (lambda: any(other.glob('runs/a/*/log.txt')), signal.SIGKILL),
      (lambda: any(other.glob('runs/a/*/checkpoints/2')), signal.SIGTERM),
      (lambda: (other / 'runs/a/start-random-seed0/eval').exists(), signal.SIGKILL)]
  for is_time, how in moments:
    seconds = killed(in_background(*again, cwd=folder), is_time, how)
    assert seconds < running.GRACE_SECONDS / 2  # its runs ended when they were told to
  t5x(*again, cwd=folder)
  for file in ('results.jsonl', 'figure.svg', 'figure.png'):
    assert (out / file).read_bytes() == (other / file).read_bytes()
  lines = [json.loads(line) for line in (out / 'results.jsonl').read_text().splitlines()]
  assert [line['point']['start'] for line in lines] == ['random', 'same', 'e2e']
  for line in lines:
    check(line, '', documented('results.jsonl'))


@pytest.mark.slow
def test_a_run_that_fails_is_named_and_the_others_go_on(folder):
  blocked = folder / 'out/runs/a/start-random-seed0/checkpoints'
  blocked.parent.mkdir(parents=True)
  blocked.write_text('a file in the place of a folder')
  done = t5x(*SMALL, '--json', cwd=folder, expect=1)
  printed = json.loads(done.stdout)
  check(printed, '', documented('t5x sweep FILE --json'))
  assert list(printed['failed']) == ['runs/a/start-random-seed0']
  assert 'out/runs/a/start-random-seed0/log.txt' in done.stderr
  assert [r['cluster'] for r in printed['results']] == [None, None, 'nli']


@pytest.mark.slow
def test_a_sweep_in_python_gives_the_lines_of_its_table(folder):
  settings = dict(flag.removeprefix('--gin.').split('=', 1) for flag in SMALL[3:])
  experiment = flan_jax.Experiment(
      name='mine', x='start', gin_files=['gin/runs/small.gin'], points=[
          flan_jax.Point({'start': 'random'}),
          {'labels': {'start': 'failing'}, 'settings': {'TRAIN_STEPS': 2}}],
      settings={'MIXTURE_OR_TASK_NAME': 'copa', 'EVAL_MIXTURE_OR_TASK_NAME': 'cb',
                'TRAIN_STEPS': 4, 'EVAL_BEFORE_TUNING': False})
  blocked = folder / 'out/runs/mine/start-failing-seed0/checkpoints'
  blocked.parent.mkdir(parents=True)
  blocked.write_text('a file in the place of a folder')
  heard = []
  lines = flan_jax.sweep(
      flan_jax.Sweep([experiment]), 'out', tell=heard.append,
      for_all=ForAll(bindings=[f'{name} = {value}' for name, value in settings.items()]))
  assert [json.loads(line) for line in open('out/results.jsonl')] == lines
  line, = lines
  assert line['point'] == {'start': 'random'} and line['cluster'] == 'nli'
  assert 0 <= line['mean'] <= 1
  assert [event.kind for event in heard if event.run.directory.endswith('failing-seed0')] == [
      'begins', 'fails']
  assert (folder / 'out/figure.svg').exists()


def test_who_waits_for_runs_imports_nothing_heavy():
  """The devices are for the runs, and help must be quick."""
  code = ('import sys, flan_jax.cli; '
          'from flan_jax.experiments import directories, gathering, running, summary; '
          'from flan_jax.terminal import sweeps; '
          'print({"jax", "matplotlib", "seqio", "tensorflow"} & set(sys.modules))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout == 'set()\n'
