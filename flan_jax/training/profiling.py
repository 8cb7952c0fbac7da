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
    start: the first one.
    stop: the last one.
  """

  start: int
  stop: int

  def __post_init__(self):
    checks.check(self, start=checks.whole(1), stop=checks.whole(1))
    if self.stop < self.start:
      raise checks.refusal(self, 'stop', f'{self.stop} is before {self.start}',
                           'Name the first step first.')


def parse(text: str) -> Steps:
  """Steps from 'start:stop'.

  Raises:
    UserError: it is something else.
  """
  start, colon, stop = text.partition(':')
  if not (colon and start.isdigit() and stop.isdigit() and 1 <= int(start) <= int(stop)):
    raise UserError(f'{text!r} is no range of steps', '--profile',
                    'Write the first and the last step to trace, counted from 1, such as 10:12.')
  return Steps(int(start), int(stop))


@contextlib.contextmanager
def tracing(steps: Steps | None, directory: epath.Path) -> Iterator['Tracer']:
  """A tracer that has ended its trace when the body is left, however that comes."""
  tracer = Tracer(steps, directory)
  try:
    yield tracer
  finally:
    tracer.stop()


class Tracer:
  """Traces the steps it is told of into a directory."""

  def __init__(self, steps: Steps | None, directory: epath.Path):
    self._steps, self._directory, self._on = steps, directory, False

  def step(self, number: int) -> contextlib.AbstractContextManager:
    """A context for a step, which marks it in the trace; begins the trace where it is time."""
    if self._steps and number == self._steps.start:
      jax.profiler.start_trace(str(self._directory))
      self._on = True
    if not self._on:
      return contextlib.nullcontext()
    return jax.profiler.StepTraceAnnotation('train', step_num=number)

  def done(self, number: int, results: object) -> None:
    """Ends the trace after its last step, when the devices have the step's results."""
    if self._on and number == self._steps.stop:
      jax.block_until_ready(results)
      self.stop()

  def stop(self) -> None:
    """Writes the trace out, if there is one."""
    if self._on:
      self._on = False
      jax.profiler.stop_trace()
      logging.info('Steps %d to %d are traced in %s.', self._steps.start, self._steps.stop,
                   self._directory)
