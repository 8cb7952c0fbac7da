"""Rows of simple sentences in two languages: wmt14_translate, wmt16_translate, para_crawl.

The phrases in French and Danish are here, those in other languages in languages.py.
"""
import random
import re

from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial
from flan_jax.sample_world.languages import LANGUAGES, Language

# English to (French, Danish).
_TOWNS = {'Rome': ('Rome', 'Rom'), 'Paris': ('Paris', 'Paris'), 'London': ('Londres', 'London'),
          'Vienna': ('Vienne', 'Wien'), 'Lisbon': ('Lisbonne', 'Lissabon'),
          'Athens': ('Athènes', 'Athen'), 'Copenhagen': ('Copenhague', 'København'),
          'Berlin': ('Berlin', 'Berlin'), 'Madrid': ('Madrid', 'Madrid'), 'Oslo': ('Oslo', 'Oslo')}
# English to (French for a man, for a woman, Danish).
_JOBS = {'baker': ('boulanger', 'boulangère', 'bager'),
         'teacher': ('enseignant', 'enseignante', 'lærer'),
         'cook': ('cuisinier', 'cuisinière', 'kok'),
         'farmer': ('fermier', 'fermière', 'landmand'), 'doctor': ('médecin', 'médecin', 'læge'),
         'singer': ('chanteur', 'chanteuse', 'sanger'), 'painter': ('peintre', 'peintre', 'maler'),
         'gardener': ('jardinier', 'jardinière', 'gartner')}
# English to (French gender, French, Danish, Danish with the article); all common gender in Danish.
_ANIMALS = {'dog': ('m', 'chien', 'hund', 'hunden'), 'cat': ('m', 'chat', 'kat', 'katten'),
            'horse': ('m', 'cheval', 'hest', 'hesten'), 'cow': ('f', 'vache', 'ko', 'koen'),
            'rabbit': ('m', 'lapin', 'kanin', 'kaninen'), 'mouse': ('f', 'souris', 'mus', 'musen'),
            'hen': ('f', 'poule', 'høne', 'hønen'), 'duck': ('m', 'canard', 'and', 'anden'),
            'goat': ('f', 'chèvre', 'ged', 'geden')}
# English to (French masculine, feminine, Danish common gender).
_COLORS = {'black': ('noir', 'noire', 'sort'), 'white': ('blanc', 'blanche', 'hvid'),
           'brown': ('brun', 'brune', 'brun'), 'gray': ('gris', 'grise', 'grå')}
# English to (French gender, French, Danish).
_FOODS = {'bread': ('m', 'pain', 'brød'), 'cheese': ('m', 'fromage', 'ost'),
          'soup': ('f', 'soupe', 'suppe'), 'rice': ('m', 'riz', 'ris'),
          'fish': ('m', 'poisson', 'fisk'), 'meat': ('f', 'viande', 'kød')}
_DRINKS = {'tea': ('m', 'thé', 'te'), 'coffee': ('m', 'café', 'kaffe'),
           'milk': ('m', 'lait', 'mælk'), 'juice': ('m', 'jus', 'juice')}
_DAYS = {'Monday': ('lundi', 'mandag'), 'Tuesday': ('mardi', 'tirsdag'),
         'Friday': ('vendredi', 'fredag'), 'Sunday': ('dimanche', 'søndag')}
_ROOMS = {'house': ('la maison', 'huset'), 'garden': ('le jardin', 'haven'),
          'kitchen': ('la cuisine', 'køkkenet'), 'park': ('le parc', 'parken')}

_THE, _A, _SOME = ({'m': 'le', 'f': 'la'}, {'m': 'un', 'f': 'une'}, {'m': 'du', 'f': 'de la'})

