"""What a page is about: what trains, what is evaluated, and what is neither."""
import pytest

from flan_jax.data import registry
from flan_jax.errors import UserError
from flan_jax.report.data.selection import select


@pytest.fixture(autouse=True)
def loaded():
  registry.load_shipped()


def names(datasets):
  return {dataset.name for dataset in datasets}


def test_what_a_hold_out_evaluates_is_evaluated_and_not_left_out():
  found = select('flan_holdout_nli')
  assert found.title == 'Natural language inference held out'
  assert names(found.evaluated) == names(registry.clusters()['nli'])
  assert {'glue_mrpc', 'wsc273'} <= names(found.left_out)
  assert not names(found.evaluated) & (names(found.left_out) | names(found.trained))
  assert found.why['rte'] == 'held out'
  assert names(found.datasets) == set(registry.datasets())


@pytest.mark.parametrize('name, evaluated', [
    ('flan_clusters_3', {'rte', 'copa', 'trivia_qa'}),
    ('flan_holdout_group_entailment', {'rte', 'snli'}),
])
def test_the_papers_other_mixtures_say_what_they_evaluate(name, evaluated):
  assert evaluated <= names(select(name).evaluated)


def test_a_variant_that_is_evaluated_stands_for_its_dataset():
  found = select('flan_holdout_nli_few_shot_16')
  assert 'rte_few_shot_16' in names(found.evaluated)
  assert 'rte' not in names(found.datasets) and found.why['rte_few_shot_16'] == 'held out'
  assert 'sst2_few_shot_16' in names(found.trained)


def test_what_has_no_training_rows_is_evaluated_in_its_cluster():
  found = select('coreference')
  assert names(found.evaluated) == {'wsc273'} and not found.left_out
  assert found.why['wsc273'] == 'has no training rows'
  assert names(select('wsc273').evaluated) == {'wsc273'}


def test_a_variant_of_a_dataset_or_cluster_has_a_page():
  assert names(select('rte_no_options').trained) == {'rte_no_options'}
  assert names(select('cb_examples_32').datasets) == {'cb_examples_32'}
  assert 'rte_name_only' in names(select('nli_name_only').trained)


def test_an_unknown_name_gets_the_nearest():
  with pytest.raises(UserError, match="'rte'"):
    select('rtee')
