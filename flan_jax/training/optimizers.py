"""Optimizers and learning-rate schedules, from Optax."""
from collections.abc import Callable, Sequence
import dataclasses
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from flan_jax import checks
from flan_jax.errors import UserError
from flan_jax.models import name_patterns
from flan_jax.partitioning import path_names

Tree = Any

# Weight decay pulls these to zero for nothing: norms' scales, biases, relative positions' biases.
_NOT_DECAYED = re.compile(r'norm|scale$|bias')


@dataclasses.dataclass(frozen=True)
class Schedule:
  """How the learning rate runs over the updates made so far.

  Those are the steps taken, but for steps that are skipped for numbers that are not finite: they
  change nothing, the learning rate neither.

  Attributes:
    kind: 'constant'; 'rsqrt' (peak * sqrt(warmup / step) after the warm-up); 'flat_rsqrt' (the
      same, but at the peak from the first step on: with a peak of 0.01 and a warm-up of 10,000
      steps it is 1 / sqrt(max(step, 10,000)), T5's pretraining schedule, arXiv 1910.10683, section
      3.1.2); 'linear' or 'cosine' (down to the floor at `decay_steps`).
    learning_rate: the peak.
    warmup_steps: steps of linear rise from zero to the peak; those at the peak for 'flat_rsqrt'.
    decay_steps: step at which 'linear' and 'cosine' reach the floor.
    floor: the learning rate below which none of them goes after the warm-up.
  """

  kind: str = 'constant'
  learning_rate: float = 1e-3
  warmup_steps: int = 0
  decay_steps: int = 0
  floor: float = 0.0

  def __post_init__(self):
    checks.check(
        self, kind=checks.choice(KINDS), learning_rate=checks.number(0),
        warmup_steps=checks.whole(0), decay_steps=checks.whole(0), floor=checks.number(0))
    if self.kind in ('linear', 'cosine') and self.decay_steps <= self.warmup_steps:
      raise checks.refusal(
          self, 'decay_steps',
          f'decay_steps={self.decay_steps} is not behind warmup_steps={self.warmup_steps}',
          'Set it to the number of training steps, and fewer WARMUP_STEPS.')
    if self.floor > self.learning_rate:
      raise checks.refusal(
          self, 'floor', f'{self.floor} is above the learning rate, which is '
          f'{self.learning_rate}', 'Use less, such as 0.0.')

  def build(self) -> optax.Schedule:
    """A function from step to learning rate."""
    decays = {
        'constant': lambda: optax.constant_schedule(self.learning_rate),
        'rsqrt': lambda: self._rsqrt(ahead=max(self.warmup_steps, 1)),
        'flat_rsqrt': lambda: self._rsqrt(ahead=0),
        'linear': lambda: optax.linear_schedule(
            self.learning_rate, self.floor, self._after_warmup),
        'cosine': lambda: optax.cosine_decay_schedule(
            self.learning_rate, self._after_warmup, self._floor_share),
    }
    if not self.warmup_steps or self.kind == 'flat_rsqrt':
      return decays[self.kind]()
    warmup = optax.linear_schedule(0.0, self.learning_rate, self.warmup_steps)
    return optax.join_schedules([warmup, decays[self.kind]()], [self.warmup_steps])

  @property
  def _after_warmup(self) -> int:
    return self.decay_steps - self.warmup_steps

  @property
  def _floor_share(self) -> float:
    return self.floor / self.learning_rate if self.learning_rate else 0.0

  def _rsqrt(self, ahead: int) -> optax.Schedule:
    """Falls from step `warmup_steps` on; asked for steps that are counted from `ahead` on."""
    start = max(self.warmup_steps, 1)

    def rate(step):
      # While a warm-up lasts, this is asked for steps below 0, and not used.
      return jnp.maximum(
          self.learning_rate * (start / jnp.maximum(ahead + step, start)) ** 0.5, self.floor)

    return rate


KINDS = ('constant', 'rsqrt', 'flat_rsqrt', 'linear', 'cosine')


@dataclasses.dataclass(frozen=True)
class Group:
  """Parameters that train differently from the rest.

  Attributes:
    pattern: regular expression, looked for in names such as 'token_embedder.embedding'.
    learning_rate_factor: the learning rate is multiplied by it.
    schedule: instead of the optimizer's.
    weight_decay: instead of the optimizer's, and of all the group's parameters, norms too.
  """

  pattern: str
  learning_rate_factor: float = 1.0
  schedule: Schedule | None = None
  weight_decay: float | None = None

  def __post_init__(self):
    checks.check(
        self, pattern=checks.pattern(), learning_rate_factor=checks.number(0),
        schedule=checks.instance(Schedule, noun='a Schedule').or_none,
        weight_decay=checks.number(0).or_none)


