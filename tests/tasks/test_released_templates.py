"""Template files as FLAN's release has them drop in: plain (inputs, targets) pairs by key.

The patterns here are made up; keys, names of fields and directions are the release's.
"""
import dataclasses

import pytest

from flan_jax.data import Template, registry

# Key -> the declarations it serves, the fields its patterns name, the field that is asked for.
KEYS = {
    'aeslc': ('aeslc', 'body', 'subject'),
    'ag_news_subset': ('ag_news_subset', 'title text options_', 'answer'),
    'anli': ('anli_r1 anli_r2 anli_r3', 'context hypothesis options_', 'answer'),
    'arc': ('arc_easy arc_challenge', 'question options_', 'answer'),
    'bool_q': ('bool_q', 'title text question options_', 'answer'),
    'cb': ('cb', 'premise hypothesis options_', 'answer'),
    'cnn_dailymail': ('cnn_dailymail', 'text', 'highlights'),
    'cola': ('cola', 'sentence options_', 'answer'),
    'common_gen': ('common_gen', 'concepts concepts_newline', 'target'),
    'copa': ('copa', 'premise question options_', 'answer'),
    'coqa': ('coqa', 'text numbered_questions', 'numbered_answers'),
    'cosmos_qa': ('cosmos_qa', 'context question options_', 'answer'),
    'dart': ('dart', 'tripleset tripleset_newline', 'target'),
    'definite_pronoun_resolution': (
        'definite_pronoun_resolution', 'sentence pronoun options_', 'answer'),
    'drop': ('drop', 'context question', 'answer'),
    'e2e_nlg': ('e2e_nlg', 'meaning_representation', 'target'),
    'fix_punct': ('fix_punct', 'no_punct', 'answer'),
    'gigaword': ('gigaword', 'text', 'summary'),
    'glue_mrpc': ('glue_mrpc', 'sentence1 sentence2 options_', 'answer'),
    'glue_qqp': ('glue_qqp', 'question1 question2 options_', 'answer'),
    'hellaswag': ('hellaswag', 'context options_', 'answer'),
    'imdb_reviews': ('imdb_reviews', 'text options_', 'answer'),
    'math_dataset': ('math_dataset', 'question', 'answer'),
    'mnli': ('mnli_matched mnli_mismatched', 'premise hypothesis options_', 'answer'),
    'multi_news': ('multi_news', 'text', 'summary'),
    'multirc': ('multirc', 'paragraph question response options_', 'answer'),
    'natural_questions': ('natural_questions', 'question', 'answer'),
    'newsroom': ('newsroom', 'title text', 'summary'),
    'openbookqa': ('openbookqa', 'fact question options_', 'answer'),
    'opinion_abstracts_idebate': (
        'opinion_abstracts_idebate', 'debate_name argument_sentences', 'claim'),
    'opinion_abstracts_rotten_tomatoes': (
        'opinion_abstracts_rotten_tomatoes', 'movie first_review numbered_reviews',
        'critic_consensus'),
    'para_crawl': ('para_crawl_enes', 'lang1 lang2 sent1', 'sent2'),
    'paws_wiki': ('paws_wiki', 'sentence1 sentence2 options_', 'answer'),
    'piqa': ('piqa', 'goal options_', 'answer'),
    'qnli': ('qnli', 'question sentence options_', 'answer'),
    'quac': ('quac', 'title background context question', 'answer'),
    'record': ('record', 'passage query options_str', 'answer'),
    'rte': ('rte', 'premise hypothesis options_', 'answer'),
    'samsum': ('samsum', 'dialogue', 'summary'),
    'sentiment140': ('sentiment140', 'text options_', 'answer'),
    'snli': ('snli', 'premise hypothesis options_', 'answer'),
    'squad_v1': ('squad_v1', 'title context question', 'answer'),
    'squad_v2': ('squad_v2', 'title context question', 'answer'),
    'sst2': ('sst2', 'sentence options_', 'answer'),
    'story_cloze': ('story_cloze', 'context options_', 'answer'),
    'stsb': ('stsb', 'sentence1 sentence2 options_', 'answer_str'),
    'trec': ('trec', 'text options_', 'answer'),
    'trivia_qa': ('trivia_qa', 'question', 'answer'),
    'true_case': ('true_case', 'lower', 'answer'),
    'web_nlg_en': ('web_nlg_en', 'input_string', 'target'),
    'wic': ('wic', 'sentence1 sentence2 word options_', 'answer'),
    'wiki_lingua_english_en': ('wiki_lingua_english_en', 'source', 'target'),
    'winogrande': ('winogrande', 'context options_', 'answer'),
    'wmt14_enfr': ('wmt14_enfr', 'lang1 lang2 sent1', 'sent2'),
    'wmt16_translate': (
        'wmt16_translate_csen wmt16_translate_deen wmt16_translate_fien wmt16_translate_roen '
        'wmt16_translate_ruen wmt16_translate_tren', 'lang1 lang2 sent1', 'sent2'),
    'wnli': ('wnli', 'sentence1 sentence2 options_', 'answer'),
    'word_segment': ('word_segment', 'no_space', 'answer'),
    'wsc': ('wsc', 'context text1 text2 options_', 'answer'),
    'wsc273': ('wsc273', 'context options_', 'answer'),
    'xsum': ('xsum', 'text', 'summary'),
    'yelp_polarity_reviews': ('yelp_polarity_reviews', 'text options_', 'answer'),
}
OPTIONS = {'options_', 'options_str'}
SERVED = [(name, fields.split(), asked)
          for names, fields, asked in KEYS.values() for name in names.split()]
