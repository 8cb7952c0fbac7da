"""What every declaration says about itself: paper, license, size, the released code's group."""
import collections
import re

import pytest

from flan_jax.data import registry
from flan_jax.data_tools.collection import describe_datasets

# The released code's groups, of what it trains on.
GROUPS = {
    'summarization': 11, 'structure_to_text': 4, 'reading_comprehension': 6, 'open_domain_qa': 4,
    'paraphrase': 4, 'sentiment': 4, 'text_formatting': 3, 'common_sense': 4, 'translation': 8,
    'coreference': 3, 'entailment': 10, 'math': 1, 'conversational_qa': 2,
    'word_disambiguation': 1, 'linguistic_acceptability': 1, 'question_classification': 1,
    'read_comp_and_common_sense': 2,
}


@pytest.fixture(scope='module')
def declared():
  registry.load_shipped()
  return registry.datasets().values()


def test_the_released_code_trains_69_tasks_in_17_groups(declared):
  trained = collections.Counter(d.group for d in declared if d.source.train)
  assert trained == GROUPS and len(GROUPS) == 17 and sum(GROUPS.values()) == 69


def test_every_declaration_names_its_paper_and_license(declared):
  for dataset in declared:
    about = dataset.about
    assert re.match(r'[\w .-]+ \d{4}', about.paper), dataset.name
    assert about.license, dataset.name
    assert all(re.fullmatch(r'\d{4}\.\d{5}', number)
               for number in re.findall(r'arXiv:(\S+?)(?:$|[;,])', about.paper)), dataset.name


def test_a_training_slice_is_cut_where_there_are_more_than_30000_rows(declared):
  for dataset in declared:
    train, rows = dataset.source.train, dataset.about.train_examples
    if train is None:
      assert rows is None
    else:
      assert (rows > 30_000) == bool(re.search(r'\[\d*:\d+\]', train)), dataset.name


def test_what_is_to_be_done_by_hand_is_said_where_something_is(declared):
  by_hand = {d.name for d in declared if d.about.manual}
  assert by_hand == {'newsroom', 'samsum', 'story_cloze', 'wmt16_translate_csen', 'xsum',
                     'wmt16_translate_ruen'}


def test_mirrors_are_names_of_the_hub(declared):
  mirrors = {d.about.mirror.repository for d in declared if d.about.mirror}
  assert len(mirrors) > 30 and all(re.fullmatch(r'[\w-]+/[\w-]+', m) for m in mirrors)


def test_listing_the_datasets_tells_the_facts():
  by_name = {entry['name']: entry for entry in describe_datasets()}
  assert by_name['squad_v2'] | {
      'group': 'reading_comprehension', 'license': 'CC BY-SA 4.0', 'train_examples': 130_110,
      'paper': 'Rajpurkar et al. 2018, arXiv:1806.03822', 'manual': '',
      'mirror': 'rajpurkar/squad_v2', 'mirror_lacks': ''} == by_name['squad_v2']
