"""Tokenized examples, and tasks as sequences of them."""
from collections.abc import Iterable, Mapping
import dataclasses
from typing import Protocol, runtime_checkable

import numpy as np

from flan_jax.data import own_features as own
from flan_jax.errors import UserError


@dataclasses.dataclass(frozen=True)
class Example:
  """A rendered example.

  Attributes:
    inputs: tokens, int `[length]`.
    targets: tokens, int `[length]`.
    index: position of its row in the training slice, or -1.
    template: number of its template, or -1.
    truncated: tokens that were cut from its prompt.
    targets_truncated: tokens that were cut from its target.
    fits: its prompt fits after cutting. Otherwise it is left whole and is not trained on.
    needs: the fewest tokens that its prompt can be cut to, see data/fitting.py.
  """

  inputs: np.ndarray
  targets: np.ndarray
  index: int = -1
  template: int = -1
  truncated: int = 0
  targets_truncated: int = 0
  fits: bool = True
  needs: int = 0


class Examples(Protocol):
  """A task's endless sequence of examples."""

  def __getitem__(self, place: int) -> Example:
    """The example at a place, from 0."""


@runtime_checkable
class StreamedExamples(Examples, Protocol):
  """Examples that are read once and in order, and kept until `forget` frees them."""

  def forget(self, place: int) -> None:
    """Frees the examples before this place. They must not be asked for again."""


def from_features(features: Mapping[str, np.ndarray], where: str) -> Example:
  """An example from the features of a SeqIO task."""
  missing = [name for name in ('inputs', 'targets') if name not in features]
  if missing:
    raise UserError(f'its examples have no feature {missing[0]!r}', where,
                    f'They have: {", ".join(features)}.')
  number = lambda name, default: int(features.get(name, default))
  return Example(
      features['inputs'], features['targets'], number(own.INDEX, -1), number(own.TEMPLATE, -1),
      number(own.TRUNCATED, 0), number(own.TARGETS_TRUNCATED, 0),
      bool(features.get(own.FITS, True)), number(own.NEEDS, 0))


def check_tokens(example: Example, pieces: int, where: str) -> None:
  """Raises UserError if a token is outside an embedding with `pieces` rows."""
  for name in ('inputs', 'targets'):
    tokens = np.asarray(getattr(example, name))
    check_range(name, tokens[(tokens < 0) | (tokens >= pieces)][:1], pieces, where)


def check_range(feature: str, tokens: Iterable[int], pieces: int, where: str) -> None:
  """Raises UserError if one of a feature's tokens is outside an embedding with `pieces` rows."""
  for token in tokens:
    if not 0 <= token < pieces:
      raise UserError(
          f'its feature {feature!r} has the token {token}, but the model has only tokens 0 to '
          f'{pieces - 1:,}', where, 'A task that yields tokens must take them from VOCABULARY; '
          'or set vocab_size of the model large enough for them.')


def cut(example: Example, lengths: Mapping[str, int]) -> Example:
  """Cuts an example at its end to the lengths, as SeqIO does, and counts the tokens cut."""
  inputs, targets = (getattr(example, name)[: lengths[name]] for name in ('inputs', 'targets'))
  return dataclasses.replace(
      example, inputs=inputs, targets=targets,
      truncated=example.truncated + len(example.inputs) - len(inputs),
      targets_truncated=example.targets_truncated + len(example.targets) - len(targets))
