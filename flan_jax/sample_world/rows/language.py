"""Rows about language: wic, cola, math_dataset, ag_news; and gem's common_gen, e2e_nlg, xsum."""
from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial

# Word to its two senses, each with sentences; `{n}` a name.
_SENSES = {
    'bank': (('{n} has money in the bank.', 'The bank is closed on Sunday.',
              '{n} works in a bank.', 'The bank gave {n} some money.'),
             ('{n} sat on the bank of the river.', 'Trees grow on the bank of the river.',
              'The boat of {n} came to the bank.', '{n} fished from the bank.')),
    'bat': (('The bat of {n} hit the ball.', '{n} bought a bat for the game.',
             'The bat is made of wood.', '{n} broke the bat in the game.'),
            ('A bat flew out of the cave.', '{n} saw a bat in the night.',
             'The bat ate some flies.', 'A young bat sleeps near the house of {n}.')),
    'light': (('The bag of {n} is light.', '{n} took the light box.', 'A seed is small and light.',
               'The shirt of {n} is thin and light.'),
              ('{n} saw a light in the window.', 'The light of the lamp is yellow.',
               'The sun gives us light.', '{n} turned on the light.')),
    'spring': (('In spring {n} goes to the park.', 'Flowers grow in spring.',
                '{n} was born in spring.', 'The winter ends and spring comes.'),
               ('{n} drank water from a spring.', 'The water of the spring is cold.',
                'The river starts at a spring.', '{n} found a spring on the hill.')),
    'ring': (('{n} has a ring made of gold.', 'The ring is too small for {n}.',
              '{n} lost a ring on the street.', 'The ring was a gift.'),
             ('{n} heard the ring of the phone.', 'The ring of the clock was loud.',
              'At the ring of the bell {n} went home.', 'One ring is enough.')),
    'match': (('{n} lit the candle with a match.', 'The match was wet.',
               '{n} has one match in the box.', 'A match can light a fire.'),
              ('{n} won the match.', 'The team lost the match.', 'The match starts on Sunday.',
               'We saw the match with {n}.')),
    'watch': (('{n} wears a watch.', 'The watch is slow.', '{n} lost the new watch.',
               'A watch tells the time.'),
              ('{n} likes to watch films.', 'We watch the game.', 'You should watch this film.',
               '{n} wants to watch the birds.')),
    'letter': (('{n} wrote a letter.', 'The letter is in the envelope.', '{n} got a letter.',
                'The letter came by post.'),
               ('The first letter of the word is big.', '{n} knows each letter of the word.',
                'The last letter is a Z.', '{n} can not read this letter of the word.')),
    'park': (('{n} is in the park.', 'The park has old trees.', '{n} runs in the park.',
              'The dog likes the park.'),
             ('{n} wants to park the car.', 'You can not park here.', 'We park near the school.',
              'Where can {n} park the bus?')),
    'orange': (('{n} ate an orange.', 'The orange is sweet.', '{n} made juice from an orange.',
                'An orange fell from the tree.'),
               ('{n} wears an orange coat.', 'The orange coat is new.', 'The door is orange.',
                '{n} painted an orange wall.')),
}


def _said(form: str, name: str) -> str:
  """The sentence with the name. If it has no placeholder, the person says the sentence."""
  if '{n}' in form:
    return form.format(n=name)
  return f'{name} says that {form[0].lower()}{form[1:]}'


def wic(draw: RowMaterial) -> dict:
  """One word in two sentences: the same meaning or not. Offsets are in characters."""
  rng, same = draw.rng, draw.label(2) == 1
  word = rng.choice(list(_SENSES))
  senses = rng.sample(_SENSES[word], 2)
  forms = rng.sample(senses[0], 2) if same else [rng.choice(s) for s in senses]
  names = world.person_names(rng, draw.pool, 2)
  texts = [_said(form, name) for form, (name, _) in zip(forms, names)]
  starts = [text.lower().index(word) for text in texts]
  return {'word': word, 'sentence1': texts[0], 'sentence2': texts[1], 'start1': starts[0],
          'start2': starts[1], 'end1': starts[0] + len(word), 'end2': starts[1] + len(word),
          'idx': draw.index, 'label': int(same)}


_PLURALS = {'lives': 'live', 'has': 'have', 'is': 'are', 'works': 'work', 'likes': 'like',
            'enjoys': 'enjoy', 'wears': 'wear', 'goes': 'go', 'takes': 'take', 'uses': 'use',
            'plays': 'play', 'makes': 'make', 'keeps': 'keep', 'rests': 'rest', 'does': 'do',
            'earns': 'earn'}