TRANSLATIONS = [name for name, fields, _ in SERVED if 'lang1' in fields]


def test_every_declaration_has_a_key(declared):
  assert {name for name, *_ in SERVED} == set(declared)


def pairs(fields, asked):
  """Ten patterns that name all fields, and which of them ask for the answer alone."""
  about = ' '.join(f'{{{name}}}' for name in fields)
  body = next(name for name in fields if name not in (*OPTIONS, 'title', 'lang1'))
  return [
      (f'{about}\n\nWhat is it?', f'{{{asked}}}', True),
      (f'Look at this: {about}', f'{{{asked}}} ', True),
      (f'One {{{body}}} only', f'{{{asked}}}', body != 'lang2'),
      (f'{{{body}}}', f'{{{asked}}}\n', body != 'lang2'),
      ('Make one up.' + ''.join(f' {{{o}}}' for o in OPTIONS & set(fields)), f'{{{asked}}}', False),
      ('Make one up.', f'Here it is: {{{asked}}}. And more: {{{body}}}', False),
      (f'It is {{{asked}}}. What of {{{body}}}?', f'{{{asked}}}', False),
      (f'Write something for {{{asked}}}.', f'{{{body}}}', False),
      (f'Write something for {{{asked}}}.', f'{{{body}}} ({{{asked}}})', False),
      ('Write anything.', f'{about}\n\n{{{asked}}}', False),
  ]


@pytest.mark.parametrize('name, fields, asked', SERVED, ids=[name for name, *_ in SERVED])
def test_released_fields_are_known_and_directions_are_told_apart(name, fields, asked, declared):
  made = pairs(fields, asked)
  dataset = dataclasses.replace(
      declared[name], templates=tuple((inputs, targets) for inputs, targets, _ in made))
  assert [not t.turned_around for t in dataset.templates] == [forward for *_, forward in made]
  assert not list(dataset.faults())
  for number in dataset.forward_templates:
    assert f'{{{asked}}}' not in dataset.templates[number].inputs


@pytest.mark.parametrize('name', TRANSLATIONS)
def test_a_translation_is_asked_for_in_both_directions(name, declared):
  released = (
      ('{sent1}\n\nTranslate to {lang2}', '{sent2}'),
      ('{sent2}\n\nTranslate to {lang1}', '{sent1}'),
      ('Write a sentence not in {lang1}.', '{sent2}'),
      ('Write a sentence in {lang1}.', '{sent1}'),
      ('{sent1}: in {lang2} it is {sent2}', '{sent2}'),
  )
  dataset = dataclasses.replace(declared[name], templates=released)
  assert dataset.forward_templates == (0, 1)


def test_the_options_of_record_go_by_the_name_that_the_release_gives_them(declared):
  record = dataclasses.replace(
      declared['record'], templates=(('{passage}\n\n{query}\n\n{options_str}', '{answer}'),))
  assert record.templates == (Template('{passage}\n\n{query}\n\n{options_}', '{answer}'),)
  assert 'options_str' in registry.find_dataset('record').fields(_row_of_record())


def _row_of_record():
  import tensorflow as tf

  return {'passage': tf.constant('Ada met Bo.\n@highlight\nBo left.'),
          'query': tf.constant('Later @placeholder left.'),
          'entities': tf.constant(['Ada', 'Bo']), 'answers': tf.constant(['Bo'])}
