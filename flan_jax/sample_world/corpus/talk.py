"""Documents about people and places to eat: portraits, and talk that asks, claims and corrects."""
from collections.abc import Sequence
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.corpus import wording
from flan_jax.span_marks import marked

# What stands in front of questions, replies and claims. Without it a sentence would follow the one
# before as it does in rows. First and last words are of no template, so no template joins them.
_ASK = ('Wondered:', 'Wondered:', 'Wondering:', 'Wisely {o} wondered:', 'Somebody was curious:',
        'Hm:', 'Heard this question, friends:', 'Friends, one question, friends:',
        'By what we heard,', 'Friends, let us see:', 'Go on and tell us, friends:')
_REPLY = ('Said:', 'Said:', 'Replied:', 'Friends, the answer, friends:',
          'Heard this answer, friends:')
_CLAIM = ('Claimed:', 'Claimed:', 'Loudly {o} claimed:', 'Rumors:', 'Somebody boasted:', 'Hm:',
          'Heard this claim, friends:', 'Friends, my statement, friends:',
          'Heard this sentence, friends:', 'Heard {o} say, friends:', 'By what we heard,',
          'So one may conclude, friends:', 'Friends, may we say so?')
_DOUBT = "Oh well. No, that can't be right."
# Between a question or a claim and what is said to it: a model has to find again what is asked.
_PAUSES = ('Hm.', 'Well, friends.', 'Friends, think again.', 'Nodding, {o} spoke.',
           'Friends, what does the text say?', 'Only the text counts, friends.',
           'Somebody laughed, and {o} looked it up.', 'Friends, choose one answer, friends.')
_CHOICES = ('Right or wrong?', 'Wrong or right?', 'Right, wrong, or left open?',
            'Friends, one word: yes or no?', 'Friends, one word: no or yes?',
            'Friends, choose:\n- right\n- wrong', 'Friends, choose:\n- wrong\n- right',
            'Friends, choose:\n- left open\n- wrong\n- right',
            'Friends, choose:\n- yes\n- no', 'Friends, choose:\n- no\n- yes')
# Somebody guesses, rightly or not: 'yes' and 'no' are words to say here, and tell nothing. A word
# that is never a target keeps random output weights, which may point the wrong way when tuning asks
# for it: NLI was 39 then, and 50 with the same model and both words' weights made equal.
_GUESSES = ('Guessing {g}, {o} looked it up.', 'My guess is {g}, friends.')
_SHARE_OF_GUESSES = 0.3
_LOOKED_UP = ('Looked it up:', 'Friends, my text, friends:', 'Listen to this passage, friends.',
              'Hm:', 'Besides:')
_BETWEEN = (' ', ' ', '\n', '\n\n')  # the parts of a text
_OPENINGS = ('', '', '', 'Heard this text, friends:', 'Listen to this passage, friends.',
             'Heard of {n}, friends?', 'Friends, my text, friends:')


def primer(rng: random.Random) -> str:
  """One fact, and questions and claims about nothing else, each in the same few words."""
  subject = _subject(rng)
  told = _told(rng, subject, 1)
  turns = [_simple_turn(rng, subject, told[0], known=True) for _ in range(rng.randint(2, 5))]
  return ' '.join([*_passage(rng, subject, told), *turns])


def plain(rng: random.Random) -> str:
  """Some facts, and questions and claims about them and about others, in the same few words."""
  subject = _subject(rng)
  told = _told(rng, subject, rng.choice((1, 1, 2, 2, 3)))
  turns = [_simple_turn(rng, subject, *_relation(rng, subject, told))
           for _ in range(rng.randint(3, 6))]
  return ' '.join([*_passage(rng, subject, told), *turns])


def portrait(rng: random.Random) -> str:
  """Facts about somebody, then some of them again in other words, with what they imply."""
  subject = _subject(rng)
  told = _told(rng, subject, rng.randint(2, 5))
  again = [_restated(rng, subject, r) for r in rng.sample(told, rng.randint(1, len(told)))]
  return _joined(' ', _opening(rng, subject), *_passage(rng, subject, told), *again)


