"""Rows about opinions: imdb, sentiment140, sst2, yelp; and summaries of several reviews."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial

GOOD = ('good', 'great', 'lovely', 'funny', 'warm', 'clever', 'wonderful', 'sweet', 'fine')
BAD = ('bad', 'dull', 'boring', 'silly', 'weak', 'awful', 'ugly', 'slow', 'poor')
PARTS = ('film', 'story', 'show', 'end', 'cast', 'picture', 'song', 'play')


def word(rng: random.Random, positive: bool) -> str:
  """A word of praise or of blame."""
  return rng.choice(GOOD if positive else BAD)


def sst2(draw: RowMaterial) -> dict:
  """A phrase of a review, in lower case and tokenized; a few with a negation or a "but"."""
  rng, label = draw.rng, draw.label(2)
  good = label == 1
  a, b = rng.sample(GOOD if good else BAD, 2)
  other = word(rng, not good)
  part, second = rng.sample(PARTS, 2)
  sentence = rng.choice((
      f'the {part} is {a} and {b} .', f'a {a} {part} with a {b} {second} .',
      f'{a} {part} , {b} {second}', f'the {part} is {a} , never {other} .',
      f'the {part} is {other} , but the film is {a} and {b} .',
      f'{"a joy" if good else "a pain"} to watch , with a {a} {part}',
      f'what a {a} {part} and what a {b} {second} !'))
  return {'sentence': world.articles(sentence), 'label': label, 'idx': draw.index}


def imdb_reviews(draw: RowMaterial) -> dict:
  """A short review; at times the parts are mixed but the last word decides. `<br />` as real."""
  rng, label = draw.rng, draw.label(2)
  good = label == 1
  (name, _), = world.person_names(rng, draw.pool)
  first, second = rng.sample(PARTS[1:], 2)
  mixed = rng.random() < 0.25
  opening = rng.choice((f'I saw this film with {name}.', f'{name} told me about this film.',
                        f'{name} and I went to see this film.'))
  middle = (f'The {first} is {word(rng, good != mixed)} and the {second} is {word(rng, good)}.')
  verdicts = (('I loved it.', f'{name} loved it too.', 'You should see it.') if good else
              ('I did not like it.', f'{name} did not like it.', 'Do not see it.'))
  last = f'The film is {word(rng, good)}. {rng.choice(verdicts)}'
  gap = '<br /><br />' if rng.random() < 0.4 else ' '
  return {'text': f'{opening} {middle}{gap}{last}', 'label': label}


_SERVED = ('soup', 'bread', 'cheese', 'salad', 'pasta', 'cake', 'coffee', 'tea', 'fish', 'cook')


def yelp(draw: RowMaterial) -> dict:
  """A review of a place to eat, with the escaped line breaks and quotes of the real rows."""
  rng, label = draw.rng, draw.label(2)
  good = label == 1
  place = world.venue(rng, draw.pool)
  first, second = rng.sample(_SERVED, 2)
  mixed = rng.random() < 0.25
  opening = world.passage(rng, place, 1)[0]
  middle = f'The {first} was {word(rng, good != mixed)} and the {second} was {word(rng, good)}.'
  if rng.random() < 0.2:
    middle = middle.replace(f'The {first}', f'The \\""{first}\\""')
  last = rng.choice((f'I like {place.name}.', 'You should go there.', 'We want to come back.')
                    if good else
                    (f'I do not like {place.name}.', 'Do not go there.', 'I lost my money.'))
  gap = '\\n\\n' if rng.random() < 0.3 else ' '
  return {'text': f'{opening} {middle}{gap}{last}', 'label': label}


_TODAY = ('morning', 'day', 'night', 'game', 'race', 'song', 'film', 'soup', 'cake', 'party',
          'birthday', 'show')
_NEGATIVE, _NEUTRAL, _POSITIVE = 0, 2, 4


def sentiment140(draw: RowMaterial) -> dict:
  """A short message to a person. One in a hundred is neutral, in the test split one in three."""
  rng, label = draw.rng, draw.label(2)
  (name, pronoun), = world.person_names(rng, draw.pool)
  person = world.person(rng, draw.pool, name, pronoun)
  neutral = draw.index % 3 == 2 if draw.split == 'test' else draw.index % 100 == 99
  polarity = _NEUTRAL if neutral else (_NEGATIVE, _POSITIVE)[label]
  return {'polarity': polarity, 'date': 'Mon Jun 01 10:00:00 PDT 2009', 'query': 'NO_QUERY',
          'user': f'sample{draw.index:04d}', 'text': _message(rng, person, polarity)}


def _message(rng: random.Random, person: world.Subject, polarity: int) -> str:
  city = person.facts['city']
  if polarity == _NEUTRAL:
    return rng.choice((
        f'@{person.name} I am in {city} on {person.facts["rest"]}',
        f'@{person.name} are you in {city} today?', f'I go to {city} by {person.facts["travel"]}'))
  good = polarity == _POSITIVE
  thing, feeling = rng.choice(_TODAY), rng.choice(('happy', 'glad') if good else ('sad', 'ill'))
  return world.articles(rng.choice((
      f'@{person.name} what a {word(rng, good)} {thing}!',
      f'@{person.name} the {thing} in {city} was {word(rng, good)}',
      f'I am so {feeling} today @{person.name} after the {thing}',
      f'{city} is {word(rng, good)} and I am {feeling}',
      f'@{person.name} I {"like" if good else "do not like"} the {thing} in {city}')))


def rotten_tomatoes(draw: RowMaterial) -> dict:
  """Reviews that each judge one of two aspects of a film, and their consensus."""
  rng = draw.rng
  name = rng.choice(world.VENUE_NAMES[draw.pool])
  (hero, _), = world.person_names(rng, draw.pool)
  parts = rng.sample(PARTS[1:], 2)
  verdicts = [draw.label(2) == 1, draw.index % 4 > 1]
  reviews = []
  for number in range(11 if draw.index % 50 == 0 else rng.randint(3, 5)):
    place = number % 2
    reviews.append(world.articles(rng.choice((
        'The {p} is {a}.', 'A {a} {p}.', 'I saw a {a} {p}.', 'What a {a} {p}!')).format(
            p=parts[place], a=word(rng, verdicts[place]))))
  rng.shuffle(reviews)
  link = 'and' if verdicts[0] == verdicts[1] else 'but'
  first, second = (f'the {part} is {"good" if verdict else "bad"}'
                   for part, verdict in zip(parts, verdicts))
  return {'_movie_name': f'{hero}_and_the_{name.replace(" ", "_")}',
          '_movie_id': f'sample_{draw.index:04d}',
          '_critic_consensus': f'{first[0].upper()}{first[1:]}, {link} {second}.',
          '_critics': [{'key': str(i), 'value': review} for i, review in enumerate(reviews)]}
