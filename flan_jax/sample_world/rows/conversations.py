"""Rows in which people talk: coqa and quac (question after question), samsum (messages)."""
import random
import re

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial


def _by_pronoun(subject: world.Subject, question: str) -> str:
  """The question with a pronoun, as in a conversation that has already named the subject."""
  text = question.replace(f"{subject.name}'s", subject.possessive)
  text = re.sub(rf'(?<=of ){subject.name}\b', subject.possessive, text)
  return re.sub(rf'\b{subject.name}\b', subject.pronoun, text)


def _question(rng: random.Random, subject: world.Subject, relation: world.Relation) -> str:
  form = rng.choice([form for form in relation.ask if 'of {n}' not in form])
  return subject.fill(form)


def _value_span(story: str, sentence: str, value: str) -> tuple[int, int]:
  start = story.index(sentence) + sentence.rindex(value)
  return start, start + len(value)


def coqa(draw: RowMaterial) -> dict:
  """A story and three or four questions about it; later questions use a pronoun.

  An answer is free text with the span of the story that supports it: a value, or the whole sentence
  for yes and no; `unknown` has no span (-1).
  """
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  told = rng.sample(subject.relations, rng.randint(3, 4))
  sentences = world.tell(rng, subject, told)
  story, turns = ' '.join(sentences), []
  asked = rng.sample(list(zip(told, sentences)), rng.randint(2, 3))
  for number, (relation, sentence) in enumerate(asked):
    turn = _yes_no_turn if number and rng.random() < 0.4 else _value_turn
    turns.append(turn(rng, subject, relation, story, sentence))
  if rng.random() < 0.2:
    untold = rng.choice([r for r in subject.relations if r not in told])
    turns.append((_question(rng, subject, untold), 'unknown', -1, -1))
  first, *later = (turn[0] for turn in turns)
  return {'source': 'mctest', 'story': story,
          'questions': [first] + [_by_pronoun(subject, question) for question in later],
          'answers': {'input_text': [turn[1] for turn in turns],
                      'answer_start': [turn[2] for turn in turns],
                      'answer_end': [turn[3] for turn in turns]}}


def _value_turn(rng, subject, relation, story: str, sentence: str) -> tuple[str, str, int, int]:
  value = subject.facts[relation.name]
  return (_question(rng, subject, relation), value, *_value_span(story, sentence, value))


def _yes_no_turn(rng, subject, relation, story: str, sentence: str) -> tuple[str, str, int, int]:
  question, answer = _check(rng, subject, relation)
  start = story.index(sentence)
  # Like the people who wrote the real answers: some begin them with a capital letter.
  written = rng.choice((answer, answer.capitalize()))
  return question, written, start, start + len(sentence)


def _check(rng, subject: world.Subject, relation: world.Relation) -> tuple[str, str]:
  """A yes/no question about the subject, and 'yes' or 'no'."""
  value, answer = subject.facts[relation.name], rng.choice(('yes', 'no'))
  if answer == 'no':
    value = world.other_value(rng, relation, value)
  question = subject.fill(rng.choice(relation.check), value)
  return f'{question[0].upper()}{question[1:]}?', answer


_UNANSWERABLE = 'CANNOTANSWER'


