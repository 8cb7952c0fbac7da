"""Span corruption and prefix LM, held against T5's definitions and a hand-worked example."""
import functools
import types

import numpy as np
import pytest

from flan_jax.data.prefix_lm import PrefixLM
from flan_jax.data.span_corruption import SpanCorruption
from flan_jax.errors import UserError

SENTINELS = np.arange(999, 899, -1)
END = 1
VOCABULARY = types.SimpleNamespace(eos_id=END)


def test_a_hand_worked_example(monkeypatch):
  objective = SpanCorruption()
  masked = [False, False, True, True, False, False, False, False, True, False]
  monkeypatch.setattr(SpanCorruption, 'mask', lambda *unused: np.array(masked))
  inputs, targets = objective.corrupt(np.arange(10, 20), SENTINELS, END)
  assert inputs.tolist() == [10, 11, 999, 14, 15, 16, 17, 998, 19, END]
  assert targets.tolist() == [999, 12, 13, 998, 18, 997, END]


def test_as_many_tokens_and_spans_are_masked_as_t5_masks():
  # Raffel et al. 2020, section 3.1.4: 15 percent, spans of 3 on average. T5's own counts.
  counts = {2: (1, 1), 10: (2, 1), 16: (2, 1), 17: (3, 1), 30: (4, 1), 31: (5, 2), 50: (8, 3),
            100: (15, 5), 512: (77, 26), 568: (85, 28), 1137: (171, 57)}
  for length, (tokens, spans) in counts.items():
    mask = SpanCorruption().mask(length, 7, length)
    begins = mask & ~np.concatenate([[False], mask[:-1]])
    assert (len(mask), mask.sum(), begins.sum()) == (length, tokens, spans), length
    assert not mask[0] and mask[-1]  # spans alternate, beginning with an unmasked one


def test_the_lengths_are_those_of_t5():
  # 568 tokens of text fill inputs of 512 tokens, and their targets 114 (T5's configuration).
  assert SpanCorruption().text_length({'inputs': 512, 'targets': 114}) == 568
  assert SpanCorruption().text_length({'inputs': 512, 'targets': 113}) < 568
  tokens = np.arange(568) + 2000
  inputs, targets = SpanCorruption().corrupt(tokens, SENTINELS, END, 3)
  assert (len(inputs), len(targets)) == (512, 114)


def test_nothing_is_lost_and_sentinels_come_in_order():
  tokens = np.arange(200) + 2000
  for key in range(20):
    inputs, targets = SpanCorruption().corrupt(tokens, SENTINELS, END, key)
    marks = inputs[inputs < 1000][:-1]
    assert np.array_equal(marks, SENTINELS[: len(marks)])
    # The targets begin with a sentinel for each unmasked span, so one more than there are gaps.
    assert np.array_equal(targets[targets < 1000][:-1], SENTINELS[: len(marks)])
    assert sorted([*inputs[inputs >= 1000], *targets[targets >= 1000]]) == tokens.tolist()


def test_masks_are_functions_of_their_keys_and_every_place_is_masked_at_some_time():
  mask = functools.partial(SpanCorruption().mask, 60)
  assert np.array_equal(mask(1, 2), mask(1, 2)) and not np.array_equal(mask(1, 2), mask(1, 3))
  share = np.mean([mask(key) for key in range(2000)], axis=0)
  assert share[1:-1].min() > 0.02 and abs(share.mean() - 9 / 60) < 1e-9


def test_too_few_sentinels_are_named():
  with pytest.raises(UserError, match='26 masked spans, and the vocabulary has 5 sentinels'):
    SpanCorruption().corrupt(np.arange(512), SENTINELS[:5], END, 0)


@pytest.mark.parametrize('lengths', [(64, 64), (64, 16), (16, 64), (2, 2)])
def test_a_prefix_is_cut_anywhere_that_fits(lengths):
  lengths = dict(zip(('inputs', 'targets'), lengths))
  tokens = np.arange(PrefixLM().text_length(lengths)) + 2000
  cuts = set()
  for key in range(400):
    inputs, targets = PrefixLM().example(tokens, lengths, VOCABULARY, key)
    assert inputs[-1] == targets[-1] == END
    assert np.array_equal(np.concatenate([inputs[:-1], targets[:-1]]), tokens)
    assert 2 <= len(inputs) <= lengths['inputs'] and 2 <= len(targets) <= lengths['targets']
    cuts.add(len(inputs))
  assert len(cuts) == max(cuts) - min(cuts) + 1  # every place


def test_t5s_own_functions_agree():
  """The same counts and the same arrangement as the package t5, where it is installed."""
  preprocessors = pytest.importorskip('t5.data.preprocessors')
  import tensorflow as tf

  lengths = preprocessors.random_spans_helper(512, 0.15, 3.0, 1, 1)
  assert lengths == (SpanCorruption().text_length({'inputs': 512, 'targets': 114}), 114)
  for length in range(2, 600):
    theirs = preprocessors.random_spans_noise_mask(
        length, 0.15, tf.constant([[1, 2], [3, length]])).numpy()
    ours = SpanCorruption().mask(length, length)
    begins = [m & ~np.concatenate([[False], m[:-1]]) for m in (theirs, ours)]
    assert theirs.sum() == ours.sum() and begins[0].sum() == begins[1].sum(), length
