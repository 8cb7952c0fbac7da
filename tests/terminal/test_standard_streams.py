"""What is printed never stops what is done: closed pipes, closed descriptors, poor encodings."""
import os
import pathlib
import subprocess
import sys

import pytest

PRINTING = """
import sys
from flan_jax.terminal import standard_streams
standard_streams.make_lasting()
for number in range(20_000):
  print('▁line', number)
print('told ▁', file=sys.stderr)
open(sys.argv[1], 'w').write(standard_streams.lost_output() or 'done')
"""
ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def printing(tmp_path):
  """Runs a script that prints a lot, by a line of shell; returns what it left behind and said."""

  def run(line, **environment):
    (tmp_path / 'printing.py').write_text(PRINTING, encoding='utf-8')
    command = line.format(f'{sys.executable} printing.py left.txt')
    done = subprocess.run(
        ['bash', '-c', command + '; echo "exit ${PIPESTATUS[0]}"'], cwd=tmp_path,
        capture_output=True, check=True,
        env={**os.environ, 'PYTHONPATH': str(ROOT), **environment})
    return (tmp_path / 'left.txt').read_text(), done.stdout.decode(), done.stderr.decode()

  return run


def test_a_reader_that_goes_away_stops_nothing(printing):
  left, out, err = printing('{} | head -1')
  assert (left, err) == ('done', 'told ▁\n') and out == '▁line 0\nexit 0\n'


@pytest.mark.parametrize('closed', ['>&-', '2>&-', '>&- 2>&-', '<&- >&- 2>&-'])
def test_a_closed_descriptor_stops_nothing_and_gets_no_file_of_ours(closed, printing):
  left, out, _ = printing('{} ' + closed + ' | tail -1')
  assert left == 'done' and out.endswith('exit 0\n')


def test_a_full_disk_is_told_from_a_reader_that_went_away(printing):
  left, _, _ = printing('{} > /dev/full')
  assert left == os.strerror(28)


@pytest.mark.parametrize('environment', [
    {'PYTHONIOENCODING': 'ascii'},
    {'LC_ALL': 'C', 'PYTHONCOERCECLOCALE': '0', 'PYTHONUTF8': '0'},
], ids=['stream', 'locale'])
def test_a_character_that_the_terminal_lacks_becomes_a_question_mark(environment, printing):
  left, out, err = printing('{} | tail -1', **environment)
  assert (left, out, err) == ('done', '?line 19999\nexit 0\n', 'told ?\n')


def test_a_working_directory_that_is_gone_is_one_line(tmp_path):
  (tmp_path / 'gone').mkdir()
  command = (f'cd gone; rmdir ../gone; {sys.executable} -c '
             '"from flan_jax import cli; cli.entry()" datasets')
  done = subprocess.run(['bash', '-c', command], cwd=tmp_path, capture_output=True, text=True,
                        check=False, env={**os.environ, 'PYTHONPATH': str(ROOT)})
  assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
  assert 'working directory no longer exists' in done.stderr


@pytest.mark.parametrize('line, said', [
    ('{} datasets | head -1', 'name '),
    ('{} datasets >&-', ''),
    ('{} datasets 2>&- | tail -1', '70 declarations'),
    ('LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 {} datasets | tail -1', '70 declarations'),
])
def test_a_command_ends_well_whatever_becomes_of_what_it_prints(line, said, tmp_path):
  command = line.format(f"{sys.executable} -P -c 'from flan_jax.cli import entry; entry()'")
  done = subprocess.run(
      ['bash', '-c', command + '; exit ${PIPESTATUS[0]}'], cwd=tmp_path, capture_output=True,
      text=True, check=False)
  assert (done.returncode, done.stderr) == (0, '') and done.stdout.startswith(said)
