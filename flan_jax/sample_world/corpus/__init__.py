"""Text of the sample world to pretrain on: a document is a function of its number and a seed.

The documents tell of the people, places and general facts that the tasks ask about, in the words of
every cluster's texts and of instructions, but they are not the tasks: they have forms of their own
(narratives, dialogues, definitions, lists, restatements), no template and no block of options.
People are of the training pool only. No eight consecutive words are those of an example that
evaluates, even with the names masked; `tests/sample_world/test_corpus.py` proves it.
"""
import bisect
import itertools
import random

from flan_jax.sample_world.corpus import happenings, knowledge, opinions, talk, tongues

# Read in order (with SHUFFLE_TRAIN_EXAMPLES = False) the documents are a curriculum (Bengio et al.
# 2009): primers, then plain talk with some of all other kinds, then all kinds with some of both.
# From primers a model learns within minutes to judge a claim by a text, from all kinds of documents
# at once hardly at all.
_PRIMERS, _PLAIN = 45_000, 150_000  # the numbers of the documents that end the first two parts
_PRIMERS_LATER, _PLAIN_THEN, _PLAIN_LATER = 0.15, 0.55, 0.15  # shares
# Kind of document -> its weight. Talk about people comes first: looking a fact up in a text and
# judging a statement by it are the slowest to learn.
_KINDS = {
    talk.conversation: 42,
    talk.asked_before: 10,
    talk.two_people: 16,
    talk.portrait: 8,
    talk.same_or_not: 9,
    knowledge.conversation: 8,
    knowledge.definitions: 4,
    knowledge.numbers: 4,
    knowledge.word_senses: 3,
    happenings.events: 7,
    happenings.activity: 5,
    happenings.pronouns: 9,
    happenings.scene: 8,
    happenings.news: 7,
    happenings.messages: 4,
    opinions.reviews: 7,
    opinions.debate: 2,
    tongues.phrases: 12,
}
_MAKERS = tuple(_KINDS)
_ENDS = tuple(itertools.accumulate(_KINDS.values()))


def document(number: int, seed: int = 0) -> str:
  """The document of a number; documents of other seeds are other ones."""
  rng = random.Random(f'{seed}|corpus|{number}')
  kind = 0.0 if number < _PRIMERS else rng.random()
  if kind < _PRIMERS_LATER:
    return talk.primer(rng)
  if kind < _PRIMERS_LATER + (_PLAIN_THEN if number < _PLAIN else _PLAIN_LATER):
    return talk.plain(rng)
  make = _MAKERS[bisect.bisect_right(_ENDS, rng.randrange(_ENDS[-1]))]
  return make(rng)
