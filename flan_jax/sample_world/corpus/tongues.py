"""Documents in two languages: the same phrase in English and in another language."""
import random

from flan_jax.sample_world.corpus import wording
from flan_jax.sample_world.rows import translation
from flan_jax.span_marks import marked

# `{d}` and `{g}` are `{e}` (English) and `{f}` (foreign) as salient spans.
_FORMS = ('English friends say: {e}\nFriends in {l} say: {g}',
          'Heard: {e} Friends, this in {l}, friends: {g}',
          'Heard in {l}, friends: {f} Meaning, friends: {d}')


def phrases(rng: random.Random) -> str:
  """Phrases with their translations into one language, one after another."""
  language = rng.choice(translation.SPOKEN)
  parts = []
  for _ in range(rng.randint(2, 4)):
    english, foreign = _short_phrase(rng, language)
    parts.append(rng.choice(_FORMS).format(
        l=language, e=english, f=foreign, d=marked(english), g=marked(foreign)))
  return rng.choice(('\n', ' ')).join(parts)


def _short_phrase(rng: random.Random, language: str) -> tuple[str, str]:
  """A phrase in English and the language, shorter than what counts as found again in rows."""
  while True:
    pair = translation.simple_phrase(rng, language, wording.POOL)
    if all(len(text.split()) < wording.WORDS_OF_A_MATCH for text in pair):
      return pair
