"""What a checkpoint was trained on: kept, handed on, and held against what is evaluated."""
import dataclasses

import jax
import numpy as np
import pytest

from flan_jax import models
from flan_jax.checkpoints import lineage
from flan_jax.checkpoints.store import Checkpoints
from flan_jax.data import mixtures
from flan_jax.training.loop import TrainConfig

MODEL = models.T5Config(
    vocab_size=0, d_model=16, num_heads=2, head_dim=8, mlp_dim=16, num_encoder_layers=1,
    num_decoder_layers=1)


@pytest.fixture
def training(tmp_path):
  return TrainConfig(model=MODEL, mixture='bool_q,cb', lengths={'inputs': 8, 'targets': 8}, steps=1,
                     batch_size=1, model_dir=str(tmp_path / 'new'))


def saved(directory, **about):
  checkpoints = Checkpoints(directory)
  tree = {'x': jax.numpy.asarray(np.zeros(2))}
  checkpoints.save(3, tree, tree, {'rows': {}, 'of': {}}, about)
  checkpoints.close()
  return str(directory)


def seen_by_run(training):
  return lineage.seen_by_run(training.mixture, training.model_dir, training.initial_checkpoint)


def names(entries):
  return {entry['dataset'] for entry in entries}


def test_a_run_hands_on_what_its_beginning_was_trained_on(training, tmp_path):
  assert names(seen_by_run(training)) == {'bool_q', 'cb'}
  first = saved(tmp_path / 'first',
                trained_on=[{'dataset': 'rte', 'source': 'super_glue/rte:1.0.2'}])
  for path in (first, f'{first}/checkpoints/3'):
    begun = dataclasses.replace(training, initial_checkpoint=path)
    assert names(seen_by_run(begun)) == {'bool_q', 'cb', 'rte'}
  # A checkpoint from before there were such lists names its mixture.
  old = dataclasses.replace(training, initial_checkpoint=saved(tmp_path / 'old', mixture='snli'))
  assert names(seen_by_run(old)) == {'bool_q', 'cb', 'snli'}
  # Started again, a run goes by its own checkpoint.
  again = dataclasses.replace(training, model_dir=first)
  assert names(seen_by_run(again)) == {'bool_q', 'cb', 'rte'}


def test_what_is_evaluated_is_seen_by_its_name_or_by_its_rows():
  about = {'trained_on': [{'dataset': 'rte', 'source': 'super_glue/rte:1.0.2'},
                          {'dataset': 'wsc273', 'source': 'wsc273:1.0.0'}]}
  tasks = mixtures.evaluation_tasks('rte_no_options,wnli,cb')
  seen = lineage.seen(about, tasks)
  assert seen['rte_no_options'] == 'it was trained on'
  assert 'Winograd' in seen['wnli'] and seen['cb'] == ''
  assert lineage.seen({}, tasks) is None
