import dataclasses

import pytest

from flan_jax import models
from flan_jax.training.loop import TrainConfig
from flan_jax.training.optimizers import Adafactor, Schedule

MODEL = models.T5Config(
    vocab_size=0, d_model=32, num_heads=2, head_dim=16, mlp_dim=64, num_encoder_layers=1,
    num_decoder_layers=1, dropout_rate=0.1, dtype='float32')


def short_run(folder):
  """A run of a few seconds."""
  return TrainConfig(
      model=MODEL, mixture='rte,bool_q', lengths={'inputs': 64, 'targets': 16}, steps=6,
      batch_size=8, model_dir=str(folder / 'run'), report_period=2,
      optimizer=Adafactor(Schedule(learning_rate=0.01)))


@pytest.fixture
def config(tmp_path):
  return short_run(tmp_path)


@dataclasses.dataclass
class Quiet:
  """A listener that keeps what it is told."""

  reports: list = dataclasses.field(default_factory=list)
  evaluated: list = dataclasses.field(default_factory=list)
  notices: list = dataclasses.field(default_factory=list)

  def started(self, run, first_step):
    self.run, self.first_step = run, first_step

  def prepared(self, manifest, done, total):
    pass

  def reported(self, report):
    self.reports.append(report)

  def evaluate(self, run, step, parameters):
    self.evaluated.append(step)

  def catch_up(self, run, step, parameters):
    self.evaluated.append(f'catch up {step}')

  def nothing_left(self, run, step, parameters):
    self.evaluated.append('nothing left')

  def noticed(self, text):
    self.notices.append(text)


@pytest.fixture
def listener():
  return Quiet()
