"""The sample world's labels, answers and summaries, checked by rules of the tests' own."""
import collections
import itertools
import re

import pytest

from flan_jax import sample_world
from flan_jax.sample_world import languages, world
from flan_jax.sample_world.rows import reviews

ALL_NAMES = {name for pool in world.NAMES.values() for name in itertools.chain(*pool)}


def read_facts(text: str, relations=world.PERSON_RELATIONS) -> set[tuple]:
  """(name, relation, value, denied) of every sentence; pronouns mean who was named last."""
  facts, name = set(), None
  for sentence in re.findall(r'[^.]+\.', text):
    found = [n for pool in world.NAMES.values() for n in itertools.chain(*pool)
             if re.search(rf'\b{n}\b', sentence)]
    name = found[0] if found else name
    for relation in relations:
      for form, denied in [(f, False) for f in relation.say] + [(f, True) for f in relation.deny]:
        pattern = re.escape(form).replace(r'\ ', ' ').replace(r'\{v\}', r'(?P<v>\w+)')
        for key, words in {'S': f'({name}|She|He)', 'm': f'({name}|she|he)',
                           'P': f"({name}'s|Her|His)", 'p': '(her|his)'}.items():
          pattern = pattern.replace(r'\{%s\}' % key, words)
        match = re.fullmatch(pattern, sentence.strip())
        if match and match['v'] in relation.values:
          facts.add((name, relation.name, match['v'], denied))
  return facts


def verdict(premise: str, hypothesis: str) -> str | None:
  """What the facts read from both texts say; None where the hypothesis speaks of an implied one."""
  stated = read_facts(hypothesis)
  if len(stated) != 1:
    return None
  (name, relation, value, denied), = stated
  told = [v for n, r, v, _ in read_facts(premise) if (n, r) == (name, relation)]
  if not told:
    return 'neutral'
  return 'entailment' if (told == [value]) != denied else 'contradiction'


@pytest.mark.parametrize('name,split,classes', [
    ('anli/r1', 'test', ('entailment', 'neutral', 'contradiction')),
    ('anli/r3', 'test', ('entailment', 'neutral', 'contradiction')),
    ('glue/mnli', 'validation_matched', ('entailment', 'neutral', 'contradiction')),
    ('super_glue/rte', 'validation', ('entailment', 'not_entailment')),
])
def test_what_follows_from_the_premise_is_what_the_label_says(name, split, classes):
  checked = 0
  for row in sample_world.rows(name, split)[:120]:
    premise = row.get('premise') or row['context']
    found = verdict(premise, row['hypothesis'])
    if found is None:
      continue
    checked += 1
    expected = classes[row['label']]
    assert found == expected or (expected == 'not_entailment' and found != 'entailment'), row
  assert checked > 60


def test_squad_answer_stands_at_its_offset():
  for row in [
      r for split in ('train', 'validation') for r in sample_world.rows('squad/v1.1', split)]:
    for text, start in zip(row['answers']['text'], row['answers']['answer_start']):
      assert re.match(rf'{text}\b', row['context'][start:])
      assert not row['context'][start - 1].isalpha()


def test_pronoun_and_candidates_are_in_the_sentence():
  for row in sample_world.rows('definite_pronoun_resolution', 'test'):
    assert f' {row["pronoun"]} ' in row['sentence']
    assert all(candidate in row['sentence'] for candidate in row['candidates'])


def test_winogrande_has_one_gap_and_wsc_spans_count_words():
  for row in sample_world.rows('winogrande', 'validation'):
    assert row['sentence'].split().count('_') == 1 and row['option1'] != row['option2']
  for row in sample_world.rows('super_glue/wsc.fixed', 'validation'):
    words = row['text'].split()
    for span in ('span1', 'span2'):
      text = row[f'{span}_text'].split()
      assert words[row[f'{span}_index']:][:len(text)] == text


def test_wic_offsets_cut_out_the_word():
  for row in sample_world.rows('super_glue/wic', 'train'):
    for i in '12':
      assert row[f'sentence{i}'][row[f'start{i}']:row[f'end{i}']] == row['word']


