"""What `t5x task new` makes of rows: which column is what, and a file that declares them."""
import json
import re

import pytest

from flan_jax.data import registry
from flan_jax.data.sources.files import FileSlices
from flan_jax.data_tools import lint, new_task, new_task_columns
from flan_jax.data_tools.new_task_text import declaration_text
from flan_jax.errors import UserError

REVIEWS = [{'id': f'r{i}', 'text': f'Film {i} was fine.', 'mood': ['glad', 'sad', 'so-so'][i % 3]}
           for i in range(60)]
REQUESTS = [{'instruction': f'Name {i} things.', 'input': '' if i % 2 else 'Be brief.',
             'output': 'Well, this and that, and as it happens this once more.'}
            for i in range(30)]
CHATS = [{'messages': [{'role': 'user', 'content': f'Hello {i}.'},
                       {'role': 'assistant', 'content': f'Hello to you {i}.'}]} for i in range(30)]
CHOICES = [{'question': f'How much is {i}?', 'choices': [str(i), 'more', 'less'], 'answer': i % 3}
           for i in range(30)]
QUESTIONS = [{'question': f'How old is {i}?', 'context': f'It is {i} years old.',
              'answers': {'text': [str(i)], 'answer_start': [6]}} for i in range(30)]
MMLU = [{'question': f'How much is {i}?', 'choices': [f'{i}', 'more', 'less', 'none'],
         'answer': 'ABCD'[i % 4]} for i in range(30)]
ARC = [{'id': f'{i}', 'question': f'Which planet is {i}?',
        'choices': {'text': ['Mars', 'Paris', 'tea'], 'label': list(('ABC', '123')[i % 2])},
        'answerKey': ('ABC', '123')[i % 2][i % 3]} for i in range(30)]
LETTERED = [{'question': f'q{i}', 'A': f'a{i}', 'B': 'b', 'C': 'c', 'answer': 'ABC'[i % 3]}
            for i in range(30)]
NUMBERED = [{'goal': f'g{i}', 'choice1': f'a{i}', 'choice2': 'b', 'label': 1 + i % 2}
            for i in range(30)]
SUMMARIES = [{'id': f'{i}', 'dialogue': f'A: Hi {i}.', 'summary': f'They talk {i}.'}
             for i in range(30)]
ABSTRACTS = [{'article': f'Long {i}.', 'abstract': f'Short {i}.'} for i in range(30)]
PAIRS = [{'translation': {'de': f'Guten Tag {i}', 'en': f'Good day {i}'}} for i in range(30)]
SCORES = [{'sentence1': f'a {i}', 'sentence2': f'b {i}', 'score': i / 6} for i in range(30)]
PRICES = [{'house': f'a {i}', 'target': i * 1000} for i in range(30)]
FLAGS = [{'message': f'Buy {i}!', 'is_spam': i % 2 == 0, 'weight': i / 4} for i in range(30)]


@pytest.fixture
def look(tmp_path):
  """The columns of rows in a JSONL file."""

  def look(rows, name='rows.jsonl'):
    path = tmp_path / name
    path.write_text(''.join(json.dumps(row) + '\n' for row in rows))
    return new_task_columns.columns_of_files({'train': str(path)}, str(tmp_path))

  return look


def declare(outline, folder):
  """Imports what is written for an outline; returns the declaration."""
  module = {'__file__': str(folder / 'my_task.py')}
  exec(compile(declaration_text(outline), 'my_task.py', 'exec'), module)
  return module['DATASETS'][0]


@pytest.mark.parametrize('rows, inputs, target, options, metric', [
    (REVIEWS, ('text',), 'mood', ('glad', 'sad', 'so-so'), 'accuracy'),
    (REQUESTS, ('instruction', 'input'), 'output', None, 'rouge'),
    (CHATS, ('messages/content',), 'messages/content', None, 'rouge'),
    (CHOICES, ('question',), 'answer', 'choices', 'accuracy'),
    (QUESTIONS, ('question', 'context'), 'answers/text', None, 'squad'),
    (FLAGS, ('message',), 'is_spam', ('no', 'yes'), 'accuracy'),
    (MMLU, ('question',), 'answer', 'choices', 'accuracy'),
    (ARC, ('question',), 'answerKey', 'choices/text', 'accuracy'),
    (LETTERED, ('question',), 'answer', 'A, B, C', 'accuracy'),
    (NUMBERED, ('goal',), 'label', 'choice1, choice2', 'accuracy'),
    (SUMMARIES, ('dialogue',), 'summary', None, 'rouge'),
    (ABSTRACTS, ('article',), 'abstract', None, 'rouge'),
    (PAIRS, ('translation/en',), 'translation/de', None, 'bleu'),
    (SCORES, ('sentence1', 'sentence2'), 'score', ('0', '1', '2', '3', '4', '5'), 'correlation'),
    (PRICES, ('house',), 'target', None, 'exact_text'),
], ids=['labels', 'requests', 'chats', 'choices', 'questions', 'flags', 'mmlu', 'arc', 'lettered',
        'numbered', 'summaries', 'abstracts', 'pairs', 'scores', 'prices'])