# (English, French, Danish); `_words` gives the words to fill in.
_ABOUT_PEOPLE = (
    ('{n} lives in {town}', '{n} habite à {town_fr}', '{n} bor i {town_da}'),
    ('{n} is a {job}', '{n} est {job_fr}', '{n} er {job_da}'),
    ('{n} works in {town} as a {job}', '{n} travaille à {town_fr} comme {job_fr}',
     '{n} arbejder i {town_da} som {job_da}'),
    ('{n} has a {color} {animal}', '{n} a {a_animal} {color_fr}',
     '{n} har en {color_da} {animal_da}'),
    ('{n} likes {food}', '{n} aime {the_food}', '{n} kan lide {food_da}'),
    ('{n} does not like {food}', "{n} n'aime pas {the_food}", '{n} kan ikke lide {food_da}'),
    ('{n} eats {food} every day', '{n} mange {some_food} chaque jour',
     '{n} spiser {food_da} hver dag'),
    ('{n} drinks {drink} on {day}', '{n} boit {some_drink} le {day_fr}',
     '{n} drikker {drink_da} om {day_da}en'),
    ('{n} is in the {room}', '{n} est dans {room_fr}', '{n} er i {room_da}'),
    ('{n} sees a {animal} in the {room}', '{n} voit {a_animal} dans {room_fr}',
     '{n} ser en {animal_da} i {room_da}'),
    ('{n} gives {food} to the {animal}', '{n} donne {some_food} {to_animal}',
     '{n} giver {the_animal_da} {food_da}'),
)
_WHOLE = (
    ('Where does {n} live?', 'Où habite {n} ?', 'Hvor bor {n}?'),
    ('Does {n} live in {town}?', 'Est-ce que {n} habite à {town_fr} ?', 'Bor {n} i {town_da}?'),
    ('{n} and {o} are friends.', '{n} et {o} sont {friends_fr}.', '{n} og {o} er venner.'),
    ("{n}, do you like {food}?", '{n}, aimes-tu {the_food} ?', '{n}, kan du lide {food_da}?'),
    ('Hello, {n}!', 'Bonjour, {n} !', 'Hej, {n}!'),
    ('Today is {day}, and {n} is in {town}.',
     "Aujourd'hui, c'est {day_fr}, et {n} est à {town_fr}.",
     'I dag er det {day_da}, og {n} er i {town_da}.'),
)


def _words(rng: random.Random, name: str, other: str, woman: bool) -> dict[str, str]:
  """The words for all placeholders, in agreement with the gender."""
  town, job, animal, color = (rng.choice(list(t)) for t in (_TOWNS, _JOBS, _ANIMALS, _COLORS))
  food, drink, day, room = (rng.choice(list(t)) for t in (_FOODS, _DRINKS, _DAYS, _ROOMS))
  gender, animal_fr, animal_da, the_animal_da = _ANIMALS[animal]
  food_gender, food_fr, food_da = _FOODS[food]
  drink_gender, drink_fr, drink_da = _DRINKS[drink]
  return dict(
      n=name, o=other, friends_fr='amies' if woman else 'amis', town=town,
      town_fr=_TOWNS[town][0], town_da=_TOWNS[town][1],
      job=job, job_fr=_JOBS[job][woman], job_da=_JOBS[job][2],
      color=color, color_fr=_COLORS[color][gender == 'f'], color_da=_COLORS[color][2],
      animal=animal, a_animal=f'{_A[gender]} {animal_fr}', animal_da=animal_da,
      the_animal_da=the_animal_da, to_animal=f'{"au" if gender == "m" else "à la"} {animal_fr}',
      food=food, the_food=f'{_THE[food_gender]} {food_fr}',
      some_food=f'{_SOME[food_gender]} {food_fr}', food_da=food_da,
      drink=drink, some_drink=f'{_SOME[drink_gender]} {drink_fr}', drink_da=drink_da,
      day=day, day_fr=_DAYS[day][0], day_da=_DAYS[day][1],
      room=room, room_fr=_ROOMS[room][0], room_da=_ROOMS[room][1])


