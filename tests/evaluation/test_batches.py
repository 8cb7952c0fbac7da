"""Batches are cut by tokens, into few padded shapes."""
import numpy as np

from flan_jax.evaluation import batches
from flan_jax.evaluation.batches import Shape


def sizes(shapes, most=32, tokens=16_384, unit=1):
  return [(len(b.items), b.count, b.shape)
          for b in batches.cut(shapes, lambda shape: shape, most, tokens, unit)]


def test_a_batch_costs_no_more_than_its_tokens_however_long_its_items_are():
  rng = np.random.default_rng(0)
  shapes = [
      Shape(batches.padded_length(rng.integers(1, 5_000)),
            batches.padded_rows(rng.integers(1, 9)), batches.padded_length(rng.integers(1, 700)))
      for _ in range(200)]
  cut = sizes(shapes)
  assert sum(n for n, _, _ in cut) == 200
  assert all(shape.cost(count) <= 16_384 for n, count, shape in cut if count > 1)
  assert all(n <= count <= 32 for n, count, _ in cut)


def test_one_long_item_costs_itself_only():
  cut = sizes([Shape(64, 1, 16)] * 300 + [Shape(8192, 1, 16)])
  assert cut[0] == (1, 1, Shape(8192, 1, 16))
  assert {count for _, count, _ in cut[1:]} <= {32, 8}
  assert {shape for _, _, shape in cut[1:]} == {Shape(64, 1, 16)}


def test_few_items_are_not_padded_to_a_full_batch():
  assert [count for _, count, _ in sizes([Shape(64, 1, 16)] * 5)] == [8]
  assert [count for _, count, _ in sizes([Shape(64, 1, 16)])] == [2]
  assert [count for _, count, _ in sizes([Shape(64, 1, 16)] * 3, unit=8)] == [8]


def test_options_stand_whole_in_rows_of_one_width_unless_one_is_longer():
  assert batches.into_rows([4, 4]) == [[0, 1]]
  assert [len(row) for row in batches.into_rows([45] * 25)] == [5] * 5
  assert batches.into_rows([90] * 4) == [[0, 1], [2, 3]]
  assert batches.into_rows([300, 100, 100, 100]) == [[0], [1, 2, 3]]


def test_padded_sizes_are_few():
  lengths = {batches.padded_length(n) for n in range(1, 1025)}
  assert sorted(lengths) == [16, 32, 64, 128, 192, 256, 384, 512, 768, 1024]
  assert {batches.padded_rows(n) for n in range(1, 13)} == {1, 2, 3, 4, 6, 8, 12}
