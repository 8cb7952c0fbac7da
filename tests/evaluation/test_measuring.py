"""Which answers a task's headline counts as right, when the answers are texts."""
import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import metrics
from flan_jax.data.metric_types import Reference, Value, writing
from flan_jax.data.vocabulary import features
from flan_jax.evaluation import measuring

TEXTS = ('tea', 'coffee', 'milk', 'juice')


@writing(Value('is_last', rate=True))
def is_last(targets, predictions):
  """A share that is not one of the examples: each alone has another value."""
  return {'is_last': float(targets[-1].answers[0] == predictions[-1]) / len(targets)}


@writing(Value('needs_two', rate=True))
def needs_two(targets, predictions):
  return {'needs_two': float(targets[1].answers[0] == predictions[0])}


@writing(Value('often', rate=True), Value('seldom'))
def without_its_headline(targets, predictions):
  return {'seldom': 0.5}


def no_rows(split, shuffle_files, seed=None):
  return tf.data.Dataset.range(0)


@pytest.fixture
def measured(vocabulary):
  """Measures the texts 'tea', 'milk', 'milk', 'tea' against TEXTS."""
  names = []

  def measure(metric):
    names.append(f'texts_{len(names)}')
    task = seqio.TaskRegistry.add(
        names[-1], seqio.FunctionDataSource(no_rows, splits=['test']),
        preprocessors=[], output_features=features(vocabulary), metric_fns=[metric],
        postprocess_fn=lambda text, is_target, **_: Reference((text,)) if is_target else text)
    tokens = [vocabulary.encode(text) for text in ('tea', 'milk', 'milk', 'tea')]
    length = max(map(len, tokens)) + 1
    return measuring.measure(
        task, [{'targets_pretokenized': text} for text in TEXTS],
        {measuring.PREDICTION: [[*t, *[vocabulary.eos_id] * (length - len(t))] for t in tokens]})

  yield measure
  for name in names:
    seqio.TaskRegistry.remove(name)


def test_texts_are_right_by_a_headline_that_is_their_share(measured):
  for metric in (metrics.exact_match, metrics.trivia_qa):
    found = measured(metric)
    assert found.values['exact_match'] == 0.5 and found.right == [True, False, True, False]


@pytest.mark.parametrize('metric', [metrics.squad, is_last, needs_two, without_its_headline])
def test_a_headline_of_another_kind_says_of_no_text_that_it_is_right(measured, metric):
  found = measured(metric)
  assert found.right is None and not found.failed
  assert np.isfinite(next(iter(found.values.values())))