def _sentence(draw: RowMaterial) -> tuple[str, str, str]:
  """One sentence in English, French and Danish: whole, simple, or two joined."""
  rng = draw.rng
  (name, pronoun), (other, _) = world.person_names(rng, draw.pool, 2)
  words = _words(rng, name, other, pronoun == 'she')
  if rng.random() < 0.2:
    return tuple(form.format(**words) for form in rng.choice(_WHOLE))
  first = [form.format(**words) for form in rng.choice(_ABOUT_PEOPLE)]
  if rng.random() < 0.4:
    words = _words(rng, other, name, pronoun == 'she')
    second = [form.format(**words) for form in rng.choice(_ABOUT_PEOPLE)]
    links = rng.choice(((', and ', ', et ', ', og '), (', but ', ', mais ', ', men ')))
    first = [a + link + b for a, link, b in zip(first, links, second)]
  return tuple(f'{text}.' for text in first)


def wmt14_fr_en(draw: RowMaterial) -> dict:
  english, french, _ = _sentence(draw)
  return {'fr': french, 'en': english}


def para_crawl_enda(draw: RowMaterial) -> dict:
  english, _, danish = _sentence(draw)
  return {'en': english, 'da': danish}


def with_english(code: str):
  """A function that makes rows in English and the language of this code."""
  language = LANGUAGES[code]

  def make(draw: RowMaterial) -> dict:
    english, foreign = _in_language(draw, language)
    # Spanish "y" (and) is "e" before the same sound.
    foreign = re.sub(r'\by (?=[Ii])', 'e ', foreign) if code == 'es' else foreign
    return {code: foreign, 'en': english}
  return make


def _in_language(draw: RowMaterial, language: Language) -> tuple[str, str]:
  """One sentence in English and another language: whole, simple, or two joined."""
  rng = draw.rng
  (name, pronoun), (other, _) = world.person_names(rng, draw.pool, 2)
  woman = pronoun == 'she'
  if rng.random() < 0.2:
    return _phrase(rng, language, rng.choice(language.whole), name, other, woman)
  english, foreign = _phrase(rng, language, rng.choice(language.statements), name, other, woman)
  if rng.random() < 0.4:
    more, further = _phrase(rng, language, rng.choice(language.statements), other, name, woman)
    place = rng.randrange(2)
    english += (', and ', ', but ')[place] + more
    foreign += language.links[place] + further
  return f'{english}.', f'{foreign}.'


def _phrase(rng: random.Random, language: Language, pair: tuple[str, str], name: str, other: str,
            woman: bool) -> tuple[str, str]:
  """A pair of phrases with the same words filled in. The gender chooses from `a|b`."""
  words, forms = {}, {'n': language.names.get(name, name), 'o': language.names.get(other, other)}
  for kind, table in language.tables.items():
    words[kind] = rng.choice(list(table))
    forms |= {f'{kind}_{i}': form for i, form in enumerate(table[words[kind]])}
  english, foreign = pair
  foreign = re.sub(r'(\w+)\|(\w+)', r'\2' if woman else r'\1', foreign.format(**forms))
  return english.format(n=name, o=other, **words), foreign


_TONGUES = {'Czech': 'cs', 'German': 'de', 'Spanish': 'es', 'Finnish': 'fi', 'Romanian': 'ro',
            'Russian': 'ru', 'Turkish': 'tr'}
# The languages of the rows, by their English names.
SPOKEN = ('French', 'Danish', *_TONGUES)


def simple_phrase(rng: random.Random, tongue: str, pool: str) -> tuple[str, str]:
  """A simple sentence about one person in English and in the language of this name."""
  (name, pronoun), (other, _) = world.person_names(rng, pool, 2)
  woman = pronoun == 'she'
  if tongue in SPOKEN[:2]:
    words = _words(rng, name, other, woman)
    texts = [form.format(**words) for form in rng.choice(_ABOUT_PEOPLE)]
    english, foreign = texts[0], texts[1 + SPOKEN.index(tongue)]
  else:
    language = LANGUAGES[_TONGUES[tongue]]
    english, foreign = _phrase(
        rng, language, rng.choice(language.statements), name, other, woman)
  return f'{english}.', f'{foreign}.'