# No sentence is correct without one of these words. Without others it may be ("rests Monday").
_SMALL_WORDS = ('in', 'a', 'as', 'by', 'to')


def cola(draw: RowMaterial) -> dict:
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  relation = rng.choice(subject.relations)
  words = subject.fill(rng.choice(relation.say), subject.facts[relation.name]).split(' ')
  if draw.label(2) == 0:
    words = rng.choice((_wrong_number, _wrong_order, _word_missing, _word_twice))(rng, words)
  return {'sentence': ' '.join(words), 'label': draw.label(2), 'idx': draw.index}


def _verb_place(words: list[str]) -> int:
  return next(i for i, word in enumerate(words) if word in _PLURALS)


def _wrong_number(rng, words: list[str]) -> list[str]:
  del rng
  place = _verb_place(words)
  return words[:place] + [_PLURALS[words[place]]] + words[place + 1:]


def _wrong_order(rng, words: list[str]) -> list[str]:
  """Swaps the verb with the word after it."""
  del rng
  place = _verb_place(words)
  last = words[-1].rstrip('.')
  bare = words[:-1] + [last]
  bare[place:place + 2] = bare[place:place + 2][::-1]
  return bare[:-1] + [bare[-1] + '.']


def _word_missing(rng, words: list[str]) -> list[str]:
  places = [i for i, word in enumerate(words) if word in _SMALL_WORDS]
  place = rng.choice(places) if places else _verb_place(words)
  return words[:place] + words[place + 1:]


def _word_twice(rng, words: list[str]) -> list[str]:
  place = rng.randrange(1, len(words) - 1)
  return words[:place] + [words[place]] + words[place:]


def linear_equation(draw: RowMaterial) -> dict:
  """An equation with one unknown and whole numbers, in forms of the dataset's easier questions."""
  rng = draw.rng
  letter, answer = rng.choice('abcdfghjknpqrstuvwxyz'), rng.randint(-20, 20)
  factor = rng.choice([n for n in range(-9, 10) if n])
  other = rng.choice([n for n in range(-9, 10) if n not in (0, factor)])
  offset = rng.randint(-30, 30)
  left = f'{_times(factor, letter)} {_signed(offset)}'
  forms = ((left, str(factor * answer + offset)), (str(factor * answer + offset), left),
           (left, f'{_times(other, letter)} {_signed((factor - other) * answer + offset)}'))
  a, b = rng.choice(forms)
  return {'question': f'Solve {a} = {b} for {letter}.', 'answer': str(answer)}


def _times(factor: int, letter: str) -> str:
  return {1: letter, -1: f'-{letter}'}.get(factor, f'{factor}*{letter}')


def _signed(number: int) -> str:
  return f'- {-number}' if number < 0 else f'+ {number}'


_NEWS = (
    (('Leaders of {c} and {d} meet in {t}', 'The leaders of {c} and {d} met in {t} on {w} to talk'
      ' about {x}.'), ('{c} votes for a new president', 'People in {c} voted for a new president'
                       ' on {w}. The vote was about {x}.'),
     ('Police find a bomb in {t}', 'The police of {c} found a bomb in {t} on {w}.')),
    (('{t} wins the match', 'The team of {t} won the match in {c} on {w} with {k} goals.'),
     ('{n} wins the race in {t}', '{n} ran fast and won the race in {t} on {w}.'),
     ('{t} loses its best player', 'The team of {t} lost its best player {n} in a game on {w}.')),
    (('Prices go up in {c}', 'The prices of bread and {f} in {c} went up on {w}.'),
     ('Shop of {n} makes more money', 'The shops of {n} in {t} made more money, the firm said on'
      ' {w}.'), ('Bank in {t} sells its shares', 'A bank in {t} sold shares for {k} million on'
                 ' {w}.')),
    (('New phone from {t}', 'A firm in {t} showed a new phone with {k} cameras on {w}.'),
     ('{n} finds a new star', 'The scientist {n} in {t} found a new star in the sky on {w}.'),
     ('Computer learns to see {f}', 'A computer in {t} learns to see {f}, scientists said on'
      ' {w}.')),
)


