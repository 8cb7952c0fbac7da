"""Random numbers that are functions of their keys: no state, the same on every machine.

NumPy's generators may change their sequences from version to version, and a run has to go on bit
for bit; so the mixing function is our own. It is the finaliser of SplitMix64 (Steele et al. 2014).
"""
import zlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def name_key(name: str) -> int:
  """A number for a name, to be used as a key."""
  return zlib.crc32(name.encode())


def hashes(count: int, *keys: int) -> np.ndarray:
  """Well-mixed numbers 0 .. count - 1 of a sequence that the keys choose: uint64 `[count]`."""
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


def _mix(numbers):
  numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
  numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
  return numbers ^ (numbers >> np.uint64(31))
