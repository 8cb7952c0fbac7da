"""What a checkpoint of another model is said to be of: both families, both layouts."""
import dataclasses

import pytest

from flan_jax import models
from flan_jax.checkpoints import shapes
from flan_jax.errors import UserError

BASE = models.T5Config(vocab_size=32128, d_model=768, num_heads=12, head_dim=64, mlp_dim=2048,
                       num_encoder_layers=12, num_decoder_layers=12)
LAMDA = models.DecoderOnlyConfig(vocab_size=32128, d_model=2560, num_heads=40, head_dim=128,
                                 mlp_dim=20480, num_layers=10)


@pytest.mark.parametrize('scanned', [False, True])
@pytest.mark.parametrize('config, said', [
    (BASE, 'T5 1.1 base: width 768, MLP 2048, 12 layers'),
    (LAMDA, 'decoder-only lamda_2b: width 2560, MLP 20480, 10 layers'),
    (dataclasses.replace(BASE, num_encoder_layers=3), 'T5 1.1 of no published size'),
])
def test_a_model_is_recognized_in_either_layout(config, said, scanned):
  stored = shapes.shapes_by_name(
      models.abstract_parameters(dataclasses.replace(config, scan_layers=scanned)))
  with pytest.raises(UserError, match=said):
    shapes.check_same_shapes(stored, {'x': (1,)}, 'there')


def test_nothing_is_said_of_parts_and_other_things():
  moments = {'optimizer_state.encoder.layers.mlp.wi_0.kernel': (1, 2)}
  assert models.describe_model(moments) == ''
