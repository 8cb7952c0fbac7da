"""A flag that a command has no use for is refused in a line; none is taken and then left aside."""
import argparse

import pytest

from flan_jax import cli, configuration
from flan_jax.commands import COMMANDS, flags, session
from flan_jax.configuration import settings
from flan_jax.errors import UserError

INFER = ['infer', '--checkpoint=x', '--input=x', '--output=y']
MAIN = '--gin_file=gin/flan_holdout_nli.gin'
REFUSED = [
    *[[*command, flag] for command in (['datasets'], INFER, ['task', 'new', '--jsonl=x.jsonl'])
      for flag in ('--gin.TRAIN_STEPS=3', '--gin.NO_SUCH=3', '--gin_bindings=TRAIN_STEPS = 3',
                   '--gin_file=gin/flan_holdout_nli.gin', '--gin_file=')],
    ['datasets', '--tfds_data_dir=x'], [*INFER, '--tfds_data_dir=x'], [*INFER, '--redraw_slices'],
    [*INFER, '--module_import=x'], ['prepare', 'rte', '--seqio_additional_cache_dirs=x'],
    ['mixture', '--all', 'rte'], ['mixture', '--all', '--steps=3'],
    ['mixture', '--all', '--gin.TRAIN_STEPS=3'], ['mixture', '--all', MAIN],
    ['lint', '--all', 'rte'], ['lint', '--rules', 'rte'], ['lint', '--rules', '--all'],
    ['lint', '--rules', '--gin.NO_SUCH=3'],
    ['eval', '--checkpoint=x', MAIN, '--gin.loop.TrainConfig.steps=3'],
    ['train', MAIN, '--dry_run', '--gin.optimizers.AdamW.b1=0.5'],
    ['prepare', 'rte', '--gin.loop.TrainConfig.batch_sise=8'],
    *[[*command, flag] for command in (
        ['train', MAIN, '--dry_run'], ['eval', '--checkpoint=x'], ['preview', 'rte'],
        ['mixture', 'rte'], ['prepare', 'rte'], ['lint', 'rte'], ['doctor', 'rte'],
        ['export-data', 'rte', '--output=x.jsonl'], ['report', 'data', '--output=x.html'],
        ['plan', '--gin_file=gin/models/t5_1_1_small.gin'],
        ['precompile', '--gin_file=gin/models/t5_1_1_small.gin', '--topology=cpu:1'])
      for flag in ('--gin.NO_SUCH=3', '--gin_file=')],
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize('argv', REFUSED, ids=' '.join)
def test_a_flag_without_use_is_refused(argv, capfd):
  code = cli.main(argv)
  out, err = capfd.readouterr()
  assert (code, out, len(err.splitlines())) == (2, '', 1), err
  assert argv[-1].partition('=')[0] in err or argv[1] in err


def test_the_flags_of_a_training_serve_the_commands_that_look_at_its_data():
  given = ['LEARNING_RATE = 0.5', 'loop.TrainConfig.eval_period = 0', 'loop.TrainConfig.seed = 3']
  loaded = configuration.load(['gin/flan_holdout_nli.gin'], given, root=session.DATA_SETTINGS)
  assert loaded.build(settings.DataSettings).seed == 3


def test_what_another_package_may_use_by_itself_passes(tmp_path):
  (tmp_path / 'mine.gin').write_text(
      "from __gin__ import dynamic_registration\nimport json\n"
      "include 'gin/flan_holdout_nli.gin'\nINDENT = 2\njson.dumps.indent = %INDENT\n")
  loaded = configuration.load(['mine.gin'], ['INDENT = 3', 'json.dumps.sort_keys = True'])
  loaded.check_flags('Run')
  with pytest.raises(UserError, match='AdamW'):
    configuration.load(['mine.gin'], ['optimizers.AdamW.b1 = 0.5']).check_flags('Run')


def test_every_command_has_a_value_for_every_common_flag():
  for command in COMMANDS:
    parser = argparse.ArgumentParser()
    flags.shared_arguments(parser, command.without, command.ignores)
    assert {'gin_file', 'gin_bindings', 'gin_search_paths', 'tfds_data_dir', 'redraw_slices',
            'seqio_additional_cache_dirs', 'module_import', 'verbose'} <= set(
                vars(parser.parse_args([])))
