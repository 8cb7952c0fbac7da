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

# Parameters without weight decay: scales of norms, biases, biases of relative positions. They are
# few, and pulling them to zero changes the model without regularizing it.
_NOT_DECAYED = re.compile(r'norm|scale$|bias')


@dataclasses.dataclass(frozen=True)
class Schedule:
  """The learning rate as a function of the number of updates so far.

  A step that was skipped because a number was not finite is no update, and does not change the
  learning rate.

  Attributes:
    kind: 'constant'; 'rsqrt' (peak * sqrt(warmup / step) after the warm-up); 'flat_rsqrt' (the
      same, but at the peak during the warm-up: with a peak of 0.01 and a warm-up of 10,000 steps
      it is 1 / sqrt(max(step, 10,000)), T5's pretraining schedule, arXiv 1910.10683, section
      3.1.2); 'linear' or 'cosine' (down to the floor at `decay_steps`).
    learning_rate: the peak.
    warmup_steps: steps in which the rate rises linearly from zero to the peak; for 'flat_rsqrt',
      steps at the peak.
    decay_steps: the step at which 'linear' and 'cosine' reach the floor.
    floor: the lowest learning rate after the warm-up.
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
          self, 'decay_steps', f'the schedule ends at step {self.decay_steps}, but its warmup '
          f'takes {self.warmup_steps} steps', 'Train longer, or set fewer WARMUP_STEPS.')
    if self.floor > self.learning_rate:
      raise checks.refusal(
          self, 'floor', f'{self.floor} is above the learning rate of '
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
    """A schedule that falls from step `warmup_steps` on.

    Args:
      ahead: the number of steps before this schedule begins, because `optax.join_schedules` counts
        its steps from the end of the warm-up.
    """
    start = max(self.warmup_steps, 1)

    def rate(step):
      # `join_schedules` evaluates this during the warm-up too, with steps below 0, and then drops
      # the result. The maximum keeps it finite.
      return jnp.maximum(
          self.learning_rate * (start / jnp.maximum(ahead + step, start)) ** 0.5, self.floor)

    return rate


KINDS = ('constant', 'rsqrt', 'flat_rsqrt', 'linear', 'cosine')


@dataclasses.dataclass(frozen=True)
class Group:
  """Parameters that train differently from the rest.

  Attributes:
    pattern: regular expression; a parameter is in the group if it matches anywhere in the name,
      such as 'token_embedder.embedding'.
    learning_rate_factor: multiplies the learning rate.
    schedule: replaces the optimizer's schedule.
    weight_decay: replaces the optimizer's weight decay, and applies to all parameters of the group,
      even to norms.
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


# Rules for the fields that all optimizers have.
_SHARED = {
    'schedule': checks.instance(Schedule, noun='a Schedule'),
    'weight_decay': checks.number(0),
    'clip_gradient_norm': checks.number(above=0).or_none,
    'groups': checks.instances(Group, 'Groups'),
}


@dataclasses.dataclass(frozen=True)
class Adafactor:
  """Adafactor with T5's settings (Shazeer and Stern, arXiv 1804.04235; T5, section 3.1.2).

  If both sides of a matrix are at least `min_dim_size_to_factor`, its second moments are kept as
  row and column means. Updates are clipped to a root mean square of `clipping_threshold` and scaled
  by the root mean square of the parameter. There is no momentum. Weight decay subtracts the share
  `weight_decay` of a parameter in each step, regardless of the learning rate.
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
    """The transformation for a group of parameters; `decayed` selects those that decay."""
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
    """The transformation for a group of parameters; `decayed` selects those that decay."""
    return optax.adamw(learning_rate, b1=self.b1, b2=self.b2, eps=self.epsilon,
                       weight_decay=weight_decay, mask=decayed)


@dataclasses.dataclass(frozen=True)
class ScaledAdamW(AdamW):
  """AdamW whose updates are scaled by the parameter's root mean square, as in Adafactor.

  The learning rate is relative to the size of a parameter, so Adafactor's rates can be used. The
  scaling by `max(0.001, RMS(parameter))` is nanoT5's (Nawrot, arXiv 2309.02373, section 3). Before
  the scaling, an update is clipped to a root mean square of `clipping_threshold`, as in Adafactor
  (arXiv 1804.04235, section 6); None turns this off. The weight decay is AdamW's.
  """

  clipping_threshold: float | None = 1.0

  def __post_init__(self):
    super().__post_init__()
    checks.check(self, clipping_threshold=checks.number(above=0).or_none)

  def rule(self, learning_rate: optax.Schedule, weight_decay: float,
           decayed: 'Mask | None') -> optax.GradientTransformation:
    """The transformation for a group of parameters; `decayed` selects those that decay."""
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
  """The number of updates of an optimizer's state; all of its counters agree."""
  counters = optax.tree_utils.tree_get_all_with_path(optimizer_state, 'count')
  return max((int(np.max(jax.device_get(count))) for _, count in counters), default=0)


