"""Documents about what people like: reviews and debates."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.corpus import wording
from flan_jax.sample_world.rows.reviews import BAD, GOOD, PARTS
from flan_jax.span_marks import marked

_PLACES = ('soup', 'bread', 'cheese', 'salad', 'pasta', 'cake', 'coffee', 'tea', 'fish', 'cook')
_THINGS = ('morning', 'day', 'night', 'game', 'race', 'song', 'party', 'birthday', 'show')


def reviews(rng: random.Random) -> str:
  """What somebody says about a film, a meal or a day, and whether it pleased them."""
  return ' '.join(_review(rng) for _ in range(rng.randint(2, 4)))


def _review(rng: random.Random) -> str:
  good = rng.random() < 0.5
  words, others = (GOOD, BAD) if good else (BAD, GOOD)
  things = rng.choice((PARTS, _PLACES, _THINGS))
  first, second = rng.sample(things, 2)
  a, b, c = rng.choice(words), rng.choice(words), rng.choice(others)
  name = wording.name(rng)
  text = rng.choice((
      f'{a} {first}, and the {second} too', f'a {first} so {a} and a {second} so {b}',
      f'the {first} was {c}, yet the {second} was {a} and so all was {b}',
      f'not {c} at all, the {first} was {a}', f'{name} calls the {first} {a}',
      f'"how {a}", said {name} of the {first}'))
  feeling = rng.choice(('was pleased', 'was happy', 'wants more of it') if good else
                       ('was not pleased', 'was sad', 'wants no more of it'))
  praise = rng.choice(('This is praise.', 'A positive opinion.') if good else
                      ('This is no praise.', 'A negative opinion.'))
  verdict = marked('Praise' if good else 'Blame')
  after = rng.choice((wording.salient(praise), f'{name} {marked(feeling)}.',
                      f'Is that praise or blame? {verdict}.'))
  return world.articles(f'{world.capital(text)}. {after}')


_FOR = ('fast', 'clean', 'safe', 'quiet', 'new', 'warm', 'strong')
_AGAINST = ('slow', 'dirty', 'loud', 'full', 'old', 'cold', 'weak')


def debate(rng: random.Random) -> str:
  """Reasons for or against a way to travel, and what follows."""
  good, city = rng.random() < 0.5, rng.choice(list(world.CITIES))
  travel = rng.choice(('bus', 'train', 'car', 'bike', 'boat', 'tram'))
  reasons = rng.sample(_FOR if good else _AGAINST, 3)
  said = ' '.join(f'{wording.name(rng)} calls the {travel} {reason}.' for reason in reasons)
  return (f'Should one take the {travel} when in {city}? {said} '
          f'So one {marked("should" if good else "should not")} take it.')
