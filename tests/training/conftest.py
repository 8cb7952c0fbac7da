import pytest

from flan_jax import models
from flan_jax.training.loop import TrainConfig
from flan_jax.training.observing import Observer, PeriodicWork
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


class Kept(Observer):
  """Keeps what it is told, and when it was time to evaluate."""

  def __init__(self):
    self.reports, self.evaluated_steps, self.notices, self.told = [], [], [], []

  def started(self, run, first_step):
    self.run, self.first_step = run, first_step

  def reported(self, report):
    self.reports.append(report)

  def saved(self, step, folder):
    self.told.append(('saved', step, folder.name))

  def noticed(self, text):
    self.notices.append(text)

  def stopped(self, error):
    self.told.append(('stopped', error))

  def evaluation(self, period):
    """The work of evaluating, as a training is handed it."""
    return PeriodicWork(
        do=lambda run, step, parameters: self.evaluated_steps.append(step),
        catch_up=lambda run, step, parameters: self.evaluated_steps.append(f'catch up {step}'),
        every_steps=period)


@pytest.fixture
def observer():
  return Kept()
