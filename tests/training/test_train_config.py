"""What decides a step's cost is one configuration, and the state is worked out from it once."""
import dataclasses
import subprocess
import sys

import pytest

from flan_jax import configuration, models
from flan_jax.checkpoints.store import Checkpoints
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning
from flan_jax.training import loop, restoring
from flan_jax.training import state as state_lib
from flan_jax.training.config import Guards, StepConfig
from flan_jax.training.optimizers import Adafactor, Group


def test_a_training_gives_the_step_all_that_decides_its_cost(config, vocabulary):
  training = dataclasses.replace(
      config, vocabulary=vocabulary, guards=Guards('skip'), accumulation=2, mesh={'data': 1},
      axis_rules={'length': 'tensor'}, tuning=Tuning(frozen='token_embedder'))
  step = training.step_config()
  assert (step.on_nonfinite, step.accumulation, step.mesh) == ('skip', 2, {'data': 1})
  assert dict(step.rules)['length'] == 'tensor' and step.tuning == training.tuning
  assert step.model == models.with_vocabulary_size(config.model, vocabulary.vocab_size)


def test_the_state_is_traced_once_a_start_and_once_more_where_it_is_made(config, monkeypatch):
  traced = []
  new = state_lib._new
  monkeypatch.setattr(state_lib, '_new', lambda *args: traced.append(args) or new(*args))
  state_lib._abstract_state.cache_clear()
  run = loop.build(dataclasses.replace(config, optimizer=Adafactor(groups=[Group('norm')])))
  restoring.begin(run, Checkpoints(config.model_dir), notice=print)
  assert len(traced) == 2


@pytest.mark.parametrize('name', ['configs.Job', 'job.Job'])
def test_a_step_goes_by_its_former_name_in_gin_files(name, tmp_path):
  file = tmp_path / 'old.gin'
  module = 'flan_jax' if name.startswith('configs') else 'flan_jax.planning'
  file.write_text(f"from __gin__ import dynamic_registration\nfrom {module} import "
                  f"{name.partition('.')[0]}\n{name}.batch_size = 24\n")
  files = ['gin/runs/plan.gin', 'gin/models/tiny.gin', str(file)]
  step = configuration.load(
      files, root='configs.StepConfig',
      known=configuration.macro_names('gin/runs/train.gin')).build(StepConfig)
  assert step.batch_size == 24


def test_a_vocabulary_that_is_not_there_is_named():
  with pytest.raises(UserError, match='no SentencePiece model'):
    StepConfig(
        models.T5Config(vocab_size=0), {'inputs': 8, 'targets': 8}, 1, vocabulary='/nowhere.model')


def test_a_step_is_planned_without_tensorflow():
  code = ('import sys, flan_jax.planning.compiled, flan_jax.planning.plan\n'
          'print({"seqio", "tensorflow", "orbax"} & set(sys.modules))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout == 'set()\n'
