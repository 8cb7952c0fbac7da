"""Which parameters train: all, or those whose names match a pattern; and their running averages."""
from collections.abc import Callable, Mapping
import dataclasses
import re
from typing import Any

from flax import traverse_util
import jax
import jax.numpy as jnp

from flan_jax import checks
from flan_jax.errors import UserError
from flan_jax.models import name_patterns

Tree = Any

# Parameters that tuning adds to a model. If they train, the initial checkpoint may lack them; they
# then start with new values.
ADDED = re.compile('lora_|prompt')


@dataclasses.dataclass(frozen=True)
class Tuning:
  """Which parameters train, and whether their averages are kept.

  Patterns are regular expressions that are searched for in names such as
  'encoder.layers_0.attention.query.kernel': 'lora' matches every name that contains it, '^encoder'
  every name that begins with it.

  Attributes:
    trainable: the parameters that train. The others have neither gradients nor optimizer state,
      and a run that starts from a checkpoint leaves them out of its own checkpoints.
    frozen: parameters that do not train although `trainable` matches them.
    ema_decay: share of the old value in the running average that each step updates,
      `average = ema_decay * average + (1 - ema_decay) * parameter`; None keeps no average.
    evaluate_ema: evaluate the averages instead of the parameters while training.
  """

  trainable: str = '.*'
  frozen: str | None = None
  ema_decay: float | None = None
  evaluate_ema: bool = True

  def __post_init__(self):
    checks.check(
        self, trainable=checks.pattern(), frozen=checks.pattern().or_none,
        ema_decay=checks.number(0, below=1).or_none, evaluate_ema=checks.truth())

  def trains(self, name: str) -> bool:
    """Whether the parameter of this name trains."""
    frozen = self.frozen is not None and re.search(self.frozen, name)
    return bool(re.search(self.trainable, name)) and not frozen

  def split(self, parameters: Tree) -> tuple[Tree, Tree]:
    """Two trees: the parameters that train, and the rest. Leaves may be arrays, shapes, ..."""
    return select(parameters, self.trains), select(parameters, lambda n: not self.trains(n))

  def may_be_new(self, name: str) -> bool:
    """Whether a run may start from a checkpoint that lacks this parameter."""
    return self.trains(name) and bool(ADDED.search(name))

  def averages(self, parameters: Tree) -> Tree | None:
    """The initial averages: copies of the parameters that train; None if none are kept."""
    if self.ema_decay is None:
      return None
    # Copies: a step donates the parameters' buffers, which must not be the averages' too.
    return jax.tree.map(jnp.copy, self.split(parameters)[0])

  def updated_averages(self, averages: Tree | None, trained: Tree) -> Tree | None:
    """The running averages after one more step; None if none are kept."""
    if averages is None:
      return None
    decay = self.ema_decay
    return jax.tree.map(lambda a, p: decay * a + (1 - decay) * p, averages, trained)

  def check(self, parameters: Tree) -> None:
    """Raises UserError if a pattern matches nothing, or nothing trains, or an addition is frozen.

    Args:
      parameters: the model's parameters, or their shapes.
    """
    names = list(flatten(parameters))
    name_patterns.check(self.trainable, names, 'TRAINABLE')
    if self.frozen is not None:
      name_patterns.check(self.frozen, names, 'FROZEN')
    if not any(map(self.trains, names)):
      raise UserError(
          f'FROZEN {self.frozen!r} freezes all parameters that TRAINABLE {self.trainable!r} names',
          'FROZEN', 'Freeze less.')
    for kind in sorted({match.group() for n in names if (match := ADDED.search(n))}):
      added = [n for n in names if kind in n]
      if not any(map(self.trains, added)):
        raise UserError(
            f'{added[0]!r} and {len(added) - 1} more would keep their random initial values',
            'TRAINABLE', "Use 'lora', 'prompt' or both, 'lora|prompt'; or leave out what does not "
            'train, with LORA_RANK = 0 or PROMPT_LENGTH = 0.')


def merge(*parts: Tree) -> Tree:
  """Merges trees into one. If several trees have a name, the last one wins."""
  flat = {}
  for part in parts:
    flat.update(flatten(part))
  return _unflatten(flat)


def select(tree: Tree, wanted: Callable[[str], bool]) -> Tree:
  """The part of a tree with the names for which `wanted` is true."""
  return _unflatten({name: leaf for name, leaf in flatten(tree).items() if wanted(name)})


def flatten(tree: Tree) -> dict[str, Any]:
  """The leaves of a tree of dictionaries, by their paths joined with dots."""
  return traverse_util.flatten_dict(tree, sep='.')


def _unflatten(flat: Mapping[str, Any]) -> Tree:
  return traverse_util.unflatten_dict(flat, sep='.')
