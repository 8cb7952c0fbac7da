"""Costs by formula against numbers worked out by hand, and against the traced step itself."""
import math

import jax
import numpy as np
import pytest

from flan_jax import models
from flan_jax.models.tuning import Tuning
from flan_jax.partitioning import chips
from flan_jax.planning import arithmetic
from flan_jax.planning.plan import plan
from flan_jax.stream.batches import ARRAYS
from flan_jax.training import state, step
from flan_jax.training.optimizers import AdamW


def traced_flops(job):
  """FLOPs of all products in the traced gradient of the loss."""
  batch = {
      name: jax.ShapeDtypeStruct((job.batch_size, job.lengths[side]), np.int32)
      for side, names in ARRAYS.items() for name in names
  }
  trained, frozen = job.tuning.split(state.abstract_state(job).parameters)
  traced = jax.make_jaxpr(lambda *args: step.gradients_and_sums(
      *args[:3], frozen=args[3], model=models.build(job.model), loss=job.loss, num_tasks=2))(
          trained, batch, jax.random.PRNGKey(0), frozen)
  return _products(traced.jaxpr, 1)


def _products(jaxpr, times):
  total = 0
  for equation in jaxpr.eqns:
    if equation.primitive.name == 'dot_general':
      (contracted, _), _ = equation.params['dimension_numbers']
      depth = math.prod(equation.invars[0].aval.shape[i] for i in contracted)
      total += times * 2 * depth * math.prod(equation.outvars[0].aval.shape)
    inside = times * (equation.params['length'] if equation.primitive.name == 'scan' else 1)
    for value in equation.params.values():
      for part in value if isinstance(value, tuple | list) else [value]:
        part = getattr(part, 'jaxpr', part)
        total += _products(part, inside) if hasattr(part, 'eqns') else 0
  return total


@pytest.mark.parametrize('family', ['t5', 'decoder_only'])
@pytest.mark.parametrize('model', [
    {}, {'scan_layers': True, 'remat': 'dots'}, {'scan_layers': True, 'remat': 'full'},
    {'remat': 'full'}], ids=str)
def test_flops_are_those_of_the_traced_step(make_job, family, model):
  job = make_job(family, **model)
  assert arithmetic.flops(job).total == pytest.approx(traced_flops(job), rel=1e-3)


def test_frozen_kernels_have_no_gradients_to_compute(make_job):
  # The traced step also spares the way back from the first layer to the embedding.
  job = make_job(scan_layers=True, lora_rank=4, tuning=Tuning(trainable='lora'))
  assert arithmetic.flops(job).total == pytest.approx(traced_flops(job), rel=0.05)
  assert plan(job, chips.parse('v5e:2x2')).memory.gradients < 0.1 * 4 * arithmetic.count(job)


def test_flops_of_t5_small_by_hand(make_job):
  """8 rows of 512 + 128 tokens: 3 x 2 FLOPs a token and parameter it passes, and attention."""
  job = make_job(vocab_size=32128, d_model=512, num_heads=6, head_dim=64, mlp_dim=1024,
                 num_encoder_layers=8, num_decoder_layers=8, scan_layers=True, batch_size=8,
                 lengths={'inputs': 512, 'targets': 128})
  attention, mlp = 4 * 512 * 384, 3 * 512 * 1024
  forward = 2 * 8 * (
      512 * (attention + mlp)                           # encoder
      + 128 * (attention + mlp + attention // 2)        # decoder; query and out of the cross one
      + 512 * attention // 2) + 2 * 128 * 512 * 32128   # its keys and values; logits
  scores = 4 * 6 * 64 * 8 * (512 * 512 + 128 * 128 + 128 * 512)
  assert arithmetic.flops(job).forward == 8 * (forward + scores)
  assert arithmetic.flops(job).total == pytest.approx(0.88e12, rel=0.02)


def test_state_bytes_fall_with_the_devices_that_divide_it(make_job):
  whole = plan(make_job(mesh={'data': 4}), chips.parse('v5e:2x2')).memory
  parts = plan(make_job(mesh={'fsdp': 4}), chips.parse('v5e:2x2')).memory
  assert whole.parameters == 4 * arithmetic.count(make_job())
  assert parts.parameters == pytest.approx(whole.parameters / 4, rel=0.01)
  assert parts.gradients == parts.parameters


def test_adam_keeps_two_numbers_a_parameter(make_job):
  memory = plan(make_job(optimizer=AdamW()), chips.parse('v5e:2x2')).memory
  assert memory.optimizer == pytest.approx(2 * memory.parameters, rel=1e-3)


def test_remat_keeps_less(make_job):
  kept = [plan(make_job(remat=r), chips.parse('v5e:2x2')).memory.activations
          for r in ('none', 'dots', 'full')]
  assert kept == sorted(kept, reverse=True) and kept[0] > kept[2]


def test_collective_bytes_by_hand(make_job):
  """Over 4 devices each sends 3/4: twice of the gradients to add them along 'data'; along 'fsdp'
  bfloat16 parameters in two passes, and once of the float32 gradients."""
  count = 4 * arithmetic.count(make_job())
  data, fsdp = (plan(make_job(mesh={axis: 4}), chips.parse('v5e:2x2')).collective_bytes
                for axis in ('data', 'fsdp'))
  assert data == {'data': pytest.approx(2 * 0.75 * count)}
  assert fsdp == {'fsdp': pytest.approx(0.75 * 2 * count, rel=0.01)}


def test_vocabularies_are_counted_as_training_counts_them(make_job, vocabulary):
  for given in ('sample', vocabulary):
    job = make_job(vocab_size=0, vocabulary=given)
    assert job.model == models.with_vocabulary_size(job.model, vocabulary.vocab_size)