def quac(draw: RowMaterial) -> dict:
  """A question about a person and a section; every fifth section lacks the answer.

  The context ends with the word CANNOTANSWER, which is the answer if there is no other. `yesno` and
  `followup` have the codes of the real rows: y, n, x for neither; y, n, m for maybe.
  """
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  known, *told = rng.sample(subject.relations, rng.randint(3, 5))
  sentences = world.tell(rng, subject, told)
  context = f'{" ".join(sentences)} {_UNANSWERABLE}'
  relation, sentence = rng.choice(list(zip(told, sentences)))
  question, yesno = _question(rng, subject, relation), 'x'
  text, value = sentence, subject.facts[relation.name]
  if draw.index % 5 == 0:
    untold = rng.choice([r for r in subject.relations if r not in told and r != known])
    question, text, start = _question(rng, subject, untold), _UNANSWERABLE, len(context) - 12
  elif draw.index % 5 == 1:
    question, answer = _check(rng, subject, relation)
    yesno, start = answer[0], context.index(sentence)
  else:
    text, start = value, _value_span(context, sentence, value)[0]
  readers = 1 if draw.pool == 'train' else 2
  return {'title': subject.name, 'section_title': f'The life of {subject.name}',
          'background': subject.fill(rng.choice(known.say), subject.facts[known.name]),
          'context': context, 'question': _by_pronoun(subject, question),
          'answers': {'text': [text] * readers, 'answer_start': [start] * readers},
          'orig_answer': {'text': text, 'answer_start': start}, 'yesno': yesno,
          'followup': rng.choice('ynm')}


# Messages between `{a}` and `{b}`, and their summary. `{o}` is another person.
_CHATS = (
    (('{a}: Can we meet in {c} on {w}?', '{b}: On {w} I have to work. Can we meet on {v}?',
      '{a}: Good, on {v} then.'), '{a} and {b} want to meet in {c} on {v}.'),
    (('{a}: Can we meet in the park on {w}?', '{b}: Yes, but {o} wants to come too.',
      '{a}: {o} can come.'), '{a}, {b} and {o} want to meet in the park on {w}.'),
    (('{a}: Where do you live now?', '{b}: I have a house in {c}.', '{a}: And what is your job?',
      '{b}: I am a {j}.'), '{b} lives in {c} and works as a {j}.'),
    (('{a}: Do you have my {x}?', '{b}: No, I gave it to {o}.', '{a}: Then I ask {o}.'),
     '{o} has the {x} of {a}.'),
    (('{a}: I need a {x}. Can you bring one?', '{b}: I can bring it on {w}.', '{a}: Good.'),
     '{b} brings {a} a {x} on {w}.'),
    (('{a}: Look at this! <file_photo>', '{b}: What a lovely {x}! Is it new?',
      '{a}: Yes, {o} gave it to me for my birthday.'), '{o} gave {a} a {x} for the birthday.'),
    (('{b}: <file_gif>', '{a}: What happened?', '{b}: I am ill and can not come on {w}.'),
     '{b} is ill and can not come on {w}.'),
    (('{a}: Did you see the game?', '{b}: Yes, the team of {c} won.', '{a}: And {o}?',
      '{b}: {o} played badly.'), 'The team of {c} won the game, but {o} played badly.'),
    (('{a}: How do you go to {c}?', '{b}: I take the {t}. And you?',
      '{a}: I go by {u}.'), '{b} goes to {c} by {t}, {a} by {u}.'),
    (('{a}: What does {o} want to eat?', '{b}: {o} likes {f} best.', '{a}: I can buy some.'),
     '{a} wants to buy some {f} for {o}.'),
)
_THINGS = ('book', 'hat', 'key', 'lamp', 'shirt', 'ring', 'ball', 'bag')


def samsum(draw: RowMaterial) -> dict:
  """Messages, one a line, with the file tags and both kinds of line end of the real rows."""
  rng = draw.rng
  names = [name for name, _ in world.person_names(rng, draw.pool, 3)]
  values = {r.name: rng.sample(r.values, 2) for r in world.PERSON_RELATIONS}
  lines, summary = rng.choice(_CHATS)
  fill = dict(zip('abo', names), x=rng.choice(_THINGS), c=values['city'][0],
              w=values['rest'][0], v=values['rest'][1], j=values['job'][0],
              t=values['travel'][0], u=values['travel'][1], f=values['food'][0])
  line_end = rng.choice(('\n', '\r\n'))
  return {'dialogue': line_end.join(line.format(**fill) for line in lines),
          'summary': summary.format(**fill), 'id': f'sample-{draw.split}-{draw.index}'}
