"""The part of a run's configuration that commands need which only read data."""
from collections.abc import Mapping
import dataclasses
from typing import Any

from flan_jax import checks, storage


@dataclasses.dataclass(frozen=True)
class TrainedOn:
  """The mixture of a training configuration; see `TrainConfig`.

  Attributes:
    mixture: names, with or without rates.
  """

  mixture: Any


@dataclasses.dataclass(frozen=True)
class DataSettings:
  """The part of a training configuration that its data depends on; see `TrainConfig`.

  Attributes:
    lengths: tokens of `inputs` and `targets` in a packed row.
    steps: steps of the run.
    batch_size: packed rows in a global batch.
    vocabulary: 'sample', a SentencePiece model's path, or a SeqIO vocabulary.
    seed: decides shuffling and mixing.
    prepared_dir: where tokenized data is kept; None for the cache directory.
    module: a module to import first; it registers tasks of your own.
    text: what to pretrain on, see `pretraining.register_own`.

  Raises:
    UserError: a value makes no sense.
  """

  lengths: Mapping[str, int]
  steps: int
  batch_size: int
  vocabulary: Any = 'sample'
  seed: int = 0
  prepared_dir: str | None = None
  module: str | None = None
  text: Any = None

  def __post_init__(self):
    checks.check(
        self, lengths=checks.lengths(), steps=checks.whole(1), batch_size=checks.whole(1),
        vocabulary=checks.vocabulary(), seed=checks.seed(),
        prepared_dir=checks.path().or_none, module=checks.module().or_none,
        text=checks.pretraining_text().or_none)
    storage.expand_fields(self, 'prepared_dir', 'vocabulary')


