"""SeqIO tasks of all kinds through plan and evaluation, by a tiny model."""
import clu.metrics
import jax
import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax import models, partitioning
from flan_jax.data import mixtures, registry
from flan_jax.data.fields import choose
from flan_jax.data.metrics import accuracy
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError
from flan_jax.evaluation import harness, protocol
from flan_jax.evaluation.harness import Evaluation
from flan_jax.terminal.results import evaluation_report

CONFIG = models.T5Config(
    vocab_size=2304, d_model=16, num_heads=2, head_dim=8, mlp_dim=16, num_encoder_layers=1,
    num_decoder_layers=1, dropout_rate=0.0, dtype='float32')
LENGTHS = {'inputs': 192, 'targets': 8}


@pytest.fixture(scope='module')
def parameters():
  return models.init_parameters(CONFIG, jax.random.PRNGKey(0))


@pytest.fixture
def run(parameters, vocabulary):
  """Evaluates names; returns the outcomes."""
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))

  def evaluate(names, parameters=parameters, **settings):
    config = Evaluation(names, LENGTHS, batch_size=8, num_examples=6, dev_examples=4, **settings)
    return list(harness.evaluate(models.build(CONFIG), parameters, config, vocabulary, layout))

  return evaluate


@pytest.fixture
def add():
  """Registers a plain SeqIO task for one test."""
  names = []

  def task(name, targets, metrics=(), objects=(), splits=None):
    def source(split, shuffle_files, seed=None):
      given = targets[split] if isinstance(targets, dict) else targets
      return tf.data.Dataset.from_tensor_slices(
          {'inputs': tf.constant([f'count {i}' for i in range(len(given))], tf.string),
           'targets': tf.constant(given, tf.string)})

    seqio.TaskRegistry.add(
        name, seqio.FunctionDataSource(source, splits=splits or ('train', 'validation')),
        preprocessors=[seqio.preprocessors.tokenize, seqio.preprocessors.append_eos],
        output_features=features(), metric_fns=list(metrics), metric_objs=list(objects))
    names.append(name)

  yield task
  for name in names:
    seqio.TaskRegistry.remove(name)


def of_hundred(targets, predictions):
  """As T5's metrics."""
  return {'em': 75.0, 'f1': seqio.metrics.Scalar(np.float32(80.5))}


def with_text(targets, predictions):
  return {'shown': seqio.metrics.Text(b'a text'), 'bars': seqio.metrics.Histogram(np.ones(3))}


def in_pieces(targets, scores):
  yield 'first', np.float64(0.25)
  yield {'second': jax.numpy.ones(()), 'each': (x for x in (1.0, 2.0))}


def raises(targets, predictions):
  return {'never': 1 / 0}


def is_nan(targets, scores):
  return {'hollow': float('nan')}


@jax.tree_util.register_pytree_node_class
class Count(clu.metrics.Metric):
  """A clu metric whose value is a number, not a mapping."""

  model_output_type = seqio.metrics.ModelOutputType.PREDICTION

  def __init__(self, count=0):
    self.count = count

  def tree_flatten(self):
    return (self.count,), None

  @classmethod
  def tree_unflatten(cls, aux, children):
    return cls(*children)

  @classmethod
  def from_model_output(cls, inputs, model_output, features, *args, **kwargs):
    return cls(len(model_output))

  def compute(self):
    return jax.numpy.float32(self.count)


def test_every_kind_of_metric_is_taken_as_what_it_is_and_a_broken_one_costs_its_own_line(run, add):
  add('many_kinds', ['0', '1', '2'], [of_hundred, with_text, raises, in_pieces, is_nan], [Count])
  outcome, = run('many_kinds')
  assert outcome.metrics == {'Count': 3.0, 'em': 75.0, 'f1': 80.5, 'raises': None, 'first': 0.25,
                             'second': 1.0, 'hollow': None}
  assert outcome.other['shown'] == 'a text' and outcome.other['each'] == [1.0, 2.0]
  assert 'Histogram' in outcome.other['bars']
  assert outcome.failed == {'raises': 'ZeroDivisionError: division by zero',
                            'hollow': 'its value is nan'}
  assert all(value.as_given for value in outcome.about.values())
  assert outcome.split == 'validation' and not outcome.chooses


def test_an_evaluation_leaves_seqios_registry_as_it_was(run, add):
  add('left_alone', ['0'], [of_hundred])
  before = seqio.TaskRegistry.get('left_alone')
  run('left_alone')
  assert seqio.TaskRegistry.get('left_alone') is before


def test_test_rows_without_labels_give_way_to_validation_rows(run, add):
  rows = {'validation': ['yes', 'no'], 'test': ['-1', '-1', '']}
  add('secret', rows, [of_hundred], splits=('validation', 'test'))
  outcome, = run('secret')
  assert (outcome.split, outcome.n) == ('validation', 2)
  assert 'test rows have no labels' in outcome.note
  chosen, = run('secret', split='test')
  assert chosen.n == 0 and set(chosen.metrics.values()) == {None}
  assert 'test rows have no labels' in chosen.note and len(chosen.not_scored) == 3


def test_a_label_of_minus_one_that_chooses_an_option_is_no_label(run):
  labels = {'validation': [0, 1, 0], 'test': [-1, -1]}
  rows = lambda split, shuffle_files, seed=None: tf.data.Dataset.from_tensor_slices(labels[split])
  to_texts = lambda ds: ds.map(
      lambda label: {'inputs': tf.constant('Is it?'), 'targets': choose(label, ('no', 'yes'))})
  seqio.TaskRegistry.add(
      'minus_one', seqio.FunctionDataSource(rows, splits=tuple(labels)),
      preprocessors=[to_texts, seqio.preprocessors.tokenize, seqio.preprocessors.append_eos],
      output_features=features(), metric_fns=[of_hundred])
  try:
    outcome, = run('minus_one')
  finally:
    seqio.TaskRegistry.remove('minus_one')
  assert (outcome.split, outcome.n) == ('validation', 3) and 'no labels' in outcome.note