Mask = Callable[[Tree], Tree]


def _make_hashable(optimizer: Optimizer) -> None:
  object.__setattr__(optimizer, 'groups', tuple(optimizer.groups))


def _in_groups(optimizer: Optimizer) -> optax.GradientTransformation:
  """One transformation: each group has its own rule, all other parameters the optimizer's."""
  rule = optimizer.rule(optimizer.schedule.build(), optimizer.weight_decay, _decayed)
  if optimizer.groups:
    rules = {str(i): _group_rule(optimizer, g) for i, g in enumerate(optimizer.groups)}
    rule = optax.partition({**rules, 'rest': rule}, lambda tree: _labels(optimizer.groups, tree))
  # The norm is over the gradients of all groups, so clipping is outside of the partition.
  norm = optimizer.clip_gradient_norm
  return optax.chain(optax.clip_by_global_norm(norm), rule) if norm else rule


def _group_rule(optimizer: Optimizer, group: Group) -> optax.GradientTransformation:
  rate = (group.schedule or optimizer.schedule).build()
  scaled = lambda step: group.learning_rate_factor * rate(step)
  # A group with its own decay has named its parameters, so no mask exempts norms.
  if group.weight_decay is None:
    return optimizer.rule(scaled, optimizer.weight_decay, _decayed)
  return optimizer.rule(scaled, group.weight_decay, None)


def _labels(groups: Sequence[Group], parameters: Tree) -> Tree:
  """For each parameter the number of the first group whose pattern matches its name, or 'rest'."""
  def label(name):
    fitting = (str(i) for i, group in enumerate(groups) if re.search(group.pattern, name))
    return next(fitting, 'rest')

  labels = _by_name(label, parameters)
  names = [name for name, _ in _named(parameters)]
  for i, group in enumerate(groups):
    name_patterns.check(group.pattern, names, 'PARAMETER_GROUPS')
    if str(i) not in jax.tree.leaves(labels):
      raise UserError(f'no parameter is left for the group {group.pattern!r}', 'Group.pattern',
                      'A parameter belongs to the first group that matches its name (such as '
                      'token_embedder.embedding), and frozen parameters to none.')
  return labels


def _layer_by_layer(rule: optax.GradientTransformation) -> optax.GradientTransformation:
  """Applies a rule to each layer of stacked parameters separately.

  The rule uses statistics of a whole parameter, such as its root mean square. With `scan_layers` a
  parameter has a leading axis of layers. Statistics over all layers would differ from those of one
  layer, and `scan_layers` would change the training. So the rule is mapped over the layers.
  """
  each_layer = optax.GradientTransformation(jax.vmap(rule.init), jax.vmap(rule.update))

  # vmap needs the same leading size in the whole tree, and encoder and decoder may differ in their
  # number of layers. So parameters are grouped by this number.
  def split(tree):
    heights = {str(len(leaf)) for name, leaf in _named(tree) if _is_stacked(name)}
    if not heights:
      return rule
    return optax.partition({**dict.fromkeys(heights, each_layer), 'rest': rule}, _heights)

  return optax.GradientTransformation(
      lambda parameters: split(parameters).init(parameters),
      lambda updates, state, parameters=None: split(updates).update(updates, state, parameters))


def _heights(tree: Tree) -> Tree:
  """For each parameter the number of its stacked layers, or 'rest'."""
  return jax.tree_util.tree_map_with_path(
      lambda path, leaf: str(len(leaf)) if _is_stacked(_name(path)) else 'rest', tree)


def _is_stacked(name: str) -> bool:
  return 'layers' in name.split('.')


def _decayed(parameters: Tree) -> Tree:
  """Whether weight decay applies, for each parameter, decided by its name."""
  return _by_name(lambda name: not _NOT_DECAYED.search(name), parameters)


def _by_name(value: Callable[[str], Any], parameters: Tree) -> Tree:
  """A tree with `value(name)` in place of each parameter."""
  return jax.tree_util.tree_map_with_path(lambda path, _: value(_name(path)), parameters)


def _named(tree: Tree) -> list[tuple[str, Any]]:
  return [(_name(path), leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(tree)]


def _name(path: Any) -> str:
  return '.'.join(path_names(path))
