"""What would make a job fit, with arithmetic in the compiler's place."""
import dataclasses

import pytest

from flan_jax.errors import UserError
from flan_jax.partitioning import chips
from flan_jax.planning import levers
from flan_jax.planning.plan import plan, search

FOUR = chips.parse('v5e:2x2')


def with_memory(size, topology=FOUR):
  return dataclasses.replace(topology, chip=dataclasses.replace(topology.chip, hbm_bytes=int(size)))


def least(job):
  """What a job needs at least, where a compiler has no room to spare."""
  return plan(job, with_memory(1)).memory.total


def test_levers_come_in_the_order_of_their_cost(make_job):
  job = make_job(mesh={'data': 4}, batch_size=32)
  names = [lever.setting.split(' = ')[0] for lever in levers.levers(job, FOUR)]
  assert names == ['REMAT', 'SCAN_LAYERS', 'MESH', *['GRADIENT_ACCUMULATION'] * 3, 'BATCH_SIZE']


def test_the_first_lever_that_is_enough_is_the_last_one_pulled(make_job):
  job = make_job(mesh={'data': 4})
  settings, outcome = levers.first_that_fits(
      job, with_memory(0.95 * least(job)), plan)
  assert settings == ["REMAT = 'full'"] and outcome.fits


def test_levers_add_up(make_job):
  job = make_job(mesh={'data': 4}, remat='full', scan_layers=True, batch_size=64)
  tight = with_memory(0.4 * plan(job, FOUR).memory.total)
  settings, outcome = levers.first_that_fits(job, tight, plan)
  assert settings[0].startswith('MESH = ') and outcome.fits


def test_nothing_is_tried_where_the_state_alone_is_too_much(make_job):
  tried = []
  settings, outcome = levers.first_that_fits(
      make_job(), with_memory(2**20), lambda *args: tried.append(args))
  assert settings == [] and outcome is None and not tried


def test_more_chips_are_named_where_no_setting_is_enough(make_job):
  job = make_job(batch_size=64)
  least = min(p.memory.total for p in search(job, FOUR))
  larger = levers.enough_chips(job, with_memory(least - 1))
  assert larger.devices > FOUR.devices and search(job, larger)[0].fits


def test_a_search_ranks_what_fits_first(make_job):
  plans = search(make_job(), with_memory(least(make_job(mesh={'data': 4})) - 1))
  assert plans[0].fits and not plans[-1].fits
  assert [p.fits for p in plans] == sorted((p.fits for p in plans), reverse=True)


def test_a_mesh_that_does_not_divide_the_rows_says_so(make_job):
  with pytest.raises(UserError, match='6 rows do not divide over 4 devices'):
    plan(make_job(batch_size=6, mesh={'data': 4}), FOUR)


def test_slices_carry_their_number_into_the_mesh(make_job):
  two = chips.parse('v5e:2x2', slices=2)
  planned = plan(make_job(), two)
  assert planned.mesh['slice'] == 2 and planned.collective_bytes['slice'] > 0
