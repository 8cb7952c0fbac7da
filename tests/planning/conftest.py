import dataclasses

import pytest

from flan_jax import models
from flan_jax.training.config import StepConfig

SHAPE = dict(vocab_size=1024, d_model=256, num_heads=8, head_dim=32, mlp_dim=512, dtype='bfloat16')


@pytest.fixture
def make_job():
  """A job for a small model; keywords go to the job, or to its model where they are its fields."""

  def make(family='t5', **changes):
    kind, layers = {
        't5': (models.T5Config, dict(num_encoder_layers=3, num_decoder_layers=2)),
        'decoder_only': (models.DecoderOnlyConfig, dict(num_layers=4)),
    }[family]
    fields = {f.name for f in dataclasses.fields(kind)}
    model = kind(**SHAPE | layers | {k: v for k, v in changes.items() if k in fields})
    rest = {k: v for k, v in changes.items() if k not in fields}
    return StepConfig(
        **dict(model=model, lengths={'inputs': 128, 'targets': 64}, batch_size=16) | rest)

  return make
