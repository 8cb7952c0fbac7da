"""When checkpoints are written, and which of them stay."""
import dataclasses

from flan_jax import checks


@dataclasses.dataclass(frozen=True)
class Policy:
  """When checkpoints are written and which are kept.

  Attributes:
    period: steps between two checkpoints; the last step always has one.
    keep: how many of the newest stay; None keeps all.
  """

  period: int = 1000
  keep: int | None = 3

  def __post_init__(self):
    checks.check(self, period=checks.whole(1), keep=checks.whole(1).or_none)
