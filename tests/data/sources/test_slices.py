"""Slices stay as declared on full copies and apart on small ones."""
import itertools

import pytest

from flan_jax.data.sources import slices
from flan_jax.errors import UserError

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


def check_apart(resolved):
  for one, other in itertools.combinations(resolved.values(), 2):
    apart = one.split != other.split or one.stop <= other.start or other.stop <= one.start
    assert apart, f'{one} and {other}'


@pytest.mark.parametrize('declared', [RTE, CAPPED, FIX_PUNCT, REVIEWS])
@pytest.mark.parametrize('size', [4, 5, 10, 100, 150, 221, 399, 400, 401, 1000, 30_100, 65_000])
def test_redrawn_slices_never_overlap_and_are_never_empty_however_small_the_copy(declared, size):
  sizes = {slices.base_split(s): size for s in declared.values()}
  resolved = slices.resolve(declared, sizes, redraw=True)
  assert all(i.size > 0 for i in resolved.values())
  check_apart(resolved)
  try:
    assert slices.resolve(declared, sizes) == resolved
  except slices.Unfit:
    train = resolved['train']
    assert train.size >= sum(i.size for i in resolved.values() if i.split == train.split) / 2


@pytest.mark.parametrize('sizes', [{'train': 1000}, {'train': 33}, {'train': 100_000}])
def test_declared_slices_stay_as_declared_however_uneven(sizes):
  uneven = {'train': 'train[:32]', 'test': 'train[32:]'}
  for redraw in (False, True):
    resolved = slices.resolve(uneven, sizes, redraw=redraw)
    assert [str(i) for i in resolved.values()] == ['train[0:32]', f'train[32:{sizes["train"]}]']


@pytest.mark.parametrize('declared, sizes, words', [
    (RTE, {'train': 60, 'validation': 60}, "train='train[:-200]' has no rows"),
    (CAPPED, {'train': 1000, 'test': 9},
     "train='train[:30000]' and validation='train[-200:]' share rows"),
    ({'train': 'train[:32]', 'test': 'train[32:]'}, {'train': 32}, "'train[32:]' has no rows"),
    ({'train': 'train', 'test': 'train'}, {'train': 5}, 'share rows'),
])
def test_a_copy_that_is_too_small_is_refused_with_what_there_is(declared, sizes, words):
  with pytest.raises(UserError) as caught:
    slices.resolve(declared, sizes)
  said = str(caught.value)
  assert words in said and f'{sizes["train"]:,} rows' in said and '--redraw_slices' in said


def test_a_cap_that_takes_slices_apart_counts():
  beside = {'train': 'train', 'test': 'train[32:]'}
  resolved = slices.resolve(beside, {'train': 40}, max_train=32)
  assert [str(i) for i in resolved.values()] == ['train[0:32]', 'train[32:40]']


def test_a_split_without_rows_makes_an_empty_slice():
  resolved = slices.resolve(RTE, {'train': 2490, 'validation': 0})
  assert [i.size for i in resolved.values()] == [2290, 200, 0]


def test_a_copy_of_one_row_goes_to_training():
  resolved = slices.resolve(RTE, {'train': 1, 'validation': 1}, redraw=True)
  assert (resolved['train'].size, resolved['validation'].size) == (1, 0)


def test_first_rows_are_those_of_the_pipeline(write_rows, data_dir):
  import numpy as np

  from flan_jax.data.sources.tfds import Tfds
  from flan_jax.data.sources.tfds_source import TfdsSlices

  rows = [{'question': f'Number {n}?', 'answer': [str(n)] * (n % 3 + 1)} for n in range(40)]
  data_dir(str(write_rows('natural_questions_open', '1.0.0', {'train': rows})))
  source = TfdsSlices(Tfds('natural_questions_open:1.0.0', 'train[:30]', 'train[30:]'))
  for split, count in (('train', 7), ('train', 100), ('validation', 3)):
    expected = [row for _, row in source.get_dataset(split).take(count)]
    found = list(source.first_rows(split, count))
    assert len(found) == len(expected) == min(count, 30)
    for one, other in zip(found, expected):
      assert one['question'] == other['question']
      np.testing.assert_array_equal(one['answer'], other['answer'])
