"""Several processes, as a person starts them on several machines: here all on this one."""
import json
import os
import signal
import socket
import time

import pytest

from tests import command_line

TRAIN = ['train', '--gin_file=gin/flan_holdout_nli.gin', '--gin.MIXTURE_OR_TASK_NAME=rte,bool_q',
         '--gin.EVAL_MIXTURE_OR_TASK_NAME=cb', '--gin.EVALUATOR_NUM_EXAMPLES=4',
         '--gin.DEV_NUM_EXAMPLES=0', '--gin.EVAL_PERIOD=0', '--gin.TRAIN_STEPS=5',
         '--gin.CHECKPOINT_PERIOD=3', '--gin.BATCH_SIZE=8', '--gin.REPORT_PERIOD=1',
         "--gin.TASK_FEATURE_LENGTHS={'inputs': 192, 'targets': 16}", '--gin.MODEL_DIR=run',
         '--gin.t5.T5Config.num_encoder_layers=1', '--gin.t5.T5Config.num_decoder_layers=1',
         '--gin.INITIAL_CHECKPOINT_PATH=None']


def free_port():
  with socket.create_server(('', 0)) as server:
    return server.getsockname()[1]


def begin(cwd, *args, devices, process=None, count=2, port=None):
  """A running `t5x` with so many devices, alone or as one of several."""
  flags = () if process is None else (
      f'--coordinator_address=localhost:{port}', f'--num_processes={count}',
      f'--process_id={process}')
  xla = f'{os.environ["XLA_FLAGS"]} --xla_force_host_platform_device_count={devices}'
  return command_line.start(*args, *flags, cwd=cwd, XLA_FLAGS=xla, JAX_PLATFORMS='cpu')


def finish(*processes, expect=0):
  """What the processes said on stdout and stderr."""
  said = [process.communicate(timeout=300) for process in processes]
  codes = [process.returncode for process in processes]
  assert codes == [expect] * len(codes), said
  return said


def one(cwd, *args):
  return finish(begin(cwd, *TRAIN, *args, devices=8))


def two(cwd, *args):
  port = free_port()
  return finish(*(begin(cwd, *TRAIN, *args, devices=4, process=i, port=port) for i in (0, 1)))


def losses(cwd):
  lines = [json.loads(line) for line in (cwd / 'run/train_metrics.jsonl').read_text().splitlines()]
  assert [line['step'] for line in lines] == [1, 2, 3, 4, 5]
  return [line['loss'] for line in lines]


def counted(cwd):
  """What reports say of the rows that were read."""
  names = ('input_tokens', 'target_tokens', 'examples', 'truncated_by_task', 'loss_by_cluster')
  lines = [json.loads(line) for line in (cwd / 'run/train_metrics.jsonl').read_text().splitlines()]
  return [[line[name] if name != names[-1] else set(line[name]) for name in names]
          for line in lines]


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
  folder = tmp_path_factory.mktemp('alone')
  one(folder)
  return folder


@pytest.fixture(scope='module')
def together(tmp_path_factory, alone):
  """The same run in two processes, and what they said."""
  folder = tmp_path_factory.mktemp('together')
  return folder, two(folder, '--profile=2:3')


@pytest.mark.slow
def test_two_processes_train_as_one_does(alone, together):
  folder, _ = together
  assert losses(folder) == pytest.approx(losses(alone), abs=1e-4)
  assert counted(folder) == counted(alone)
  position = 'run/checkpoints/5/data/metadata'
  assert json.loads((folder / position).read_text()) == json.loads((alone / position).read_text())


@pytest.mark.slow
def test_two_processes_evaluate_as_one_does(alone, together):
  both = [json.loads((folder / 'run/eval/5/cb/results.json').read_text())
          for folder in (together[0], alone)]
  assert both[0] == both[1] | {'date': both[0]['date']}
  assert both[0]['before']['datasets'].keys() == {'cb'}
  for file in (alone / 'run/eval/5/cb/predictions').iterdir():
    rows = [[json.loads(line) for line in text.splitlines()] for text in (
        file.read_text(), (together[0] / 'run/eval/5/cb/predictions' / file.name).read_text())]
    assert len(rows[0]) == len(rows[1]) == 4
    for one_row, other_row in zip(*rows):
      assert one_row['inputs'] == other_row['inputs']
      assert one_row['scores'] == pytest.approx(other_row['scores'], abs=1e-3)


