"""Rows about a text, whose answers need several of its sentences: drop, multirc, record."""
import dataclasses
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial

COUNTED = ('books', 'letters', 'carrots', 'flowers', 'trees', 'birds', 'plants', 'seeds')


def drop(draw: RowMaterial) -> dict:
  """Numbers of things that people have: to find, to compare, to take from one another, to add."""
  rng = draw.rng
  (a, pronoun), (b, _) = world.person_names(rng, draw.pool, 2)
  things = rng.sample(COUNTED, 3)
  # The first thing is owned by both, so that they can be compared.
  owned = {a: {things[0]: 0, things[1]: 0}, b: {things[0]: 0, things[2]: 0}}
  for counts in owned.values():
    counts.update(zip(counts, rng.sample(range(2, 21), 2)))
  while owned[a][things[0]] == owned[b][things[0]]:
    owned[b][things[0]] = rng.randint(2, 20)
  sentences = [_inventory(rng, name, counts) for name, counts in owned.items()]
  sentences.append(world.passage(rng, world.person(rng, draw.pool, a, pronoun), 1)[0])
  rng.shuffle(sentences)
  question, answer = _number_question(rng, draw.label(4), owned, things[0])
  validated = [] if draw.pool == 'train' else [answer] * 2
  return {'passage': ' '.join(sentences), 'question': question, 'answer': answer,
          'validated_answers': validated, 'query_id': f'sample-{draw.split}-{draw.index}'}


def _inventory(rng: random.Random, name: str, counts: dict[str, int]) -> str:
  (x, n), (y, m) = rng.sample(list(counts.items()), 2)
  return rng.choice((f'{name} has {n} {x} and {m} {y}.',
                     f'At the house of {name} there are {n} {x} and {m} {y}.',
                     f'{name} keeps {n} {x} and {m} {y} at home.'))


def _number_question(rng: random.Random, kind: int, owned: dict[str, dict[str, int]],
                     shared: str) -> tuple[str, str]:
  """A question of one of four kinds, and its answer."""
  a, b = rng.sample(list(owned), 2)
  n, m = owned[a][shared], owned[b][shared]
  if kind == 0:
    thing = rng.choice(list(owned[a]))
    return f'How many {thing} does {a} have?', str(owned[a][thing])
  if kind == 1:
    return f'Who has more {shared}, {a} or {b}?', a if n > m else b
  if kind == 2:
    more, less = (a, b) if n > m else (b, a)
    return f'How many more {shared} does {more} have than {less}?', str(abs(n - m))
  return f'How many {shared} do {a} and {b} have in all?', str(n + m)


# Whether each candidate of a paragraph's first and second question is right. One candidate is right
# or three are, so the number of right ones gives no hint.
_RIGHT = ((True, False, False, False), (True, True, True, False))
MULTIRC_TOGETHER = 2 * len(_RIGHT[0])


def multirc(draw: RowMaterial) -> dict:
  """One of four candidate answers to one of two questions about two people."""
  paragraph, place = divmod(draw.index, MULTIRC_TOGETHER)
  number, candidate = divmod(place, len(_RIGHT[0]))
  # Each row makes all candidates of its paragraph again: the shared generator repeats its numbers.
  rng = draw.shared_rng()
  subject, other = world.people(rng, draw.pool, 2)
  texts = [world.passage(rng, person, 2) for person in (subject, other)]
  told = texts[0][1]
  rng.shuffle(texts)
  questions = [_what_is_true(rng, subject, told, _RIGHT[paragraph % 2]),
               _what_value(rng, subject, rng.choice(told), _RIGHT[1 - paragraph % 2])]
  question, candidates = questions[number]
  answer, right = candidates[candidate]
  return {'paragraph': ' '.join(text for text, _ in texts), 'question': question,
          'answer': answer, 'label': int(right),
          'idx': {'paragraph': paragraph, 'question': 2 * paragraph + number,
                  'answer': draw.index}}


def _what_is_true(rng: random.Random, subject: world.Subject, told: list[world.Relation],
                  right: tuple[bool, ...]) -> tuple[str, list[tuple[str, bool]]]:
  """A question that statements answer, and the statements."""
  forms = rng.sample([(r, form) for r in told for form in r.say], len(right))
  question = rng.choice(('What is true about {n}?', 'What do we know about {n}?'))
  return subject.fill(question), _candidates(rng, subject, forms, right)


def _what_value(rng: random.Random, subject: world.Subject, relation: world.Relation,
                right: tuple[bool, ...]) -> tuple[str, list[tuple[str, bool]]]:
  """A question for one value, and answers of one word or a whole sentence."""
  forms = rng.sample([(relation, form) for form in ('{v}', *relation.say)], len(right))
  return subject.fill(rng.choice(relation.ask)), _candidates(rng, subject, forms, right)


def _candidates(rng: random.Random, subject: world.Subject, forms,
                right: tuple[bool, ...]) -> list[tuple[str, bool]]:
  answers = []
  for (relation, form), true in zip(forms, right):
    value = subject.facts[relation.name]
    if not true:
      value = world.other_value(rng, relation, value)
    answers.append((subject.fill(form, value, by_name=rng.random() < 0.5), true))
  rng.shuffle(answers)
  return answers


_LEADS = ('We know that', 'It is true that', 'People know that')
_PLACEHOLDER = '@placeholder'


def record(draw: RowMaterial) -> dict:
  """A statement with a name left out, one of the names in the text.

  In every second row the name of a person is missing, in the others that of a city. In one row
  of ten two people fit.
  """
  rng = draw.rng
  people = world.people(rng, draw.pool, rng.randint(2, 3))
  city, *others = people[0].relations
  told = {p.name: [city, other] for p, other in zip(people, rng.sample(others, len(people)))}
  asked = people[0]
  relation = city if draw.label(2) == 1 else rng.choice(told[asked.name])
  fitting = [asked]
  if draw.index % 10 == 8:
    relation = told[asked.name][1]
    people[1].facts[relation.name] = asked.facts[relation.name]
    told[people[1].name].append(relation)
    fitting.append(people[1])
  form, value = rng.choice(relation.say), asked.facts[relation.name]
  if draw.label(2) == 1:
    statement, answers = asked.fill(form, _PLACEHOLDER), [value]
  else:
    nobody = dataclasses.replace(asked, name=_PLACEHOLDER)
    statement, answers = nobody.fill(form, value), sorted(p.name for p in fitting)
  if statement.startswith(('In ', 'The ')):
    statement = statement[0].lower() + statement[1:]
  rng.shuffle(people)
  return {'passage': _story_with_highlights(rng, people, told, relation),
          'query': f'{rng.choice(_LEADS)} {statement}', 'entities': _entities(people, told),
          'answers': answers, 'idx': {'passage': draw.index, 'query': draw.index}}


def _story_with_highlights(rng: random.Random, people: list[world.Subject],
                           told: dict[str, list[world.Relation]], asked: world.Relation) -> str:
  """The facts told of each person, then two of them again, but not the fact asked for."""
  story = [sentence for person in people for sentence in world.tell(rng, person, told[person.name])]
  others = [(p, r) for p in people for r in told[p.name] if r != asked]
  marks = [p.fill(rng.choice(r.say), p.facts[r.name]) for p, r in rng.sample(others, 2)]
  return '\n@highlight\n'.join([' '.join(story), *marks])


def _entities(people: list[world.Subject], told: dict[str, list[world.Relation]]) -> list[str]:
  """Every name in the text: people, cities, days."""
  values = {p.facts[r.name] for p in people for r in told[p.name]}
  return sorted({p.name for p in people} | {v for v in values if v[0].isupper()})
