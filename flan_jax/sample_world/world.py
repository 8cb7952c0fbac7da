"""People and places of the sample world, and the sentences about them.

A `Subject` (a person or a place to eat) has one value for each `Relation` (the city, the pet, the
job, ...). A relation has sentences that state, deny and ask for its value, and may imply another
value. Each split has its own pool of names, so a fact about a subject in the training rows is of
no use in the test rows. This is plain Python without TFDS.

Placeholders of a form: `{S}` is the subject at the start of a sentence (Maya, She), `{m}` the same
within a sentence, `{P}` the possessive at the start (Maya's, Her), `{p}` the possessive pronoun
(her), `{n}` always the name, `{v}` the value.
"""
from collections.abc import Sequence
import dataclasses
import random
import re

POOLS = ('train', 'validation', 'test')

_WOMEN = '''Maya Anna Emma Lucy Nora Ella Ida Clara Sara Lena Mia Zoe Eva Julia Alice Ruth Vera
Tina Olga Nina Rosa Ada Dora Edith Fiona Greta Hanna Irene Jane Karen Laura Marta Naomi Paula
Rita Sofia Tara Wendy Yara Amina Bella Carla Diana Elsa Freya Gina Helen Ingrid Kate Linda Molly
Nadia Petra Ronja Stella Thea Uma Viola Zara Lotte'''.split()
_MEN = '''Tom Ben Max Leo Sam Adam Paul Peter Hugo Ivan Jack Karl Luke Noah Oscar Otto Ralph Simon
Theo Victor Walter Yusuf Felix Emil David Carl Bruno Anton Alan Eric Frank George Henry Isaac
James Kevin Louis Martin Nils Omar Pablo Robin Stefan Tim Umar Vincent Wes Xavier Zack Arthur
Boris Cyril Dennis Edgar Fred Gus Harry Igor Jonas Kurt'''.split()
_VENUE_FIRST = 'Green Golden Blue Red Old Little Happy Silver Quiet Sunny Wild Lucky'.split()
_VENUE_LAST = 'Pan Spoon Plate Kettle Table Garden Lion Fish Oven Tree Bridge Star'.split()


@dataclasses.dataclass(frozen=True)
class Relation:
  """A kind of fact. A subject has exactly one value for it.

  Attributes:
    name: the key in `Subject.facts`.
    values: all possible values.
    say: sentences with the same meaning that state a value.
    deny: sentences that deny a value.
    ask: questions for the value.
    check: yes/no questions about a value, in lower case, without a question mark.
    implied: a value -> the value that it implies.
    say_implied: a sentence that states the implied value.
    check_implied: a yes/no question about the implied value.
  """
  name: str
  values: tuple[str, ...]
  say: tuple[str, ...]
  deny: tuple[str, ...]
  ask: tuple[str, ...]
  check: tuple[str, ...]
  implied: dict[str, str] | None = None
  say_implied: str = ''
  check_implied: str = ''


CITIES = {
    'Rome': 'Italy', 'Paris': 'France', 'Oslo': 'Norway', 'Lima': 'Peru', 'Delhi': 'India',
    'Dublin': 'Ireland', 'Berlin': 'Germany', 'Madrid': 'Spain', 'Tokyo': 'Japan',
    'London': 'England', 'Vienna': 'Austria', 'Lisbon': 'Portugal', 'Cairo': 'Egypt',
    'Athens': 'Greece', 'Copenhagen': 'Denmark', 'Boston': 'America'}
WORKPLACES = {
    'baker': 'bakery', 'teacher': 'school', 'doctor': 'hospital', 'farmer': 'field',
    'gardener': 'garden', 'cook': 'kitchen', 'singer': 'theater', 'tailor': 'shop',
    'judge': 'court', 'miner': 'mine', 'librarian': 'library', 'pilot': 'plane'}
COLORS = ('red', 'blue', 'green', 'yellow', 'white', 'black', 'brown', 'gray')
_HABITATS = {
    'cat': 'fur', 'dog': 'fur', 'rabbit': 'fur', 'mouse': 'fur', 'parrot': 'feathers',
    'hen': 'feathers', 'duck': 'feathers'}


def _possession(name: str, noun: str, values: Sequence[str]) -> Relation:
  """The relation 'favorite NOUN'."""
  return Relation(
      name, tuple(values),
      say=('{P} favorite %s is {v}.' % noun, 'The %s {m} likes best is {v}.' % noun,
           '{S} likes {v} more than any other %s.' % noun),
      deny=('{P} favorite %s is not {v}.' % noun,),
      ask=("What is {n}'s favorite %s?" % noun, 'Which %s does {n} like best?' % noun),
      check=("is {n}'s favorite %s {v}" % noun, 'does {n} like {v} more than any other %s' % noun))