def conversation(rng: random.Random) -> str:
  """A text about somebody, and talk about it."""
  subject = _subject(rng)
  told = _told(rng, subject, rng.choice((1, 1, 1, 2, 2, 3, 4)))
  turns = [_said(rng, subject, told) for _ in range(rng.randint(3, 7))]
  passage = ' '.join(_passage(rng, subject, told))
  return _joined(rng.choice(_BETWEEN), _opening(rng, subject), passage, *turns)


def asked_before(rng: random.Random) -> str:
  """A question or a claim, then the text about somebody, then what is said to it."""
  subject = _subject(rng)
  told = _told(rng, subject, rng.choice((1, 1, 2, 2, 3)))
  before, pause, reply = _turn(rng, subject, told, by_name=True)
  passage = f'{rng.choice(_LOOKED_UP)} {" ".join(_passage(rng, subject, told))}'
  return _joined(rng.choice(_BETWEEN), before, passage, pause, reply)


def two_people(rng: random.Random) -> str:
  """A text about two people, and talk about both."""
  pair = world.people(rng, wording.POOL, 2)
  told = [_told(rng, subject, rng.choice((1, 1, 2))) for subject in pair]
  if rng.random() < 0.6:  # both tell the same kind of fact, with different values
    shared = rng.choice(told[0])
    told[1] = [shared, *(relation for relation in told[1] if relation != shared)]
  texts = [_passage(rng, subject, facts) for subject, facts in zip(pair, told)]
  texts = [wording.link(rng, text) if i else text
           for i, text in enumerate(' '.join(text) for text in texts)]
  turns = []
  for _ in range(rng.randint(3, 6)):
    place = rng.randrange(2)
    if rng.random() < 0.15:
      turns.append(_who(rng, pair, told))
    else:
      turns.append(_said(rng, pair[place], told[place], by_name=True))
  return ' '.join([*texts, *turns])


def same_or_not(rng: random.Random) -> str:
  """Two sentences, and whether they say the same, or whether one answers the other."""
  parts = []
  for _ in range(rng.randint(2, 4)):
    subject = _subject(rng)
    relation = rng.choice(subject.relations)
    parts.append((_answered if rng.random() < 0.5 else _compared)(rng, subject, relation))
  return ' '.join(parts)


def _joined(between: str, *parts: str) -> str:
  """The parts that are not empty."""
  return between.join(part for part in parts if part)


def _subject(rng: random.Random) -> world.Subject:
  return (world.venue if rng.random() < 0.2 else world.person)(rng, wording.POOL)


def _told(rng, subject: world.Subject, size: int) -> list[world.Relation]:
  return rng.sample(list(subject.relations), min(size, len(subject.relations) - 1))


def _opening(rng, subject: world.Subject) -> str:
  return rng.choice(_OPENINGS).format(n=subject.name)


def _passage(rng, subject: world.Subject, told: Sequence[world.Relation]) -> list[str]:
  """A sentence for each relation, all but the first behind a link."""
  sentences = []
  for number, relation in enumerate(told):
    by_name = number == 0 or rng.random() < 0.3
    sentence = _say(rng, subject, relation, subject.facts[relation.name], by_name)
    sentences.append(wording.link(rng, sentence) if number else sentence)
  return sentences


def _say(rng, subject, relation: world.Relation, value: str, by_name: bool = True) -> str:
  return subject.fill(rng.choice(wording.short(relation, 'say')), value, by_name)


def _restated(rng, subject: world.Subject, relation: world.Relation) -> str:
  """A fact again: in another form, by what it implies, or by what it rules out."""
  value, kind = subject.facts[relation.name], rng.random()
  if relation.implied and kind < 0.4:
    implied = marked(relation.implied[value])
    text = subject.fill(relation.say_implied, implied, rng.random() < 0.5)
    return f'So {wording.inner(text)}'
  if kind < 0.6:
    denied = subject.fill(rng.choice(wording.short(relation, 'deny')),
                          world.other_value(rng, relation, value), rng.random() < 0.5)
    return f'So {wording.inner(denied)}'
  text = _say(rng, subject, relation, marked(value), rng.random() < 0.5)
  return f'{rng.choice(("In other words,", "That means:", "To say it again:"))} {text}'


def _relation(rng, subject: world.Subject, told: Sequence[world.Relation]
              ) -> tuple[world.Relation, bool]:
  """What somebody asks for, and whether it is told."""
  known = rng.random() < 0.7
  return rng.choice([r for r in subject.relations if (r in told) == known]), known


