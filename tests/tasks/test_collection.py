"""The paper's collection: 62 datasets in 12 clusters, ten templates each, its split slices."""
import collections

import pytest

from flan_jax.data import mixtures, registry
from flan_jax.data.sources import slices
from flan_jax.data_tools.collection import describe_datasets

# paper, figure 3
PAPER = {
    'nli': 7, 'commonsense': 4, 'sentiment': 4, 'paraphrase': 4, 'closed_book_qa': 3,
    'struct_to_text': 4, 'translation': 8, 'reading_comprehension': 5,
    'reading_comprehension_with_commonsense': 2, 'coreference': 3, 'miscellaneous': 7,
    'summarization': 11,
}

# Training, validation and test slices (paper, section 2.2: the first 30,000 rows train, some 200
# choose a template, and where the test labels are hidden the validation split serves as the test).
SLICES = {
    ('train', 'validation[-200:]', 'test'): ['aeslc'],
    ('train', 'validation[:200]', 'test'): ['anli_r1', 'openbookqa', 'samsum'],
    ('train[:-100]', 'train[-100:]', 'test'): ['coqa'],
    ('train[:-100]', 'train[-100:]', 'validation'): ['piqa', 'stsb'],
    ('train[:-200]', 'train[-200:]', 'test'): [
        'arc_challenge', 'arc_easy', 'definite_pronoun_resolution', 'imdb_reviews', 'trec'],
    ('train[:-200]', 'train[-200:]', 'validation'): [
        'bool_q', 'cola', 'cosmos_qa', 'glue_mrpc', 'multirc', 'rte', 'wic'],
    ('train[:-30]', 'train[-30:]', 'validation'): ['wnli'],
    ('train[:-50]', 'train[-50:]', 'validation'): ['cb', 'copa', 'wsc'],
    ('train[:-600]', 'train[-600:-500]', 'train[-500:]'): [
        'opinion_abstracts_idebate', 'opinion_abstracts_rotten_tomatoes'],
    ('train[:30000]', 'train[-1200:-1000]', 'train[-1000:]'): ['para_crawl_enes'],
    ('train[:30000]', 'train[-200:]', 'dev'): ['drop'],
    ('train[:30000]', 'train[-200:]', 'test'): [
        'ag_news_subset', 'math_dataset', 'sentiment140', 'yelp_polarity_reviews'],
    ('train[:30000]', 'train[-200:]', 'validation'): [
        'common_gen', 'dart', 'e2e_nlg', 'glue_qqp', 'hellaswag', 'natural_questions', 'qnli',
        'quac', 'record', 'squad_v1', 'squad_v2', 'sst2', 'trivia_qa', 'web_nlg_en'],
    ('train[:30000]', 'train[-200:]', 'validation_matched'): ['mnli_matched'],
    ('train[:30000]', 'train[-200:]', 'validation_mismatched'): ['mnli_mismatched'],
    ('train[:30000]', 'validation[:200]', 'test'): [
        'anli_r2', 'anli_r3', 'cnn_dailymail', 'gigaword', 'multi_news', 'newsroom', 'paws_wiki',
        'snli', 'wiki_lingua_english_en', 'wmt14_enfr', 'wmt16_translate_csen',
        'wmt16_translate_deen', 'wmt16_translate_fien', 'wmt16_translate_roen',
        'wmt16_translate_ruen', 'wmt16_translate_tren', 'xsum'],
    # Three tasks share a source, each with rows of its own.
    ('train[:30000]', 'train[30000:30200]', 'train[-3000:]'): ['true_case'],
    ('train[30200:60200]', 'train[60200:60400]', 'train[-3000:]'): ['fix_punct'],
    ('train[60400:90400]', 'train[90400:90600]', 'train[-3000:]'): ['word_segment'],
    ('train_xl[:30000]', 'train_xl[-200:]', 'validation'): ['winogrande'],
    ('validation[:-200]', 'validation[-200:]', 'test'): ['story_cloze'],
    (None, None, 'test'): ['wsc273'],
}


@pytest.fixture(scope='module')
def described():
  return describe_datasets()


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


def test_every_split_slice_is_the_papers(described):
  assert {e['name']: tuple(e['splits'].get(s) for s in ('train', 'validation', 'test'))
          for e in described} == {n: triple for triple, names in SLICES.items() for n in names}


def real_intervals(dataset):
  """What the slices of a dataset are on the real data, whose other splits are taken to be large."""
  declared, train = dataset.source.slices, slices.base_split(dataset.source.train)
  sizes = {slices.base_split(piece): 10**6 for piece in declared.values()}
  beside = [slices.parse_slice(s, piece) for s, piece in declared.items() if s != 'train']
  sizes[train] = dataset.about.train_examples + sum(
      len(piece.rows(10**6)) for piece in beside if piece.base == train)
  return slices.resolve(declared, sizes)


def test_training_takes_everything_up_to_30_000_examples_and_nothing_that_is_evaluated(declared):
  for dataset in declared.values():
    if dataset.source.train:
      train, *others = real_intervals(dataset).values()
      assert train.size == min(dataset.about.train_examples, 30_000), dataset.name
      assert not [o for o in others if o.split == train.split and o.start < train.stop
                  and train.start < o.stop], dataset.name


def test_caps_and_rates_add_up_to_those_of_the_released_code(declared):
  """69 tasks: 1.49 million examples at 30,000 a dataset, weights of 188,330 at 3,000."""
  sizes = [real_intervals(d)['train'].size for d in declared.values() if d.source.train]
  assert len(sizes) == 69 and sum(sizes) == 1_492_650
  assert sum(min(size, mixtures.RATE_MAXIMUM) for size in sizes) == 188_330


def test_no_template_is_given_twice():
  for dataset in registry.datasets().values():
    assert len({t.inputs for t in dataset.templates if not t.turned_around}) == len(
        dataset.forward_templates), dataset.name


def test_forward_templates_of_classification_show_their_options():
  without = collections.Counter(
      d.name for d in registry.datasets().values() if d.options is not None
      for t in d.templates if not t.turned_around and 'options_' not in t.fields)
  assert set(without) <= {'winogrande', 'paws_wiki'} and without['winogrande'] == 5


def test_every_shipped_declaration_fits_the_schema_of_its_rows(declared):
  """Those of a user's own are tried when they are made; these wait until they are used."""
  for dataset in declared.values():
    dataset.check()
