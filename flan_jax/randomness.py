"""Random numbers as functions of their keys: no state, the same on every machine.

NumPy's generators may change their sequences from one version to the next, but a resumed run must
continue bit for bit. So the mixing function is fixed here: the finalizer of SplitMix64 (Steele et
al. 2014). Never change it: saved positions and prepared data depend on these numbers.
"""
import zlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

_FEISTEL_ROUNDS = 6


def name_key(name: str) -> int:
  """A number for a name, for use as a key."""
  # Python's hash() of a text differs from process to process.
  return zlib.crc32(name.encode())


def hashes(count: int, *keys: int) -> np.ndarray:
  """The first `count` numbers of the sequence that the keys choose: uint64 `[count]`."""
  # Overflow is intended: the arithmetic is modulo 2^64.
  with np.errstate(over='ignore'):
    state = np.uint64(0)
    for key in keys:
      state = _mix(state + _GOLDEN + np.uint64(key & 0xFFFFFFFFFFFFFFFF))
    return _mix(state + _GOLDEN * np.arange(1, count + 1, dtype=np.uint64))


def uniforms(count: int, *keys: int) -> np.ndarray:
  """Numbers in [0, 1): float64 `[count]`."""
  return (hashes(count, *keys) >> np.uint64(11)) * 2.0**-53


def permutation(count: int, *keys: int) -> np.ndarray:
  """A random order of 0 .. count - 1: int64 `[count]`."""
  return np.argsort(hashes(count, *keys), kind='stable')


def shuffled(place: int, count: int, *keys: int) -> int:
  """What stands at a place of a random order of 0 .. count - 1, without making the whole order.

  A Feistel network permutes the numbers of an even number of bits (Luby and Rackoff 1988). What
  falls outside 0 .. count - 1 is permuted again, which ends, since `place` lies on a cycle.
  """
  half = max(1, (max(count - 1, 1).bit_length() + 1) // 2)
  mask = (1 << half) - 1
  rounds = hashes(_FEISTEL_ROUNDS, *keys)
  while True:
    left, right = place >> half, place & mask
    with np.errstate(over='ignore'):
      for key in rounds:
        left, right = right, left ^ (int(_mix(key + np.uint64(right))) & mask)
    place = left << half | right
    if place < count:
      return place


def _mix(numbers):
  numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
  numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
  return numbers ^ (numbers >> np.uint64(31))
