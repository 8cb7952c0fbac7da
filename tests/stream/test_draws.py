"""Draws: pure functions of (seed, row, number) that keep the rates and share out the examples."""
import collections

from flan_jax.stream.draws import BLOCK, Draw, Epochs, RowDraws

RATES = [3000, 350, 30, 3000]
PINNED = [3, 0, 3, 3, 3, 0, 0, 3, 0, 0, 3, 0]


def test_a_draw_does_not_depend_on_which_were_asked_for_before():
  draws = RowDraws(seed=5, row=2, rows=8, rates=RATES)
  onward = [draws[n] for n in range(3 * BLOCK)]
  backward = [RowDraws(5, 2, 8, RATES)[n] for n in (2 * BLOCK + 7, BLOCK - 1, 3, 0)]
  assert backward == [onward[n] for n in (2 * BLOCK + 7, BLOCK - 1, 3, 0)]


def test_tasks_come_at_their_rates_within_one_draw_a_block():
  draws = RowDraws(0, 0, 1, RATES)
  count = 20 * BLOCK
  seen = collections.Counter(draws[n].task for n in range(count))
  for task, rate in enumerate(RATES):
    assert abs(seen[task] - count * rate / sum(RATES)) <= 40, task


def test_a_rare_task_comes_from_the_beginning_in_some_of_the_rows():
  rates = [4 * BLOCK - 1, 1]  # a draw of the second task in four blocks
  rows = [RowDraws(0, row, 100, rates) for row in range(100)]
  with_it = sum(any(draws[n].task for n in range(BLOCK)) for draws in rows)
  assert 8 <= with_it <= 42


def test_the_rows_share_out_the_places_of_a_task():
  places = []
  for row in range(4):
    draws = RowDraws(0, row, 4, RATES)
    mine = [d.place for d in map(draws.__getitem__, range(2000)) if d.task == 1]
    assert mine == list(range(row, row + 4 * len(mine), 4))
    places += mine
  assert len(set(places)) == len(places)


def test_rows_and_seeds_draw_differently():
  first = [[RowDraws(seed, row, 2, RATES)[n].task for n in range(64)]
           for seed, row in ((0, 0), (0, 1), (1, 0))]
  assert first[0] != first[1] != first[2] != first[0]


def test_draws_stay_what_they_are_from_version_to_version():
  """A changed sequence would break the resuming of every run there is."""
  draws = RowDraws(0, 0, 2, RATES)
  assert [draws[n].task for n in range(12)] == PINNED
  assert draws[0] == Draw(PINNED[0], 0)


def test_an_epoch_has_each_example_once_in_an_order_of_its_own():
  epochs = Epochs('rte', 100, seed=1)
  first, second = ([epochs[e * 100 + i] for i in range(100)] for e in (0, 1))
  assert {epoch for epoch, _ in second} == {1}
  assert sorted(i for _, i in first) == sorted(i for _, i in second) == list(range(100))
  assert [i for _, i in first] != [i for _, i in second]
  assert [Epochs('rte', 100, 1, shuffle=False)[i][1] for i in range(3)] == [0, 1, 2]
