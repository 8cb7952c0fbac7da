"""A pattern, or an alternative in it, that is found in no parameter's name is refused."""
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from flan_jax import configuration, models
from flan_jax.errors import UserError
from flan_jax.models import name_patterns
from flan_jax.models.tuning import Tuning
from flan_jax.training import loop
from flan_jax.training.optimizers import AdamW, Group, Schedule

SIZES = dict(vocab_size=128, d_model=16, num_heads=2, head_dim=8, mlp_dim=32,
             num_encoder_layers=2, num_decoder_layers=1)


def parameters(**changes):
  return models.abstract_parameters(models.T5Config(**SIZES | changes))


@pytest.mark.parametrize('pattern, parts', [
    ('lora|promt', ['lora', 'promt']), ('^(en|de)coder', ['en', 'de']), (r'a\|b', [r'a\|b']),
    ('a[|]b', ['a[|]b']), ('[]|]x|y', ['[]|]x', 'y']), ('(?:x|y)z', ['x', 'y']),
    (r'layers_(0|1)\.', ['0', '1']), ('.*', ['.*']), ('x(a|b(c|d))', ['c', 'd', 'a', 'b(c|d)']),
])
def test_alternatives_are_found_at_every_depth(pattern, parts):
  assert [part for _, part in name_patterns.alternatives(pattern)] == parts


def test_flags_in_front_are_meant_for_every_alternative():
  name_patterns.check('(?i)LORA|EMBED', ['a.lora_a', 'embedding'], 'TRAINABLE')


@pytest.mark.parametrize('tuning, where, remedy', [
    (Tuning(frozen='token_embeder'), 'FROZEN', "'token_embedder'"),
    (Tuning(frozen='token_embedder|relpos_bais'), 'FROZEN', "'relpos_bias'"),
    (Tuning(trainable='lora|promt'), 'TRAINABLE', 'PROMPT_LENGTH'),
    (Tuning(trainable=r'layers_(0|7)\.'), 'TRAINABLE', 'Names are such as'),
    (Tuning(trainable='norm', frozen='norm'), 'FROZEN', 'Freeze less'),
])
def test_a_pattern_that_finds_nothing_is_refused(tuning, where, remedy):
  with pytest.raises(UserError) as caught:
    tuning.check(parameters(lora_rank=2))
  assert caught.value.where == where and remedy in caught.value.remedy


@pytest.mark.parametrize('pattern', ['layers_0', r'encoder\.layers_1', 'token_embedder|layers_0'])
def test_names_of_single_layers_are_refused_where_layers_are_scanned(pattern):
  Tuning(frozen=pattern).check(parameters())
  with pytest.raises(UserError, match='set SCAN_LAYERS = False'):
    Tuning(frozen=pattern).check(parameters(scan_layers=True))


def test_an_addition_that_would_stay_random_is_refused_also_where_another_trains():
  both = parameters(lora_rank=2, prompt_length=3)
  Tuning('lora|prompt').check(both)
  for left_out in ('lora', 'prompt'):
    with pytest.raises(UserError, match='would keep their random initial values'):
      Tuning(left_out).check(both)


def test_a_group_of_which_an_alternative_finds_nothing_is_refused():
  tree = {'norm': {'scale': jnp.ones(2)}, 'mlp': {'kernel': jnp.ones((2, 2))}}
  with pytest.raises(UserError, match="PARAMETER_GROUPS: no parameter has 'nrom' in its name"):
    AdamW(groups=[Group('kernel|nrom')]).build().init(tree)


def test_t5s_pretraining_schedule_can_be_said():
  rate = Schedule('flat_rsqrt', 0.01, warmup_steps=10_000).build()
  for n in (0, 1, 9_999, 10_000, 40_000, 1_000_000):
    assert float(rate(n)) == pytest.approx(1 / max(n, 10_000) ** 0.5, rel=1e-6)


def test_prompt_tuning_has_lester_et_als_settings():
  run = configuration.load(['gin/experiments/prompt_tuning_32.gin'], ['MODEL_DIR = "x"']).build(
      loop.TrainConfig)
  rule = run.optimizer
  assert not rule.multiply_by_parameter_scale
  assert (rule.weight_decay, rule.decay_rate) == (1e-5, 0.8)
  assert (rule.schedule.kind, rule.schedule.learning_rate, rule.schedule.warmup_steps) == (
      'constant', 0.3, 0)


@pytest.mark.parametrize('length', [4, 2_000])
def test_a_prompt_begins_as_rows_of_the_embedding(tmp_path, length, vocabulary):
  from flan_jax.checkpoints.store import Checkpoints
  from flan_jax.training import restoring

  run = loop.build(loop.TrainConfig(
      model=models.T5Config(**SIZES | dict(vocab_size=0, prompt_length=length)), mixture='rte',
      lengths={'inputs': 16, 'targets': 8}, steps=1, batch_size=8, model_dir=str(tmp_path),
      tuning=Tuning('prompt')))
  state = restoring.begin(run, Checkpoints(tmp_path), notice=print).state
  prompt, table = state.parameters['prompt'], state.parameters['token_embedder']['embedding']
  same = np.all(np.asarray(prompt)[:, None] == np.asarray(table)[None], axis=-1)
  assert same.any(axis=1).all() and not same[:, :3].any()
  assert not same[:, vocabulary.vocab_size:].any()
  assert jax.tree.structure(run.shardings.parameters) == jax.tree.structure(state.parameters)
