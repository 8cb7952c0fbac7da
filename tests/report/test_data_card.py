"""The data card: everything is on the page, nothing comes from elsewhere, rows cannot break it."""
import json
import re

import pytest

from flan_jax.data import About, Dataset, Files, Hub, Template, Tfds, declarations, registry
from flan_jax.data_tools import lint
from flan_jax.errors import UserError
from flan_jax.report import data as data_card
from flan_jax.report.data import balance, raw_rows, token_marks
from flan_jax.report.data import rows as row_facts
from flan_jax.report.data.facts import _rows_facts
from flan_jax.report.data.links import links


@pytest.fixture(scope='module', params=[
    'one of each cluster', pytest.param('all', marks=pytest.mark.slow)])
def declared(request):
  """All that is declared while a page is made: reading a dataset takes half a second."""
  registry.load_shipped()
  datasets = registry.datasets()
  if request.param == 'all':
    return datasets
  of_clusters = {dataset.cluster: name for name, dataset in datasets.items()}
  kept = {*of_clusters.values(), 'rte', 'anli_r1', 'piqa', 'drop'}
  return {name: dataset for name, dataset in datasets.items() if name in kept}


@pytest.fixture(scope='module')
def everything(declared, vocabulary, parsed, limits, no_findings):
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(lint, 'lint', no_findings)  # tests of its own
    patch.setattr(declarations, '_DATASETS', dict(declared))
    return parsed(data_card.render(data_card.collect(None, vocabulary, limits, sample=8)))


def test_every_dataset_and_template_is_on_the_page(everything, declared):
  shown = {d['name']: d for d in everything.facts['datasets']}
  assert list(shown) == list(declared)
  for name, dataset in declared.items():
    facts = shown[name]
    assert len(facts['templates']) == len(dataset.templates)
    assert [t['turned_around'] for t in facts['templates']] == [
        t.turned_around for t in dataset.templates]
    assert len(facts['rows']) == len(facts['raw']) > 2
    assert len(facts['marks']) == len(dataset.templates)
    assert facts['source'] == dataset.source.name and not facts['missing']


def test_the_page_is_sound_and_loads_nothing(everything):
  assert everything.open == []
  loading = {'src', 'srcset', 'action', 'data', 'poster'}
  for tag, attributes in everything.tags:
    assert not loading & set(attributes), (tag, attributes)
    assert tag != 'link' or attributes == {'rel': 'icon', 'href': 'data:,'}
  assert not re.search(r'@import|url\(|fetch\(|XMLHttpRequest|innerHTML', everything.scripts[1])
  policy = next(a['content'] for t, a in everything.tags if 'http-equiv' in a)
  assert policy.startswith("default-src 'none'")


def test_sample_data_is_said_to_be_sample_data(everything):
  assert everything.facts['sample_data'] is True
  assert everything.facts['datasets'][0]['here']['train'] < 3_000


def test_sizes_caps_rates_and_shares_follow_the_papers_rule(everything):
  datasets = everything.facts['datasets']
  rates = [min(d['examples'], 3_000) for d in datasets if not d['left_out']]
  for d in datasets:
    if not d['left_out']:
      assert d['capped'] == min(d['examples'], 30_000)
      assert d['rate'] == min(d['examples'], 3_000)
      assert d['share'] == pytest.approx(d['rate'] / sum(rates))


def test_a_hold_out_says_what_leaves_and_why_even_before_data_is_prepared(
    collect_few, data_dir, tmp_path):
  data_dir(str(tmp_path))
  facts = collect_few('flan_holdout_nli', 'rte', 'glue_qqp', 'sst2', 'copa')
  held_out = {d['name']: d for d in facts['datasets']}
  assert held_out['rte']['left_out'] == 'held out' and held_out['rte']['share'] is None
  assert 'paraphrase' in held_out['glue_qqp']['left_out']
  assert not held_out['sst2']['left_out']
  assert sum(d['share'] or 0 for d in held_out.values()) == pytest.approx(1)