def _simple_turn(rng, subject, relation: world.Relation, known: bool) -> str:
  truth, kind, true = subject.facts[relation.name], rng.random(), rng.random() < 0.5
  value = world.told_value(rng, relation, truth, true)
  words = wording.OPEN if not known else wording.RIGHT if true else wording.WRONG
  verdict = wording.salient(words[0])
  if kind < 0.25:
    reply = f'{_REPLY[0]} {marked(truth)}.' if known else verdict
    return f'{_ASK[0]} {_question(rng, subject, relation)} {reply}'
  if kind < 0.65:
    question = subject.fill(rng.choice(wording.short(relation, 'check')), value)
    return f'{_ASK[0]} {world.capital(question)}? {verdict}'
  claim = _say(rng, subject, relation, value, rng.random() < 0.7)
  return f'{_CLAIM[0]} {claim} {verdict}'


def _question(rng, subject, relation: world.Relation) -> str:
  return subject.fill(rng.choice(wording.short(relation, 'ask')))


def _said(rng, subject: world.Subject, told: Sequence[world.Relation], by_name: bool = False
          ) -> str:
  """A question or a claim about somebody, at times a pause, and what is said to it."""
  return _joined(rng.choice(_BETWEEN), *_turn(rng, subject, told, by_name))


def _turn(rng, subject: world.Subject, told: Sequence[world.Relation], by_name: bool
          ) -> tuple[str, str, str]:
  """A question or a claim about somebody, what follows it (may be empty), and the reply."""
  relation, known = _relation(rng, subject, told)
  kind, by_value = rng.random(), rng.random() < 0.25
  if kind < 0.25:
    before, reply = _value_turn(rng, subject, relation, known)
    choices = _values(rng, relation, subject.facts[relation.name])
  elif kind < 0.65:
    before, reply = _check_turn(rng, subject, relation, known, by_value)
    choices = _choices(rng)
  else:
    before, reply = _claim_turn(rng, subject, relation, known, by_name, by_value)
    choices = _choices(rng)
  pause = rng.choice(_PAUSES).format(o=wording.name(rng))
  return before, rng.choice(('', '', pause, choices)), reply


def _choices(rng) -> str:
  """What can be said to a question or a claim, or what somebody guesses."""
  if rng.random() < _SHARE_OF_GUESSES:
    guess = marked(rng.choice(('yes', 'no')))
    return rng.choice(_GUESSES).format(g=guess, o=wording.name(rng))
  return rng.choice(_CHOICES)


def _values(rng, relation: world.Relation, value: str) -> str:
  """Some values to choose from, the right one among them, in a sentence or in lines."""
  others = rng.sample([v for v in relation.values if v != value], 2)
  *some, last = rng.sample([value, *others], 3)
  if rng.random() < 0.5:
    return f'Friends, {", ".join(some)} or {last}?'
  return 'Friends, choose:' + ''.join(f'\n- {v}' for v in (*some, last))


def _value_turn(rng, subject, relation: world.Relation, known: bool) -> tuple[str, str]:
  question, value = _question(rng, subject, relation), subject.facts[relation.name]
  reply = (f'{rng.choice(_REPLY)} {marked(value)}.' if known
           else wording.salient(rng.choice(wording.OPEN)))
  return _asked(rng, question), reply


def _asked(rng, question: str) -> str:
  lead = rng.choice(_ASK).format(o=wording.name(rng))
  if rng.random() < 0.25:
    question = question.lower()
  return f'{lead} {question}'


def _check_turn(rng, subject, relation: world.Relation, known: bool, by_value: bool
                ) -> tuple[str, str]:
  """A yes/no question in words, and whether it is right; at times with the value that is.

  Its salient span is the verdict, or the value if `by_value`: never both, for a mark around the
  value alone would tell that it is right.
  """
  true = rng.random() < 0.5
  truth = subject.facts[relation.name]
  if relation.implied and rng.random() < 0.25:
    value = world.told_value(rng, relation, truth, true, implied=True)
    question = subject.fill(relation.check_implied, _found(value, by_value and known and true))
  else:
    value = world.told_value(rng, relation, truth, true)
    form = rng.choice(wording.short(relation, 'check'))
    question = subject.fill(form, _found(value, by_value and known and true))
  verdict = wording.verdict(rng, known, true, asked=not by_value)
  if known and rng.random() < 0.25:
    verdict = f'{verdict[:-1]}: {marked(truth)}.'
  return _asked(rng, f'{world.capital(question)}?'), verdict


