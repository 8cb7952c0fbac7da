"""The package installed from a wheel, with no repository around."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
  """A folder that holds what the wheel installs."""
  pytest.importorskip('setuptools')
  folder = tmp_path_factory.mktemp('wheel')
  pip = [sys.executable, '-m', 'pip', '--quiet', '--disable-pip-version-check']
  copy = shutil.copytree(  # building leaves files in the tree it builds from
      ROOT, folder / 'tree', ignore=shutil.ignore_patterns('.git', '.venv', 'tests', '*.egg-info'))
  subprocess.run(
      [*pip, 'wheel', '--no-deps', '--no-build-isolation', '-w', folder, copy], check=True)
  wheel, = folder.glob('*.whl')
  subprocess.run([*pip, 'install', '--no-deps', '--target', folder / 'site', wheel], check=True)
  return folder / 'site'


@pytest.mark.slow
def test_the_wheel_runs_from_an_empty_directory(installed, tmp_path):
  def run(*args):
    # An editable install of the repository must not stand in for what the wheel lacks.
    code = ('import sys\n'
            'sys.meta_path = [f for f in sys.meta_path if "editable" not in repr(f).lower()]\n'
            'import flan_jax, flan_jax.cli; assert flan_jax.__file__.startswith(sys.argv[1])\n'
            'sys.exit(flan_jax.cli.main(sys.argv[2:]))')
    return subprocess.run(
        [sys.executable, '-c', code, str(installed), *args], cwd=tmp_path, check=False,
        env={**os.environ, 'PYTHONPATH': str(installed)}, capture_output=True, text=True)

  done = run('train', '--gin_file=gin/flan_holdout_nli.gin', '--dry_run')
  assert done.returncode == 0 and 'Everything checks out.' in done.stdout, done.stderr
  (tmp_path / 'gin').mkdir()
  (tmp_path / 'gin/flan_holdout_nli.gin').write_text('TRAIN_STEPS = %gin.REQUIRED\n')
  done = run('train', '--gin_file=gin/flan_holdout_nli.gin', '--dry_run')
  assert done.returncode == 2 and 'gin/flan_holdout_nli.gin:1' in done.stderr
