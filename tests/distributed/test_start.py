"""Where a process stands among those of its run, from flags, variables and surroundings."""
import jax
import numpy as np
import pytest

from flan_jax import distributed
from flan_jax.distributed.start import ProcessSpec, find_place
from flan_jax.errors import UserError

SLURM = {'SLURM_JOB_ID': '7', 'SLURM_STEP_NODELIST': 'node[01-04]', 'SLURM_NTASKS': '4',
         'SLURM_PROCID': '2', 'SLURM_LOCALID': '0', 'SLURM_STEP_NUM_NODES': '4'}


def test_a_process_on_its_own_has_nothing_to_join():
  assert find_place(None, None, None) is None
  assert find_place('h:1', 1, 0) is None
  assert distributed.start() == 1 and distributed.is_first()


def test_flags_go_before_variables(monkeypatch):
  monkeypatch.setenv('JAX_COORDINATOR_ADDRESS', 'a:1')
  monkeypatch.setenv('JAX_NUM_PROCESSES', '3')
  monkeypatch.setenv('JAX_PROCESS_ID', '2')
  assert find_place(None, None, None) == ProcessSpec('a:1', 3, 2)
  assert find_place('b:2', None, 0) == ProcessSpec('b:2', 3, 0)


def test_slurm_tells_everything(monkeypatch):
  for name, value in SLURM.items():
    monkeypatch.setenv(name, value)
  place = find_place(None, None, None)
  assert (place.address.split(':')[0], place.count, place.index) == ('node01', 4, 2)
  assert place.local_devices == [0]
  monkeypatch.setenv('SLURM_STEP_TASKS_PER_NODE', '1(x4)')
  assert find_place(None, None, None).local_devices is None  # one process for a whole machine
  assert find_place(None, 1, None) is None


@pytest.mark.parametrize('given, words', [
    (('h:1', 2, None), ['--process_id missing', '--num_processes=N']),
    ((None, 2, 1), ['--coordinator_address missing']),
    (('h', 2, 1), ["'h' is not an address", 'HOST:PORT']),
    (('h:1', 2, 2), ['no process 2 among 2', 'from 0 to 1']),
    (('h:1', 0, 0), ['--num_processes', '0 processes']),
])
def test_what_does_not_make_up_a_run_is_named(given, words):
  with pytest.raises(UserError) as problem:
    find_place(*given)
  for word in words:
    assert word in str(problem.value)


def test_a_batch_is_put_together_from_the_rows_that_are_here():
  mesh = jax.make_mesh((1,), ('data',))
  sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec('data'))
  rows = distributed.rows_here(sharding, 4)
  batch = {'tokens': np.arange(12).reshape(4, 3)}
  whole = distributed.global_batch(batch, rows, 4, sharding)
  assert rows == [0, 1, 2, 3] and np.array_equal(whole['tokens'], batch['tokens'])


def test_alone_one_gathers_what_one_gives():
  assert distributed.gather({'0': [5, 1 << 70]}) == [{'0': [5, 1 << 70]}]
  with distributed.first_goes_first('nothing'):
    pass
