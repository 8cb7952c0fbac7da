"""Rows of tokens, int32 `[B, T]`, for tests of models."""
import numpy as np


def tokens(seed, *shape):
  """Random tokens of a vocabulary of 64, without padding and end marks."""
  return np.random.default_rng(seed).integers(2, 64, shape).astype(np.int32)


def shifted(targets):
  """Targets shifted right, with 0 in front, as a decoder reads them."""
  return np.pad(targets, ((0, 0), (1, 0)))[:, :-1]


def padded(row, length):
  """Rows with padding behind them up to a length."""
  return np.pad(row, ((0, 0), (0, length - row.shape[1])))
