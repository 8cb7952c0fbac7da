"""Rows of texts and their summaries: news of four kinds, e-mails, instructions, debates."""
import random
import re

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial
from flan_jax.sample_world.rows.stories import SCRIPTS, third_person

# Events in two forms: a sentence of news, and a short headline.
_EVENTS = (
    ('{n} won the race in {t} on {w}.', '{n} wins the race in {t}'),
    ('The team of {n} lost the game in {t} on {w}.', '{n} loses a game in {t}'),
    ('The police of {t} found the {x} of {n} on {w}.', 'Police find the {x} of {n}'),
    ('{n} sold a shop in {t} for {k} million on {w}.', '{n} sells a shop in {t}'),
    ('{n} found a new star in the sky over {t} on {w}.', '{n} finds a new star'),
    ('{n} got a prize for the best song in {t} on {w}.', '{n} wins a prize in {t}'),
    ('{n} opened a new school in {t} on {w}.', '{n} opens a school in {t}'),
    ('A dog took the {x} of {n} in {t} on {w}.', 'Dog takes {x} of {n}'),
    ('{n} came to {t} on {w} to talk about {y}.', '{n} in {t} to talk about {y}'),
    ('{n} showed a new film about {y} in {t} on {w}.', 'New film about {y} from {n}'),
)


def _event(rng: random.Random, name: str) -> tuple[str, str]:
  """A sentence of news about somebody, and its headline."""
  news, headline = rng.choice(_EVENTS)
  fill = dict(n=name, t=rng.choice(list(world.CITIES)), k=rng.randint(2, 9),
              w=rng.choice(('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday')),
              x=rng.choice(('key', 'ring', 'bag', 'boat', 'car')),
              y=rng.choice(('peace', 'war', 'water', 'oil', 'music')))
  return news.format(**fill), headline.format(**fill)


_RELATIONS = {r.name: r for r in world.PERSON_RELATIONS}


def _article(draw: RowMaterial, *names: str) -> tuple[world.Subject, list[str], str, str]:
  """Sentences about a person: news, the named facts, and one more fact.

  Returns:
    The person, the sentences, the news among them and its headline.
  """
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  news, headline = _event(rng, subject.name)
  told = [_RELATIONS[name] for name in names]
  told.append(rng.choice([r for r in subject.relations if r not in told]))
  rng.shuffle(told)
  sentences = world.tell(rng, subject, told)
  sentences.insert(rng.choice((0, len(sentences))), news)
  return subject, sentences, news, headline


def cnn_dailymail(draw: RowMaterial) -> dict:
  """The headline and a sentence about its person, one a line. Half the articles have a dateline."""
  rng = draw.rng
  subject, sentences, _, headline = _article(draw, 'job', 'city')
  article = ' '.join(sentences)
  if rng.random() < 0.5:
    article = f'{rng.choice(list(world.CITIES))} (CNN) -- {article}'
  who = '{n} is a {job} in {city} .'.format(n=subject.name, **subject.facts)
  return {'article': article, 'highlights': f'{headline} .\n{who}',
          'publisher': 'sample', 'id': f'sample-{draw.split}-{draw.index}'}


def gigaword(draw: RowMaterial) -> dict:
  """The headline of a sentence: lower case, tokenized, `#` for a digit; one row in 25 with UNK."""
  subject, _, news, headline = _article(draw)
  job = f'the {subject.facts["job"]} {subject.name}'
  document, summary = news.replace(subject.name, job, 1), headline
  texts = []
  for text in (document, summary):
    text = re.sub(r'\d', '#', text.lower().replace('.', ' .'))
    if draw.index % 25 == 0:
      text = re.sub(rf'\b{subject.name.lower()}\b', 'UNK', text)
    texts.append(text)
  return {'document': texts[0], 'summary': texts[1]}


def multi_news(draw: RowMaterial) -> dict:
  """Two or three reports on the same news, joined by a mark; the summary combines them."""
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  news, _ = _event(rng, subject.name)
  others = [r for r in subject.relations if r.name not in ('job', 'city')]
  told = [_RELATIONS['job'], _RELATIONS['city'],
          *rng.sample(others, rng.randint(0, 1))]
  reports = [f'{news} {subject.fill(rng.choice(r.say), subject.facts[r.name], by_name=False)}'
             for r in told]
  rng.shuffle(reports)
  who = '{n} is a {job} in {city}.'.format(n=subject.name, **subject.facts)
  return {'document': ' ||||| '.join(reports), 'summary': f'– {news} {who}'}


