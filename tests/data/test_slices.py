"""Slices stay as declared on full copies and apart on small ones."""
import itertools

import pytest

from flan_jax.data import slices

RTE = {'train': 'train[:-200]', 'validation': 'train[-200:]', 'test': 'validation'}
CAPPED = {'train': 'train[:30000]', 'validation': 'train[-200:]', 'test': 'test'}
FIX_PUNCT = {
    'train': 'train[30200:60200]', 'validation': 'train[60200:60400]', 'test': 'train[-3000:]'}
REVIEWS = {'train': 'train[:-600]', 'validation': 'train[-600:-500]', 'test': 'train[-500:]'}


def test_full_copy_keeps_the_declared_slices():
  resolved = slices.resolve(RTE, {'train': 2490, 'validation': 277})
  assert [str(i) for i in resolved.values()] == [
      'train[0:2290]', 'train[2290:2490]', 'validation[0:277]']
  resolved = slices.resolve(FIX_PUNCT, {'train': 100_000})
  assert [str(i) for i in resolved.values()] == [
      'train[30200:60200]', 'train[60200:60400]', 'train[97000:100000]']


def test_training_is_capped_at_30_000_examples():
  assert slices.resolve(CAPPED, {'train': 392_702, 'test': 10})['train'].size == 30_000
  assert slices.resolve(RTE, {'train': 50_000, 'validation': 10})['train'].size == 30_000


@pytest.mark.parametrize('declared', [RTE, CAPPED, FIX_PUNCT, REVIEWS])
@pytest.mark.parametrize('size', [4, 5, 10, 100, 150, 221, 399, 400, 401, 1000, 30_100, 65_000])
def test_slices_never_overlap_and_are_never_empty_however_small_the_copy(declared, size):
  sizes = {slices.base_split(s): size for s in declared.values()}
  resolved = list(slices.resolve(declared, sizes).values())
  assert all(i.size > 0 for i in resolved)
  for one, other in itertools.combinations(resolved, 2):
    apart = one.split != other.split or one.stop <= other.start or other.stop <= one.start
    assert apart, f'{one} and {other}'
  assert resolved[0].size >= sum(i.size for i in resolved if i.split == resolved[0].split) / 2


def test_a_copy_of_one_row_goes_to_training():
  resolved = slices.resolve(RTE, {'train': 1, 'validation': 1})
  assert (resolved['train'].size, resolved['validation'].size) == (1, 0)
