"""Rows about what a pronoun refers to: definite_pronoun_resolution, winogrande, wsc, wsc273, wnli.

Each schema is a sentence about two candidates with two endings. The ending decides which candidate
the pronoun means. Candidates are people of one gender, or two things.
"""
import dataclasses
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial

# `{a}` and `{b}` the candidates, `{r}` the pronoun; (ending meaning a, ending meaning b).
_PEOPLE = (
    ('{a} gave the {x} to {b} because {r} ', ('had two of them', 'asked for it')),
    ('{a} thanked {b} because {r} ', ('got help', 'gave help')),
    ('{a} paid {b} because {r} ', ('bought the {x}', 'sold the {x}')),
    ('{a} called the doctor for {b} because {r} ', ('had a phone', 'was ill')),
    ('{a} carried the bag of {b} because {r} ', ('was strong', 'was weak')),
    ('{a} asked {b} about the {x} because {r} ', ('knew nothing about it', 'knew all about it')),
    ('{a} taught {b} to cook because {r} ', ('was a good teacher', 'wanted to learn it')),
    ('{a} ran after {b} because {r} ', ('wanted to have the {x}', 'had taken the {x}')),
    ('{a} lost the game against {b} because {r} ', ('played badly', 'played better')),
    ('{a} made soup for {b} because {r} ', ('was a good cook', 'was hungry')),
    ('{a} told {b} a story because {r} ', ('knew a good one', 'could not sleep')),
    ('{a} waited for {b} because {r} ', ('was early', 'was late')),
)
# The same about things: (first, second) pairs follow in `PAIRS`.
_THINGS = (
    ('{n} can not put {a} into {b} because {r} ', ('is too big', 'is too small')),
    ('{n} wants to put {a} into {b} because {r} ', ('is lying around', 'is empty')),
    ('{n} took {a} out of {b} because {r} ', ('was needed at work', 'was too full')),
    ('{n} can not lift {a} over {b} because {r} ', ('is too heavy', 'is too high')),
    ('{n} threw {a} at {b} and {r} ', ('flew fast', 'was hit')),
    ('{n} cleaned {b} with {a} because {r} ', ('was at hand', 'was dirty')),
)
PAIRS = (('the book', 'the bag'), ('the lamp', 'the box'), ('the shirt', 'the closet'),
          ('the ball', 'the chest'), ('the towel', 'the basket'), ('the coat', 'the case'))
ITEMS = ('book', 'hat', 'key', 'lamp', 'shirt', 'ring', 'ball', 'bag')


@dataclasses.dataclass(frozen=True)
class _Puzzle:
  """A filled schema: `before` + pronoun + ' ' + `after` + '.', and which candidate it means."""
  before: str
  pronoun: str
  after: str
  candidates: tuple[str, str]
  answer: int

  def with_word(self, word: str) -> str:
    return f'{self.before}{word} {self.after}.'


def _puzzle(rng: random.Random, pool: str, answer: int) -> _Puzzle:
  """A schema whose pronoun means candidate `answer` (in the order they come in the text)."""
  if rng.random() < 0.65:
    form, endings = rng.choice(_PEOPLE)
    (a, pronoun), (b, _) = world.person_names(rng, pool, 2)
    fill = dict(a=a, b=b, x=rng.choice(ITEMS))
  else:
    form, endings = rng.choice(_THINGS)
    a, b = rng.choice(PAIRS)
    pronoun, fill = 'it', dict(a=a, b=b, n=world.person_names(rng, pool)[0][0])
  before = form.removesuffix('{r} ').format(**fill)
  ending = endings[answer].format(**fill)
  candidates = (a, b)
  if before.index(a) > before.index(b):
    candidates, answer = (b, a), 1 - answer
  return _Puzzle(before, pronoun, ending, candidates, answer)


def _balanced(draw: RowMaterial) -> _Puzzle:
  """A puzzle. The row's class is the index of its answer among the candidates, in text order."""
  while True:
    puzzle = _puzzle(draw.rng, draw.pool, draw.rng.randrange(2))
    if puzzle.answer == draw.label(2):
      return puzzle


def definite_pronoun(draw: RowMaterial) -> dict:
  puzzle = _balanced(draw)
  return {'sentence': puzzle.with_word(puzzle.pronoun), 'pronoun': puzzle.pronoun,
          'candidates': list(puzzle.candidates), 'label': puzzle.answer}


def winogrande(draw: RowMaterial) -> dict:
  """A gap, written `_`, in place of the pronoun."""
  puzzle, label = _puzzle(draw.rng, draw.pool, draw.rng.randrange(2)), draw.label(2)
  options = list(puzzle.candidates)
  if puzzle.answer != label:
    options.reverse()
  gap = '_'
  if puzzle.pronoun == 'it':
    # The article stays in the sentence, as in the real rows: "the _".
    gap, options = 'the _', [option.removeprefix('the ') for option in options]
  return {'sentence': puzzle.with_word(gap), 'option1': options[0], 'option2': options[1],
          'label': label}


def wsc(draw: RowMaterial) -> dict:
  """Does the pronoun mean the marked candidate? Span indexes count words."""
  true = draw.label(2)
  puzzle = _puzzle(draw.rng, draw.pool, draw.rng.randrange(2))
  span = puzzle.candidates[puzzle.answer if true else 1 - puzzle.answer]
  text = puzzle.with_word(puzzle.pronoun)
  start = puzzle.before.index(span)
  return {'text': text, 'span1_index': len(text[:start].split()), 'span1_text': span,
          'span2_index': len(puzzle.before.split()), 'span2_text': puzzle.pronoun,
          'idx': draw.index, 'label': true}


def wsc273(draw: RowMaterial) -> dict:
  """The candidates as in a list and as in the sentence; offsets are in characters."""
  puzzle = _balanced(draw)
  first, second = puzzle.candidates
  start = len(puzzle.before)
  return {'text': puzzle.with_word(puzzle.pronoun), 'option1': world.capital(first),
          'option1_normalized': first, 'option2': world.capital(second),
          'option2_normalized': second,
          'pronoun_start': start, 'pronoun_end': start + len(puzzle.pronoun),
          'pronoun_text': puzzle.pronoun, 'label': puzzle.answer, 'idx': draw.index}


def wnli(draw: RowMaterial) -> dict:
  """The second sentence repeats the ending with a candidate in the pronoun's place."""
  true = draw.label(2)
  puzzle = _puzzle(draw.rng, draw.pool, draw.rng.randrange(2))
  meant = puzzle.candidates[puzzle.answer if true else 1 - puzzle.answer]
  return {'sentence1': puzzle.with_word(puzzle.pronoun),
          'sentence2': f'{world.capital(meant)} {puzzle.after}.', 'label': true, 'idx': draw.index}