def test_linear_equations_hold_for_their_answers():
  for row in sample_world.rows('math_dataset/algebra__linear_1d', 'test'):
    sides, letter = re.fullmatch(r'Solve (.*) for (\w)\.', row['question']).groups()
    left, right = (eval(side, {letter: int(row['answer'])}) for side in sides.split(' = '))
    assert left == right


def all_rows(name: str, most: int | None = None) -> list[dict]:
  """The rows of all splits, of each split the first `most`."""
  return [row for split in sample_world.catalog.SAMPLES[name].sizes
          for row in sample_world.rows(name, split)[:most]]


def test_candidate_answer_is_right_when_the_paragraph_tells_it():
  for row in all_rows('super_glue/multirc', most=160):
    told = read_facts(row['paragraph'])
    subject = (ALL_NAMES & set(re.findall(r'\w+', row['question']))).pop()
    if row['answer'].endswith('.'):
      stated = read_facts(f'{subject}. {row["answer"]}')
      right = bool(stated) and stated <= told
    else:
      relation = relation_asked(row['question'])[1]
      right = (subject, relation, row['answer'], False) in told
    assert right == bool(row['label']), row


def relation_asked(question: str) -> tuple[str, str]:
  """(name, relation) of a question about a person or a place to eat."""
  for relation in world.PERSON_RELATIONS + world.VENUE_RELATIONS:
    for form in relation.ask:
      pattern = re.escape(form).replace(r'\{n\}', r'(?P<n>\w+|the \w+ \w+)')
      match = re.fullmatch(re.sub(r'\\\{p\\\}', '(her|his|its)', pattern), question)
      if match:
        return match['n'], relation.name
  raise ValueError(question)


def test_candidates_of_a_question_stand_together_and_share_its_paragraph():
  for split in ('train', 'validation'):
    groups = itertools.groupby(sample_world.rows('super_glue/multirc', split),
                               key=lambda row: row['idx']['question'])
    seen = collections.Counter()
    for question, rows in groups:
      rows = list(rows)
      seen[question] += 1
      assert len(rows) == 4 and len({row['idx']['answer'] for row in rows}) == 4
      assert len({(r['paragraph'], r['question'], r['idx']['paragraph']) for r in rows}) == 1
      assert sum(row['label'] for row in rows) in (1, 3)
    assert max(seen.values()) == 1


def test_duplicate_questions_ask_for_the_same_fact():
  for row in all_rows('glue/qqp', most=200):
    first, second = (row[f'question{i}'].replace('""', '') for i in '12')
    assert (relation_asked(first) == relation_asked(second)) == bool(row['label']), row


def test_similarity_score_adds_up_what_two_sentences_share():
  scores = set()
  for row in all_rows('glue/stsb', most=150):
    # "… and she …" becomes two sentences, which the reader of facts knows.
    texts = [re.sub(r' and (\w)', lambda m: f'. {m[1].upper()}', row[f'sentence{i}']) for i in '12']
    first, second = ({r: (n, v) for n, r, v, _ in read_facts(text)} for text in texts)
    assert len(first) == len(second) == 2, row
    names = [{n for n, _ in told.values()} for told in (first, second)]
    score = float(names[0] == names[1])
    for relation in first.keys() & second.keys():
      score += 2.0 if first[relation][1] == second[relation][1] else 0.5
    assert row['label'] == score, row
    scores.add(round(score))
  assert scores == {0, 1, 2, 3, 4, 5}


def number_answer(passage: str, question: str) -> str:
  """The answer to a question on numbers, from the numbers in the passage."""
  owned = collections.defaultdict(dict)
  for sentence in passage.split('. '):
    name, = ALL_NAMES & set(re.findall(r'\w+', sentence))
    owned[name] |= {thing: int(n) for n, thing in re.findall(r'(\d+) (\w+)', sentence)}
  thing = re.search(r'(?:How many|more) (?:more )?(\w+)', question)[1]
  named = [name for name in owned if re.search(rf'\b{name}\b', question)]
  counts = {name: owned[name][thing] for name in named}
  if question.startswith('Who'):
    return max(counts, key=counts.get)
  if 'more' in question:
    return str(max(counts.values()) - min(counts.values()))
  return str(sum(counts.values()))


