"""Messages name what people type: macros and flags, not classes and their fields."""
import pytest

from flan_jax import cli, configuration, models
from flan_jax.errors import UserError

MAIN = '--gin_file=gin/flan_holdout_nli.gin'


@pytest.mark.parametrize('flags, words', [
    (['--gin.TRAIN_STEPS=0'], ['--gin.TRAIN_STEPS=0: 0 is not possible']),
    (['--gin.LEARNING_RATE_SCHEDULE=linear', '--gin.WARMUP_STEPS=5000'],
     ['TRAIN_STEPS: the schedule ends', '5000 steps', 'fewer WARMUP_STEPS']),
])
def test_a_value_is_told_by_its_macro(flags, words, capsys):
  assert cli.main(['train', MAIN, *flags, '--dry_run']) == 2
  said = capsys.readouterr().err
  for word in words:
    assert word in said
  assert 'Config' not in said and 'decay_steps' not in said


def test_a_value_found_wrong_later_is_told_by_the_flag_that_gave_it():
  configuration.load(['gin/flan_holdout_nli.gin'], ['configs.T5Config.vocab_size = 5'])
  with pytest.raises(UserError) as problem:
    models.with_vocabulary_size(models.T5Config(vocab_size=5), 100)
  assert configuration.in_typed_words(problem.value).where == '--gin.configs.T5Config.vocab_size=5'


@pytest.mark.parametrize('line, words', [
    ('configs.Run.training = @configs.TrainConfig()',
     ['nothing sets MODEL, MIXTURE_OR_TASK_NAME', 'TRAIN_STEPS', 'gin/runs/train.gin']),
    ("include 'gin/flan_holdout_nli.gin'\nPARAMETER_GROUPS = [@configs.Group()]",
     ['nothing sets configs.Group.pattern', '--gin.configs.Group.pattern=VALUE']),
])
def test_what_nothing_sets_is_named_by_what_would_set_it(line, words, tmp_path):
  from flan_jax import api

  (tmp_path / 'mine.gin').write_text(
      f'from __gin__ import dynamic_registration\nfrom flan_jax import configs\n{line}\n')
  loaded = configuration.load([str(tmp_path / 'mine.gin')])
  with pytest.raises(UserError) as problem:
    loaded.build(api.Run)
  for word in words:
    assert word in str(problem.value)
