"""Prompts that fit: bodies are shortened, instruction and options never; the rest is left out."""
import dataclasses
import re

import pytest
import seqio
import tensorflow as tf

from flan_jax.data import fitting, registry
from flan_jax.data import own_features as own
from flan_jax.data.templates import render, tabulate
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.data_tools import describe
from flan_jax.stream import prepared
from flan_jax.stream.prepared import advice

HEAD, MIDDLE = 'Read this: ', '\n\nAnd this: '
OPTIONS = '\n\nOPTIONS:\n- one of the long ones\n- another of the long ones'


@pytest.fixture(params=['sentencepiece', 'bytes'])
def feature(request, vocabulary):
  return seqio.Feature(vocabulary if request.param == 'sentencepiece' else seqio.ByteVocabulary())


def fit(feature, length, one, other='short'):
  table = tabulate([f'{HEAD}{{one}}{MIDDLE}{{other}}\n\n{{options_}}'])
  fields = {'one': one, 'other': other, 'options_': OPTIONS.strip()}
  prompt = render(table, 0, {k: tf.constant(v) for k, v in fields.items()})
  fitted = fitting.fit_prompt(prompt.text, prompt.spans, feature, length)
  return fitted, feature.vocabulary.decode(fitted.tokens.numpy().tolist())


def words(count, letter='w'):
  return ' '.join(f'{letter}{number}' for number in range(count))


def test_a_prompt_keeps_its_frame_and_both_ends_of_its_body(feature):
  whole, full = fit(feature, None, words(90))
  fitted, text = fit(feature, len(whole.tokens) - 60, words(90))
  assert bool(fitted.fits) and len(whole.tokens) - 70 < len(fitted.tokens)
  assert len(fitted.tokens) + int(fitted.lost) == len(whole.tokens)
  assert text.split('w0')[0] == full.split('w0')[0] and text.endswith(full[-len(OPTIONS) + 4:])
  body = text.split('w', 1)[1].split('And this')[0].split()
  assert body[-1] == 'w89' and body[1:4] == ['w1', 'w2', 'w3']
  second = next(i for i, word in enumerate(body) if i and word != f'w{i}')
  assert all(word in full.split() for word in body[second + 1 :])


@pytest.mark.parametrize('bodies', [('x' * 200,), ('x' * 200, 'y' * 200)])
def test_bodies_of_one_long_word_fill_the_room_to_the_last_token(feature, bodies):
  whole, _ = fit(feature, None, *bodies)
  for gone in (1, 59, 60):
    fitted, text = fit(feature, len(whole.tokens) - gone, *bodies)
    assert len(fitted.tokens) == len(whole.tokens) - gone and text.endswith('of the long ones')


def test_what_follows_the_gap_begins_with_a_whole_word(feature):
  body = ' '.join(['kaka'] * 40 + ['zozo'] * 40)
  whole, _ = fit(feature, None, body)
  for more in range(5):
    _, text = fit(feature, len(whole.tokens) // 2 + more, body)
    assert re.search(r'(kaka )+k?a?k?a? ?( zozo)+\n\nAnd', text), text


def test_a_target_that_is_too_long_keeps_its_beginning_and_the_end_mark(feature):
  whole, _ = fitting.cut_target(words(30), feature, None)
  cut, lost = fitting.cut_target(words(30), feature, 12)
  assert cut.numpy().tolist() == [*whole[:11].numpy(), feature.vocabulary.eos_id]
  assert int(lost) == len(whole) - 12


def test_the_longest_fields_are_shortened_to_one_length(feature):
  whole, _ = fit(feature, None, words(90, 'a'), words(60, 'b'))
  _, text = fit(feature, len(whole.tokens) // 2, words(90, 'a'), words(60, 'b'))
  kept = [[w for w in text.split() if w[:1] == letter and w[1:].isdigit()] for letter in 'ab']
  first, second = (len(feature.vocabulary.encode(' '.join(of_field))) for of_field in kept)
  assert abs(first - second) <= 8 and len(kept[1]) < 60


def test_a_prompt_without_room_for_a_body_is_left_out(feature):
  needs = int(fit(feature, 30, words(90))[0].needs)
  just, least = fit(feature, needs, words(90))
  short, text = fit(feature, needs - 1, words(90))
  assert bool(just.fits) and len(just.tokens) <= needs
  assert all(text in least for text in ('w0 w1', 'w89', 'short', OPTIONS.strip()))
  assert not bool(short.fits) and text == fit(feature, None, words(90))[1]


def test_without_places_of_tokens_nothing_is_shortened():
  feature = seqio.Feature(seqio.FullCodepointVocabulary())
  assert not bool(fit(feature, 100, words(90))[0].fits)
  assert bool(fit(feature, 1000, words(90))[0].fits)


def test_what_does_not_fit_is_left_out_and_counted_everywhere(vocabulary, tmp_path, declared):
  lengths = {'inputs': 64, 'targets': 8}
  task = with_vocabulary(seqio.TaskRegistry.get('hellaswag'), vocabulary)
  every = list(fitting.with_unfitting(task).get_dataset(
      lengths, 'train', shuffle=False).as_numpy_iterator())
  read = sum(1 for _ in task.get_dataset(lengths, 'train', shuffle=False))
  left_out = len(every) - read
  assert left_out == sum(not e[own.FITS] for e in every) > 0 and read
  task = prepared.Declared(registry.find_dataset('hellaswag'))
  settings = prepared.Settings(vocabulary, lengths, str(tmp_path))
  manifest = prepared.prepare([task], settings)['hellaswag'][0]
  assert (manifest['examples'], manifest['left_out']) == (read, left_out)
  assert manifest['needed_inputs'] == max(e[own.NEEDS] for e in every)
  assert manifest['targets_truncated'] == sum(
      e[own.FITS] and e[own.TARGETS_TRUNCATED] > 0 for e in every)
  lines = advice.advice({'hellaswag': advice.of_manifests([manifest])}, lengths)
  assert f'hellaswag {left_out:,} of {len(every):,}' in lines[0]
  assert f'inputs of {manifest["needed_inputs"]:,} tokens' in lines[0]
  wider = prepared.Settings(
      vocabulary, {**lengths, 'inputs': manifest['needed_inputs']}, str(tmp_path))
  manifest = prepared.prepare([task], wider)['hellaswag'][0]
  assert manifest['left_out'] == 0 and manifest['truncated'] > 0
  shown = describe.preview('hellaswag', 12, lengths, vocabulary)
  assert [s['left_out'] for s in shown] == [not e[own.FITS] for e in every[:12]]
  described = describe.describe_mixture(
      'hellaswag', describe.Budget(10, 8, lengths), vocabulary)['tasks'][0]['looked_at']
  sample = every[:16]
  assert described['left_out'] == sum(not e[own.FITS] for e in sample)
  assert advice.Tally(**described).examples == 16
  assert dataclasses.asdict(advice.Tally())['left_out'] == 0
