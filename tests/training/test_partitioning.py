"""The mesh: checked before anything is built, and without effect on the numbers."""
import json
import os
import subprocess
import sys
import textwrap

import jax
import pytest

from flan_jax import partitioning
from flan_jax.errors import UserError


def test_a_mesh_that_does_not_make_up_the_devices_is_refused():
  with pytest.raises(UserError, match='does not make up'):
    partitioning.make_mesh({'data': 3, 'tensor': 5})


def test_an_unknown_axis_gets_the_nearest_name():
  with pytest.raises(UserError, match="'tensr'.*'tensor'"):
    partitioning.make_mesh({'tensr': 1})


def test_batches_that_may_be_padded_are_made_to_fit():
  mesh = jax.sharding.AbstractMesh((8, 1), ('data', 'tensor'))
  assert [partitioning.fitting_batch_size(mesh, n) for n in (1, 8, 100)] == [8, 8, 104]


SCRIPT = textwrap.dedent("""
    import json, sys
    import jax
    from flan_jax import models, partitioning
    from flan_jax.data.pipeline import Stream
    from flan_jax.data.vocabulary import load_vocabulary
    from flan_jax.training import state, step
    from flan_jax.training.optimizers import Adafactor, Schedule

    vocabulary = load_vocabulary()
    config = models.T5Config(
        vocab_size=2048, d_model=128, num_heads=4, head_dim=32, mlp_dim=128,
        num_encoder_layers=2, num_decoder_layers=2, dropout_rate=0.1, dtype='float32')
    optimizer = Adafactor(Schedule(learning_rate=0.01)).build()
    stream = Stream('rte,bool_q', {'inputs': 64, 'targets': 16}, 8, vocabulary, seed=0)
    batches = [b for _, b in zip(range(3), stream.batches())]
    losses, pieces = {}, {}
    for shape in ({'data': 1}, {'data': 2}, {'tensor': 2}, {'data': 8}, {'data': 4, 'tensor': 2},
                  {'data': 2, 'tensor': 4}):
      size = shape.get('data', 1) * shape.get('tensor', 1)
      mesh = partitioning.make_mesh(shape, jax.devices()[:size])
      shardings = state.shardings(config, optimizer, mesh)
      rows = partitioning.batch_sharding(mesh)
      take = step.jit_train_step(
          shardings, rows, model=models.build(config), optimizer=optimizer, loss=step.Loss(),
          num_tasks=2)
      name = json.dumps(shape)
      losses[name] = []
      with partitioning.partitioned(mesh):
        current = state.create(config, optimizer, 0, mesh)
        for batch in batches:
          current, sums = take(current, jax.device_put(batch, rows))
          losses[name].append(float(sums['loss'] / sums['weights']))
      kernel = current.parameters['encoder']['layers_0']['mlp']['wi_0']['kernel']
      pieces[name] = kernel.addressable_shards[0].data.shape
    print(json.dumps({'losses': losses, 'pieces': pieces}))
""")


@pytest.fixture(scope='module')
def eight_devices():
  flags = '--xla_force_host_platform_device_count=8'
  done = subprocess.run(
      [sys.executable, '-c', SCRIPT], env={**os.environ, 'XLA_FLAGS': flags},
      capture_output=True, text=True, check=False)
  assert done.returncode == 0, done.stderr[-3000:]
  return json.loads(done.stdout.splitlines()[-1])


def test_three_steps_lose_the_same_on_every_mesh(eight_devices):
  single, *others = eight_devices['losses'].values()
  for other in others:
    assert other == pytest.approx(single, abs=1e-4)


def test_tensor_parallel_parameters_really_are_divided(eight_devices):
  assert eight_devices['pieces']['{"data": 2, "tensor": 4}'] == [128, 32]
  assert eight_devices['pieces']['{"data": 8}'] == [128, 128]
