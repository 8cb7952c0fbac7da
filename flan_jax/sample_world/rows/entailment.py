"""Rows about what follows from a text: anli, cb, rte, snli, mnli, qnli, mrpc, paws.

A hypothesis restates a fact of the premise (entailment), gives the fact another value
(contradiction), or states a fact that the premise leaves out (neutral). Values are drawn in the
same way in all three cases, so that the hypothesis alone says nothing about the label.
"""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial

ENTAILMENT, NEUTRAL, CONTRADICTION = 'entailment', 'neutral', 'contradiction'


def _hypothesis(rng: random.Random, subject: world.Subject, relation: world.Relation,
                verdict: str, implied: float = 0.0, denied: float = 0.0) -> str:
  """A statement about one fact of the subject, with the given verdict.

  Args:
    implied: share of statements about what the fact implies instead of the fact.
    denied: share of denials.
  """
  truth = subject.facts[relation.name]
  if relation.implied and rng.random() < implied:
    value = world.told_value(rng, relation, truth, verdict == ENTAILMENT, implied=True)
    return subject.fill(relation.say_implied, value)
  if rng.random() < denied:
    value = world.told_value(rng, relation, truth, verdict == CONTRADICTION)
    return subject.fill(rng.choice(relation.deny), value)
  value = world.told_value(rng, relation, truth, verdict == ENTAILMENT)
  return subject.fill(rng.choice(relation.say), value)


def _pair(
    draw: RowMaterial, subject: world.Subject, size: int, verdict: str, **kind) -> tuple[str, str]:
  """A premise of `size` sentences about a subject, and a hypothesis with the given verdict."""
  rng = draw.rng
  text, told = world.passage(rng, subject, size)
  untold = [r for r in subject.relations if r not in told]
  relation = rng.choice(untold if verdict == NEUTRAL else told)
  while (hypothesis := _hypothesis(rng, subject, relation, verdict, **kind)) == text:
    pass
  return text, hypothesis


def rte(draw: RowMaterial) -> dict:
  verdict = ENTAILMENT
  if draw.label(2) == 1:
    verdict = draw.rng.choice((NEUTRAL, CONTRADICTION))
  subject = world.person(draw.rng, draw.pool)
  premise, hypothesis = _pair(draw, subject, draw.rng.randint(1, 3), verdict, implied=0.3)
  return {'premise': premise, 'hypothesis': hypothesis, 'idx': draw.index, 'label': draw.label(2)}


def mnli(draw: RowMaterial) -> dict:
  """People in the training and the matched rows, places to eat in the mismatched ones."""
  verdict = (ENTAILMENT, NEUTRAL, CONTRADICTION)[draw.label(3)]
  make = world.venue if draw.split == 'validation_mismatched' else world.person
  subject = make(draw.rng, draw.pool)
  premise, hypothesis = _pair(draw, subject, draw.rng.randint(1, 2), verdict, implied=0.2)
  return {'premise': premise, 'hypothesis': hypothesis, 'label': draw.label(3), 'idx': draw.index}


def anli(round_: int):
  """A row maker for a round: two people in one text; rounds 2 and 3 imply and deny more."""
  kind = {1: {}, 2: {'implied': 0.4}, 3: {'implied': 0.4, 'denied': 0.3}}[round_]

  def make(draw: RowMaterial) -> dict:
    verdict = (ENTAILMENT, NEUTRAL, CONTRADICTION)[draw.label(3)]
    subject, other = world.people(draw.rng, draw.pool, 2)
    text, hypothesis = _pair(draw, subject, 2, verdict, **kind)
    rest, _ = world.passage(draw.rng, other, draw.rng.randint(1, 2))
    texts = [text, rest]
    draw.rng.shuffle(texts)
    return {'uid': f'sample-r{round_}-{draw.split}-{draw.index}', 'context': ' '.join(texts),
            'hypothesis': hypothesis, 'label': draw.label(3)}
  return make


_REPORTS = {
    ENTAILMENT: ('{a} knows that {c}.', '{a} is glad that {c}.', '{a} found out that {c}.'),
    CONTRADICTION: ('It is not true that {c}.', '{a} knows it is false that {c}.',
                    '{a} found out it is false that {c}.'),
    NEUTRAL: ('{a} hopes that {c}.', '{a} asks if {c}.', '{a} does not know if {c}.'),
}


def cb(draw: RowMaterial) -> dict:
  """The words around the clause say whether the speaker believes it."""
  rng = draw.rng
  verdict = (ENTAILMENT, CONTRADICTION, NEUTRAL)[draw.label(3)]
  subject, speaker = world.people(rng, draw.pool, 2)
  before, told = world.passage(rng, subject, 1)
  relation = rng.choice([r for r in subject.relations if r not in told])
  clause = subject.fill(rng.choice(relation.say), subject.facts[relation.name])
  inner = clause[0].lower() + clause[1:] if clause.startswith(('In ', 'The ')) else clause
  bare = inner.rstrip('.')
  report = rng.choice(_REPORTS[verdict]).format(a=speaker.name, c=bare)
  return {'premise': f'{before} {report}', 'hypothesis': bare, 'idx': draw.index,
          'label': draw.label(3)}


WHO = {'man': 'person', 'woman': 'person', 'boy': 'child', 'girl': 'child', 'teacher': 'person',
        'doctor': 'person'}
