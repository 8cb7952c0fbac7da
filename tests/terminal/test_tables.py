"""Tables fit the terminal and say what they left out; pipes get everything."""
import re

import pytest

from flan_jax.terminal import listings, screen
from flan_jax.terminal.results import results_table
from flan_jax.terminal.tables import table
from tests.command_line import T5X
from tests.terminal import screens

ROWS = (
    ('name', 'words', 'n', 'share'),
    ('a_rather_long_name', 'some words that may be wrapped', '3', '12 %'))


@pytest.fixture
def at_width(monkeypatch):
  return lambda columns: monkeypatch.setattr(screen, 'width', lambda: columns)


def results(names, mixture='nli'):
  dataset = {
      'split': 'test', 'n': 100, 'chance': 0.5, 'mean': 0.514, 'std': 0.01, 'stderr': 0.043,
      'best_dev_template': {'template': 1, 'value': 0.5}, 'as_given': False, 'trained_on': False,
      'metric': 'accuracy', 'rate': True, 'less_is_better': False}
  cluster = {'as_given': False, 'trained_on': False, 'chance': 0.5, 'mean': 0.514, 'stderr': 0.04}
  return {'step': 150, 'mixture': mixture, 'sample_data': True, 'tasks': {},
          'datasets': dict.fromkeys(names, dataset), 'clusters': {'nli': cluster}}


def rows_of(text):
  return [line for line in text.splitlines() if re.match('rte|mine|dataset', line)]


def test_pipes_get_every_column(at_width):
  at_width(None)
  lines = table(ROWS, left=2).splitlines()
  assert lines == [
      'name                words                           n  share',
      '------------------------------------------------------------',
      'a_rather_long_name  some words that may be wrapped  3   12 %']


@pytest.mark.parametrize('columns', [20, 30, 40, 50, 59, 60])
def test_tables_fit_and_name_what_is_left_out(at_width, columns):
  at_width(columns)
  shown = table(ROWS, left=2, wraps=(1,))
  assert max(map(len, shown.splitlines())) <= columns
  head, said = shown.splitlines()[0], ' '.join(shown.split())
  gone = [name for name in ROWS[0] if name not in head.split()]
  assert ('Left out at this width' in said) == bool(gone)
  assert said.endswith(f'Left out at this width: {", ".join(gone)}.') or not gone
  assert head.startswith('name')


def test_columns_leave_in_the_order_asked_for(at_width):
  at_width(40)
  assert table(ROWS, left=2, leaves=(1, 2, 3)).splitlines()[0].split() == ['name', 'n', 'share']


def test_wide_characters_take_two_columns(at_width):
  at_width(None)
  assert table((('name', 'n'), ('日本語', '1'))).splitlines()[2] == '日本語  1'


def test_results_drop_the_papers_columns_from_the_right(at_width):
  shown = {}
  for columns in (80, 200, None):
    at_width(columns)
    shown[columns] = results_table(results(['rte', 'mnli_mismatched']))
  assert max(map(len, shown[80].splitlines())) <= 80
  assert 'Left out at this width: LaMDA-PT, GPT-3.' in shown[80].splitlines()
  assert 'The column on the right is' in shown[80] and 'FLAN 137B' in rows_of(shown[80])[0]
  assert shown[200].replace('\n', ' ') == shown[None].replace('\n', ' ')
  assert 'The three columns on the right are' in shown[200]


def test_datasets_that_the_paper_has_not_are_shown_without_its_columns(at_width):
  at_width(None)
  text = results_table(results(['mine']))
  assert '|' not in text and 'paper' not in text and 'FLAN' not in text


@pytest.mark.parametrize('columns', [80, 200])
def test_the_collection_fits(at_width, columns):
  at_width(columns)
  described = [{
      'name': 'wiki_lingua_english_en', 'dataset': 'wiki_lingua', 'in_paper': True, 'templates': 10,
      'cluster': 'reading_comprehension_with_commonsense', 'source': 'gem/wiki_lingua_english_en',
      'forward_templates': 9, 'metrics': ['rouge1', 'rouge2', 'rougeL', 'exact_match']}]
  text = listings.datasets_table(described)
  assert max(map(len, text.splitlines())) <= columns
  assert ('Left out at this width: source' in text) == (columns == 80)


@pytest.mark.parametrize('columns, gone', [(80, 'source, templates, forward, metrics'), (240, '')])
def test_a_command_fits_the_terminal_that_it_runs_in(columns, gone, tmp_path):
  code, written = screens.run([*T5X, 'datasets'], columns, {'TERM': 'xterm'}, cwd=tmp_path)
  shown, _ = screens.lines(written)
  assert code == 0 and max(map(len, shown)) <= columns
  assert ([line for line in shown if line.startswith('Left out')]
          == [f'Left out at this width: {gone}.'] * bool(gone))
