"""How sentences are put together in the corpus: links between them, verdicts, and short forms.

Links are words that no row and no template has, so that the sentences of a relation, which rows
have too, never follow each other as they do there.
"""
from collections.abc import Sequence
import random

from flan_jax.sample_world import world
from flan_jax.span_marks import marked

POOL = 'train'
LINKS = ('Also', 'Also,', 'Besides,', 'Moreover,', 'Furthermore,', 'Indeed,', 'By the way,',
         'I heard that', 'Everybody says that', 'Remember that', 'Let me add that')
# So many words in a row may not be those of an example that evaluates.
WORDS_OF_A_MATCH = 8

# The first word of the sentence that is marked tells the verdict. So a model learns to know the
# verdict before it says anything, as it has to when it is asked for 'yes' or 'no'.
RIGHT = ('Right.', 'Right.', 'Right, friends.', 'Indeed.', 'Agreed.', 'So it is.',
         'Oh well. Yes, that is so.', 'Well, friends. Yes, surely so.')
WRONG = ('Wrong.', 'Wrong.', 'Wrong, friends.', 'Never.', 'Not so.', 'Far from it.',
         "Oh well. No, that can't be.", 'Well, friends. No, not at all.')
OPEN = ('Nobody said.', 'Nobody said.', 'Nobody said that.', 'Left open.', 'Who knows.')


def link(rng: random.Random, sentence: str) -> str:
  """The sentence behind a link: 'Also, she has a dog.'"""
  word = rng.choice(LINKS)
  return f'{word} {inner(sentence)}'


def inner(sentence: str) -> str:
  """The sentence as part of another one: only names keep their capital letter."""
  first = sentence.split(' ', 1)[0].split("'", 1)[0]
  if first in _NAMES or (len(first) == 1 and first != 'A') or first in world.CITIES:
    return sentence
  return sentence[0].lower() + sentence[1:]


def verdict(rng: random.Random, known: bool, true: bool, asked: bool = True) -> str:
  """What is said to a question or a claim: right, wrong, or that nobody said; marked if `asked`."""
  chosen = rng.choice(OPEN if not known else RIGHT if true else WRONG)
  return salient(chosen) if asked else chosen


def salient(text: str) -> str:
  """The text with marks around its last sentence, but not the full stop."""
  before, between, last = text[:-1].rpartition('. ')
  return f'{before}{between}{marked(last)}{text[-1]}'


def short(relation: world.Relation, kind: str) -> list[str]:
  """The forms of a relation that documents repeat: those that fill no eight words.

  Args:
    relation: the relation.
    kind: 'say', 'deny', 'ask' or 'check'.
  """
  # A place to eat is two words, 'the X'; some values are two words too.
  more = 1 + max(len(value.split()) - 1 for value in relation.values)
  words = lambda form: len(form.split()) + (more if '{v}' in form else 1)
  forms = getattr(relation, kind)
  return [form for form in forms if words(form) < WORDS_OF_A_MATCH] or [_SHORTER[forms[0]]]


def name(rng: random.Random) -> str:
  """A person's name."""
  return world.person_names(rng, POOL)[0][0]


def several(rng: random.Random, texts: Sequence[str], least: int, most: int) -> list[str]:
  """Between `least` and `most` of the texts, in any order."""
  return rng.sample(texts, rng.randint(least, most))


# Where all forms are too long.
_SHORTER = {
    '{S} does not go to work by {v}.': '{S} never goes by {v}.',
    '{S} is not in the {v}.': '{S} avoids the {v}.',
    'does {n} go to work by {v}': 'does {n} go by {v}',
    'What kind of food does {n} serve?': 'What food is in {n}?'}
_NAMES = frozenset(n for names in world.NAMES[POOL] for n in names)
