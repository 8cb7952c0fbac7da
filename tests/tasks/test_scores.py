"""Sample rows of every dataset through declaration, SeqIO task, batch and metric."""
import itertools
import math

import numpy as np
import pytest
import seqio

from flan_jax import sample_world
from flan_jax.data import own_features as own
from flan_jax.data import registry
from flan_jax.data.registry import evaluation_task_name, reference_or_prediction
from flan_jax.evaluation.batches import pad_rows
from flan_jax.evaluation.harness import TEST

EXAMPLES = 64
DRAWS = 40  # of chance, for each example
USELESS = 'zzz qqq'

registry.load_shipped()
DATASETS = registry.datasets()
RANKED = [name for name, d in DATASETS.items() if d.options is not None]
WRITTEN = [name for name, d in DATASETS.items() if d.options is None]
# Dataset to the headline metrics of its templates.
ALL_TEMPLATES = {
    'wmt14_enfr': {'bleu_en_fr', 'bleu_fr_en'}, 'record': {'accuracy'}, 'coqa': {'f1'}}


@pytest.fixture(scope='module', autouse=True)
def sample_rows():
  seqio.set_tfds_data_dir_override(str(sample_world.write_sample_world()))
  yield
  seqio.set_tfds_data_dir_override(None)


def evaluated(name, template=None):
  """The task of a template, and references of some of its examples after a padded batch."""
  dataset = DATASETS[name]
  template = dataset.forward_templates[0] if template is None else template
  task = seqio.TaskRegistry.get(evaluation_task_name(dataset, template))
  rows = task.get_dataset(None, TEST, shuffle=False, try_in_mem_cache=False)
  examples = list(itertools.islice(rows.as_numpy_iterator(), EXAMPLES))
  check_batch(examples)
  return task, [reference_or_prediction('', e, is_target=True) for e in examples]


def check_batch(examples):
  """Padding the rows to a batch, as the harness does, leaves every option whole."""
  for feature in ('inputs', 'targets'):
    batch = pad_rows([e[feature] for e in examples], EXAMPLES)
    assert (batch > 0).sum() == sum(len(e[feature]) for e in examples)
  if own.OPTION_IDS in examples[0]:
    ids = pad_rows([e[own.OPTION_IDS] for e in examples], EXAMPLES)
    assert [row.max() for row in ids[: len(examples)]] == [len(e[own.CHOICES]) for e in examples]


def measured(task, references, answers):
  """All values of a task's metrics, which take scores or texts."""
  return {k: v for metric in task.metric_fns for k, v in metric(references, answers).items()}


def described(task):
  """What a task's metrics say of their values, by name."""
  return {value.name: value for metric in task.metric_fns for value in metric.values}


def random_scores(references, seed):
  """Uniform scores, minus infinity for options that an example does not have."""
  scores = np.random.default_rng(seed).random(
      (len(references), max(len(r.options) for r in references)))
  for row, reference in zip(scores, references):
    row[len(reference.options) :] = -np.inf
  return scores


def perfect_scores(references):
  """Nearly all likelihood on the right option; for numbers on those beside the gold one."""
  scores = np.where(np.isfinite(random_scores(references, 0)), -50.0, -np.inf)
  for row, reference in zip(scores, references):
    row[reference.option] = 0
    if reference.value is not None and reference.value % 1:
      low = math.floor(reference.value)
      row[[low, low + 1]] = np.log([low + 1 - reference.value, reference.value - low])
      row[reference.option] += 1e-7  # of two halves the one that the declaration rounds to
  return scores


def check_perfect(task, values):
  for name, value in values.items():
    less = described(task)[name].less_is_better
    if name in ('pearson', 'spearman'):  # whole numbers against a gold score with a fraction
      assert value > 0.95
    else:
      assert value == pytest.approx(0 if less else 1, abs=1e-6), name


@pytest.mark.parametrize('name', RANKED)
def test_perfect_ranking_scores_100_per_cent_and_chance_scores_chance(name):
  task, references = evaluated(name)
  assert len(references) > 25 and all(r.option >= 0 for r in references)
  check_perfect(task, measured(task, references, perfect_scores(references)))
  draws = [measured(task, references, random_scores(references, seed)) for seed in range(DRAWS)]
  for metric in draws[0]:
    expected = described(task)[metric].chance(references)
    if expected is not None and not metric.endswith('per_token'):
      values = [draw[metric] for draw in draws]
      tolerance = 4 * np.std(values, ddof=1) / math.sqrt(DRAWS)
      of_few = 0.01 if metric.startswith('f1') else 0  # its chance is that of many examples
      assert np.mean(values) == pytest.approx(expected, abs=tolerance + of_few), metric


@pytest.mark.parametrize('name', WRITTEN)
def test_perfect_texts_score_100_per_cent_and_useless_ones_nothing(name):
  task, references = evaluated(name)
  assert len(references) > 25 and all(all(r.answers) for r in references)
  check_perfect(task, measured(task, references, [r.answers[0] for r in references]))
  useless = measured(task, references, [USELESS] * len(references))
  assert useless.pop('edit_distance', 1) > 0.7
  assert max(useless.values()) < 0.01


@pytest.mark.parametrize('name', ALL_TEMPLATES)
def test_every_forward_template_can_be_scored(name):
  headlines = set()
  for template in DATASETS[name].forward_templates[1:]:
    task, references = evaluated(name, template)
    answers = (perfect_scores(references) if references[0].options
               else [r.answers[-1] for r in references])
    values = measured(task, references, answers)
    check_perfect(task, values)
    headlines.add(next(iter(values)))
  assert headlines == ALL_TEMPLATES[name]


def test_every_dataset_has_the_metrics_of_its_field():
  texts = {'summarization': 'rouge', 'struct_to_text': 'rouge', 'translation': 'bleu'}
  special = {
      'cb': 'accuracy mean_class_f1', 'cola': 'accuracy matthews', 'stsb': 'correlation accuracy',
      'glue_mrpc': 'accuracy f1', 'glue_qqp': 'accuracy f1', 'multirc': 'multirc accuracy',
      'record': 'accuracy entities', 'squad_v1': 'squad', 'squad_v2': 'squad', 'drop': 'squad',
      'coqa': 'numbered_answers', 'quac': 'quac', 'natural_questions': 'exact_match',
      'trivia_qa': 'trivia_qa', 'math_dataset': 'exact_text',
      **dict.fromkeys(('fix_punct', 'true_case', 'word_segment'), 'exact_text edit_distance'),
  }
  for name, dataset in DATASETS.items():
    usual = 'accuracy' if dataset.options is not None else texts.get(dataset.cluster)
    assert ' '.join(m.name for m in dataset.metrics) == special.get(name, usual), name