def test_answers_on_numbers_follow_from_the_passage():
  for row in all_rows('drop'):
    assert row['answer'] == number_answer(row['passage'], row['question']), row
  assert all(row['answer'] in row['validated_answers'] for row in sample_world.rows('drop', 'dev'))


def test_only_the_answers_of_record_make_its_query_true():
  counts = collections.Counter()
  for row in all_rows('super_glue/record', most=150):
    story, *highlights = row['passage'].split('\n@highlight\n')
    told = read_facts(story)
    assert 4 <= len(row['entities']) <= 8 and set(row['answers']) <= set(row['entities'])
    assert all(entity in story for entity in row['entities']) and len(highlights) == 2
    statement = row['query'].partition(' that ')[2]
    true = []
    for entity in row['entities']:
      filled = statement.replace('@placeholder', entity)
      stated = read_facts(filled[0].upper() + filled[1:])
      if stated and stated <= told:
        true.append(entity)
    assert true == row['answers'], row
    counts[len(true)] += 1
  assert counts[2] > 10 and counts[1] > 200


def test_a_third_of_squad_v2_asks_what_the_text_leaves_out():
  rows = all_rows('squad/v2.0')
  assert abs(sum(row['is_impossible'] for row in rows) / len(rows) - 1 / 3) < 0.01
  for row in rows[-300:]:
    assert row['is_impossible'] == (not row['answers']['text'])
    found = row['plausible_answers' if row['is_impossible'] else 'answers']
    for text, start in zip(found['text'], found['answer_start'], strict=True):
      assert row['context'][start:].startswith(text)
    about = relation_asked(row['question'])
    if about[0] in ALL_NAMES:
      told = {fact[:2] for fact in read_facts(row['context'])}
      assert (about in told) != row['is_impossible'], row


def test_conversation_answers_stand_at_their_offsets():
  for row in all_rows('coqa'):
    answers = row['answers']
    assert len(row['questions']) == len(answers['input_text'])
    for text, start, end in zip(*answers.values(), strict=True):
      span = row['story'][start:end]
      assert text == 'unknown' if start == -1 else (
          text in (span, 'yes', 'no', 'Yes', 'No') and span)
  for row in all_rows('quac'):
    for text, start in zip(*row['answers'].values(), strict=True):
      assert row['context'][start:].startswith(text)
    assert row['context'].endswith(' CANNOTANSWER')
  unanswered = [row['orig_answer']['text'] == 'CANNOTANSWER' for row in all_rows('quac')]
  assert 0.15 < sum(unanswered) / len(unanswered) < 0.25


def test_wsc273_offsets_cut_out_the_pronoun_and_options_are_in_the_text():
  for row in all_rows('wsc273'):
    assert row['text'][row['pronoun_start']:row['pronoun_end']] == row['pronoun_text']
    first, second = (row['text'].index(row[f'option{i}_normalized']) for i in '12')
    assert first < second < row['pronoun_start']


def test_polarity_is_that_of_the_last_word_of_praise_or_blame():
  good, bad = set(reviews.GOOD) | {'happy', 'glad', 'like'}, set(reviews.BAD) | {'sad', 'ill'}
  for row in all_rows('sentiment140'):
    words = re.findall(r'\w+', row['text'].replace('do not like', 'bad'))
    found = [word in good for word in words if word in good | bad]
    assert row['polarity'] == {(): 2, (True,): 4, (False,): 0}[tuple(found[-1:])], row
  for row in all_rows('yelp_polarity_reviews'):
    praised = re.search(r'the \w+ was (\w+)\.', row['text'])[1] in good
    assert praised == bool(row['label']), row


def test_consensus_says_what_most_reviews_say():
  for row in all_rows('opinion_abstracts/rotten_tomatoes'):
    for part, verdict in re.findall(r'the (\w+) is (good|bad)', row['_critic_consensus'].lower()):
      words = [review['value'].lower() for review in row['_critics'] if part in review['value']]
      praised = sum(any(good in re.findall(r'\w+', text) for good in reviews.GOOD)
                    for text in words)
      assert words and (praised * 2 > len(words)) == (verdict == 'good'), row


