"""Traces of a few steps, for TensorBoard's profile page and XProf."""
from collections.abc import Iterator
import contextlib
import dataclasses

from absl import logging
from etils import epath
import jax

from flan_jax import checks
from flan_jax.errors import UserError

FOLDER = 'profile'


@dataclasses.dataclass(frozen=True)
class Steps:
  """The steps to trace.

  Attributes:
    start: the first step.
    stop: the last step, included.
  """

  start: int
  stop: int

  def __post_init__(self):
    checks.check(self, start=checks.whole(1), stop=checks.whole(1))
    if self.stop < self.start:
      raise checks.refusal(self, 'stop', f'{self.stop} is before {self.start}',
                           'Give the first step first.')


def parse(text: str) -> Steps:
  """Reads a range of steps such as '10:12'.

  Raises:
    UserError: the text has another form.
  """
  start, colon, stop = text.partition(':')
  if not (colon and start.isdigit() and stop.isdigit() and 1 <= int(start) <= int(stop)):
    raise UserError(f'{text!r} is not a range of steps', '--profile',
                    'Write the first and the last step to trace, such as 10:12; steps begin at 1.')
  return Steps(int(start), int(stop))


@contextlib.contextmanager
def tracing(steps: Steps | None, directory: epath.Path) -> Iterator['Tracer']:
  """A tracer. Its trace ends with the `with` block, also after an exception."""
  tracer = Tracer(steps, directory)
  try:
    yield tracer
  finally:
    tracer.stop()


class Tracer:
  """Writes a trace of the given steps into a directory."""

  def __init__(self, steps: Steps | None, directory: epath.Path):
    self._steps, self._directory, self._on = steps, directory, False

  def step(self, number: int) -> contextlib.AbstractContextManager:
    """A context that marks a step in the trace. The first step to trace starts the trace."""
    if self._steps and number == self._steps.start:
      jax.profiler.start_trace(str(self._directory))
      self._on = True
    if not self._on:
      return contextlib.nullcontext()
    return jax.profiler.StepTraceAnnotation('train', step_num=number)

  def done(self, number: int, results: object) -> None:
    """Ends the trace after its last step, once the devices have computed the step's results."""
    if self._on and number == self._steps.stop:
      # Steps are dispatched asynchronously: without the wait, the trace would end before the work.
      jax.block_until_ready(results)
      self.stop()

  def stop(self) -> None:
    """Ends the trace and writes it, if one has begun."""
    if self._on:
      self._on = False
      jax.profiler.stop_trace()
      logging.info('The trace of steps %d to %d is in %s.', self._steps.start, self._steps.stop,
                   self._directory)
