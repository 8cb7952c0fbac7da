"""Rows of questions, with a text: bool_q, squad; without: ARC, NQ, openbookqa, trec, trivia_qa."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial
from flan_jax.sample_world.facts import ALL_FACTS, EATS, KINDS, Fact, choices


def _told(draw: RowMaterial, size: int) -> tuple[world.Subject, str, list[world.Relation]]:
  """A person, or in a quarter of the rows a place to eat, and a passage about it."""
  make = world.venue if draw.rng.random() < 0.25 else world.person
  subject = make(draw.rng, draw.pool)
  return subject, *world.passage(draw.rng, subject, size)


def _title(subject: world.Subject) -> str:
  return subject.name.removeprefix('the ')


def bool_q(draw: RowMaterial) -> dict:
  rng, answer = draw.rng, draw.label(2) == 1
  subject, passage, told = _told(draw, draw.rng.randint(1, 3))
  relation = rng.choice(told)
  truth = subject.facts[relation.name]
  if relation.implied and rng.random() < 0.2:
    value = world.told_value(rng, relation, truth, answer, implied=True)
    question = subject.fill(relation.check_implied, value)
  else:
    value = world.told_value(rng, relation, truth, answer)
    question = subject.fill(rng.choice(relation.check), value)
  return {'question': question.lower(), 'passage': passage, 'answer': answer,
          'title': _title(subject)}


def squad(draw: RowMaterial) -> dict:
  """The answer is a span of the text. Test rows list it three times, as if from three readers."""
  subject, context, told = _told(draw, draw.rng.randint(1, 4))
  return _squad_row(draw, subject, context, told)


def _squad_row(draw: RowMaterial, subject: world.Subject, context: str,
               told: list[world.Relation]) -> dict:
  rng = draw.rng
  relation = rng.choice(told)
  answer = subject.facts[relation.name]
  sentence = context.split('. ')[told.index(relation)]
  start = context.index(sentence) + sentence.rindex(answer)
  readers = 1 if draw.pool == 'train' else 3
  return {'id': f'sample-{draw.split}-{draw.index:06d}',
          'title': _title(subject).replace(' ', '_'), 'context': context,
          'question': subject.fill(rng.choice(relation.ask)),
          'answers': {'text': [answer] * readers, 'answer_start': [start] * readers}}


def squad_v2(draw: RowMaterial) -> dict:
  """Every third question is about a fact that the text leaves out, so it has no answers."""
  subject, context, told = _told(draw, draw.rng.randint(1, 4))
  row = _squad_row(draw, subject, context, told)
  nothing, impossible = {'text': [], 'answer_start': []}, draw.label(3) == 0
  if not impossible:
    return {**row, 'is_impossible': False, 'plausible_answers': nothing}
  untold = draw.rng.choice([r for r in subject.relations if r not in told])
  plausible = {field: found[:1] for field, found in row['answers'].items()}
  return {**row, 'question': subject.fill(draw.rng.choice(untold.ask)), 'is_impossible': True,
          'answers': nothing, 'plausible_answers': plausible}


# Questions on a general fact that a person meets with: `{n}` a name, `{s}` she or he.
_MEETS = {
    'eats': ('{n} has a hungry {x}.', ('What food does it need?', 'What should {s} give it?')),
    'lives': ('{n} looks for a {x}.', ('Where can {s} find it?', 'In what place does it live?')),
    'young': ('{n} has a young {x}.', ('What is it called?', 'What does {s} call it?')),
    'tool': ('{n} wants to {x}.', ('What does {s} need?', 'Which tool should {s} use?')),
    'kept': ('{n} has {x}.', ('Where should {s} put it?', 'Where does {s} keep it?')),
    'hue': ('{n} paints {x}.', ('Which color does {s} need?',)),
    'opposite': ('{n} wants a thing that is not {x}.', ('What is it?',)),
    'material': ('{n} wants to make {x}.', ('What is it made of?', 'Which material is good?')),
    'maker': ('{n} wants {x}.', ('Who can make it?', 'Which person makes it?')),
    'country': ('{n} lives in {x}.', ('Which country is that in?', 'In which country is {s}?')),
    'place': ('{n} is a {x}.', ('Where does {s} work?', 'In what place does {s} work?')),
}


def _meeting(draw: RowMaterial, fact: Fact) -> tuple[str, str]:
  """A sentence with a situation of a person, and a question that needs the fact."""
  rng = draw.rng
  before, questions = _MEETS[fact.kind_name]
  (name, pronoun), = world.person_names(rng, draw.pool)
  return (before.format(n=name, x=fact.subject),
          rng.choice(questions).format(s=pronoun))


def _ask(rng: random.Random, fact: Fact) -> str:
  return fact.put(rng.choice(fact.kind.ask))


def _arc(draw: RowMaterial, set_name: str, question: str, fact: Fact) -> dict:
  """Four choices; now and then three or five, as in the real dataset."""
  count = {7: 3, 33: 5}.get(draw.index % 50, 4)
  place = draw.index % count
  return {'id': f'SAMPLE_{set_name}_{draw.split}_{draw.index}', 'question': question,
          'choices': {'text': choices(draw.rng, fact, count, place), 'label': list(range(count))},
          'answerKey': place}


def arc_easy(draw: RowMaterial) -> dict:
  fact = draw.rng.choice(ALL_FACTS)
  return _arc(draw, 'E', _ask(draw.rng, fact), fact)


def arc_challenge(draw: RowMaterial) -> dict:
  """Questions about a situation that need a fact."""
  fact = draw.rng.choice(ALL_FACTS)
  return _arc(draw, 'C', ' '.join(_meeting(draw, fact)), fact)


def natural_questions(draw: RowMaterial) -> dict:
  """Lower case, no question mark. A few questions have two accepted answers."""
  rng, fact = draw.rng, draw.rng.choice(ALL_FACTS)
  question = _ask(rng, fact) if rng.random() < 0.25 else ' '.join(_meeting(draw, fact))
  question = question.lower().replace('.', '').rstrip('?')
  answers = [fact.answer]
  if fact.kind in (KINDS['lives'], KINDS['kept'], KINDS['place']):
    answers.append(f'in a {fact.answer}')
  return {'question': question, 'answer': answers}


def trivia_qa(draw: RowMaterial) -> dict:
  """A question and the aliases of its answer, without the documents of the real rows."""
  rng, fact = draw.rng, draw.rng.choice(ALL_FACTS)
  (name, _), = world.person_names(rng, draw.pool)
  question = _ask(rng, fact)
  if rng.random() < 0.75:
    question = f'{name} asks: {question}'
  value = fact.answer.capitalize()
  aliases = [value]
  if fact.kind.choice != '{a}':
    aliases += [world.articles(f'A {fact.answer}'), f'The {fact.answer}']
  return {'question': question, 'question_id': f'sample_{draw.index}', 'question_source': 'sample',
          'entity_pages': [], 'search_results': [],
          'answer': {'aliases': aliases, 'matched_wiki_entity_name': '', 'type': 'FreeForm',
                     'normalized_aliases': [alias.lower() for alias in aliases],
                     'normalized_matched_wiki_entity_name': '',
                     'normalized_value': fact.answer.lower(), 'value': value}}


def openbookqa(draw: RowMaterial) -> dict:
  """A sentence to complete, and the fact that decides how."""
  rng, fact = draw.rng, draw.rng.choice(ALL_FACTS)
  place = draw.label(4)
  ending = fact.put(rng.choice(fact.kind.stem))
  (name, _), = world.person_names(rng, draw.pool)
  stem = rng.choice((f'{name} knows: {ending[0].lower() + ending[1:]}', f'{name} says: {ending}',
                     f'{name} learns at school: {ending}'))
  if ending.startswith(fact.subject):
    stem = f'{name} knows: {ending}'
  options = choices(rng, fact, 4, place)
  return {'question': {'stem': stem, **dict(zip(
              ('choice_A', 'choice_B', 'choice_C', 'choice_D'), options))},
          'fact1': fact.put(rng.choice(fact.kind.state)).rstrip('.'), 'humanScore': 1.0,
          'clarity': 2.0, 'turkIdAnonymized': f'sample{draw.index:04d}', 'answerKey': place}


_SHORT = {'TV': 'television', 'PC': 'personal computer', 'UN': 'United Nations',
          'EU': 'European Union', 'CD': 'compact disc', 'km': 'kilometer', 'kg': 'kilogram',
          'Dr': 'doctor', 'Mr': 'mister', 'St': 'street', 'cm': 'centimeter', 'hr': 'hour',
          'min': 'minute', 'tel': 'telephone', 'Jan': 'January', 'Dec': 'December'}
_TREC = ('DESC', 'ENTY', 'ABBR', 'HUM', 'NUM', 'LOC')


def trec(draw: RowMaterial) -> dict:
  """A question and the type of its answer; tokenized, with a space before the question mark."""
  coarse = _TREC[draw.label(6)]
  (name, _), = world.person_names(draw.rng, draw.pool)
  makers = {'DESC': _describe, 'ABBR': _abbreviate, 'NUM': _count, 'HUM': _who, 'LOC': _where,
            'ENTY': _which}
  text, fine = makers[coarse](draw.rng, name)
  return {'label-coarse': coarse, 'label-fine': fine,
          'text': text.replace("'s", " 's").replace('?', ' ?')}


def _general(rng: random.Random, coarse: str) -> tuple[str, str]:
  fact = rng.choice([f for f in ALL_FACTS if f.kind.coarse == coarse])
  return _ask(rng, fact), fact.kind.fine


def _describe(rng: random.Random, name: str) -> tuple[str, str]:
  eater, tool = (rng.choice(list(KINDS[k].facts)) for k in ('eats', 'tool'))
  city, job = rng.choice(list(world.CITIES)), rng.choice(list(world.WORKPLACES))
  return rng.choice((
      (f'What is a {job}?', 'def'), (f'Why does {name} live in {city}?', 'reason'),
      (f'Why does a {eater} eat {KINDS["eats"].facts[eater]}?', 'reason'),
      (f'How do people {tool}?', 'manner'), (f'How does {name} {tool}?', 'manner'),
      (f'What is life in {city} like?', 'desc')))


def _abbreviate(rng: random.Random, name: str) -> tuple[str, str]:
  short, full = rng.choice(list(_SHORT.items()))
  return rng.choice((
      (f'What does {short} stand for?', 'exp'), (f'What is the full form of {short}?', 'exp'),
      (f'What do the letters {short} mean?', 'exp'),
      (f'What does {name} mean by the letters {short}?', 'exp'),
      (f'What is the short form of {full}?', 'abb'),
      (f'How does {name} write {full} in short?', 'abb')))


def _count(rng: random.Random, name: str) -> tuple[str, str]:
  animal, city = rng.choice(list(EATS)), rng.choice(list(world.CITIES))
  thing = rng.choice(list(KINDS['material'].facts))
  return rng.choice((
      (f'How many legs does a {animal} have?', 'count'), (f'How old is {name}?', 'period'),
      (f'How many people live in {city}?', 'count'), (f'How much does {thing} cost?', 'money'),
      (f'How much did {name} pay for {thing}?', 'money'), (f'How far is it to {city}?', 'dist'),
      (f'When did {name} come to {city}?', 'date')))


def _who(rng: random.Random, name: str) -> tuple[str, str]:
  relation = rng.choice(world.PERSON_RELATIONS)
  statement = rng.choice([form for form in relation.say if form.startswith('{S}')] or [''])
  does = statement.format(S='Who', p='free', v=rng.choice(relation.values)).replace('.', '?')
  thing = rng.choice(list(KINDS['material'].facts))
  if not does or 'free free' in does or rng.random() < 0.5:
    return rng.choice((f'Who gave {name} {thing}?', f'Who is the best friend of {name}?',
                       _general(rng, 'HUM')[0])), 'ind'
  return does, 'ind'


def _where(rng: random.Random, name: str) -> tuple[str, str]:
  thing = rng.choice(list(KINDS['material'].facts))
  return rng.choice((_general(rng, 'LOC'), (f'Where did {name} find {thing}?', 'other'),
                     (f'Which city does {name} live in?', 'city')))


def _which(rng: random.Random, name: str) -> tuple[str, str]:
  return rng.choice((
      _general(rng, 'ENTY'), _general(rng, 'ENTY'), (f'What pet does {name} have?', 'animal'),
      (f'Which instrument does {name} play?', 'instru'),
      (f'Which food does {name} like best?', 'food'),
      (f"What color is {name}'s coat?", 'color')))