@pytest.mark.parametrize('name,text,summary', [
    ('cnn_dailymail', 'article', 'highlights'), ('multi_news', 'document', 'summary'),
    ('newsroom', 'text', 'summary'), ('gigaword', 'document', 'summary'),
    ('samsum', 'dialogue', 'summary'), ('aeslc', 'email_body', 'subject_line'),
    ('gem/wiki_lingua_english_en', 'source', 'target')])
def test_summaries_hold_no_name_or_number_that_the_text_lacks(name, text, summary):
  for row in all_rows(name):
    words = set(re.findall(r'\w+', row[text].lower()))
    for word in re.findall(r'(?<!^)\b(?:[A-Z]\w+|\d+)', row[summary]):
      # Verbs that begin a step are the text's in another form.
      assert word.lower() in words or name.startswith('gem/'), (word, row)
    assert len(row[summary]) < len(row[text]) or name == 'aeslc'


def test_who_the_news_is_about_is_told_in_the_text():
  for name, text, summary in (('cnn_dailymail', 'article', 'highlights'),
                              ('multi_news', 'document', 'summary')):
    for row in all_rows(name, most=60):
      who, job, city = re.search(r'(\w+) is a (\w+) in (\w+) ?\.', row[summary]).groups()
      told = read_facts(re.sub(r'\|{5}|^.* -- ', '', row[text]))
      assert {(who, 'job', job, False), (who, 'city', city, False)} <= told, row


@pytest.mark.parametrize('code', sorted(languages.LANGUAGES))
def test_translations_are_filled_and_keep_names_and_marks(code):
  language = languages.LANGUAGES[code]
  name = 'para_crawl/enes' if code == 'es' else f'wmt16_translate/{code}-en'
  for row in all_rows(name):
    assert not re.search(r'[{}|_]', row[code] + row['en']), row
    assert row[code][-1] == row['en'][-1]
    for word in ALL_NAMES & set(re.findall(r'\w+', row['en'])):
      assert language.names.get(word, word) in row[code], row


@pytest.mark.parametrize('code', sorted(languages.LANGUAGES))
def test_no_two_english_words_of_a_kind_share_a_translation(code):
  language = languages.LANGUAGES[code]
  for kind, table in language.tables.items():
    firsts = [forms[0] for forms in table.values()]
    assert len(set(firsts)) == len(firsts), kind
    assert len({len(forms) for forms in table.values()}) == 1, kind
  if language.names:
    assert set(language.names) == ALL_NAMES


def test_neutral_escaped_and_masked_rows_are_there_as_in_the_real_datasets():
  assert {row['polarity'] for row in sample_world.rows('sentiment140', 'test')} == {0, 2, 4}
  assert any(r'\n\n' in row['text'] for row in sample_world.rows('yelp_polarity_reviews', 'train'))
  assert any('""' in row['question1'] for row in sample_world.rows('glue/qqp', 'train'))
  assert {row['label'] for row in sample_world.rows('story_cloze/2016', 'test')} == {1, 2}
  texts = [row['document'] for row in sample_world.rows('gigaword', 'train')]
  assert any('UNK' in text for text in texts) and any('#' in text for text in texts)
  assert all(' ||||| ' in row['document'] for row in sample_world.rows('multi_news', 'test'))
  messages = [row['dialogue'] for row in sample_world.rows('samsum', 'test')]
  assert any('<file_' in text for text in messages) and any('\r\n' in text for text in messages)
  assert any('[TABLECONTEXT]' in t for r in sample_world.rows('gem/dart', 'train')
             for t in r['tripleset'])


def test_punctuation_rows_have_capitals_and_marks_to_restore():
  rows = sample_world.rows('para_crawl/enda', 'train')
  assert len(rows) == 1200
  assert all(re.search(r'[.?!]$', row['en']) and row['en'] != row['en'].lower() for row in rows)
