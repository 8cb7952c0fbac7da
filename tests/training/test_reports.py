"""Reports say what happened: the rate that was used, speeds of training alone."""
import math
import time

import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax.partitioning import chips
from flan_jax.stream.prepared.pipeline import TrainingTask
from flan_jax.training import optimizers
from flan_jax.training.metrics import Meter, StepCost

TASKS = [TrainingTask('rte', 'nli', 1.0)]


def sums(skipped=False):
  numbers = {'loss': 2.0, 'z_loss': 0.1, 'correct': 1.0, 'weights': 4.0, 'input_tokens': 12.0,
             'gradient_norm': 1.0, 'task_loss': [2.0], 'task_weights': [4.0],
             'task_examples': [1.0], 'task_truncated': [0.0],
             'task_targets_truncated': [0.0]}
  numbers = {name: np.float32(value) * (not skipped) for name, value in numbers.items()}
  return {**numbers, 'nonfinite_loss': np.float32(skipped), 'nonfinite_gradient': np.float32(0)}


def test_the_learning_rate_reported_is_that_of_the_last_update_not_of_the_last_step():
  meter = Meter(TASKS, lambda updates: 0.1 * updates, updates=5)
  rates = []
  for skipped in ([False], [False, True], [True, True], [True, False]):
    for each in skipped:
      meter.add(sums(each))
    rates.append(meter.report(0, rows=1)['learning_rate'])
  assert rates == [pytest.approx(0.5), pytest.approx(0.6), pytest.approx(math.nan, nan_ok=True),
                   pytest.approx(0.7)]


@pytest.mark.parametrize('optimizer', [
    optimizers.Adafactor(), optimizers.AdamW(),
    optimizers.AdamW(groups=[optimizers.Group('a', 0.5)]), optimizers.ScaledAdamW()], ids=str)
def test_an_optimizer_counts_the_updates_that_it_made(optimizer):
  rule = optimizer.build()
  parameters = {'a': {'kernel': jnp.ones((2, 2))}, 'layers': {'kernel': jnp.ones((3, 2, 2))}}
  state = rule.init(parameters)
  for made in range(3):
    assert optimizers.updates_made(state) == made
    _, state = rule.update(parameters, state, parameters)


def test_what_is_no_training_is_in_no_speed():
  meter = Meter(TASKS, lambda updates: 0.1, 0, StepCost(flops=1000, peak=None))
  meter.add(sums())
  with meter.paused():
    time.sleep(0.3)
  report = meter.report(1, rows=1)
  assert report['seconds'] < 0.2
  assert (report['input_tokens'], report['target_tokens']) == (12, 4)
  assert report['tokens_per_second'] == pytest.approx(16 / report['seconds'])
  assert report['target_tokens_per_second'] == pytest.approx(4 / report['seconds'])
  assert report['model_flops_per_second'] == pytest.approx(1000 / report['seconds'])
  assert 'share_of_peak_flops_per_second' not in report


def test_the_share_of_the_peak_is_told_where_the_peak_is_known():
  device = lambda kind: type('Device', (), {'device_kind': kind})
  peak = chips.peak_flops([device('TPU v5 lite')] * 4)
  assert peak == 4 * 197e12
  assert chips.peak_flops([device('TPU v4'), device('cpu')]) is None
  assert chips.peak_flops([device('NVIDIA H100 PCIe')]) is None
  meter = Meter(TASKS, lambda updates: 0.1, 0, StepCost(flops=1e12, peak=peak))
  meter.add(sums())
  report = meter.report(1, rows=1)
  assert report['share_of_peak_flops_per_second'] == pytest.approx(
      report['model_flops_per_second'] / peak)
