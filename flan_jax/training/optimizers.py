"""Optimizers and learning-rate schedules, from Optax."""
import dataclasses

import optax

from flan_jax.errors import UserError, nearest


@dataclasses.dataclass(frozen=True)
class Schedule:
  """How the learning rate runs.

  Attributes:
    kind: 'constant'; 'rsqrt' (peak * sqrt(warmup / step) after the warm-up, T5's pretraining
      schedule); 'linear' or 'cosine' (down to zero at `decay_steps`).
    learning_rate: the peak.
    warmup_steps: steps of linear rise from zero to the peak.
    decay_steps: step at which 'linear' and 'cosine' reach zero.
  """

  kind: str = 'constant'
  learning_rate: float = 1e-3
  warmup_steps: int = 0
  decay_steps: int = 0

  def __post_init__(self):
    if self.kind not in _KINDS:
      raise UserError(f'there is no schedule {self.kind!r}', 'Schedule.kind',
                      nearest(self.kind, _KINDS))
    if self.kind in ('linear', 'cosine') and self.decay_steps <= self.warmup_steps:
      raise UserError(
          f'decay_steps={self.decay_steps} is not behind warmup_steps={self.warmup_steps}',
          'Schedule.decay_steps', 'Set it to the number of training steps.')

  def build(self) -> optax.Schedule:
    """A function from step to learning rate."""
    decays = {
        'constant': lambda: optax.constant_schedule(self.learning_rate),
        'rsqrt': self._rsqrt,
        'linear': lambda: optax.linear_schedule(self.learning_rate, 0.0, self._after_warmup),
        'cosine': lambda: optax.cosine_decay_schedule(self.learning_rate, self._after_warmup),
    }
    if not self.warmup_steps:
      return decays[self.kind]()
    warmup = optax.linear_schedule(0.0, self.learning_rate, self.warmup_steps)
    return optax.join_schedules([warmup, decays[self.kind]()], [self.warmup_steps])

  @property
  def _after_warmup(self) -> int:
    return self.decay_steps - self.warmup_steps

  def _rsqrt(self) -> optax.Schedule:
    start = max(self.warmup_steps, 1)
    return lambda step: self.learning_rate * (start / (start + step)) ** 0.5


_KINDS = ('constant', 'rsqrt', 'linear', 'cosine')


@dataclasses.dataclass(frozen=True)
class Adafactor:
  """Adafactor with T5's settings (Shazeer and Stern, arXiv 1804.04235; T5, section 3.1.2).

  Second moments of matrices with both sides of at least `min_dim_size_to_factor` are kept as row
  and column means; updates are clipped to a root mean square of `clipping_threshold` and scaled
  by that of the parameter. No momentum.
  """

  schedule: Schedule = Schedule()
  decay_rate: float = 0.8
  min_dim_size_to_factor: int = 128
  multiply_by_parameter_scale: bool = True
  clipping_threshold: float = 1.0
  weight_decay: float = 0.0
  clip_gradient_norm: float | None = None

  def build(self) -> optax.GradientTransformation:
    """The optax transformation."""
    rule = optax.adafactor(
        learning_rate=self.schedule.build(),
        min_dim_size_to_factor=self.min_dim_size_to_factor,
        decay_rate=self.decay_rate,
        multiply_by_parameter_scale=self.multiply_by_parameter_scale,
        clipping_threshold=self.clipping_threshold,
        weight_decay_rate=self.weight_decay or None,
    )
    return _clipped(rule, self.clip_gradient_norm)


@dataclasses.dataclass(frozen=True)
class AdamW:
  """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)."""

  schedule: Schedule = Schedule()
  b1: float = 0.9
  b2: float = 0.999
  epsilon: float = 1e-8
  weight_decay: float = 0.0
  clip_gradient_norm: float | None = 1.0

  def build(self) -> optax.GradientTransformation:
    """The optax transformation."""
    rule = optax.adamw(self.schedule.build(), b1=self.b1, b2=self.b2, eps=self.epsilon,
                       weight_decay=self.weight_decay)
    return _clipped(rule, self.clip_gradient_norm)


Optimizer = Adafactor | AdamW


def _clipped(rule: optax.GradientTransformation, norm: float | None):
  return optax.chain(optax.clip_by_global_norm(norm), rule) if norm else rule
