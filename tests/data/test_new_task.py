"""What `t5x task new` makes of rows: which column is what, and a file that declares them."""
import json

import pytest

from flan_jax.data import lint, new_task, registry
from flan_jax.data.new_task_text import declaration_text
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
FLAGS = [{'message': f'Buy {i}!', 'is_spam': i % 2 == 0, 'weight': i / 4} for i in range(30)]


@pytest.fixture
def look(tmp_path):
  """The columns of rows in a JSONL file."""

  def look(rows, name='rows.jsonl'):
    path = tmp_path / name
    path.write_text(''.join(json.dumps(row) + '\n' for row in rows))
    return new_task.columns_of_files({'train': str(path)}, str(tmp_path))

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
], ids=['labels', 'requests', 'chats', 'choices', 'questions', 'flags'])
def test_columns_find_their_place(rows, inputs, target, options, metric, look):
  outline = new_task.outline(look(rows), 'own')
  assert (outline.inputs, outline.target) == (inputs, target)
  assert (outline.options, outline.metric) == (options, metric)


@pytest.mark.parametrize(
    'name, rows', [('own_labels', REVIEWS), ('own_requests', REQUESTS), ('own_chats', CHATS),
                   ('own_choices', CHOICES), ('own_questions', QUESTIONS), ('own_flags', FLAGS)])
def test_what_is_written_declares_the_dataset_and_lints_clean(name, rows, look, tmp_path):
  dataset = declare(new_task.outline(look(rows), name), tmp_path)
  assert registry.find_dataset(name) is dataset and dataset.cluster == 'own'
  assert 3 <= len(dataset.templates) <= 10 and dataset.forward_templates
  assert lint.lint([name]) == []


def test_what_is_written_gives_the_prompts_of_the_rows(look, tmp_path):
  import seqio

  declare(new_task.outline(look(REQUESTS), 'own_prompts'), tmp_path)
  task = seqio.get_mixture_or_task('own_prompts')
  examples = list(task.get_dataset(None, 'train', shuffle=False).take(2).as_numpy_iterator())
  assert examples[0]['inputs_pretokenized'].decode() == 'Name 0 things.\n\nBe brief.'
  assert examples[1]['inputs_pretokenized'].decode().endswith('\n\nName 1 things.')


def test_rows_are_divided_eight_to_one_to_one(look):
  kind, arguments = look(REVIEWS).source
  assert kind == 'Files' and arguments == {
      'train': 'rows.jsonl[:48]', 'validation': 'rows.jsonl[48:54]', 'test': 'rows.jsonl[54:]',
      'beside': '__file__'}


def test_a_sorted_file_is_noticed(look):
  assert look(sorted(REVIEWS, key=lambda row: row['mood'])).uneven == ('mood',)
  assert look(REVIEWS).uneven == ()


def test_what_is_given_is_taken(look):
  outline = new_task.outline(look(FLAGS), 'own', 'nli', inputs=['message', 'weight'],
                             target='is_spam', options='fine, spam')
  text = declaration_text(outline)
  assert "cluster='nli'" in text and "OPTIONS = ('fine', 'spam')" in text
  assert "as_text(row['weight'])" in text and "choose(row['is_spam'], OPTIONS)" in text


def test_files_elsewhere_are_named_by_their_full_path(look, tmp_path):
  look(REVIEWS)
  path, folder = tmp_path / 'rows.jsonl', tmp_path / 'tasks'
  arguments = new_task.columns_of_files({'train': str(path)}, str(folder)).source[1]
  assert arguments['train'] == f'{path}[:48]' and 'beside' not in arguments


@pytest.mark.parametrize('arguments, words', [
    ({'target': 'mod'}, "no column 'mod'.*'mood'"),
    ({'inputs': ['txt']}, "no column 'txt'.*'text'"),
    ({'inputs': ['mood'], 'target': 'mood'}, 'both input and answer'),
    ({'options': 'text'}, 'does not hold lists'),
    ({'options': 'moods'}, "'moods' is no column, nor options"),
])
def test_a_wrong_column_is_named(arguments, words, look):
  with pytest.raises(UserError, match=words):
    new_task.outline(look(REVIEWS), 'own', **arguments)


def test_rows_without_anything_like_an_answer_ask_for_it(look):
  with pytest.raises(UserError, match='no column looks like the answer.*--target.*one, two'):
    new_task.outline(look([{'one': f'a{i}', 'two': f'b{i}'} for i in range(9)]), 'own')


def test_a_tfds_name_is_declared_from_its_schema(tmp_path):
  columns = new_task.columns_of_tfds('super_glue/rte')
  outline = new_task.outline(columns, 'own_rte', target='label')
  assert outline.inputs == ('premise', 'hypothesis')
  assert outline.options == ('entailment', 'not entailment')
  dataset = declare(outline, tmp_path)
  assert dataset.source.name.startswith('super_glue/rte:') and dataset.source.train
  assert lint.lint(['own_rte']) == []


def test_nested_tfds_columns_are_reached(tmp_path):
  outline = new_task.outline(new_task.columns_of_tfds('squad'), 'own_squad')
  assert "first(row['answers']['text'])" in declaration_text(outline)
  assert declare(outline, tmp_path).answer == 'answer'


def test_an_unknown_tfds_name_is_answered_with_the_nearest():
  with pytest.raises(UserError, match="no dataset 'super_glu'.*'super_glue'"):
    new_task.columns_of_tfds('super_glu')
