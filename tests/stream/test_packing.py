"""Packing: rows as full as can be, on both sides within their capacity."""
import itertools

import numpy as np

from flan_jax.stream.packing import choose


def test_the_oldest_example_always_goes():
  assert choose([(5, 1), (6, 1), (3, 1)], (8, 4)) == [0, 2]
  assert choose([(8, 1), (1, 1)], (8, 4)) == [0]


def test_the_side_that_is_short_of_room_is_filled_and_the_other_kept_within():
  assert choose([(2, 1), (6, 9), (4, 1), (2, 1)], (8, 4)) == [0, 2, 3]
  assert choose([(1, 4), (1, 3), (1, 4)], (100, 8)) == [0, 2]


def test_no_choice_of_examples_would_fill_a_row_further():
  random = np.random.default_rng(0)
  for _ in range(20):
    sizes = [tuple(map(int, s)) for s in random.integers([3, 1], [20, 6], (9, 2))]
    chosen = choose(sizes, (48, 200))
    best = max(
        sum(sizes[i][0] for i in (0, *more))
        for count in range(9) for more in itertools.combinations(range(1, 9), count)
        if sum(sizes[i][0] for i in (0, *more)) <= 48)
    assert sum(sizes[i][0] for i in chosen) == best