def test_training_rows_are_scored_only_where_they_are_asked_for(run, add):
  add('train_only', ['0', '1'], [of_hundred], splits=('train',))
  with pytest.raises(UserError, match='train_only: it has training rows only.*--split=train'):
    run('train_only')
  outcome, = run('train_only', split='train')
  assert outcome.split == 'train' and outcome.n == 2
  with pytest.raises(UserError, match="train_only: it has no slice 'tset'"):
    run('train_only', split='tset')


def test_a_metric_that_seqio_cannot_call_is_named(run, add):
  add('odd', ['0'], [lambda truth, guess: {}])
  with pytest.raises(UserError, match='task odd: one of its metrics cannot be called'):
    run('odd')


def test_a_slice_whose_rows_are_all_left_out_is_named_before_anything_is_done(run, add):
  add('empty', [], [of_hundred])
  with pytest.raises(UserError, match="no rows to evaluate 'empty' on"):
    run('empty')


def test_nan_is_counted_named_and_never_a_prediction(run, add, parameters):
  broken = jax.tree.map(lambda x: x * np.nan, parameters)
  add('written', ['0', '1'], [of_hundred])
  ranked, _, written = run('cb_template_0,written', broken)
  assert (ranked.n, ranked.value, ranked.chance) == (0, None, None)
  assert len(ranked.not_scored) == 6 and next(iter(ranked.not_scored)) == 'cb/test/0'
  assert {p['prediction'] for o in (ranked, written) for p in o.predictions} == {None}
  assert written.n == 0 and written.value is None


def test_predictions_name_their_row_the_same_for_all_templates(run):
  first, second = [o for o in run('cb_template_0,cb_template_1') if not o.chooses]
  ids = [p['id'] for p in first.predictions]
  assert ids == [p['id'] for p in second.predictions] == [f'cb/test/{i}' for i in range(6)]
  assert [p['row'] for p in first.predictions] == list(range(6))
  assert [p['inputs'] for p in first.predictions] != [p['inputs'] for p in second.predictions]
  assert set(first.metrics) == {'accuracy', 'accuracy_per_token', 'mean_class_f1'}
  assert first.headline.rate and first.chance == pytest.approx(1 / 3)


def test_how_many_solved_examples_fit_in_front_of_prompts_is_told(run):
  few, plain = [o for o in run('cb_few_shot_16_template_0,cb_template_0') if not o.chooses]
  seen = [p['inputs'].count('\n\n\n') for p in few.predictions]
  assert max(seen) < 16
  assert few.shots == {'asked': 16, 'mean': sum(seen) / 6, 'none': seen.count(0)}
  assert plain.shots is None
  results = protocol.results([few, plain], step=1, mixture='x', sample_data=True)
  said = (f'in front of a prompt: {sum(seen) / 6:.1f} on average of 16; {seen.count(0)} prompts '
          'have none.')
  assert said in evaluation_report(results, 'folder')


def test_the_shipped_metrics_are_objects_that_seqio_takes():
  registry.load_shipped()
  task = seqio.TaskRegistry.get('cb_template_0')
  assert accuracy in task.score_metric_fns and not task.predict_metric_fns


@pytest.mark.slow
def test_a_baseline_prompt_is_asked_beside_the_templates_and_counts_in_no_mean_of_theirs(run):
  outcomes = run('rte', prompts='templates,baseline')
  asked = [o for o in outcomes if o.prompts == 'baseline']
  assert [(o.task, o.template, o.chooses) for o in asked] == [('rte_baseline', None, False)]
  record = asked[0].predictions[0]
  assert record['template'] is None and record['options'] == ['True', 'False']
  assert record['inputs'].endswith('True or false?\nAnswer:') and 'OPTIONS' not in record['inputs']
  assert record['id'] == outcomes[0].predictions[0]['id']
  both = protocol.results(outcomes, step=1, mixture='rte', sample_data=True)
  alone = protocol.results(run('rte'), step=1, mixture='rte', sample_data=True)
  dataset = both['datasets']['rte']
  assert dataset['baseline']['templates'] == 1 and dataset['templates'] == 9
  assert {n: v for n, v in dataset.items() if n != 'baseline'} == alone['datasets']['rte']
  assert both['clusters']['nli']['baseline']['mean'] == dataset['baseline']['mean']
  assert both['tasks']['rte_baseline']['prompts'] == 'baseline'
  assert ' baseline ' in evaluation_report(both, 'here')


def test_baseline_prompts_can_be_asked_alone_and_with_solved_examples(run):
  outcomes = run(['rte', 'rte_few_shot_2'], prompts='baseline')
  assert [o.task for o in outcomes] == ['rte_baseline', 'rte_few_shot_2_baseline']
  solved = outcomes[1].predictions[0]['inputs']
  assert solved.count('Answer:') > 1 and '\n\nTrue\n\n\n' in solved or '\n\nFalse\n\n\n' in solved
  results = protocol.results(outcomes, step=1, mixture='rte', sample_data=True)
  assert results['datasets']['rte']['mean'] is None
  assert results['datasets']['rte']['baseline']['n'] == 6


def test_nobody_trains_on_a_baseline_prompt():
  with pytest.raises(UserError, match='rte_baseline asks untuned models'):
    mixtures.training_subtasks('rte_baseline')
