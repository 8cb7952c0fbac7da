"""Observers are told in turn, as often as they ask."""
import types

import pytest

from flan_jax.errors import UserError
from flan_jax.training import observing
from flan_jax.training.observing import Cadence, Observer, Observers, PeriodicWork


class Steps(Observer):

  def __init__(self, cadence, told):
    self.cadence, self._told = cadence, told

  def reported(self, report):
    self._told.append(report['step'])

  def stopped(self, error):
    self._told.append(error)
    raise RuntimeError('a bar that does not close')


def started(*observers, first=0, steps=50):
  several = Observers(observers)
  several.started(types.SimpleNamespace(config=types.SimpleNamespace(steps=steps)), first)
  return several


@pytest.mark.parametrize('cadence, first, expected', [
    (Observer.cadence, 0, [1, 10, 20, 30, 40, 50]),
    (Cadence(every_steps=20), 0, [20, 40, 50]),
    (Cadence(every_steps=15), 0, [20, 30, 50]),
    (Cadence(every_steps=20), 20, [40, 50]),
    (Cadence(every_minutes=60), 0, [50]),
    (Cadence(), 0, [50]),
])
def test_reports_come_as_often_as_asked_for_and_at_the_end(cadence, first, expected):
  told = []
  several = started(Steps(cadence, told), first=first)
  for step in (1, 10, 20, 30, 40, 50):
    if step > first:
      several.reported({'step': step})
  assert told == expected


def test_minutes_are_counted_from_the_last_report_told(monkeypatch):
  clock = iter(range(0, 10_000, 40))  # seconds
  monkeypatch.setattr(observing.time, 'monotonic', lambda: float(next(clock)))
  told = []
  several = started(Steps(Cadence(every_minutes=1), told))
  for step in range(1, 7):
    several.reported({'step': step})
  assert told == [2, 4, 6]


def test_all_are_told_that_a_run_has_stopped_whatever_one_of_them_does():
  told = []
  several = started(Steps(Cadence(), told), Steps(Cadence(), told))
  with pytest.raises(RuntimeError):
    several.stopped(None)
  error = ValueError('why the run stopped')
  several.stopped(error)  # does not hide the error with its own
  assert told == [None, None, error, error]


def test_work_is_due_at_its_period_and_at_the_end():
  due = lambda period: [
      step for step in range(9) if PeriodicWork(print, print, period).is_due(step, 8)]
  assert (due(3), due(0)) == ([3, 6, 8], [8])


def test_a_cadence_that_cannot_be_is_refused():
  with pytest.raises(UserError, match='every_steps'):
    Cadence(every_steps=0)
