"""Packed batches: fixed shapes, ids beside the tokens, the same at every start."""
import collections
import json

import numpy as np
import pytest

from flan_jax.data import registry
from flan_jax.errors import UserError
from flan_jax.stream import prepared
from flan_jax.stream.batches import ARRAYS, fill_row, merge_positions
from flan_jax.stream.examples import Example
from flan_jax.stream.prepared.pipeline import Stream

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


def same(one, other):
  pairs = zip(one, other, strict=True)
  return all(np.array_equal(a[name], b[name]) for a, b in pairs for name in a)


def test_a_stream_goes_on_from_a_saved_position(vocabulary):
  batches = stream(vocabulary).batches()
  take(batches, 3)
  saved = json.dumps(batches.position)
  expected = take(batches, 3)
  assert same(take(stream(vocabulary).batches(json.loads(saved)), 3), expected)
  assert len(saved) < 60 * 8


@pytest.mark.parametrize('before, after', [(1, 4), (4, 2), (2, 1)])
def test_readers_may_change_in_number_at_any_moment(vocabulary, before, after):
  """The batch is the same whichever reader reads which rows, also after a stop."""
  whole = take(stream(vocabulary).batches(), 6)

  def read(readers, position, count):
    parts = []
    for reader in range(readers):
      rows = range(reader * 8 // readers, (reader + 1) * 8 // readers)
      parts.append(stream(vocabulary).batches(position, rows))
    shares = [take(part, count) for part in parts]
    joined = [{name: np.concatenate([share[name] for share in step]) for name in step[0]}
              for step in zip(*shares)]
    return joined, merge_positions([part.position for part in parts])

  first, position = read(before, None, 2)
  second, _ = read(after, position, 4)
  assert same(first + second, whole)


def test_nothing_comes_twice_in_an_epoch_in_whatever_rows(vocabulary):
  settings = prepared.Settings(vocabulary, LENGTHS)
  copa = prepared.Declared(registry.find_dataset('copa'))
  epoch = len(prepared.PreparedExamples(copa, settings, 0)._pass(0))

  def shown(shuffle):
    opened = stream(vocabulary, 'copa', pack=False, shuffle=shuffle)
    for batch in take(opened.batches(), epoch // 8):
      for arrays in zip(batch['encoder_input_tokens'], batch['decoder_target_tokens']):
        yield tuple(tuple(a.tolist()) for a in arrays)

  shuffled, stored = list(shown(True)), list(shown(False))
  assert shuffled != stored
  # The last few of an epoch do not fill a batch, so that each order leaves a few others out.
  assert (collections.Counter(shuffled) - collections.Counter(stored)).total() < 8


@pytest.mark.slow
def test_packing_fills_at_least_97_of_100_tokens_of_the_side_that_is_short(vocabulary):
  opened = stream(vocabulary, 'flan_holdout_sentiment')
  filled = [
      np.maximum((b['encoder_segment_ids'] > 0).mean(1), (b['decoder_segment_ids'] > 0).mean(1))
      for b in take(opened.batches(), 20)
  ]
  assert np.mean(filled) >= 0.97


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


def test_an_example_without_targets_marks_no_token_of_a_row():
  cut = lambda inputs, targets: Example(
      np.arange(1, inputs + 1), np.arange(1, targets + 1), template=4, truncated=1)
  arrays = {name: np.zeros(6, np.int32) for names in ARRAYS.values() for name in names}
  fill_row(arrays, [(0, cut(2, 1)), (1, cut(1, 0)), (2, cut(2, 2)), (3, cut(1, 0))])
  assert arrays['encoder_segment_ids'].tolist() == [1, 1, 2, 3, 3, 4]
  assert arrays['decoder_segment_ids'].tolist() == [1, 3, 3, 0, 0, 0]
  assert arrays['decoder_input_tokens'].tolist() == [0, 0, 1, 0, 0, 0]
  assert arrays['task_ids'].tolist() == [1, 3, 3, 0, 0, 0]
  assert arrays['truncated'].tolist() == [1, 1, 0, 0, 0, 0]


def test_tasks_are_mixed_by_their_rates(vocabulary):
  opened = stream(vocabulary, 'copa,sst2', pack=False)
  ids = np.concatenate([b['task_ids'][:, 0] for b in take(opened.batches(), 60)])
  copa, sst2 = (t.rate for t in opened.tasks)
  assert np.mean(ids == 1) == pytest.approx(copa / (copa + sst2), abs=0.07)


def test_a_missing_length_is_refused(vocabulary):
  with pytest.raises(UserError, match="TASK_FEATURE_LENGTHS.*'targets'"):
    Stream('rte', {'inputs': 64}, 8, vocabulary, seed=0)