# What all optimizers have.
_SHARED = {
    'schedule': checks.instance(Schedule, noun='a Schedule'),
    'weight_decay': checks.number(0),
    'clip_gradient_norm': checks.number(above=0).or_none,
    'groups': checks.instances(Group, 'Groups'),
}


@dataclasses.dataclass(frozen=True)
class Adafactor:
  """Adafactor with T5's settings (Shazeer and Stern, arXiv 1804.04235; T5, section 3.1.2).

  Second moments of matrices with both sides of at least `min_dim_size_to_factor` are kept as row
  and column means; updates are clipped to a root mean square of `clipping_threshold` and scaled
  by that of the parameter. No momentum. A step takes the share `weight_decay` off a parameter,
  whatever the learning rate.
  """

  schedule: Schedule = Schedule()
  decay_rate: float = 0.8
  min_dim_size_to_factor: int = 128
  multiply_by_parameter_scale: bool = True
  clipping_threshold: float = 1.0
  weight_decay: float = 0.0
  clip_gradient_norm: float | None = None
  groups: Sequence[Group] = ()

  def __post_init__(self):
    checks.check(
        self, **_SHARED | {'weight_decay': checks.number(0, below=1)},
        decay_rate=checks.number(above=0, below=1), min_dim_size_to_factor=checks.whole(1),
        multiply_by_parameter_scale=checks.truth(), clipping_threshold=checks.number(above=0))
    _make_hashable(self)

  def build(self) -> optax.GradientTransformation:
    """The optax transformation."""
    return _in_groups(self)

  def rule(self, learning_rate: optax.Schedule, weight_decay: float,
           decayed: 'Mask | None') -> optax.GradientTransformation:
    """What a group's parameters are updated by; `decayed` tells which are decayed."""
    return _layer_by_layer(optax.adafactor(
        learning_rate=learning_rate,
        min_dim_size_to_factor=self.min_dim_size_to_factor,
        decay_rate=self.decay_rate,
        multiply_by_parameter_scale=self.multiply_by_parameter_scale,
        clipping_threshold=self.clipping_threshold,
        weight_decay_rate=weight_decay or None,
        weight_decay_mask=decayed,
    ))


@dataclasses.dataclass(frozen=True)
class AdamW:
  """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101)."""

  schedule: Schedule = Schedule()
  b1: float = 0.9
  b2: float = 0.999
  epsilon: float = 1e-8
  weight_decay: float = 0.0
  clip_gradient_norm: float | None = 1.0
  groups: Sequence[Group] = ()

  def __post_init__(self):
    share = checks.number(0, below=1)
    checks.check(self, **_SHARED, b1=share, b2=share, epsilon=checks.number(0))
    _make_hashable(self)

  def build(self) -> optax.GradientTransformation:
    """The optax transformation."""
    return _in_groups(self)

  def rule(self, learning_rate: optax.Schedule, weight_decay: float,
           decayed: 'Mask | None') -> optax.GradientTransformation:
    """What a group's parameters are updated by; `decayed` tells which are decayed."""
    return optax.adamw(learning_rate, b1=self.b1, b2=self.b2, eps=self.epsilon,
                       weight_decay=weight_decay, mask=decayed)


@dataclasses.dataclass(frozen=True)
class ScaledAdamW(AdamW):
  """AdamW whose updates are scaled by the parameter's root mean square, as Adafactor's are.

  Learning rates are then those of Adafactor: relative to the size of a parameter. The scaling by
  `max(0.001, RMS(parameter))` is that of nanoT5's AdamW (Nawrot, arXiv 2309.02373, section 3);
  clipping an update to a root mean square of `clipping_threshold` before that, Adafactor's
  (arXiv 1804.04235, section 6); None leaves it out. The decay is AdamW's.
  """

  clipping_threshold: float | None = 1.0

  def __post_init__(self):
    super().__post_init__()
    checks.check(self, clipping_threshold=checks.number(above=0).or_none)

  def rule(self, learning_rate: optax.Schedule, weight_decay: float,
           decayed: 'Mask | None') -> optax.GradientTransformation:
    """What a group's parameters are updated by; `decayed` tells which are decayed."""
    threshold = self.clipping_threshold
    return _layer_by_layer(optax.chain(
        optax.scale_by_adam(b1=self.b1, b2=self.b2, eps=self.epsilon),
        optax.clip_by_block_rms(threshold) if threshold else optax.identity(),
        optax.scale_by_param_block_rms(min_scale=1e-3),
        optax.add_decayed_weights(weight_decay, mask=decayed),
        optax.scale_by_learning_rate(learning_rate),
    ))