def test_columns_find_their_place(rows, inputs, target, options, metric, look):
  outline = new_task.outline(look(rows), 'own')
  assert (outline.inputs, outline.target) == (inputs, target)
  assert (outline.options, outline.metric) == (options, metric)


@pytest.mark.parametrize(
    'name, rows', [('own_labels', REVIEWS), ('own_requests', REQUESTS), ('own_chats', CHATS),
                   ('own_choices', CHOICES), ('own_questions', QUESTIONS), ('own_flags', FLAGS),
                   ('own_mmlu', MMLU), ('own_arc', ARC), ('own_lettered', LETTERED),
                   ('own_numbered', NUMBERED), ('own_summaries', SUMMARIES),
                   ('own_abstracts', ABSTRACTS), ('own_pairs', PAIRS), ('own_scores', SCORES),
                   ('own_prices', PRICES)])
def test_what_is_written_declares_the_dataset_and_lints_clean(name, rows, look, tmp_path):
  dataset = declare(new_task.outline(look(rows), name), tmp_path)
  assert registry.find_dataset(name) is dataset and dataset.cluster == 'own'
  assert 3 <= len(dataset.templates) <= 10 and dataset.forward_templates
  assert lint.lint([name]) == []


def test_what_is_written_gives_the_prompts_of_the_rows(look, tmp_path):
  import seqio

  declare(new_task.outline(look(REQUESTS), 'own_prompts'), tmp_path)
  task = seqio.get_mixture_or_task('own_prompts')
  examples = task.get_dataset(None, 'train', shuffle=False).take(8).as_numpy_iterator()
  prompts = [example['inputs_pretokenized'].decode() for example in examples]
  assert all(re.fullmatch(r'Name \d+ things\.(\n\nBe brief\.)?', prompts[n]) for n in (0, 4))
  assert prompts[1].startswith('Answer this request.\n\nName ')


@pytest.mark.parametrize('name, rows, right', [
    ('own_right_mmlu', MMLU, lambda row: row['choices']['ABCD'.index(row['answer'])]),
    ('own_right_arc', ARC, lambda row: row['choices']['text'][
        row['choices']['label'].index(row['answerKey'])]),
    ('own_right_lettered', LETTERED, lambda row: row[row['answer']]),
    ('own_right_numbered', NUMBERED, lambda row: row[f'choice{row["label"]}']),
    ('own_right_scores', SCORES, lambda row: str(round(row['score']))),
])
def test_every_row_gets_its_right_answer(name, rows, right, look, tmp_path):
  dataset = declare(new_task.outline(look(rows), name), tmp_path)
  first = dataset.templates[0].fields[0]
  source, found = FileSlices(dataset.source), {}
  for split in ('train', 'validation', 'test'):
    for _, row in source.get_dataset(split):
      fields = dataset.row_fields(row)
      found[fields[first].numpy().decode()] = fields['answer'].numpy().decode()
  assert found == {row[first]: right(row) for row in rows}


def test_rows_are_divided_eight_to_one_to_one(look):
  kind, arguments = look(REVIEWS).source
  assert kind == 'Files' and arguments == {
      'train': 'rows.jsonl[:48]', 'validation': 'rows.jsonl[48:54]', 'test': 'rows.jsonl[54:]',
      'beside': '__file__', 'seed': 0}


def test_a_split_without_a_file_is_a_tenth_of_the_training_rows(look, tmp_path):
  look(REVIEWS), look(REVIEWS[:6], 'test.jsonl')
  columns = new_task_columns.columns_of_files(
      {'train': str(tmp_path / 'rows.jsonl'), 'test': str(tmp_path / 'test.jsonl')}, str(tmp_path))
  assert columns.sizes == {'train': 54, 'validation': 6, 'test': 6}
  assert columns.source[1]['test'] == 'test.jsonl'


def test_texts_that_are_on_both_sides_are_counted(look):
  rows = [{**row, 'context': f'It is {i // 10} years old.'} for i, row in enumerate(QUESTIONS)]
  assert look(rows).shared == {'question': 0, 'context': 3}


