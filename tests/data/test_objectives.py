"""Span corruption and prefix LM, held against T5's definitions and a hand-worked example."""
import functools
import re
import types

import numpy as np
import pytest

from flan_jax.data import objectives
from flan_jax.data.prefix_lm import PrefixLM
from flan_jax.data.salient_spans import SalientCompletion, SalientSpans
from flan_jax.data.span_corruption import SpanCorruption
from flan_jax.errors import UserError

SENTINELS = np.arange(999, 899, -1)
END = 1
VOCABULARY = types.SimpleNamespace(eos_id=END, vocab_size=1000, extra_ids=100)


def test_a_hand_worked_example(monkeypatch):
  objective = SpanCorruption()
  masked = [False, False, True, True, False, False, False, False, True, False]
  monkeypatch.setattr(SpanCorruption, 'mask', lambda *unused: np.array(masked))
  inputs, targets = objective.example(np.arange(10, 20), [], {}, VOCABULARY)
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
  inputs, targets = SpanCorruption().example(tokens, [], {}, VOCABULARY, 3)
  assert (len(inputs), len(targets)) == (512, 114)


def test_nothing_is_lost_and_sentinels_come_in_order():
  tokens = np.arange(200) + 2000
  for key in range(20):
    inputs, targets = SpanCorruption().example(tokens, [], {}, VOCABULARY, key)
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
  few = types.SimpleNamespace(eos_id=END, vocab_size=1000, extra_ids=5)
  with pytest.raises(UserError, match='26 masked spans, and the vocabulary has 5 sentinels'):
    SpanCorruption().example(np.arange(512), [], {}, few, 0)


@pytest.mark.parametrize('lengths', [(64, 64), (64, 16), (16, 64), (2, 2)])
def test_a_prefix_is_cut_anywhere_that_fits(lengths):
  lengths = dict(zip(('inputs', 'targets'), lengths))
  tokens = np.arange(PrefixLM().text_length(lengths)) + 2000
  cuts = set()
  for key in range(400):
    inputs, targets = PrefixLM().example(tokens, [], lengths, VOCABULARY, key)
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


# ---- Salient spans ----

LENGTHS = {'inputs': 64, 'targets': 16}


class Words:
  """A vocabulary whose tokens are words and punctuation marks; it reads its own numbers."""
  eos_id, vocab_size, extra_ids = END, 1000, 100

  def __init__(self):
    self.words = []

  def encode(self, text):
    found = re.findall(r'\w+|[^\w ]', text)
    self.words += [word for word in found if word not in self.words]
    return [2 + self.words.index(word) for word in found]

  def read(self, tokens):
    name = lambda t: '.' if t == END else f'<{999 - t}>' if t >= 900 else self.words[t - 2]
    return ' '.join(name(int(t)) for t in tokens[:-1])


def test_marked_spans_are_masked_as_a_whole_and_marks_are_never_read():
  text = 'Maya has ⟦a dog⟧, and her coat is ⟦red⟧. Said: ⟦dog⟧.'
  seen = set()
  for key in range(60):
    words = Words()
    inputs, targets = objectives.example(SalientSpans(), text, LENGTHS, words, key)
    assert inputs[-1] == targets[-1] == END
    seen.add((words.read(inputs), words.read(targets)))
    assert not {'⟦', '⟧'} & set(words.words)
  assert ('Maya has <0> , and her coat is <1> . Said : dog .', '<0> a dog <1> red <2>') in seen
  assert ('Maya has a dog , and her coat is red . Said : <0> .', '<0> dog <1>') in seen
  assert len(seen) == 7  # one, two or all of three


def test_a_completion_is_a_marked_span_behind_what_comes_before_it():
  text, words, seen = 'Maya has ⟦a dog⟧. What pet? Said: ⟦dog⟧. Right.', Words(), set()
  for key in range(40):
    inputs, targets = objectives.example(SalientCompletion(), text, LENGTHS, words, key)
    seen.add((words.read(inputs), words.read(targets)))
  assert seen == {('Maya has', 'a dog'), ('Maya has a dog . What pet ? Said :', 'dog')}


@pytest.mark.parametrize('objective, other', [
    (SalientSpans(), SpanCorruption()), (SalientCompletion(), PrefixLM())])
def test_a_text_without_marks_is_learned_by_the_random_objective(objective, other):
  text = 'All that is said here is said without a mark, or with half a mark⟧ and so on.'
  made = [objectives.example(o, text, LENGTHS, Words(), 5) for o in (objective, other)]
  assert all(np.array_equal(*pair) for pair in zip(*made))


@pytest.mark.parametrize('objective', [SalientSpans(), SalientCompletion()])
def test_salient_spans_fit_their_lengths_in_texts_of_any_length(objective):
  text = ' '.join(f'Number {n} is ⟦called {n} and {n + 1} and so on⟧.' for n in range(200))
  for key in range(50):
    inputs, targets = objectives.example(objective, text, LENGTHS, Words(), key)
    assert 2 <= len(inputs) <= 64 and 2 <= len(targets) <= 16


def test_the_other_objectives_drop_the_marks():
  for objective in (SpanCorruption(), PrefixLM()):
    plain, marked = (objectives.example(objective, text, LENGTHS, Words(), 1)
                     for text in ('One two three four five.', 'One ⟦two three⟧ four five⟧.'))
    assert all(np.array_equal(*pair) for pair in zip(plain, marked))


def test_spans_of_a_real_vocabulary_are_whole_words(vocabulary):
  text = "Maya's favorite drink is ⟦tea⟧, and she lives in ⟦Copenhagen⟧. Said: ⟦tea⟧."
  for key in range(20):
    inputs, targets = objectives.example(SalientCompletion(), text, LENGTHS, vocabulary, key)
    assert vocabulary.decode(targets.tolist()) in ('tea', 'Copenhagen')
    assert vocabulary.decode(inputs.tolist()).rsplit(' ', 1)[-1] in ('is', 'in', 'Said:')


def test_no_span_may_be_asked_for():
  with pytest.raises(UserError, match='most=0'):
    SalientSpans(most=0)
