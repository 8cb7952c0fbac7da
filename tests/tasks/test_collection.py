"""The paper's collection: 62 datasets in 12 clusters, ten templates each, its split slices."""
import collections

import pytest

from flan_jax.data import describe, registry

# paper, figure 3
PAPER = {
    'nli': 7, 'commonsense': 4, 'sentiment': 4, 'paraphrase': 4, 'closed_book_qa': 3,
    'struct_to_text': 4, 'translation': 8, 'reading_comprehension': 5,
    'reading_comprehension_with_commonsense': 2, 'coreference': 3, 'miscellaneous': 7,
    'summarization': 11,
}


@pytest.fixture(scope='module')
def described():
  return describe.describe_datasets()


def test_there_are_62_datasets_in_the_papers_12_clusters(described):
  names = collections.defaultdict(set)
  for entry in described:
    if entry['in_paper']:
      names[entry['cluster']].add(entry['dataset'])
  assert {cluster: len(members) for cluster, members in names.items()} == PAPER
  assert sum(PAPER.values()) == 62


def test_every_dataset_has_ten_templates_most_of_them_forward(described):
  for entry in described:
    assert entry['templates'] == 10 and entry['forward_templates'] >= 6, entry['name']


def test_training_slices_follow_the_papers_rule(described):
  """Training takes everything or the first 30,000; what chooses a template lies elsewhere."""
  for entry in described:
    splits = entry['splits']
    if 'train' not in splits:
      assert entry['name'] == 'wsc273'
      continue
    assert len(set(splits.values())) == len(splits), entry['name']
    assert 'test' in splits and 'validation' in splits, entry['name']


def test_no_template_is_given_twice():
  for dataset in registry.datasets().values():
    assert len({t.inputs for t in dataset.templates if not t.turned_around}) == len(
        dataset.forward_templates), dataset.name


def test_forward_templates_of_classification_show_their_options():
  without = collections.Counter(
      d.name for d in registry.datasets().values() if d.options is not None
      for t in d.templates if not t.turned_around and 'options_' not in t.fields)
  assert set(without) <= {'winogrande', 'paws_wiki'} and without['winogrande'] == 5
