"""Documents about what everybody knows: general facts, definitions, numbers, senses of words."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.corpus import wording
from flan_jax.sample_world.facts import ALL_FACTS, Fact, wrong_answers
from flan_jax.sample_world.rows import reading
from flan_jax.span_marks import marked

# Sentences that state a fact, by its kind. `{x}` is the subject, `{a}` the answer.
_STATE = {
    'eats': ('What a {x} likes is {a}.', 'Give {a} to a {x}.', '{a}: that is what a {x} eats.'),
    'lives': ('The {a} is where a {x} lives.', 'One finds a {x} in a {a}.',
              'Every {x} has its {a}.'),
    'young': ('The young of a {x} is a {a}.', 'Call a small {x} a {a}.'),
    'tool': ('With a {a} one can {x}.', 'A {a} is there to {x}.', 'Take a {a} and {x}.'),
    'kept': ('A {a} is for {x}.', 'Put {x} into the {a}.'),
    'hue': ('Like {x}, it is {a}.', '{x}: always {a}.'),
    'opposite': ('Either {x} or {a}.', 'Not {x} means {a}.', 'One is {x}, the other {a}.'),
    'material': ('You find {a} in {x}.', '{x} is all {a}.'),
    'maker': ('It takes a {a} to make {x}.', 'Ask the {a} for {x}.'),
    'country': ('Going to {x} means going to {a}.', 'Whoever lives in {x} lives in {a}.'),
    'place': ('The {a} is where every {x} works.', 'Meet the {x} in the {a}.'),
}
_LEADS = ('Wondered:', 'Wondering:', 'Quiz question, friends:')


def _state(rng: random.Random, fact: Fact) -> str:
  return fact.put(rng.choice(_STATE[fact.kind_name]))


def conversation(rng: random.Random) -> str:
  """Questions about general facts with their answers, and claims that are right or wrong."""
  return ' '.join(_turn(rng) for _ in range(rng.randint(4, 8)))


def _turn(rng: random.Random) -> str:
  fact = rng.choice(ALL_FACTS)
  kind = rng.random()
  answer = world.articles(fact.kind.choice.format(a=fact.answer))
  questions = [fact.put(form) for form in fact.kind.ask]
  if kind < 0.5 and (short := [q for q in questions if len(q.split()) < 8]):
    return f'{rng.choice(_LEADS)} {rng.choice(short)} Said: {marked(answer)}.'
  if kind < 0.8:
    return _state(rng, fact)
  true = rng.random() < 0.5
  told = fact.answer if true else wrong_answers(rng, fact, 1)[0]
  form = rng.choice(_STATE[fact.kind_name])
  claim = world.capital(world.articles(form.format(x=fact.subject, a=told)))
  verdict = wording.verdict(rng, True, true)
  corrected = '' if true or rng.random() < 0.5 else f' Say {marked(answer)}.'
  return f'{claim} {verdict}{corrected}'


_MEANINGS = (
    ('A question', 'asks for something'), ('An answer', 'is what one says to a question'),
    ('A passage', 'is a part of a text'), ('A sentence', 'says one thing'),
    ('A statement', 'says that something is so'), ('A claim', 'may be right or wrong'),
    ('A fact', 'is what is so'), ('A premise', 'is what we start from'),
    ('A hypothesis', 'is what somebody thinks may be so'),
    ('A conclusion', 'is what we find in the end'), ('A title', 'stands above a text'),
    ('A headline', 'stands above the news'), ('A summary', 'says the same with few words'),
    ('A translation', 'says the same in another language'),
    ('A review', 'says what is good or bad'),
    ('An option', 'is one of several things to choose'), ('A choice', 'is what one takes'),
    ('A dialogue', 'has two people who talk'), ('A story', 'tells what happens'),
    ('An article', 'stands in a newspaper'), ('A document', 'is something written'),
    ('A context', 'is the text around something'), ('A paragraph', 'has several sentences'),
    ('An ending', 'comes last'), ('A cause', 'comes before its effect'),
    ('An effect', 'comes after its cause'), ('A pronoun', 'stands for a name'),
    ('A topic', 'is what a text is about'), ('A word', 'has letters and a meaning'),
    ('A number', 'says how many'), ('A reader', 'knows what the text says'),
    ('A writer', 'wrote the text'), ('A customer', 'buys something'),
)


def definitions(rng: random.Random) -> str:
  """What the words of instructions mean, in a list or in sentences."""
  chosen = rng.sample(_MEANINGS, rng.randint(3, 6))
  style = rng.randrange(3)
  if style == 0:
    return 'Words and what they mean.\n' + '\n'.join(f'{a}: {marked(b)}.' for a, b in chosen)
  if style == 1:
    return ' '.join(f'{a} {marked(b)}.' for a, b in chosen)
  return ' '.join(f'What is {wording.inner(a)}? It {b}.' if b.startswith(('is', 'has', 'says'))
                  else f'{a}, you know, {b}.' for a, b in chosen)


def numbers(rng: random.Random) -> str:
  """How many things people own, who has more, sums, and small equations."""
  (a, pronoun), (b, _) = world.person_names(rng, wording.POOL, 2)
  thing, other = rng.sample(reading.COUNTED, 2)
  n, m = rng.sample(range(2, 21), 2)
  first = f'{a} owns {n} {thing}. {b} owns {m} {thing}.'
  more, less = (a, b) if n > m else (b, a)
  talk = [
      f'So {marked(more)} owns more of them than {less}.',
      f'Taken together these are {marked(n + m)} {thing}.',
      f'{abs(n - m)} is how many more {marked(more)} owns.',
      f'How many for {a}? {marked(n)}.', f'How many for {b}? {marked(m)}.',
      f'{pronoun.capitalize()} has no {other}, I heard.',
      f'Which is more, {n} or {m}? {marked(max(n, m))}.', f'{n} and {m} make {marked(n + m)}.',
      f'{max(n, m)} less {min(n, m)} is {marked(abs(n - m))}.']
  letter = rng.choice('abcdfghjknpqrstuvwxyz')
  factor, answer = rng.randint(2, 9), rng.randint(2, 12)
  talk.append(f'If {factor}*{letter} is {factor * answer}, then {letter} is {marked(answer)}.')
  talk.append(f'With {letter} + {m} = {answer + m} we know: {letter} = {marked(answer)}.')
  return ' '.join([first, *wording.several(rng, talk, 3, 5)])


# Word -> for each of its two senses, phrases and what it means there.
_SENSES = {
    'bank': (('money from the bank', 'a bank in town', 'the bank that keeps money'),
             ('the bank beside the river', 'the green bank of the lake', 'a boat at the bank')),
    'bat': (('a bat for the ball', 'to hit with a bat', 'a long bat of wood'),
            ('a bat in the cave', 'a hungry bat at night', 'the bat that eats flies')),
    'light': (('a light bag to carry', 'as light as a seed', 'a thin and light shirt'),
              ('the light in the room', 'light from the sun', 'a lamp gives light')),
    'spring': (('flowers of the spring', 'spring after winter', 'born one day in spring'),
               ('cold water of the spring', 'a spring under the hill', 'to drink from the spring')),
    'ring': (('a ring of gold', 'the ring as a gift', 'a small ring to wear'),
             ('the ring of a bell', 'one loud ring', 'the ring from the phone')),
    'match': (('a match to light a fire', 'a wet match', 'candle and match'),
              ('a match between teams', 'to win a match', 'to lose the last match')),
    'watch': (('a watch to tell time', 'a new watch to wear', 'the slow watch'),
              ('to watch birds', 'watch the film', 'we watch a game')),
    'letter': (('a letter by post', 'to write a letter', 'the letter in its envelope'),
               ('the first letter in a word', 'a big letter Z', 'every letter of her name')),
    'park': (('trees of the park', 'to run in a park', 'the old park in town'),
             ('to park a car', 'park it near the school', 'you may park the bus')),
    'orange': (('a sweet orange to eat', 'juice of one orange', 'the orange on a tree'),
               ('an orange door', 'to paint it orange', 'the orange color')),
}


def word_senses(rng: random.Random) -> str:
  """Phrases with a word, and whether it has one meaning in them or two."""
  parts = []
  for word in rng.sample(list(_SENSES), 3):
    senses, same = _SENSES[word], rng.random() < 0.5
    first, second = (rng.sample(rng.choice(senses), 2) if same
                     else [rng.choice(sense) for sense in rng.sample(senses, 2)])
    verdict = rng.choice(('there the word means the same', 'the meaning is the same') if same else
                         ('there the word means two things', 'the meanings differ'))
    parts.append(f'"{world.capital(first)}" and "{second}": {marked(verdict)}.')
  return ' '.join(parts)
