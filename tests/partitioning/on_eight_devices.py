"""Run by test_meshes.py with eight simulated devices; prints JSON.

Arguments: 'losses' and a JSON list of [case, mesh] pairs, or 'memory'.
"""
import json
import sys

import jax
import numpy as np

from flan_jax import models, partitioning
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.config import StepConfig
from flan_jax.training.optimizers import Adafactor, Schedule

ROWS, INPUTS, TARGETS, VOCABULARY = 32, 16, 8, 256
SHAPE = dict(vocab_size=VOCABULARY, d_model=128, num_heads=8, head_dim=16, mlp_dim=128,
             dtype='float32')


def model_config(family='t5', layers=1, dropout=0.0, scan=False, remat='none'):
  if family == 't5':
    kind, depth = models.T5Config, {'num_encoder_layers': layers, 'num_decoder_layers': layers}
  else:
    kind, depth = models.DecoderOnlyConfig, {'num_layers': layers}
  return kind(**SHAPE, **depth, dropout_rate=dropout, scan_layers=scan, remat=remat)


def step_config(model, optimizer=Adafactor()):
  return StepConfig(model, {'inputs': INPUTS, 'targets': TARGETS}, ROWS, optimizer)


def batches(count):
  """Rows of one segment each, with random tokens and weights."""
  rng = np.random.default_rng(0)
  for _ in range(count):
    inputs = rng.integers(2, VOCABULARY, (ROWS, INPUTS))
    targets = rng.integers(2, VOCABULARY, (ROWS, TARGETS))
    batch = {
        'encoder_input_tokens': inputs,
        'encoder_segment_ids': np.ones_like(inputs),
        'decoder_input_tokens': np.pad(targets, ((0, 0), (1, 0)))[:, :-1],
        'decoder_target_tokens': targets,
        'decoder_segment_ids': np.ones_like(targets),
        'decoder_loss_weights': rng.integers(0, 2, targets.shape),
        'task_ids': rng.integers(1, 3, targets.shape),
        'truncated': np.zeros_like(targets),
    }
    yield {name: array.astype(np.int32) for name, array in batch.items()}


def losses(mesh_shape, rules=None, accumulation=1, **case):
  """The losses of five steps."""
  devices = jax.devices()[:int(np.prod(list(mesh_shape.values())))]
  mesh = partitioning.make_mesh(mesh_shape, devices)
  layout = partitioning.Layout(mesh, partitioning.axis_rules(rules))
  config = step_config(model_config(**case), Adafactor(Schedule(learning_rate=0.01)))
  rows = layout.batch_sharding()
  take = step_lib.jit_train_step(
      state_lib.shardings(config, layout), rows, model=models.build(config.model),
      optimizer=config.optimizer.build(), loss=config.loss, num_tasks=2, accumulation=accumulation)
  seen = []
  with layout.partitioned():
    state = state_lib.create(config, 0, layout)
    for batch in batches(5):
      state, sums = take(state, jax.device_put(batch, rows))
      seen.append(float(sums['loss'] / sums['weights']))
  return seen


def bytes_on_first_device():
  """For each number of devices: bytes of the state that the first of them holds, and holds live."""
  held = {}
  for n in (1, 2, 4, 8):
    layout = partitioning.Layout(partitioning.make_mesh({'fsdp': n}, jax.devices()[:n]))
    config = step_config(model_config('decoder_only', layers=2, scan=True))
    with layout.partitioned():
      state = state_lib.create(config, 0, layout)
    by_sharding = sum(
        int(np.prod(a.sharding.shard_shape(a.shape))) * a.dtype.itemsize
        for a in jax.tree.leaves(state))
    live = sum(
        shard.data.nbytes for array in jax.live_arrays() for shard in array.addressable_shards
        if shard.device == jax.devices()[0])
    held[n] = {'shardings': by_sharding, 'live': live}
    del state
  return held


if __name__ == '__main__':
  if sys.argv[1] == 'memory':
    print(json.dumps(bytes_on_first_device()))
  else:
    print(json.dumps([losses(mesh, **case) for case, mesh in json.loads(sys.argv[2])]))
