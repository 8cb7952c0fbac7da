"""What the loop must not do at each step: move data unasked, or compile again."""
import contextlib
import dataclasses
import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax.training import loop
from flan_jax.training.observing import Observer


class Guarded(Observer):
  """Refuses transfers that nobody asked for, from the first report on.

  Before it the state is made and the step is compiled, which may move constants.
  """

  def __init__(self, stack):
    self._stack, self.steps = stack, []

  def reported(self, report):
    if not self.steps:
      self._stack.enter_context(jax.transfer_guard('disallow'))
    self.steps.append(report['step'])


@contextlib.contextmanager
def compilations():
  """The names of the programs that JAX compiles within it."""
  names = []

  class Handler(logging.Handler):
    def emit(self, record):
      if record.getMessage().startswith('Compiling '):
        names.append(record.getMessage().split()[1])

  logger, handler = logging.getLogger('jax._src.interpreters.pxla'), Handler(logging.DEBUG)
  level = logger.level
  logger.addHandler(handler)
  logger.setLevel(logging.DEBUG)
  try:
    yield names
  finally:
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_the_guard_sees_what_is_moved_unasked():
  with jax.transfer_guard('disallow'), pytest.raises(Exception, match='[Dd]isallowed'):
    jnp.add(jnp.ones(3), np.ones(3)).block_until_ready()


def test_no_step_moves_data_unasked(config):
  config = dataclasses.replace(config, report_period=1)
  with contextlib.ExitStack() as stack:
    guarded = Guarded(stack)
    loop.train(loop.build(config), {}, [guarded])
  assert guarded.steps == [1, 2, 3, 4, 5, 6]


class AfterFirst(Observer):
  """Counts the programs compiled from the second report on."""

  def __init__(self, names):
    self._names, self.before = names, None

  def reported(self, report):
    if self.before is None:
      self.before = len(self._names)


def test_the_step_is_compiled_once_and_nothing_after_it(config):
  config = dataclasses.replace(config, report_period=1)
  with compilations() as names:
    observer = AfterFirst(names)
    loop.train(loop.build(config), {}, [observer])
  assert sum('step' in name for name in names) == 1, names
  assert names[observer.before:] == []
