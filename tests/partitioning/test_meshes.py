"""How the work is divided does not change the numbers, and divided state really is divided."""
import itertools
import json
import os
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).with_name('on_eight_devices.py')
# Without optimising the machine code, which takes most of the time.
FLAGS = '--xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0'

T5 = {'family': 't5', 'dropout': 0.1}
DECODER = {'family': 'decoder_only', 'layers': 2, 'scan': True}
MESHES = {
    'data': {'data': 8},
    'fsdp': {'fsdp': 8},
    'tensor': {'tensor': 8},
    'fsdp x tensor': {'fsdp': 4, 'tensor': 2},
    'slices': {'slice': 2, 'fsdp': 2, 'tensor': 2},
}


def on_eight_devices(*arguments):
  done = subprocess.run(
      [sys.executable, str(SCRIPT), *arguments],
      env={**os.environ, 'XLA_FLAGS': FLAGS, 'JAX_PLATFORMS': 'cpu'},
      capture_output=True, text=True, check=False)
  assert done.returncode == 0, done.stderr[-3000:]
  return json.loads(done.stdout.splitlines()[-1])


def compare(cases):
  """Losses of each case on its mesh beside those on one device in one part, without remat."""
  alone = [({**case, 'accumulation': 1, 'remat': 'none', 'rules': None}, {}) for case, _ in cases]
  needed = [list(pair) for pair in cases]
  for pair in alone:
    if list(pair) not in needed:
      needed.append(list(pair))
  losses = on_eight_devices('losses', json.dumps(needed))
  return [(losses[i], losses[needed.index(list(pair))]) for i, pair in enumerate(alone)]


@pytest.mark.slow
def test_five_steps_lose_the_same_on_every_mesh():
  cases = [
      (T5 | {'remat': 'dots', 'rules': {'length': 'tensor'}}, MESHES['fsdp x tensor']),
      (DECODER | {'accumulation': 4, 'remat': 'full'}, MESHES['slices']),
  ]
  for divided, whole in compare(cases):
    assert divided == pytest.approx(whole, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize('family', ['t5', 'decoder_only'])
@pytest.mark.parametrize('scan', [False, True])
def test_five_steps_lose_the_same_on_every_mesh_scanned_or_not(family, scan):
  case = {'family': family, 'layers': 2, 'scan': scan}
  levers = itertools.cycle(({'accumulation': 4}, {'remat': 'full'}))
  # Each mesh divides both families, one of them scanned and one not; all pairs take twice as long.
  meshes = list(MESHES.values())[(family == 't5') ^ scan::2]
  cases = [(case | lever, mesh) for lever, mesh in zip(levers, meshes)]
  for divided, whole in compare(cases):
    assert divided == pytest.approx(whole, abs=1e-4)


@pytest.mark.slow
def test_bytes_on_a_device_fall_with_the_number_of_devices():
  held = on_eight_devices('memory')
  for n in (2, 4, 8):
    share = held[str(n)]['shardings'] / held['1']['shardings']
    assert 1 / n <= share < 1.08 / n  # a little is whole everywhere: position biases, scalars
  assert all(h['live'] == h['shardings'] for h in held.values())