PERSON_RELATIONS = (
    Relation('city', tuple(CITIES),
             say=('{S} lives in {v}.', '{P} home is in {v}.', '{S} has a house in {v}.'),
             deny=('{S} does not live in {v}.', '{P} home is not in {v}.'),
             ask=('Where does {n} live?', 'Which city does {n} live in?',
                  "In which city is {n}'s home?"),
             check=('does {n} live in {v}', "is {n}'s home in {v}"),
             implied=CITIES, say_implied='{S} lives in {v}.', check_implied='does {n} live in {v}'),
    Relation('job', tuple(WORKPLACES),
             say=('{S} is a {v}.', '{S} works as a {v}.', '{S} earns money as a {v}.'),
             deny=('{S} is not a {v}.', '{S} does not work as a {v}.'),
             ask=("What is {n}'s job?", 'What does {n} work as?'),
             check=('is {n} a {v}', 'does {n} work as a {v}'),
             implied=WORKPLACES, say_implied='{S} works in a {v}.',
             check_implied='does {n} work in a {v}'),
    Relation('pet', ('dog', 'cat', 'rabbit', 'mouse', 'parrot', 'hen', 'duck'),
             say=('{S} has a {v}.', '{P} pet is a {v}.', '{S} keeps a {v} at home.'),
             deny=('{S} does not have a {v}.', '{P} pet is not a {v}.'),
             ask=('What pet does {n} have?', 'Which animal does {n} keep at home?'),
             check=('does {n} have a {v}', "is {n}'s pet a {v}"),
             implied=_HABITATS, say_implied='{P} pet has {v}.',
             check_implied="does {n}'s pet have {v}"),
    _possession('food', 'food', ('bread', 'soup', 'rice', 'cheese', 'cake', 'pasta', 'salad')),
    _possession('drink', 'drink', ('tea', 'coffee', 'milk', 'water', 'juice')),
    Relation('hobby', ('reading', 'swimming', 'painting', 'dancing', 'running', 'cooking',
                       'singing', 'fishing'),
             say=('{P} hobby is {v}.', '{S} enjoys {v} in {p} free time.',
                  'In {p} free time {m} enjoys {v}.'),
             deny=('{P} hobby is not {v}.', '{S} does not enjoy {v} in {p} free time.'),
             ask=("What is {n}'s hobby?", 'What does {n} enjoy in {p} free time?'),
             check=("is {n}'s hobby {v}", 'does {n} enjoy {v} in {p} free time')),
    Relation('coat', COLORS,
             say=('{S} wears a {v} coat.', '{P} coat is {v}.', '{S} has a {v} coat.'),
             deny=('{P} coat is not {v}.', '{S} does not wear a {v} coat.'),
             ask=("What color is {n}'s coat?", 'Which color is the coat of {n}?'),
             check=("is {n}'s coat {v}", 'does {n} wear a {v} coat')),
    Relation('travel', ('bus', 'train', 'car', 'bike', 'boat', 'tram'),
             say=('{S} goes to work by {v}.', '{S} takes a {v} to work.',
                  '{S} uses a {v} to get to work.'),
             deny=('{S} does not go to work by {v}.',),
             ask=('How does {n} go to work?', 'What does {n} use to get to work?'),
             check=('does {n} go to work by {v}', 'does {n} take a {v} to work')),
    Relation('music', ('guitar', 'piano', 'flute', 'violin', 'drum'),
             say=('{S} plays the {v}.', '{P} instrument is the {v}.',
                  '{S} makes music on the {v}.'),
             deny=('{S} does not play the {v}.', '{P} instrument is not the {v}.'),
             ask=('What does {n} play?', 'Which instrument does {n} play?'),
             check=('does {n} play the {v}', "is {n}'s instrument the {v}")),
    Relation('rest', ('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday'),
             say=('{P} free day is {v}.', '{S} does not work on {v}.', '{S} rests on {v}.'),
             deny=('{P} free day is not {v}.',),
             ask=('When does {n} rest?', 'On which day does {n} not work?'),
             check=("is {n}'s free day {v}", 'does {n} rest on {v}')),
)

VENUE_TYPES = ('restaurant', 'pub', 'coffee shop')
CUISINES = ('Italian', 'French', 'Indian', 'Chinese', 'English', 'Japanese')
VENUE_RELATIONS = (
    Relation('eatType', VENUE_TYPES,
             say=('{S} is a {v}.', '{S} is run as a {v}.'), deny=('{S} is not a {v}.',),
             ask=('What kind of place is {n}?',), check=('is {n} a {v}', 'is {n} run as a {v}')),
    Relation('food', CUISINES,
             say=('{S} serves {v} food.', 'The food in {m} is {v}.',
                  '{S} is a place for {v} food.'),
             deny=('{S} does not serve {v} food.', 'The food in {m} is not {v}.'),
             ask=('What kind of food does {n} serve?', 'Which food can you eat in {n}?'),
             check=('does {n} serve {v} food', 'is the food in {n} {v}')),
    Relation('priceRange', ('low', 'fair', 'high'),
             say=('The prices in {m} are {v}.', '{S} has {v} prices.'),
             deny=('The prices in {m} are not {v}.', '{S} does not have {v} prices.'),
             ask=('How are the prices in {n}?', 'What prices does {n} have?'),
             check=('are the prices in {n} {v}', 'does {n} have {v} prices')),
    Relation('area', ('city center', 'old town', 'park'),
             say=('{S} is in the {v}.', 'You can find {m} in the {v}.'),
             deny=('{S} is not in the {v}.', 'You can not find {m} in the {v}.'),
             ask=('Where is {n}?', 'Where can you find {n}?'),
             check=('is {n} in the {v}', 'can you find {n} in the {v}')),
    Relation('closed', ('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday'),
             say=('{S} is closed on {v}.', '{S} does not open on {v}.'),
             deny=('{S} is not closed on {v}.',),
             ask=('When is {n} closed?', 'On which day does {n} not open?'),
             check=('is {n} closed on {v}',)),
)