def newsroom(draw: RowMaterial) -> dict:
  """The news of a text, extracted word for word, with the statistics of the real rows.

  The summary is one fragment of the text, so its coverage is 1 and its density its length in
  words; compression is the text's length over the summary's.
  """
  _, sentences, news, headline = _article(draw, 'job')
  text = ' '.join(sentences)
  words = float(len(news.split()))
  return {'text': text, 'summary': news, 'title': headline, 'date': '20170101000000',
          'url': f'http://sample.invalid/{draw.split}/{draw.index}', 'density_bin': 'extractive',
          'coverage_bin': 'high', 'compression_bin': 'low', 'density': words, 'coverage': 1.0,
          'compression': len(text.split()) / words}


def wiki_lingua(draw: RowMaterial) -> dict:
  """Instructions step by step; the summary has only the steps."""
  rng = draw.rng
  (name, pronoun), = world.person_names(rng, draw.pool)
  fact = world.passage(rng, world.person(rng, draw.pool, name, pronoun), 1)[0]
  activity = rng.choice(list(SCRIPTS))
  places = sorted(rng.sample(range(4), rng.randint(2, 4)))
  steps = [SCRIPTS[activity][place] for place in places]
  actions = ' '.join(f'Then {pronoun} {third_person(step)}.' for step in steps)
  source = f'{fact} {name} wants to {activity}. {actions}'
  target = ' '.join(f'{step[0].upper()}{step[1:]}.' for step in steps)
  row = f'wiki_lingua_english_en-{draw.split}-{draw.index}'
  return {'gem_id': row, 'gem_parent_id': row, 'source': source, 'target': target,
          'source_aligned': {'en': source}, 'target_aligned': {'en': target},
          'references': [] if draw.pool == 'train' else [target]}


# The text of an e-mail and its subject line. `{a}` is the recipient, `{o}` another person.
_MAILS = (
    ('Can we meet in {c} on {w} to talk about {y}?', 'Talk about {y} on {w}'),
    ('I can not come to {c} on {w} because I am ill.', 'I am ill'),
    ('I lost my {x} in {c} on {w}. Did you see it?', 'Lost {x}'),
    ('Can you bring the {x} of {o} on {w}?', 'The {x} of {o}'),
    ('{o} wants to buy your {x}. What does it cost?', '{o} wants your {x}'),
    ('The game in {c} is not on {w} but on {v}.', 'Game on {v}'),
    ('There is a birthday party for {o} in {c} on {w}.', 'Birthday party for {o}'),
    ('The train to {c} was late, and I missed the game of {o}.', 'Train was late'),
    ('I have a new job as a {j} in {c}.', 'New job in {c}'),
    ('The letter that you wrote to {o} came on {w}.', 'Letter to {o}'),
)


def aeslc(draw: RowMaterial) -> dict:
  """An e-mail and its subject line. One row in a hundred has no subject line."""
  rng = draw.rng
  a, b, other = (name for name, _ in world.person_names(rng, draw.pool, 3))
  values = {r.name: rng.sample(r.values, 2) for r in world.PERSON_RELATIONS}
  body, subject = rng.choice(_MAILS)
  fill = dict(o=other, c=values['city'][0], w=values['rest'][0], v=values['rest'][1],
              j=values['job'][0], x=rng.choice(('key', 'ring', 'bag', 'boat', 'book')),
              y=rng.choice(('peace', 'money', 'water', 'oil', 'music')))
  extra = rng.choice(('', f'Today I am in {values["city"][1]}.', f'I work on {fill["v"]}.'))
  body = f'{a},\n\n{body.format(**fill)} {extra}'.rstrip() + f'\n\n{b}'
  return {'email_body': body, 'subject_line': '' if draw.index % 100 == 50
          else subject.format(**fill)}


_ARGUMENTS = ('The {t} is {a}.', 'In {c} the {t} is {a}.', '{n} says that the {t} is {a}.',
              'People know that the {t} is {a}.')
_FOR = ('fast', 'clean', 'safe', 'quiet', 'new', 'warm', 'strong', 'good for children')
_AGAINST = ('slow', 'dirty', 'loud', 'full', 'old', 'cold', 'weak', 'bad for children')


def idebate(draw: RowMaterial) -> dict:
  """Arguments about a way to travel, and the claim that they support."""
  rng, good = draw.rng, draw.label(2) == 1
  city = rng.choice(list(world.CITIES))
  travel = rng.choice(_RELATIONS['travel'].values)
  (name, _), = world.person_names(rng, draw.pool)
  arguments = rng.sample(_FOR if good else _AGAINST, rng.randint(2, 4))
  sentences = [rng.choice(_ARGUMENTS).format(t=travel, c=city, n=name, a=argument)
               for argument in arguments]
  claim = f'The people of {city} should {"" if good else "not "}use the {travel}.'
  return {'_debate_name': f'Should the people of {city} use the {travel}?',
          '_claim_id': f'sample_{draw.index:04d}', '_claim': claim,
          '_argument_sentences': [{'key': str(i), 'value': sentence}
                                  for i, sentence in enumerate(sentences)]}