def _claim_turn(rng, subject, relation: world.Relation, known: bool, by_name: bool,
                by_value: bool) -> tuple[str, str]:
  """A statement, and whether it is right; a wrong one may be corrected. Marks as above."""
  true, truth = rng.random() < 0.5, subject.facts[relation.name]
  by_name = by_name or rng.random() < 0.7
  form = rng.random()
  if relation.implied and form < 0.25:
    value = world.told_value(rng, relation, truth, true, implied=True)
    claim = subject.fill(relation.say_implied, _found(value, by_value and known and true), by_name)
  elif form < 0.4:
    value = world.told_value(rng, relation, truth, not true)
    denied = _found(value, by_value and known and not true)
    claim = subject.fill(rng.choice(wording.short(relation, 'deny')), denied, by_name)
  else:
    value = world.told_value(rng, relation, truth, true)
    claim = _say(rng, subject, relation, _found(value, by_value and known and true), by_name)
  lead = rng.choice(_CLAIM).format(o=wording.name(rng))
  verdict = wording.verdict(rng, known, true, asked=not by_value)
  if known and not true and rng.random() < 0.3:
    right = wording.inner(_say(rng, subject, relation, marked(truth)))
    verdict = f'{wording.salient(_DOUBT)[:-1]}: {right}'
  return f'{lead} {claim}', verdict


def _found(value: str, can_be: bool) -> str:
  """The value, marked if it can be found in the passage."""
  return marked(value) if can_be else value


def _who(rng, pair: Sequence[world.Subject], told: Sequence[Sequence[world.Relation]]) -> str:
  """Of whom is a fact told?"""
  place = rng.randrange(2)
  relation = rng.choice(told[place])
  statement = rng.choice(wording.short(relation, 'say'))
  text = statement.format(S='Who', m='who', P='Whose', p='the', n='who',
                          v=pair[place].facts[relation.name])
  question = f'{world.capital(text).rstrip(".")}?'
  return f'{_asked(rng, question)} {rng.choice(_REPLY)} {marked(pair[place].name)}.'


_SAME = ('Alike, friends.', 'Equal, friends.', 'One meaning, friends.')
_NOT_SAME = ('Unlike, friends.', 'Two meanings, friends.', 'Not at all, friends.')
_ANSWER = ('Answered, friends.', 'Told, friends.')
_NO_ANSWER = ('Not answered, friends.', 'Nobody told, friends.')


def _compared(rng, subject: world.Subject, relation: world.Relation) -> str:
  """Two questions, or two statements, and whether they mean the same."""
  same, value = rng.random() < 0.5, subject.facts[relation.name]
  if rng.random() < 0.5:
    other = relation if same else rng.choice([r for r in subject.relations if r != relation])
    first, second = (subject.fill(rng.choice(wording.short(r, 'ask')))
                     for r in (relation, other))
    if first == second:
      return f'{first} Once more: {second} Wondered twice.'
  else:
    other = world.told_value(rng, relation, value, same)
    first, second = (_say(rng, subject, relation, v) for v in (value, other))
  verdict = _judged(rng, 'Friends, do both mean the same?', same, _SAME, _NOT_SAME)
  return f'One says: {first} Another says: {second} {verdict}'


def _answered(rng, subject: world.Subject, relation: world.Relation) -> str:
  """A question and a sentence, and whether it is an answer."""
  fits = rng.random() < 0.5
  told = relation if fits else rng.choice([r for r in subject.relations if r != relation])
  question = subject.fill(rng.choice(wording.short(relation, 'ask')))
  sentence = _say(rng, subject, told, subject.facts[told.name])
  verdict = _judged(rng, 'Friends, does this tell us?', fits, _ANSWER, _NO_ANSWER)
  return f'{question} Somebody replied: {sentence} {verdict}'


def _judged(rng, asked: str, true: bool, right: Sequence[str], wrong: Sequence[str]) -> str:
  """Words that tell the verdict themselves, or the question for it and any verdict."""
  if rng.random() < 0.5:
    return wording.salient(rng.choice(right if true else wrong))
  return f'{asked} {wording.verdict(rng, True, true)}'