def test_token_marks_cut_the_text_where_the_vocabulary_does(vocabulary):
  template = Template('Say: {text}', '{text}')
  text = 'A plain line, then 中文 and 🙂\n\nthe end '
  marks = token_marks.token_marks(template, [{'text': text}], vocabulary)[0]
  units = text.encode('utf-16-le')
  assert 2 * sum(marks['targets']) == len(units)
  assert len(marks['targets']) == len(vocabulary.encode(text))
  assert units[:2 * marks['targets'][0]].decode('utf-16-le').strip() in text.split()


def test_long_fields_are_shown_cut_short_but_measured_whole(vocabulary):
  row = {'text': 'word ' * 1_000, 'answer': 'yes', 'options_': 'OPTIONS:' + '\n- x' * 500}
  cut = row_facts.cut_short(row)
  assert len(cut['text']) < 810 and cut['text'].endswith('[…]')
  assert cut['options_'] == row['options_']
  lengths = row_facts.token_lengths([Template('{text}', '{answer}')], [row], vocabulary)
  assert lengths['inputs'] == [len(vocabulary.encode(row['text'])) + 1]


def test_rows_of_different_answers_are_shown_first():
  rows = [row_facts.Read(i, {'answer': a}) for i, a in enumerate(['no', 'no', 'yes', 'no'])]
  assert [r.position for r in row_facts.varied(rows, 'answer', 3)] == [0, 2, 1]


def test_a_dataset_that_is_not_prepared_is_shown_without_rows(
    vocabulary, data_dir, tmp_path, limits):
  data_dir(str(tmp_path))
  facts = data_card.collect('rte', vocabulary, limits)['datasets'][0]
  assert 'tfds build' in facts['missing'] and facts['rows'] == []
  assert facts['examples'] > 2_000 and len(facts['templates']) == 10


@pytest.mark.parametrize('keep, fields, why', [
    (lambda row: row['n'] > 3, None, 'all are left out'),
    (None, lambda row: 1 / 0, 'division by zero'),
])
def test_rows_that_cannot_be_shown_are_said_to_be_missing(
    keep, fields, why, tmp_path, vocabulary):
  dataset = own_rows(tmp_path, keep=keep)
  if fields:  # which the declaration would have refused
    object.__setattr__(dataset, 'fields', fields)
  facts = _rows_facts(dataset, vocabulary, 8)
  assert why in facts['missing'] and facts['rows'] == facts['raw'] == []


def test_rows_of_ones_own_files_stand_beside_their_prompts(tmp_path, vocabulary):
  facts = _rows_facts(own_rows(tmp_path), vocabulary, 8)
  assert facts['raw'][0] == [['<b>', 'true'], ['n', '1'], ['text', ['text']], ['words', '["x"]']]
  assert facts['balance'] == {'rows': 3, 'counts': [['a', 2], ['b', 1]]}
  assert facts['here'] == {'train': 3} and not facts['missing']


def own_rows(folder, **kwargs):
  rows = [{'text': text, 'n': n, '<b>': True, 'words': ['x']}
          for n, text in enumerate(['a', 'b', 'a'], 1)]
  (folder / 'rows.jsonl').write_text(''.join(json.dumps(row) + '\n' for row in rows))
  return Dataset(
      name='own', cluster='mine', source=Files(train=str(folder / 'rows.jsonl')),
      fields=lambda row: {'text': row['text'], 'answer': row['text']}, options=('a', 'b'),
      templates=(Template('{text}', '{answer}'),), metrics=(), **kwargs)


def test_an_unknown_name_gets_the_nearest(vocabulary, limits):
  with pytest.raises(UserError, match="'rte'"):
    data_card.collect('rtee', vocabulary, limits)


def test_markup_in_rows_stays_text(hostile, hostile_text, parsed):
  page = parsed(hostile)
  assert page.facts['datasets'][0]['rows'][0]['question'] == hostile_text
  assert [t for t, _ in page.tags].count('script') == 2 and 'img' not in dict(page.tags)


