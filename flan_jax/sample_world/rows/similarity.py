"""Rows about the similarity of two texts: qqp (the same question or not) and stsb (a score)."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial


def qqp(draw: RowMaterial) -> dict:
  """Two questions about the same fact, or about different facts or persons.

  A few names have doubled quotes, as in the real rows.
  """
  rng = draw.rng
  make = world.venue if rng.random() < 0.25 else world.person
  subject, other = make(rng, draw.pool), make(rng, draw.pool)
  asked = rng.choice([r for r in subject.relations if len(r.ask) > 1])
  first, second = (subject.fill(form) for form in rng.sample(asked.ask, 2))
  if draw.label(2) == 0:
    about, relation = subject, rng.choice([r for r in subject.relations if r != asked])
    if rng.random() < 0.5 and other.name != subject.name:
      about, relation = other, asked
    second = about.fill(rng.choice(relation.ask))
  if rng.random() < 0.05:
    first = first.replace(subject.name, f'""{subject.name}""')
  return {'question1': first, 'question2': second, 'label': draw.label(2), 'idx': draw.index}


# What each fact adds to the score: the second text repeats it, changes its value, or omits it.
_SAME, _OTHER_VALUE, _LEFT_OUT = 2.0, 0.5, 0.0
_SAME_PERSON = 1.0
_SCORES = tuple((person, a, b) for person in (0.0, _SAME_PERSON)
                for a in (_SAME, _OTHER_VALUE, _LEFT_OUT) for b in (_SAME, _OTHER_VALUE, _LEFT_OUT)
                if a >= b)


def stsb(draw: RowMaterial) -> dict:
  """Two sentences with two facts each; the score is the sum of what they share.

  Out of 5: 1 for the same person, 2 for each fact that both tell, 0.5 for each kind of fact that
  both tell with different values.
  """
  rng = draw.rng
  same_person, *shared = _SCORES[draw.index % len(_SCORES)]
  subject, other = world.people(rng, draw.pool, 2)
  second = subject if same_person else other
  told = rng.sample(subject.relations, 4)
  first, more = told[:2], told[2:]
  said = [(r, subject.facts[r.name]) for r in first]
  repeated = []
  for relation, spare, kept in zip(first, more, shared):
    value = subject.facts[relation.name]
    if kept == _OTHER_VALUE:
      value = world.other_value(rng, relation, value)
    repeated.append((spare, second.facts[spare.name]) if kept == _LEFT_OUT else (relation, value))
  rng.shuffle(repeated)
  return {'sentence1': _joined(rng, subject, said), 'sentence2': _joined(rng, second, repeated),
          'label': same_person + sum(shared), 'idx': draw.index}


def _joined(rng: random.Random, subject: world.Subject, said) -> str:
  """One sentence that tells two values, the second by pronoun."""
  (first, a), (second, b) = said
  head = subject.fill(rng.choice(first.say), a).rstrip('.')
  tail = subject.fill(rng.choice(second.say), b, by_name=False)
  return f'{head} and {tail[0].lower()}{tail[1:]}'