WEARS = ('coat', 'shirt', 'hat', 'sweater')
ACTS = {'eating bread': 'eating', 'eating soup': 'eating', 'reading a book': 'reading',
         'reading a letter': 'reading', 'playing the guitar': 'making music',
         'playing the violin': 'making music', 'holding a lamp': 'holding something',
         'holding a box': 'holding something', 'feeding a dog': 'feeding an animal',
         'feeding a cat': 'feeding an animal', 'drinking tea': 'drinking',
         'drinking milk': 'drinking', 'painting a wall': 'working',
         'washing a window': 'working'}
SPOTS = {'in the park': 'outside', 'on the street': 'outside', 'in the garden': 'outside',
          'in the kitchen': 'inside', 'in the school': 'inside', 'in the library': 'inside'}


def snli(draw: RowMaterial) -> dict:
  """A scene with a person. One row in a hundred has no gold label (-1).

  A scene has three facets: clothes, act and spot. The premise tells two. The hypothesis is about a
  told facet (entailment or contradiction) or about the third (neutral).
  """
  rng, label = draw.rng, draw.label(3)
  who = rng.choice(list(WHO))
  scene = {'wear': f'{rng.choice(WEARS)} {rng.choice(world.COLORS)}',
           'act': rng.choice(list(ACTS)), 'spot': rng.choice(list(SPOTS))}
  told = rng.sample(list(scene), 2)
  about = rng.choice([f for f in scene if (f in told) == (label != 1)])
  value = scene[about] if label == 0 else another(rng, about, scene[about])
  return {'premise': _scene(rng, who, {f: scene[f] for f in told}),
          'hypothesis': _scene_statement(rng, who, about, value),
          'label': -1 if draw.index % 100 == 50 else label}


def _scene(rng: random.Random, who: str, told: dict[str, str]) -> str:
  """A sentence on the told facets of a scene."""
  wear, color = told.get('wear', ' ').split(' ')
  dress = rng.choice((f'in a {color} {wear}', f'with a {color} {wear}')) if wear else ''
  parts = [part for part in (dress, told.get('act', ''), told.get('spot', '')) if part]
  if not dress or rng.random() < 0.5:
    return f'There is a {who} {" ".join(parts)}.'
  return f'A {who} {dress} is {parts[1]}.'


def another(rng: random.Random, facet: str, value: str) -> str:
  """A value of the facet that contradicts `value`."""
  if facet == 'wear':
    wear, color = value.split(' ')
    return f'{wear} {rng.choice([c for c in world.COLORS if c != color])}'
  table = {'act': ACTS, 'spot': SPOTS}[facet]
  return rng.choice([v for v, kind in table.items() if kind != table[value]])


def _scene_statement(rng: random.Random, who: str, facet: str, value: str) -> str:
  """A statement on one facet, sometimes in more general words."""
  if facet == 'wear':
    wear, color = value.split(' ')
    return rng.choice((f'The {who} has a {color} {wear}.', f'The {wear} is {color}.'))
  general = {'act': ACTS, 'spot': SPOTS}[facet][value]
  return rng.choice((f'The {who} is {value}.', f'A {WHO[who]} is {value}.',
                     f'The {who} is {general}.', f'A {WHO[who]} is {general}.'))


def qnli(draw: RowMaterial) -> dict:
  """Does the sentence answer the question? 0 yes, 1 no (another fact about the same subject)."""
  rng = draw.rng
  subject = (world.venue if rng.random() < 0.25 else world.person)(rng, draw.pool)
  asked, other = rng.sample(subject.relations, 2)
  told = asked if draw.label(2) == 0 else other
  sentence = subject.fill(rng.choice(told.say), subject.facts[told.name])
  return {'question': subject.fill(rng.choice(asked.ask)), 'sentence': sentence,
          'label': draw.label(2), 'idx': draw.index}


def mrpc(draw: RowMaterial) -> dict:
  """The same facts in other words, or with one fact changed."""
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  told = rng.sample(subject.relations, 2)
  first = ' '.join(world.tell(rng, subject, told))
  if draw.label(2) == 0:
    changed = rng.choice(told)
    subject.facts[changed.name] = world.other_value(rng, changed, subject.facts[changed.name])
  second = first
  while second == first:
    second = ' '.join(world.tell(rng, subject, told))
  return {'sentence1': first, 'sentence2': second, 'label': draw.label(2), 'idx': draw.index}


def paws(draw: RowMaterial) -> dict:
  """Two people in one sentence, then the same words with the values swapped or not."""
  rng = draw.rng
  a, b = world.people(rng, draw.pool, 2)
  relation = rng.choice(world.PERSON_RELATIONS)
  form = rng.choice(relation.say[:2])
  values = [s.facts[relation.name] for s in (a, b)]
  given, turned = list(zip((a, b), values)), list(zip((b, a), reversed(values)))
  if draw.label(2) == 0:
    swapped = list(zip((a, b), reversed(values)))
    turned = rng.choice((swapped, swapped[::-1]))
  return {'sentence1': _joined(form, given), 'sentence2': _joined(form, turned),
          'label': draw.label(2)}


def _joined(form: str, pairs) -> str:
  """Statements joined by 'and', tokenized as in the real dataset (spaces around the marks)."""
  clauses = [subject.fill(form, value).rstrip('.') for subject, value in pairs]
  if form.startswith('The '):
    clauses[1] = 't' + clauses[1][1:]
  return ' and '.join(clauses).replace("'s", " 's") + ' .'
