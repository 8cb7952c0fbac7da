"""General facts of the sample world: the same in every split and every dataset.

A model can learn them from one dataset and use them in another. Splits differ in the form of the
question and in the wrong answers.
"""
import dataclasses
import random

from flan_jax.sample_world.world import CITIES, WORKPLACES, articles, set_of


@dataclasses.dataclass(frozen=True)
class Kind:
  """A table of facts, and the sentences about them.

  Attributes:
    facts: subject -> answer.
    state: sentences that state a fact (`{x}` is the subject, `{a}` the answer).
    ask: questions for the answer.
    stem: beginnings of sentences that end with the answer.
    choice: the form of an answer in a list of choices.
    coarse, fine: the question type in TREC's classes.
  """
  facts: dict[str, str]
  state: tuple[str, ...]
  ask: tuple[str, ...]
  stem: tuple[str, ...]
  choice: str = '{a}'
  coarse: str = 'ENTY'
  fine: str = 'other'


EATS = {'dog': 'meat', 'cat': 'fish', 'horse': 'grass', 'cow': 'grass', 'sheep': 'grass',
        'hen': 'seeds', 'parrot': 'seeds', 'rabbit': 'carrots', 'mouse': 'cheese',
        'monkey': 'fruit', 'lion': 'meat', 'frog': 'flies', 'spider': 'flies', 'duck': 'bread',
        'bear': 'honey', 'goat': 'leaves'}
LIVES = {'horse': 'stable', 'cow': 'barn', 'hen': 'coop', 'duck': 'pond', 'frog': 'pond',
         'bee': 'hive', 'parrot': 'nest', 'bear': 'cave', 'mouse': 'hole', 'rabbit': 'hole',
         'spider': 'web', 'monkey': 'tree', 'lion': 'field'}
YOUNG = {'dog': 'puppy', 'cat': 'kitten', 'horse': 'foal', 'cow': 'calf', 'sheep': 'lamb',
         'hen': 'chick', 'duck': 'duckling', 'bear': 'cub', 'goat': 'kid'}
TOOLS = {'cut bread': 'knife', 'open a door': 'key', 'eat soup': 'spoon', 'cut paper': 'scissors',
         'hit a nail': 'hammer', 'sweep the floor': 'broom', 'bake a cake': 'oven',
         'dig a hole': 'shovel', 'catch a fish': 'net', 'write a letter': 'pen',
         'sew a shirt': 'needle', 'paint a wall': 'brush', 'cut a tree': 'saw',
         'boil water': 'kettle', 'tell the time': 'clock', 'keep dry in the rain': 'umbrella',
         'see in the dark': 'lamp', 'climb a wall': 'ladder', 'dry your hands': 'towel',
         'carry books': 'bag'}
KEPT = {'milk': 'fridge', 'a book': 'bookcase', 'money': 'purse', 'a shirt': 'closet',
        'a car': 'garage', 'a flower': 'vase', 'a cake': 'box', 'a fish': 'tank',
        'a letter': 'envelope', 'a boat': 'harbor'}
HUES = {'snow': 'white', 'grass': 'green', 'the sky': 'blue', 'coal': 'black', 'the sun': 'yellow',
        'milk': 'white', 'a carrot': 'orange', 'blood': 'red', 'wood': 'brown', 'a cloud': 'gray'}
OPPOSITES = {'hot': 'cold', 'big': 'small', 'old': 'young', 'wet': 'dry', 'fast': 'slow',
             'happy': 'sad', 'light': 'dark', 'full': 'empty', 'clean': 'dirty', 'loud': 'quiet'}
MATERIALS = {'a window': 'glass', 'a shirt': 'cotton', 'a table': 'wood', 'a nail': 'iron',
             'a book': 'paper', 'a ring': 'gold', 'a shoe': 'leather', 'a wall': 'stone',
             'a sweater': 'wool'}
MAKERS = {'bread': 'baker', 'soup': 'cook', 'a dress': 'tailor', 'a song': 'singer',
          'a picture': 'painter', 'a table': 'carpenter', 'a story': 'writer'}

