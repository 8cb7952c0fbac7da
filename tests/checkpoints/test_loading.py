"""Models as `load` gives them: what does not fit together is refused."""
import jax
import pytest
import seqio

from flan_jax import api, models, partitioning
from flan_jax.checkpoints import kept_vocabulary, loading
from flan_jax.checkpoints.loading import Model
from flan_jax.errors import UserError

CONFIG = models.T5Config(
    vocab_size=256, d_model=16, num_heads=2, head_dim=8, mlp_dim=16, num_encoder_layers=1,
    num_decoder_layers=1, dropout_rate=0.0, dtype='float32')


def test_a_vocabulary_larger_than_the_embedding_is_refused(monkeypatch):
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  stored = Model(CONFIG, {}, kept_vocabulary.describe(seqio.ByteVocabulary()), layout)
  monkeypatch.setattr(loading, '_read', lambda *args: stored)
  with pytest.raises(UserError, match='run: its vocabulary has 259 pieces.*only 256 rows'):
    api.load('run')
