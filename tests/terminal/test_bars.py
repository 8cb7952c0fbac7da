"""Bars end clean, and are nowhere but on terminals that can redraw lines."""
import os
import pathlib
import subprocess
import sys

import pytest

from tests.terminal import screens

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = """
import sys
from flan_jax.terminal import standard_streams
standard_streams.make_lasting()
from flan_jax.terminal.bars import Bars
from flan_jax.terminal.screen import styled, wrapped
from flan_jax.terminal.tables import table

try:
  with Bars() as bars:
    training = bars.add('training', 3, 0, 'getting ready')
    other = bars.add('preparing data', 2)
    print(styled('Warning:', 'yellow'), 'said beside the bars')
    for done in (1, 2):
      bars.move(other, done, 'rte  ETA 0:10')
    bars.remove(other)
    for done in (1, 2, 3):
      bars.move(training, done, 'loss 2.345  5,340 tokens/s  ETA 0:10')
    if len(sys.argv) > 1:
      raise KeyboardInterrupt
    bars.remove(training)
    print(table([('name', 'n'), ('rte', '1')]))
    print(wrapped(['some words that make a line too long for a narrow terminal, ' * 2]))
except KeyboardInterrupt:
  print('interrupted')
"""
LONG = 'some words that make a line too long for a narrow terminal, '
SAID = ['Warning: said beside the bars', 'name  n', '-------', 'rte   1', (2 * LONG)]


def script(tmp_path):
  (tmp_path / 'bars.py').write_text(SCRIPT)
  return [sys.executable, str(tmp_path / 'bars.py')]


def environment(**others):
  cleared = {k: v for k, v in os.environ.items() if k not in ('NO_COLOR', 'FORCE_COLOR')}
  return cleared | {'PYTHONPATH': str(ROOT), 'TERM': 'xterm-256color'} | others


@pytest.mark.parametrize('columns', [80, 200])
def test_bars_are_drawn_and_leave_nothing_behind(columns, tmp_path):
  code, written = screens.run(script(tmp_path), columns, environment())
  shown, cursor_is_there = screens.lines(written)
  assert code == 0 and cursor_is_there
  assert 'preparing data' in written and '2/2 rte  ETA 0:10' in written and '\x1b[' in written
  assert '3/3 loss 2.345  5,340 tokens/s  ETA 0:10' in written  # whole at 80 columns
  assert max(map(len, shown)) <= columns
  assert [line for line in shown if line][:4] == SAID[:4]
  assert ' '.join(' '.join(shown).split()).endswith((2 * LONG).strip())


def test_an_interrupted_run_leaves_no_bar_and_a_cursor(tmp_path):
  code, written = screens.run([*script(tmp_path), 'interrupt'], 80, environment())
  shown, cursor_is_there = screens.lines(written)
  assert code == 0 and cursor_is_there
  assert [line for line in shown if line] == [SAID[0], 'interrupted']


def test_a_dumb_terminal_gets_plain_lines(tmp_path):
  code, written = screens.run(script(tmp_path), 80, environment(TERM='dumb'))
  assert code == 0 and '\x1b' not in written and '\r' not in written.replace('\r\n', '\n')
  assert 'training' not in written


def test_no_color_is_respected(tmp_path):
  _, written = screens.run(script(tmp_path), 80, environment(NO_COLOR='1'))
  assert 'training' in written and '\x1b[33m' not in written and '\x1b[38' not in written
  _, written = screens.run(script(tmp_path), 80, environment())
  assert '\x1b[33mWarning:\x1b[0m' in written and '\x1b[38' in written


@pytest.mark.parametrize('others, colored', [({}, False), ({'FORCE_COLOR': '1'}, True)])
def test_pipes_get_plain_lines_of_any_length(others, colored, tmp_path):
  done = subprocess.run(script(tmp_path), env=environment(**others), capture_output=True, text=True,
                        check=True)
  assert done.stderr == '' and '\r' not in done.stdout
  assert ('\x1b[33mWarning:\x1b[0m' in done.stdout) == colored
  assert colored or done.stdout.splitlines() == SAID


def test_a_pipe_for_results_stays_free_of_bars(tmp_path):
  """Standard error is a terminal and standard output is not, as in `t5x train | tee log`."""
  line = f'{sys.executable} {tmp_path}/bars.py > {tmp_path}/log'
  script(tmp_path)
  _, written = screens.run(['bash', '-c', line], 80, environment())
  assert 'training' in written and 'Warning' not in written
  assert (tmp_path / 'log').read_text().splitlines() == SAID


@pytest.mark.parametrize('others', [
    {'PYTHONIOENCODING': 'ascii'}, {'LC_ALL': 'C', 'PYTHONCOERCECLOCALE': '0', 'PYTHONUTF8': '0'}])
def test_bars_need_no_unicode(others, tmp_path):
  code, written = screens.run(script(tmp_path), 80, environment(**others))
  assert code == 0 and written.isascii() and 'training' in written