Optimizer = Adafactor | AdamW | ScaledAdamW


def updates_made(optimizer_state: Tree) -> int:
  """How many updates an optimizer's state has seen; all of its counters agree."""
  counters = optax.tree_utils.tree_get_all_with_path(optimizer_state, 'count')
  return max((int(np.max(jax.device_get(count))) for _, count in counters), default=0)


Mask = Callable[[Tree], Tree]


def _make_hashable(optimizer: Optimizer) -> None:
  object.__setattr__(optimizer, 'groups', tuple(optimizer.groups))


def _in_groups(optimizer: Optimizer) -> optax.GradientTransformation:
  """The optimizer's rule for each group of parameters, and for the rest."""
  rule = optimizer.rule(optimizer.schedule.build(), optimizer.weight_decay, _decayed)
  if optimizer.groups:
    rules = {str(i): _group_rule(optimizer, g) for i, g in enumerate(optimizer.groups)}
    rule = optax.partition({**rules, 'rest': rule}, lambda tree: _labels(optimizer.groups, tree))
  norm = optimizer.clip_gradient_norm
  return optax.chain(optax.clip_by_global_norm(norm), rule) if norm else rule


def _group_rule(optimizer: Optimizer, group: Group) -> optax.GradientTransformation:
  rate = (group.schedule or optimizer.schedule).build()
  scaled = lambda step: group.learning_rate_factor * rate(step)
  if group.weight_decay is None:
    return optimizer.rule(scaled, optimizer.weight_decay, _decayed)
  return optimizer.rule(scaled, group.weight_decay, None)


def _labels(groups: Sequence[Group], parameters: Tree) -> Tree:
  """For each parameter the place of the first group that its name fits, else 'rest'."""
  def label(name):
    fitting = (str(i) for i, group in enumerate(groups) if re.search(group.pattern, name))
    return next(fitting, 'rest')

  labels = _by_name(label, parameters)
  names = [name for name, _ in _named(parameters)]
  for i, group in enumerate(groups):
    name_patterns.check(group.pattern, names, 'PARAMETER_GROUPS')
    if str(i) not in jax.tree.leaves(labels):
      raise UserError(f'no parameter is left for the group {group.pattern!r}', 'Group.pattern',
                      'Names are such as token_embedder.embedding; the first group that fits has '
                      'a parameter, and only what trains counts.')
  return labels


def _layer_by_layer(rule: optax.GradientTransformation) -> optax.GradientTransformation:
  """A rule that looks at whole parameters, made to look at each layer where layers are stacked.

  So a model trains the same with `scan_layers` and without.
  """
  each_layer = optax.GradientTransformation(jax.vmap(rule.init), jax.vmap(rule.update))

  def split(tree):
    heights = {str(len(leaf)) for name, leaf in _named(tree) if _is_stacked(name)}
    if not heights:
      return rule
    return optax.partition({**dict.fromkeys(heights, each_layer), 'rest': rule}, _heights)

  return optax.GradientTransformation(
      lambda parameters: split(parameters).init(parameters),
      lambda updates, state, parameters=None: split(updates).update(updates, state, parameters))


def _heights(tree: Tree) -> Tree:
  """For each parameter the number of layers stacked in it, or 'rest'."""
  return jax.tree_util.tree_map_with_path(
      lambda path, leaf: str(len(leaf)) if _is_stacked(_name(path)) else 'rest', tree)


def _is_stacked(name: str) -> bool:
  return 'layers' in name.split('.')


def _decayed(parameters: Tree) -> Tree:
  """Whether weight decay is for a parameter, by its name."""
  return _by_name(lambda name: not _NOT_DECAYED.search(name), parameters)


def _by_name(value: Callable[[str], Any], parameters: Tree) -> Tree:
  """The tree with a value for each parameter's name."""
  return jax.tree_util.tree_map_with_path(lambda path, _: value(_name(path)), parameters)


def _named(tree: Tree) -> list[tuple[str, Any]]:
  return [(_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]


def _name(path: Any) -> str:
  return '.'.join(path_names(path))