_LARGE = dict(coarse='LOC', fine='other')
KINDS = {
    'eats': Kind(EATS, ('A {x} eats {a}.', 'The food of a {x} is {a}.'),
                 ('What does a {x} eat?', 'What food does a {x} need?',
                  'Which food is good for a {x}?', 'What should you give a hungry {x}?'),
                 ('A hungry {x} will eat', 'The right food for a {x} is'), fine='food'),
    'lives': Kind(LIVES, ('A {x} lives in a {a}.', 'The home of a {x} is a {a}.'),
                  ('Where does a {x} live?', 'Where can you find a {x}?',
                   'What is the home of a {x}?', 'In what place does a {x} sleep?'),
                  ('A tired {x} goes home to', 'A {x} lives in'), 'a {a}', **_LARGE),
    'young': Kind(YOUNG, ('A young {x} is called a {a}.', 'A {a} is a young {x}.'),
                  ('What is a young {x} called?', 'What is the name for a baby {x}?',
                   'What do you call the child of a {x}?'),
                  ('A young {x} is called', 'The child of a {x} is'), 'a {a}', fine='animal'),
    'tool': Kind(TOOLS, ('People use a {a} to {x}.', 'You need a {a} to {x}.'),
                 ('What do people use to {x}?', 'What do you need to {x}?',
                  'Which tool helps you to {x}?', 'What is the best thing to {x} with?'),
                 ('If you want to {x}, you need', 'A person who has to {x} looks for'),
                 'a {a}', fine='instru'),
    'kept': Kind(KEPT, ('People keep {x} in a {a}.', 'The right place for {x} is a {a}.'),
                 ('Where do people keep {x}?', 'Where should you put {x}?',
                  'What is the right place for {x}?'),
                 ('People keep {x} in', 'If you have {x}, put it in'), 'a {a}', **_LARGE),
    'hue': Kind(HUES, ('The color of {x} is {a}.',),
                ('What color is {x}?', 'Which color does {x} have?', 'What is the color of {x}?'),
                ('If you paint {x}, you need a color that is', 'The color of {x} is'),
                fine='color'),
    'opposite': Kind(OPPOSITES, ('The opposite of {x} is {a}.',),
                     ('What is the opposite of {x}?', 'Which word means not {x}?',
                      'What word is the opposite of {x}?'),
                     ('A thing that is not {x} is', 'The opposite of {x} is'), fine='word'),
    'material': Kind(MATERIALS, ('People make {x} from {a}.', '{x} is made of {a}.'),
                     ('What is {x} made of?', 'What do people make {x} from?',
                      'Which material do you need for {x}?'),
                     ('To make {x}, people need', 'If you have {x}, it is made of'),
                     fine='substance'),
    'maker': Kind(MAKERS, ('A {a} makes {x}.',),
                  ('Who makes {x}?', 'Who can make {x} for you?', 'Which person makes {x}?'),
                  ('If you want {x}, ask', 'The person who makes {x} is'), 'a {a}',
                  coarse='HUM', fine='ind'),
    'country': Kind(CITIES, ('{x} is in {a}.', '{x} is a city in {a}.'),
                    ('Which country is {x} in?', 'In which country is {x}?',
                     'What country is {x} a city of?', 'Where is {x}?'),
                    ('A person in {x} is in', '{x} is a city in'), coarse='LOC', fine='country'),
    'place': Kind(WORKPLACES, ('A {x} works in a {a}.', 'The work of a {x} is in a {a}.'),
                  ('Where does a {x} work?', 'Where can you meet a {x}?',
                   'In what place does a {x} work?'),
                  ('A {x} goes to work in', 'If you need a {x}, go to'), 'a {a}', **_LARGE),
}


@dataclasses.dataclass(frozen=True)
class Fact:
  """One general fact: its kind, by name, and its subject."""
  kind_name: str
  subject: str

  @property
  def kind(self) -> Kind:
    return KINDS[self.kind_name]

  @property
  def answer(self) -> str:
    return self.kind.facts[self.subject]

  def put(self, form: str) -> str:
    """The form with subject and answer, starting with a capital letter."""
    text = articles(form.format(x=self.subject, a=self.answer))
    return text[0].upper() + text[1:]


ALL_FACTS = tuple(Fact(name, subject) for name, kind in KINDS.items() for subject in kind.facts)


def wrong_answers(rng: random.Random, fact: Fact, count: int) -> list[str]:
  """Wrong answers of the same kind."""
  others = [a for a in set_of(fact.kind.facts.values()) if a != fact.answer]
  return rng.sample(others, count)


def choices(rng: random.Random, fact: Fact, count: int, place: int) -> list[str]:
  """`count` answers; the right one is at index `place`."""
  answers = wrong_answers(rng, fact, count - 1)
  answers.insert(place, fact.answer)
  return [articles(fact.kind.choice.format(a=a)) for a in answers]
