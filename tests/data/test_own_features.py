"""Names of features and fields are their owners': none of ours stands in their way."""
import jax
import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax import models, partitioning
from flan_jax.data import own_features, registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.metrics import accuracy
from flan_jax.data.sources.files import Files
from flan_jax.data.vocabulary import features
from flan_jax.evaluation import harness
from flan_jax.stream.prepared.pipeline import Stream

LENGTHS = {'inputs': 48, 'targets': 16}
_BARE_NAMES = sorted(
    value.removeprefix(own_features.PREFIX) for value in vars(own_features).values()
    if isinstance(value, str) and value.startswith(own_features.PREFIX) and
    value != own_features.PREFIX)
NAMES = [*_BARE_NAMES, 'options', 'option_ids', 'score', 'exemplars', 'segment_ids']


@pytest.fixture(scope='module')
def foreign_task():
  """Somebody's SeqIO task with a feature of each of our names, texts and lists by turns."""
  more = {name: 'mine' if number % 2 else [3, 4] for number, name in enumerate(NAMES)}
  rows = lambda split, shuffle_files=False, seed=None: tf.data.Dataset.range(6).map(
      lambda i: {'inputs': tf.strings.as_string(i), 'targets': tf.strings.as_string(i)})
  seqio.TaskRegistry.add(
      'names_of_theirs',
      source=seqio.FunctionDataSource(rows, splits=('train', 'validation')),
      preprocessors=[
          lambda ds: ds.map(lambda e: {**e, **{k: tf.constant(v) for k, v in more.items()}}),
          seqio.preprocessors.tokenize_and_append_eos],
      output_features=features(),
      metric_fns=[
          lambda targets, predictions: {'same': np.mean([t == p for t, p in zip(
              targets, predictions)])},
          lambda targets, scores: {'score': float(np.sum(scores))}])
  yield 'names_of_theirs'
  seqio.TaskRegistry.remove('names_of_theirs')


@pytest.fixture(scope='module')
def declared_fields(tmp_path_factory):
  """A declaration whose fields have our names."""
  folder = tmp_path_factory.mktemp('rows')
  (folder / 'rows.jsonl').write_text(''.join(
      f'{{"text": "film {i}", "label": "{("bad", "good")[i % 2]}"}}\n' for i in range(8)))
  names = [name for name in NAMES if name != 'answers']
  dataset = Dataset(
      name='names_of_fields', cluster='own',
      source=Files(train='rows.jsonl[:6]', validation='rows.jsonl[6:]',
                   beside=str(folder / 'module.py')),
      fields=lambda row: {**dict.fromkeys(names, row['text']), 'answers': row['label'],
                          'answer': row['label']},
      options=('bad', 'good'),
      templates=((' '.join(f'{{{name}}}' for name in names) + '\n\n{options_}', '{answer}'),),
      metrics=(accuracy,), in_paper=False)
  registry.register(dataset)
  yield dataset.name
  registry.unregister(dataset.name)


def evaluated(name, vocabulary):
  config = models.with_vocabulary_size(models.T5Config(
      vocab_size=0, d_model=16, num_heads=1, head_dim=16, mlp_dim=16, num_encoder_layers=1,
      num_decoder_layers=1, dropout_rate=0.0, dtype='float32'), vocabulary.vocab_size)
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  outcomes = harness.evaluate(
      models.build(config), models.init_parameters(config, jax.random.PRNGKey(0)),
      harness.Evaluation(name, {**LENGTHS, 'inputs': 192}, batch_size=4), vocabulary, layout)
  return list(outcomes)


@pytest.mark.slow
def test_features_of_any_name_train_and_evaluate(foreign_task, vocabulary):
  stream = Stream(foreign_task, LENGTHS, 2, vocabulary, seed=0)
  batches = stream.batches()
  shown = next(batches)['encoder_input_tokens']
  batches.close()
  assert {vocabulary.decode(row[row > 0].tolist()[:1]) for row in shown} <= set('012345')
  outcome, = evaluated(foreign_task, vocabulary)
  assert outcome.n == 6 and set(outcome.metrics) == {'same', 'score'}
  assert [record['target'] for record in outcome.predictions] == list('012345')


def test_fields_of_any_name_train_and_evaluate(declared_fields, vocabulary):
  stream = Stream(declared_fields, {**LENGTHS, 'inputs': 192}, 2, vocabulary, seed=0)
  batches = stream.batches()
  row = next(batches)['encoder_input_tokens'][0]
  batches.close()
  assert vocabulary.decode(row[row > 0].tolist()).count('film') >= len(NAMES) - 1
  outcome, = evaluated(declared_fields, vocabulary)
  assert outcome.n == 2 and outcome.predictions[0]['options'] == ['bad', 'good']
