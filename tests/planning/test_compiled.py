"""Compiling ahead of time: `t5x precompile` and `t5x plan` as a user calls them."""
import importlib.util
import json
import os

import pytest

from flan_jax.cli import main
from flan_jax.planning import compiled
from tests.command_line import start

TINY = ['--gin_file=gin/models/tiny.gin', '--gin.BATCH_SIZE=8', '--gin.ACTIVATION_DTYPE=float32',
        "--gin.TASK_FEATURE_LENGTHS={'inputs': 32, 'targets': 16}", '--gin.SCAN_LAYERS=True']
needs_libtpu = pytest.mark.skipif(
    importlib.util.find_spec('libtpu') is None, reason='libtpu is not installed')


def t5x(*arguments):
  """Runs the command in a process of its own, for the number of devices is fixed in this one."""
  process = start(*arguments, cwd=os.getcwd(), XLA_FLAGS='--xla_backend_optimization_level=0')
  out, err = process.communicate()
  return process.returncode, out, err


@pytest.mark.slow
def test_precompiling_for_simulated_devices_reports_memory_and_collectives():
  code, out, _ = t5x(
      'precompile', '--gin_file=gin/models/tiny_decoder_only.gin', '--gin.SCAN_LAYERS=True',
      "--gin.TASK_FEATURE_LENGTHS={'inputs': 32, 'targets': 16}", '--gin.BATCH_SIZE=8',
      "--gin.MESH={'fsdp': 4, 'tensor': 2}", '--topology=cpu:8', '--json')
  report = json.loads(out)
  assert code == 0 and report['fits'] and report['devices'] == 8
  parts = report['argument_bytes_per_device'] + report['temporary_bytes_per_device']
  assert parts <= report['peak_bytes_per_device'] < report['hbm_bytes_per_device']
  assert 1 / 3 < sum(report['bytes_per_device'].values()) / report['peak_bytes_per_device'] < 3
  assert report['flops_per_step'] > 0 and report['seconds_compile'] > 0
  axes = {c['axes'] for c in report['collectives']}
  assert {'fsdp', 'tensor'} <= axes


def test_a_plan_needs_neither_compiler_nor_data(capsys):
  assert main(['plan', *TINY, '--topology=v5e:2x2', '--json']) == 0
  report = json.loads(capsys.readouterr().out)
  assert report['fits'] and report['estimated'] and report['seconds_per_step_estimate'] > 0
  assert report['peak_bytes_per_device'] == sum(report['bytes_per_device'].values())


def test_a_plan_takes_a_whole_run(capsys):
  assert main(['plan', '--gin_file=gin/flan_holdout_nli.gin', '--topology=cpu:8', '--json']) == 0
  assert json.loads(capsys.readouterr().out)['tokens_per_step'] == 16 * (192 + 48)


def test_what_does_not_fit_says_what_would(capsys):
  arguments = ['plan', '--gin_file=gin/models/t5_1_1_xl.gin', '--topology=v5e:2x2',
               "--gin.REMAT='none'"]
  assert main(arguments) == 1
  assert "REMAT = 'full'" in capsys.readouterr().out


def test_a_search_lists_meshes(capsys):
  assert main(['plan', *TINY, '--topology=v5e:2x2', '--search']) == 0
  assert 'fsdp=2, tensor=2' in capsys.readouterr().out


def test_mistakes_are_one_line_with_code_2(capsys):
  assert main(['precompile', *TINY, '--topology=v9:4x4']) == 2
  assert main(['plan', *TINY, '--topology=v5e:4x4', "--gin.MESH={'fsdp': -1}"]) == 2
  errors = capsys.readouterr().err.strip().splitlines()
  assert len(errors) == 2 and 'v5e:4x4' in errors[0] and 'BATCH_SIZE' in errors[1]


def test_without_libtpu_the_package_to_install_is_named(capsys, monkeypatch):
  monkeypatch.setattr(compiled.importlib.util, 'find_spec', lambda name: None)
  assert main(['precompile', *TINY, '--topology=v5e:2x2', '--json']) == 2
  assert "pip install 'flan-jax[tpu]'" in capsys.readouterr().err


@needs_libtpu
def test_precompiling_for_a_tpu_that_is_not_here():
  code, out, _ = t5x('precompile', *TINY, '--topology=v5e:2x2', '--json')
  assert code == 0 and json.loads(out)['fits']


@needs_libtpu
@pytest.mark.slow
def test_what_the_compiler_refuses_is_mended_by_compiling():
  code, out, _ = t5x('precompile', '--gin_file=gin/models/t5_1_1_large.gin',
                     '--topology=v5e:2x2', '--json', "--gin.REMAT='none'",
                     '--gin.SCAN_LAYERS=True')
  report = json.loads(out)
  assert code == 1 and not report['fits'] and report['would_fit_with']