def test_slices_of_a_sorted_file_are_drawn(look, tmp_path):
  columns = look(sorted(REVIEWS, key=lambda row: row['mood']))
  assert columns.uneven == () and columns.sizes == {'train': 48, 'validation': 6, 'test': 6}
  text = declaration_text(new_task.outline(columns, 'own_sorted'))
  assert 'seed=0,  # slices are drawn' in text


def test_labels_that_are_numbers_ask_for_names(look, tmp_path):
  columns = look([{'text': f't{i}', 'stars': 1 + i % 3} for i in range(30)])
  with pytest.raises(UserError, match="labels in 'stars' are numbers: 1, 2, 3.*--labels=NAME,NAM"):
    new_task.outline(columns, 'own')
  with pytest.raises(UserError, match="'stars' has 3 labels, but 2 names"):
    new_task.outline(columns, 'own', labels=['bad', 'good'])
  outline = new_task.outline(columns, 'own_stars', labels=['bad', 'fair', 'good'])
  assert "choose(row['stars'] - 1, OPTIONS)" in declaration_text(outline)
  assert new_task.outline(columns, 'own', labels=['3', '2', '1']).choice.keys == (3, 2, 1)
  assert new_task.outline(columns, 'own', options='none').metric == 'exact_text'


def test_labels_with_gaps_and_rows_without_one(look, tmp_path):
  columns = look([{'text': f't{i}', 'label': (-1, 0, 4)[i % 3]} for i in range(30)])
  outline = new_task.outline(columns, 'own_gaps', labels=['no', 'yes'])
  text = declaration_text(outline)
  assert "matching(row['label'], (0, 4), OPTIONS)" in text
  assert "'no label': lambda row: row['label'] >= 0," in text
  declare(outline, tmp_path)
  assert lint.lint(['own_gaps']) == []


def test_rows_without_an_answer_are_left_out_and_a_file_of_such_refused(look, tmp_path):
  rows = [{**row, 'mood': row['mood'] if i % 5 else ''} for i, row in enumerate(REVIEWS)]
  outline = new_task.outline(look(rows), 'own_blank')
  assert outline.needed == ('mood',) and declare(outline, tmp_path).options == (
      'glad', 'sad', 'so-so')
  look([{**row, 'mood': ''} for row in REVIEWS], 'test.jsonl')
  columns = new_task_columns.columns_of_files(
      {'train': str(tmp_path / 'rows.jsonl'), 'test': str(tmp_path / 'test.jsonl')}, str(tmp_path))
  with pytest.raises(UserError, match="test.jsonl: no row has an answer in 'mood'"):
    new_task.outline(columns, 'own')


def test_a_text_beside_another_may_be_empty_and_one_alone_not(look, tmp_path):
  rows = [{'title': f'T{i}' * (i % 3 > 0), 'text': f't{i}' * (i % 7 > 0), 'label': 'uv'[i % 2]}
          for i in range(60)]
  outline = new_task.outline(look(rows), 'own_titles')
  assert outline.may_be_empty == ('title', 'text') and outline.needed == ()
  assert declare(outline, tmp_path).may_be_empty == ('title', 'text')
  alone = new_task.outline(look(rows), 'own_texts', inputs=['text'])
  assert alone.needed == ('text',) and 'no text' in declare(alone, tmp_path).keeps
  assert lint.lint(['own_texts']) == []


def test_columns_of_the_same_letters_stay_fields_of_their_own(look, tmp_path):
  rows = [{'a b': f'x{i}', 'a_b': f'y{i}', 'A B': f'z{i}', 'label': 'uv'[i % 2]} for i in range(30)]
  dataset = declare(new_task.outline(look(rows), 'own_same'), tmp_path)
  assert dataset.templates[0].inputs.startswith('A b: {a_b}\n\nA b 2: {a_b_2}\n\nA b 3: {a_b_3}')


def test_csv_says_its_delimiter_its_names_and_its_types(tmp_path):
  path = tmp_path / 'rows.csv'
  path.write_text(''.join(f'Good, no {i};{i % 2};{i / 4}\n' for i in range(30)))
  columns = new_task_columns.columns_of_files({'train': str(path)}, str(tmp_path))
  text = declaration_text(
      new_task.outline(columns, 'own_csv', target='column_2', labels=['no', 'yes']))
  assert "delimiter=';'," in text and "column_names=('column_1', 'column_2', 'column_3')," in text
  assert "columns={'column_2': int}," in text and "'column_1': row['column_1']," in text
  assert columns.notes[0] == "Cells are separated by ';'." and 'no header' in columns.notes[1]


