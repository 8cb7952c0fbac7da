"""Packed batches: fixed shapes, ids beside the tokens, the same at every start."""
import numpy as np
import pytest

from flan_jax.data.pipeline import Stream
from flan_jax.errors import UserError

LENGTHS = {'inputs': 128, 'targets': 32}


def stream(vocabulary, names='rte,sst2', **kwargs):
  return Stream(names, LENGTHS, 8, vocabulary, **({'seed': 3} | kwargs))


def take(batches, count):
  return [batch for _, batch in zip(range(count), batches)]


def test_batches_have_one_shape_and_type(vocabulary):
  for batch in take(stream(vocabulary).batches(), 3):
    for name, array in batch.items():
      assert array.shape == (8, 128 if name.startswith('encoder') else 32), name
      assert array.dtype == np.int32


def test_the_position_in_the_stream_is_the_number_of_batches(vocabulary):
  one = take(stream(vocabulary).batches(), 5)[3:]
  other = take(stream(vocabulary).batches(3), 2)
  for a, b in zip(one, other):
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_loss_is_on_targets_only_and_decoder_inputs_are_shifted_within_segments(vocabulary):
  batch = take(stream(vocabulary).batches(), 1)[0]
  targets, segments = batch['decoder_target_tokens'], batch['decoder_segment_ids']
  assert np.array_equal(batch['decoder_loss_weights'], targets > 0)
  begins = np.diff(segments, axis=1, prepend=0) > 0
  shifted = np.pad(targets, ((0, 0), (1, 0)))[:, :-1]
  expected = np.where(begins | (segments == 0), 0, shifted)
  assert np.array_equal(batch['decoder_input_tokens'] * (segments > 0), expected)


def test_ids_name_the_task_and_the_template_of_every_target_token(vocabulary):
  opened = stream(vocabulary)
  assert [(t.name, t.cluster) for t in opened.tasks] == [('rte', 'nli'), ('sst2', 'sentiment')]
  batch = take(opened.batches(), 1)[0]
  covered = batch['decoder_target_tokens'] > 0
  assert set(np.unique(batch['task_ids'][covered])) == {1, 2}
  assert np.array_equal(batch['task_ids'] > 0, covered)
  assert np.array_equal(batch['template_ids'] > 0, covered) and batch['template_ids'].max() <= 10
  text = vocabulary.decode(batch['encoder_input_tokens'][0].tolist())
  assert 'OPTIONS' in text or batch['template_ids'][0].max() > 7


def test_segments_of_inputs_and_targets_belong_together(vocabulary):
  batch = take(stream(vocabulary).batches(), 1)[0]
  for name in ('encoder_segment_ids', 'decoder_segment_ids'):
    assert np.all(np.diff(batch[name], axis=1)[batch[name][:, 1:] > 0] >= 0)
  assert np.array_equal(batch['encoder_segment_ids'].max(1), batch['decoder_segment_ids'].max(1))


def test_unpacked_rows_hold_one_example(vocabulary):
  batch = take(stream(vocabulary, pack=False).batches(), 1)[0]
  assert batch['encoder_segment_ids'].max() == batch['decoder_segment_ids'].max() == 1


def test_tasks_are_mixed_by_their_rates(vocabulary):
  opened = stream(vocabulary, 'copa,sst2', pack=False)
  ids = np.concatenate([b['task_ids'][:, 0] for b in take(opened.batches(), 60)])
  copa, sst2 = (t.rate for t in opened.tasks)
  assert np.mean(ids == 1) == pytest.approx(copa / (copa + sst2), abs=0.07)


def test_a_missing_length_is_refused(vocabulary):
  with pytest.raises(UserError, match="TASK_FEATURE_LENGTHS.*'targets'"):
    Stream('rte', {'inputs': 64}, 8, vocabulary, seed=0)