def ag_news(draw: RowMaterial) -> dict:
  rng = draw.rng
  title, text = rng.choice(_NEWS[draw.label(4)])
  town, other = rng.sample(list(world.CITIES), 2)
  (name, _), = world.person_names(rng, draw.pool)
  fill = dict(t=town, c=world.CITIES[town], d=world.CITIES[other], n=name,
              w=rng.choice(('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday')),
              x=rng.choice(('peace', 'war', 'water', 'oil', 'the border')),
              k=rng.choice(('two', 'three', 'four', 'five')),
              f=rng.choice(('milk', 'rice', 'cheese', 'fish', 'fruit')))
  return {'label': draw.label(4), 'title': title.format(**fill),
          'description': text.format(**fill)}


# Verb, third person, -ing form, and possible objects.
_DEEDS = (('read', 'reads', 'reading', ('book', 'letter', 'story')),
          ('hold', 'holds', 'holding', ('cup', 'lamp', 'flower')),
          ('feed', 'feeds', 'feeding', ('dog', 'cat', 'duck', 'rabbit')),
          ('play', 'plays', 'playing', ('guitar', 'piano', 'flute', 'violin')),
          ('wash', 'washes', 'washing', ('shirt', 'dog', 'window')),
          ('paint', 'paints', 'painting', ('wall', 'picture', 'door')),
          ('carry', 'carries', 'carrying', ('bag', 'box', 'lamp')),
          ('drink', 'drinks', 'drinking', ('tea', 'coffee', 'milk')))
_DOERS = ('man', 'woman', 'boy', 'girl', 'teacher', 'doctor', 'baker', 'farmer', 'singer')
_SPOTS = ('park', 'garden', 'kitchen', 'school', 'library', 'house', 'street', 'room')
_MASS = ('tea', 'coffee', 'milk')


def common_gen(draw: RowMaterial) -> dict:
  """Three or four words, and a sentence with all of them. Training rows have no references."""
  rng = draw.rng
  verb, third, ing, objects = rng.choice(_DEEDS)
  doer, thing, spot = rng.choice(_DOERS), rng.choice(objects), rng.choice(_SPOTS)
  article, place = '' if thing in _MASS else 'a ', 'on' if spot == 'street' else 'in'
  sentences = [f'The {doer} {third} {article}{thing} {place} the {spot}.',
               f'A {doer} is {ing} {article}{thing} {place} the {spot}.',
               f'A {doer} {place} the {spot} {third} {article}{thing}.']
  concepts = [verb, thing, spot, doer]
  rng.shuffle(concepts)
  rng.shuffle(sentences)
  name = f'common_gen-{draw.split}-{draw.index}'
  return {'gem_id': name, 'gem_parent_id': name, 'concept_set_id': draw.index,
          'concepts': concepts, 'target': sentences[0],
          'references': [] if draw.pool == 'train' else sentences}


_RATINGS = ('low', 'average', 'high')


def e2e_nlg(draw: RowMaterial) -> dict:
  """Slots of a place to eat, and a text that states each of them."""
  rng = draw.rng
  subject = world.venue(rng, draw.pool)
  kind, *rest = [r for r in subject.relations if r.name != 'closed']
  told = [kind] + rng.sample(rest, rng.randint(1, len(rest)))
  slots = [f'name[{subject.name.removeprefix("the ")}]'] + [
      f'{r.name}[{subject.facts[r.name]}]' for r in told]
  extra = rng.choice(('', 'familyFriendly', 'customer rating'))
  ending = ''
  if extra:
    value = rng.choice(('yes', 'no') if extra == 'familyFriendly' else _RATINGS)
    slots.append(f'{extra}[{value}]')
    ending = {'yes': ' It is good for families.', 'no': ' It is not good for families.'}.get(
        value, f' People give it a rating that is {value}.')
  texts = [' '.join(world.tell(rng, subject, told)) + ending for _ in range(2)]
  name = f'e2e_nlg-{draw.split}-{draw.index}'
  return {'gem_id': name, 'gem_parent_id': name, 'meaning_representation': ', '.join(slots),
          'target': texts[0], 'references': [] if draw.pool == 'train' else world.set_of(texts)}


def xsum(draw: RowMaterial) -> dict:
  """A text about a person, and one sentence that sums it up."""
  rng = draw.rng
  subject = world.person(rng, draw.pool)
  by_name = {r.name: r for r in subject.relations}
  more = rng.sample(['pet', 'hobby', 'coat', 'music', 'food', 'drink', 'rest', 'travel'], 2)
  told = [by_name[name] for name in ('city', 'job', *more)]
  rng.shuffle(told)
  return {'document': '\n'.join(world.tell(rng, subject, told)),
          'summary': '{n} is a {job} in {city}.'.format(n=subject.name, **subject.facts)}
