"""Flags fit together: one word for a thing, spellings that people know, help that says it all."""
import argparse
import shlex
import subprocess
import sys

import pytest

from flan_jax import cli, configuration
from flan_jax.commands import COMMANDS, typed
from flan_jax.commands import eval as eval_command
from flan_jax.data import variants
from flan_jax.errors import UserError

NAMES = [command.name for command in COMMANDS]
EVAL = 'eval --checkpoint=x'


def parsed(line):
  return cli._parsed(shlex.split(line))


@pytest.mark.parametrize('typed_line, read', [
    ('train --gin-file=a-b.gin', 'train --gin_file=a-b.gin'),
    ('--gin_file=a.gin train', 'train --gin_file=a.gin'),
    ('--gin_file a.gin --n=1 train --dry-run', 'train --gin_file a.gin --n=1 --dry_run'),
    ('export_data rte', 'export-data rte'),
    ('train --gin.TRAIN-STEPS=3-4', 'train --gin.TRAIN_STEPS=3-4'),
    ('--version train', '--version train'),
])
def test_what_is_typed_is_brought_into_one_form(typed_line, read):
  assert typed.arranged(typed_line.split(), NAMES) == read.split()


@pytest.mark.parametrize('line, words', [
    ('trian', "'trian'. Did you mean 'train'?"), ('--gin-file=a.gin eval-data', "'eval-data'"),
    ('--gin_file=a.gin', 'no command'), ('preview rte --limit=0', '--limit'),
    ('infer --checkpoint=x --input=y', '--output'),
    ('preview rte --num-exmaples=3', '--num_examples'),
])
def test_a_slip_is_answered_in_one_line_with_what_was_typed(line, words, capsys):
  assert cli.main(line.split()) == 2
  said = capsys.readouterr().err
  assert words in said and len(said.splitlines()) == 1 and '/--' not in said


def test_alone_it_shows_help(capsys):
  assert cli.main([]) == 0
  assert 'COMMAND' in capsys.readouterr().out


def test_the_module_is_the_command_too():
  done = subprocess.run([sys.executable, '-m', 'flan_jax', '--version'], capture_output=True,
                        text=True, check=True)
  assert done.stdout.startswith('flan-jax ')


@pytest.mark.parametrize('line, field, value', [
    ('preview rte --limit=2', 'num_examples', 2), ('preview rte --n=2', 'num_examples', 2),
    (f'{EVAL} --limit 2', 'num_examples', 2), (f'{EVAL} --num_fewshot=4', 'num_fewshot', 4),
    (f'{EVAL} --tasks=rte,cb --mixture=wnli', 'mixture', ['rte', 'cb', 'wnli']),
    (f'{EVAL} --output_path=x', 'output_dir', 'x'),
    ('prepare rte --directory=x', 'output_dir', 'x'),
    ('export-data rte --output_path=x', 'output', 'x'),
    ('export-data rte --output_dir=x', 'output', 'x'),
    ('lint rte --tasks=cb,wnli', 'names', ['rte', 'cb', 'wnli']),
    ('preview --mixture=cb', 'names', ['cb']),
    ('train --gin_file=a,b --gin_file=c', 'gin_file', ['a', 'b', 'c']),
    ('train --module_import=a,b --module_import=c', 'module_import', ['a', 'b', 'c']),
    ('train --gin_search_paths=a,b --gin-search-paths=c', 'gin_search_paths', ['a', 'b', 'c']),
    ('train --seqio_additional_cache_dirs=a,b', 'seqio_additional_cache_dirs', ['a', 'b']),
    ('task new --csv=a.csv --labels=no,yes --labels=so', 'labels', ['no', 'yes', 'so']),
    ('plan --gin_file=x --tfds_data_dir=y', 'tfds_data_dir', 'y'),
])
def test_spellings_that_people_know_are_read(line, field, value):
  args, _ = parsed(line)
  assert getattr(args, field) == value


@pytest.mark.parametrize('value', [
    'rte', '"rte"', "'rte'", r'\"rte\"', r'\\"rte\\"', r'\'rte\'', '""rte""', '"\'rte\'"',
    '\'"rte"\'', r'"\"rte\""'])
def test_quotes_that_shells_left_are_read_as_the_string(value):
  (binding,), rest = configuration.rewrite_gin_args([f'--gin.NAME={value}'])
  assert binding in ("NAME = 'rte'", 'NAME = "rte"') and rest == []


@pytest.mark.parametrize('value', [
    '"it\'s"', "'a', 'b'", "['a', 'b']", "{'inputs': 512}", "''", '""', '1e-3', "'a \"b\" c'"])
def test_other_values_stay_as_they_are(value):
  assert configuration.rewrite_gin_args([f'--gin.NAME={value}'])[0] == [f'NAME = {value}']


def test_escaped_quotes_inside_a_table_are_mended():
  (binding,), _ = configuration.rewrite_gin_args([r'--gin.NAME={\"inputs\": 512}'])
  assert binding == 'NAME = {"inputs": 512}'


