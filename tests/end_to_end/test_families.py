"""Both families, scanned or not, go through the same training, loading, scoring and generation."""
import dataclasses

import jax
import numpy as np
import pytest

import flan_jax
from flan_jax import api, models
from flan_jax.checkpoints import loading
from flan_jax.training import loop
from flan_jax.training.optimizers import Adafactor, Schedule

SHAPE = dict(vocab_size=0, d_model=32, num_heads=2, head_dim=16, mlp_dim=64, dropout_rate=0.0,
             dtype='float32')
T5 = models.T5Config(**SHAPE, num_encoder_layers=2, num_decoder_layers=2)
DECODER_ONLY = models.DecoderOnlyConfig(**SHAPE, num_layers=2)


def run(model, folder, **settings):
  config = loop.TrainConfig(
      model=model, mixture='rte,bool_q', lengths={'inputs': 64, 'targets': 16}, steps=2,
      batch_size=8, model_dir=str(folder), optimizer=Adafactor(Schedule(learning_rate=0.01)),
      **settings)
  api.train(api.Run(config))
  return str(folder)


@pytest.mark.parametrize('model', [
    pytest.param(DECODER_ONLY, marks=pytest.mark.slow),
    pytest.param(dataclasses.replace(DECODER_ONLY, scan_layers=True, remat='full'),
                 marks=pytest.mark.slow),
    dataclasses.replace(T5, scan_layers=True, remat='dots')], ids=['unrolled', 'scanned', 't5'])
def test_a_trained_model_loads_scores_and_generates(model, tmp_path):
  loaded = flan_jax.load(run(model, tmp_path))
  assert loaded.config == models.with_vocabulary_size(model, loaded.vocabulary.vocab_size)
  scores, = flan_jax.score(loaded, ['Is snow white?'], [['yes', 'no', 'it depends']])
  one, = flan_jax.score(loaded, ['Is snow white?'], [['no']])
  assert np.isfinite(scores).all() and scores[1] == pytest.approx(one[0], abs=1e-3)
  assert isinstance(flan_jax.generate(loaded, ['Name a colour.'], max_new_tokens=4)[0], str)


@pytest.mark.slow
@pytest.mark.parametrize(
    'model', [T5, pytest.param(DECODER_ONLY, marks=pytest.mark.slow)], ids=['t5', 'decoder_only'])
@pytest.mark.parametrize('was_scanned', [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_run_begins_with_a_checkpoint_of_the_other_layout(model, was_scanned, tmp_path):
  first = run(dataclasses.replace(model, scan_layers=was_scanned), tmp_path / 'first')
  other = dataclasses.replace(model, scan_layers=not was_scanned)
  built = loop.build(loop.TrainConfig(
      model=other, mixture='rte', lengths={'inputs': 64, 'targets': 16}, steps=1, batch_size=8,
      model_dir=str(tmp_path / 'second')))
  taken = loading.load_parameters(first, built.model_config, built.shardings.parameters)
  # What is read in the layout it has is placed by the run's own rules.
  without = tuple((name, axes) for name, axes in built.layout.rules if name != 'mlp')
  with pytest.raises(ValueError, match="no rule for \\['mlp'\\]"):
    loading.load_parameters(first, built.model_config, built.shardings.parameters, rules=without)
  rearrange = models.unstack_layers if was_scanned else models.stack_layers
  expected = rearrange(flan_jax.load(first).parameters)
  assert jax.tree.structure(taken) == jax.tree.structure(expected)
  assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(taken),
                                                  jax.tree.leaves(expected)))