@pytest.mark.parametrize('splits, slices', [
    (['train', 'test'], ('train[:-200]', 'train[-200:]', 'test')),
    (['train', 'validation'], ('train[:-200]', 'train[-200:]', 'validation')),
    (['train', 'validation', 'test'], ('train', 'validation', 'test')),
    (['train', 'dev', 'test'], ('train', 'dev', 'test')),
    (['train'], ('train[:-400]', 'train[-400:-200]', 'train[-200:]')),
    (['test'], (None, None, 'test')),
])
def test_tfds_slices_take_the_splits_that_there_are(splits, slices):
  found = new_task_columns.tfds_slices(splits)
  assert tuple(found.get(use) for use in ('train', 'validation', 'test')) == slices


def test_splits_of_what_is_not_prepared_are_read_in_the_code():
  columns = new_task_columns.columns_of_tfds('yelp_polarity_reviews')
  assert columns.source[1]['test'] == 'test' and columns.source[1]['train'] == 'train[:-200]'


def test_what_is_given_is_taken(look):
  outline = new_task.outline(look(FLAGS), 'own', 'nli', inputs=['message', 'weight'],
                             target='is_spam', options='fine, spam')
  text = declaration_text(outline)
  assert "cluster='nli'" in text and "OPTIONS = ('fine', 'spam')" in text
  assert "as_text(row['weight'])" in text and "choose(row['is_spam'], OPTIONS)" in text


def test_files_elsewhere_are_named_by_their_full_path(look, tmp_path):
  look(REVIEWS)
  path, folder = tmp_path / 'rows.jsonl', tmp_path / 'tasks'
  arguments = new_task_columns.columns_of_files({'train': str(path)}, str(folder)).source[1]
  assert arguments['train'] == f'{path}[:48]' and 'beside' not in arguments


@pytest.mark.parametrize('arguments, words', [
    ({'target': 'mod'}, "no column 'mod'.*'mood'"),
    ({'inputs': ['txt']}, "no column 'txt'.*'text'"),
    ({'inputs': ['mood'], 'target': 'mood'}, 'both input and answer'),
    ({'options': 'text'}, 'does not hold lists'),
    ({'options': 'moods'}, "'moods' is neither a column nor options"),
])
def test_a_wrong_column_is_named(arguments, words, look):
  with pytest.raises(UserError, match=words):
    new_task.outline(look(REVIEWS), 'own', **arguments)


def test_rows_without_anything_like_an_answer_ask_for_it(look):
  with pytest.raises(UserError, match='no column looks like the answer.*--target.*one, two'):
    new_task.outline(look([{'one': f'a{i}', 'two': f'b{i}'} for i in range(9)]), 'own')


def test_a_tfds_name_is_declared_from_its_schema(tmp_path):
  columns = new_task_columns.columns_of_tfds('super_glue/rte')
  outline = new_task.outline(columns, 'own_rte', target='label')
  assert outline.inputs == ('premise', 'hypothesis')
  assert outline.options == ('entailment', 'not entailment')
  dataset = declare(outline, tmp_path)
  assert dataset.source.name.startswith('super_glue/rte:') and dataset.source.train
  assert lint.lint(['own_rte']) == []


def test_nested_tfds_columns_are_reached(tmp_path):
  outline = new_task.outline(new_task_columns.columns_of_tfds('squad'), 'own_squad')
  assert "first(row['answers']['text'])" in declaration_text(outline)
  assert declare(outline, tmp_path).answer == 'answer'


def test_splits_of_what_is_prepared_are_looked_up(write_rows, data_dir):
  review = {'text': 'Good.', 'label': 1}
  data_dir(write_rows('yelp_polarity_reviews', '0.2.0', {'train': [review] * 3}))
  columns = new_task_columns.columns_of_tfds('yelp_polarity_reviews')
  assert columns.source[1]['test'] == 'train[-200:]' and columns.notes == ()
  row = {'sentence': 'Good.', 'label': 1, 'idx': 0}
  data_dir(write_rows('glue/sst2', '2.0.0', dict.fromkeys(
      ('train', 'validation', 'test'), [row])))
  columns = new_task_columns.columns_of_tfds('glue/sst2')
  assert columns.source[1]['test'] == 'validation'  # there are no labels in its test split


def test_an_unknown_tfds_name_is_answered_with_the_nearest():
  with pytest.raises(UserError, match="no dataset 'super_glu'.*'super_glue'"):
    new_task_columns.columns_of_tfds('super_glu')