@dataclasses.dataclass(frozen=True)
class Subject:
  """A person or a place, with a value for each relation (`facts`: name of a relation -> value)."""
  name: str
  pronoun: str
  possessive: str
  relations: tuple[Relation, ...]
  facts: dict[str, str]

  def fill(self, form: str, value: str = '', by_name: bool = True) -> str:
    """Puts this subject, by name or by pronoun, and a value into a form."""
    subject = self.name if by_name else self.pronoun
    owner = f"{self.name}'s" if by_name else self.possessive
    return form.format(S=capital(subject), m=subject, P=capital(owner), p=self.possessive,
                       n=self.name, v=value)


def capital(text: str) -> str:
  """The text with its first letter in upper case."""
  return text[0].upper() + text[1:]


def _share(items: Sequence[str], pool: str) -> list[str]:
  """The items of a pool: 'train' has three fifths, the other pools have a fifth each."""
  place = POOLS.index(pool)
  wanted = (0, 1, 2) if place == 0 else (place + 2,)
  return [item for i, item in enumerate(items) if i % 5 in wanted]


NAMES = {pool: (_share(_WOMEN, pool), _share(_MEN, pool)) for pool in POOLS}
VENUE_NAMES = {
    pool: _share([f'{a} {b}' for b in _VENUE_LAST for a in _VENUE_FIRST], pool) for pool in POOLS}


def person_names(rng: random.Random, pool: str, count: int = 1) -> list[tuple[str, str]]:
  """Distinct names of one gender from a pool, as (name, 'she' or 'he').

  With two genders, a pronoun in a text about two people would reveal which one is meant.
  """
  gender = rng.randrange(2)
  return [(name, ('she', 'he')[gender]) for name in rng.sample(NAMES[pool][gender], count)]


def person(rng: random.Random, pool: str, name: str = '', pronoun: str = 'she') -> Subject:
  """A person with a value for every relation; the name is drawn from the pool if none is given."""
  if not name:
    name, pronoun = person_names(rng, pool)[0]
  facts = {r.name: rng.choice(r.values) for r in PERSON_RELATIONS}
  return Subject(name, pronoun, {'she': 'her', 'he': 'his'}[pronoun], PERSON_RELATIONS, facts)


def people(rng: random.Random, pool: str, count: int) -> list[Subject]:
  """People of one gender, with different values in every relation."""
  subjects = [person(rng, pool, *names) for names in person_names(rng, pool, count)]
  for relation in PERSON_RELATIONS:
    for subject, value in zip(subjects, rng.sample(relation.values, count)):
      subject.facts[relation.name] = value
  return subjects


def venue(rng: random.Random, pool: str) -> Subject:
  """A place to eat with a value for every relation."""
  facts = {r.name: rng.choice(r.values) for r in VENUE_RELATIONS}
  return Subject('the ' + rng.choice(VENUE_NAMES[pool]), 'it', 'its', VENUE_RELATIONS, facts)


def other_value(rng: random.Random, relation: Relation, value: str) -> str:
  """A value of the relation other than `value`."""
  return rng.choice([v for v in relation.values if v != value])


def other_implied(rng: random.Random, relation: Relation, value: str) -> str:
  """An implied value other than the one that follows from `value`."""
  return rng.choice([v for v in set_of(relation.implied.values()) if v != relation.implied[value]])


def told_value(rng: random.Random, relation: Relation, truth: str, true: bool,
               implied: bool = False) -> str:
  """The value of a statement on a fact, or on what the fact implies, that is true or not."""
  if implied:
    return relation.implied[truth] if true else other_implied(rng, relation, truth)
  return truth if true else other_value(rng, relation, truth)


def articles(text: str) -> str:
  """The text with "a" turned into "an" before a vowel."""
  return re.sub(r'\b([Aa]) (?=[aeiou])', r'\1n ', text)


def set_of(items) -> list:
  """The distinct items in the order of their first occurrence. A `set` has no fixed order."""
  return list(dict.fromkeys(items))


def tell(rng: random.Random, subject: Subject, relations: Sequence[Relation]) -> list[str]:
  """A sentence for each relation. The first has the name, most others have the pronoun."""
  return [
      subject.fill(rng.choice(r.say), subject.facts[r.name], by_name=i == 0 or rng.random() < 0.2)
      for i, r in enumerate(relations)]


def passage(rng: random.Random, subject: Subject, size: int) -> tuple[str, list[Relation]]:
  """A text of `size` sentences about a subject, and the relations that they state."""
  told = rng.sample(subject.relations, size)
  return ' '.join(tell(rng, subject, told)), told