@pytest.mark.slow
def test_only_the_first_process_talks_and_writes(together):
  folder, ((first, _), (second, errors)) = together
  assert 'data=8' in first and '2 processes' in first and 'step 5/5' in first
  assert 'FLAN 137B' in first and 'Gloo' not in first
  assert second == '' and errors == ''
  assert len(list((folder / 'run/tensorboard').iterdir())) == 1
  assert list((folder / 'run/profile').rglob('*.xplane.pb'))


@pytest.mark.slow
def test_a_missing_process_is_named_within_seconds(tmp_path):
  port, began = free_port(), time.monotonic()
  processes = [begin(tmp_path, *TRAIN, '--startup_timeout=2', devices=1, process=i, count=3,
                     port=port) for i in (0, 2)]
  for out, errors in finish(*processes, expect=42):
    assert out == '' and len(errors.splitlines()) == 1
    assert 'process 1 of 3 did not report' in errors
  assert time.monotonic() - began < 60
  assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_processes_given_unlike_files_do_not_start(tmp_path):
  port, processes = free_port(), []
  for i in (0, 1):
    folder = tmp_path / str(i)
    folder.mkdir()
    (folder / 'my_tasks.py').write_text('import my_helper\n')
    (folder / 'my_helper.py').write_text(f'SEED = {i}\n')
    processes.append(begin(folder, *TRAIN, '--module_import=my_tasks', devices=1, process=i,
                           port=port))
  for out, errors in finish(*processes, expect=2):
    assert out == '' and len(errors.splitlines()) == 1
    assert 'the source of module my_helper is' in errors and 'in process 1' in errors
  assert not (tmp_path / '0/run').exists() and not (tmp_path / '1/run').exists()


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_processes(alone, tmp_path):
  for name, start, end in (('fewer', two, one), ('more', one, two)):
    folder = tmp_path / name
    folder.mkdir()
    start(folder, '--gin.TRAIN_STEPS=3', '--gin.EVAL_MIXTURE_OR_TASK_NAME=None')
    said = end(folder)
    assert 'Going on from step 3.' in said[0][0]
    assert losses(folder) == pytest.approx(losses(alone), abs=1e-4)
    assert counted(folder) == counted(alone)


@pytest.mark.slow
@pytest.mark.parametrize('mesh', ["{'fsdp': 4, 'tensor': 2}", "{'data': 2, 'fsdp': 4}",
                                  "{'data': 2, 'tensor': 4}"])
def test_any_mesh_over_two_processes_gives_the_same_losses(alone, tmp_path, mesh):
  two(tmp_path, f'--gin.MESH={mesh}')
  assert losses(tmp_path) == pytest.approx(losses(alone), abs=1e-4)
  assert counted(tmp_path) == counted(alone)


@pytest.mark.slow
def test_a_finished_run_is_evaluated_by_two_processes(alone, tmp_path):
  port = free_port()
  finish(*(begin(tmp_path, 'eval', f'--checkpoint={alone}/run', '--output_dir=out',
                 '--num_examples=4', '--gin.DEV_NUM_EXAMPLES=0', devices=4, process=i, port=port)
           for i in (0, 1)))
  both = [json.loads((folder / 'eval/5/cb/results.json').read_text())
          for folder in (tmp_path / 'out', alone / 'run')]
  assert both[0]['tasks'] == both[1]['tasks']


@pytest.mark.slow
@pytest.mark.parametrize('victim', [0, 1])
@pytest.mark.parametrize('moment', ['in a step', 'in a save'])
def test_who_loses_another_process_ends_soon(tmp_path, victim, moment):
  port = free_port()
  processes = [begin(tmp_path, *TRAIN, '--gin.TRAIN_STEPS=100000', devices=1, process=i, port=port)
               for i in (0, 1)]
  metrics, saves = tmp_path / 'run/train_metrics.jsonl', tmp_path / 'run/checkpoints'
  deadline = time.monotonic() + 240
  while time.monotonic() < deadline and not (
      metrics.exists() and metrics.read_text()
      and (moment == 'in a step' or list(saves.glob('*.orbax-checkpoint-tmp*')))):
    time.sleep(0.01)
  processes[victim].send_signal(signal.SIGKILL)
  processes[victim].communicate()
  other = processes[1 - victim]
  # A second, as a rule; caught in a barrier of JAX's, what its heartbeats take (100 s).
  _, errors = other.communicate(timeout=150)
  # JAX itself may be quicker than we are, and aborts the process.
  assert other.returncode in (42, -signal.SIGABRT)
  assert other.returncode != 42 or 'has lost another process' in errors