@pytest.mark.parametrize('line, evaluated', [
    (f'{EVAL} --gin.MIXTURE_OR_TASK_NAME=rte', '%MIXTURE_OR_TASK_NAME'),
    (f'{EVAL} --gin_file=gin/flan_holdout_nli.gin --gin.MIXTURE_OR_TASK_NAME=rte',
     '%MIXTURE_OR_TASK_NAME'),
    (f'{EVAL} --gin_file=gin/flan_holdout_nli.gin', None), (EVAL, None),
    (f'{EVAL} --gin.MIXTURE_OR_TASK_NAME=rte --gin.EVAL_MIXTURE_OR_TASK_NAME=cb', "'cb'"),
])
def test_an_evaluation_takes_the_mixture_of_t5x_where_nothing_else_is_named(line, evaluated):
  args, args.bindings = parsed(line)
  eval_command._take_mixture_of_t5x(args)
  bound = dict(binding.split(' = ') for binding in args.bindings)
  assert bound.get('EVAL_MIXTURE_OR_TASK_NAME') == evaluated


def test_shots_go_behind_each_name():
  assert variants.with_shots('rte', 0) == 'rte'
  assert variants.with_shots('nli, rte_template_3', 4) == 'nli_few_shot_4,rte_few_shot_4_template_3'
  assert variants.with_shots(['cb'], 2) == ['cb_few_shot_2']


@pytest.mark.parametrize('command', NAMES)
def test_help_fits_eighty_columns_and_tells_types_and_defaults(command, capsys, monkeypatch):
  monkeypatch.setenv('COLUMNS', '80')
  with pytest.raises(SystemExit):
    cli.main([command, '--help'])
  shown = capsys.readouterr().out
  assert max(map(len, shown.splitlines())) < 80 and 'tokenis' not in shown and ' None' not in shown


def arguments_of(command):
  parser = cli._parser()
  subparsers, = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
  return subparsers.choices[command]._actions


def flags_of(command):
  return [a for a in arguments_of(command)
          if a.option_strings and a.help != argparse.SUPPRESS and '--help' not in a.option_strings]


def line_of(command):
  """What a command needs besides names: a word for what comes before them, and its flags."""
  arguments = arguments_of(command)
  words = [(a.choices or [a.dest])[0] for a in arguments
           if not a.option_strings and a.dest != 'names']
  return [command, *words], [f'{a.option_strings[0]}=x' for a in arguments if a.required
                             and a.option_strings]


TAKE_NAMES = [name for name in NAMES if any(a.dest == 'names' for a in arguments_of(name))]


@pytest.mark.parametrize('command', TAKE_NAMES)
def test_names_stand_before_and_behind_flags(command):
  begin, needed = line_of(command)
  for words in (['rte', 'cb', '--verbose'], ['--verbose', 'rte', 'cb'], ['rte', '--verbose', 'cb'],
                ['rte', '--gin_file', 'x', 'cb', '--verbose'], ['--verbose', 'rte', '--tasks=cb'],
                ['rte', '--gin.TRAIN_STEPS=3', 'cb']):
    args, _ = cli._parsed([*begin, *words, *needed])
    assert args.names == ['rte', 'cb'], words
    args, _ = cli._parsed([*begin, *needed, *words])
    assert args.names == ['rte', 'cb'], words


@pytest.mark.parametrize('command', NAMES)
def test_what_is_unknown_is_named_wherever_it_stands(command):
  begin, needed = line_of(command)
  wrong = [['--verbos'], ['rte', '--verbose', 'cb', '--verbos'], ['--verbos=1', '--verbose']]
  if command not in TAKE_NAMES:
    wrong = [['--verbos'], ['surplus'], ['--verbose', 'surplus']]
  for words in wrong:
    with pytest.raises(UserError, match=r'unknown argument (--verbos|surplus)\b'):
      cli._parsed([*begin, *needed, *words])


@pytest.mark.parametrize('command', NAMES)
def test_every_flag_says_what_it_is_and_of_what_type(command):
  for flag in flags_of(command):
    assert flag.help, flag.option_strings
    assert flag.nargs == 0 or flag.choices or flag.metavar is not None, flag.option_strings


@pytest.mark.parametrize('shell', ['bash', 'zsh', 'fish'])
def test_shells_are_told_commands_and_flags(shell, capsys):
  assert cli.main(['completion', shell]) == 0
  script = capsys.readouterr().out
  assert 'export-data' in script and 'num_examples' in script


def test_two_commands_in_one_process_know_nothing_of_each_other(monkeypatch):
  from absl import logging
  import seqio

  from flan_jax.commands import session
  from flan_jax.data.sources import choices

  given = []
  monkeypatch.setattr(seqio, 'set_tfds_data_dir_override', given.append)
  monkeypatch.setattr(choices, 'read_from', given.append)
  monkeypatch.setattr(choices, 'allow_redrawing', given.append)
  seqio.add_global_cache_dirs(['of_others'])
  session.set_up(parsed('train --tfds_data_dir=there --source=hub --redraw_slices --verbose '
                        '--seqio_additional_cache_dirs=a,b')[0])
  assert given == ['there', True, 'hub'] and logging.get_verbosity() == logging.INFO
  assert seqio.get_global_cache_dirs()[-3:] == ['of_others', 'a', 'b']
  given.clear()
  session.set_up(parsed('train')[0])
  assert given == [None, False, 'tfds'] and logging.get_verbosity() == logging.ERROR
  assert seqio.get_global_cache_dirs()[-1] == 'of_others'


def test_what_stands_in_the_place_of_a_command_is_named():
  with pytest.raises(UserError, match="no command 'lnit'.*'lint'"):
    typed.arranged(['lnit', 'rte'], NAMES)