def test_lengths_of_tokens_are_packed_and_can_be_told_apart():
  lengths = [0, 1, 9, 10, 35, 36, 60, 61, 62, 122, 123]
  text = token_marks.packed(lengths)
  assert text[:7] == '019AZay' and text[7:9] == 'z0'
  unpacked, length = [], 0
  digits = token_marks._DIGITS
  for digit in text:
    length += digits.index(digit)
    if digit != digits[-1]:
      unpacked.append(length)
      length = 0
  assert unpacked == lengths


def test_a_row_of_the_source_stands_beside_its_prompt(everything):
  rte = next(d for d in everything.facts['datasets'] if d['name'] == 'rte')
  columns = [dict(row) for row in rte['raw']]
  assert list(columns[0]) == ['hypothesis', 'idx', 'label', 'premise']
  assert columns[0]['premise'] == ['premise']  # the text is among the fields
  assert {c['label'] for c in columns} == {'0 (entailment)', '1 (not_entailment)'}
  for row, fields in zip(columns, rte['rows']):
    assert (fields['answer'] == 'yes') == (row['label'] == '0 (entailment)')


def test_columns_of_lists_objects_and_long_texts_become_texts():
  import tensorflow as tf

  row = {'answers': {'text': tf.constant(['a', 'ü']), 'start': tf.constant([3, 4])},
         'deep': tf.ragged.constant([['x'], ['y', 'z']]), 'score': tf.constant(0.5),
         'text': tf.constant('word ' * 400), 'label': tf.constant(1), 'odd': tf.constant(-1)}
  shown = dict(raw_rows.columns(row, {'answer': 'ü'}, {'label': ('no', 'yes'), 'odd': ('no',)}))
  assert shown['answers/text'] == '["a", "ü"]' and shown['answers/start'] == '[3, 4]'
  assert shown['deep'] == '[["x"], ["y", "z"]]' and shown['score'] == '0.5'
  assert shown['label'] == '1 (yes)' and shown['odd'] == '-1'
  assert len(shown['text']) < 810 and shown['text'].endswith('[…]')


def test_the_balance_of_labels_is_counted(everything):
  datasets = {d['name']: d for d in everything.facts['datasets']}
  of_rte = datasets['rte']['balance']
  assert [option for option, _ in of_rte['counts']] == ['yes', 'no']
  assert sum(count for _, count in of_rte['counts']) == of_rte['rows'] > 100
  assert [place for place, _ in datasets['piqa']['balance']['counts']] == [1, 2]
  assert datasets['drop']['balance'] is None


def test_an_answer_that_is_no_option_is_counted_as_none_of_them():
  dataset = Dataset(
      name='stray', cluster='nli', source=Tfds('glue/rte:2.0.0', 'train'), options='choices',
      fields=lambda row: {'text': row['sentence1'], 'choices': [row['sentence1'], 'b'],
                          'answer': row['sentence2']},
      templates=(Template('{text}', '{answer}'),), metrics=())
  rows = [row_facts.Read(i, {'answer': a}, ('a', 'b')) for i, a in enumerate('abbx')]
  assert balance.balance(dataset, rows) == {'rows': 4, 'counts': [[1, 1], [2, 2], [None, 1]]}


def test_links_lead_to_paper_catalog_and_hub_and_nowhere_else(declared):
  assert links(declared['anli_r1']) == {
      'paper': 'https://arxiv.org/abs/1910.14599',
      'source': 'https://www.tensorflow.org/datasets/catalog/anli',
      'mirror': 'https://huggingface.co/datasets/facebook/anli'}
  own = Dataset(
      name='own', cluster='nli', source=Tfds('my_home_made_rows:1.0.0', 'train'),
      fields=lambda row: {'answer': row['a']}, templates=(Template('?', '{answer}'),), metrics=(),
      about=About(paper='me, javascript:alert(1)', mirror='javascript:alert(1)'))
  assert links(own) == {}


def test_a_dataset_of_the_hub_is_linked_there():
  own = Dataset(
      name='own', cluster='nli', source=Hub('me/rows.v2', train='train'),
      fields=lambda row: {'answer': row['a']}, templates=(Template('?', '{answer}'),), metrics=())
  assert links(own) == {'source': 'https://huggingface.co/datasets/me/rows.v2'}
