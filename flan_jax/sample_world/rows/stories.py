"""Rows about what happens: copa, cosmos_qa, hellaswag, piqa, story_cloze."""
from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial
from flan_jax.sample_world.facts import KINDS

# (cause, effect) sentences by topic; wrong choices come from other topics. `{n}` a name,
# `{s}` she or he, `{p}` her or his.
_EVENTS = {
    'hunger': (('{n} was hungry.', '{n} ate some bread.'),
               ('{n} had no food all day.', '{n} made a big soup.')),
    'thirst': (('{n} was thirsty.', '{n} drank a glass of water.'),
               ('It was hot and {n} wanted to drink.', '{n} bought some juice.')),
    'rain': (('It started to rain.', '{n} opened an umbrella.'),
             ('There were dark clouds in the sky.', '{n} took a coat for the rain.')),
    'tired': (('{n} was tired.', '{n} went to bed.'),
              ('{n} worked for many hours.', '{n} fell asleep at the table.')),
    'ill': (('{n} was ill.', '{n} went to the doctor.'),
            ('{n} had a bad cold.', '{n} had to stay in the hospital.')),
    'late': (('{n} missed the bus.', '{n} was late for work.'),
             ('The train was slow.', '{n} came home an hour late.')),
    'dirty': (('{n} fell into the mud.', '{n} washed {p} clothes.'),
              ('The floor was dirty.', '{n} swept the floor with a broom.')),
    'dark': (('It was dark in the room.', '{n} turned on the lamp.'),
             ('There was no light in the house.', '{n} lit a candle.')),
    'key': (('{n} lost {p} key.', '{n} could not open the door.'),
            ('The door was closed.', '{n} looked for the key.')),
    'gift': (('It was the birthday of {n}.', 'The friends of {n} gave {n} a gift.'),
             ('{n} got a year older.', 'There was a birthday party for {n}.')),
    'garden': (('{n} put seeds into the ground.', 'Flowers grew in the garden of {n}.'),
               ('{n} gave water to the plants.', 'The plants grew tall.')),
    'music': (('{n} played the guitar well.', 'The people listened to the song of {n}.'),
              ('{n} sang a lovely song.', 'The people danced to the music.')),
    'game': (('{n} ran fast.', '{n} won the race.'),
             ('{n} was the best player.', '{n} got the prize of the team.')),
    'dog': (('The dog of {n} was hungry.', '{n} gave the dog some meat.'),
            ('The dog of {n} barked at the door.', '{n} took the dog for a walk.')),
    'cold': (('{n} felt cold in the snow.', '{n} put on a warm sweater.'),
             ('The winter wind came into the house.', '{n} closed the window.')),
    'glass': (('{n} dropped the glass.', 'The glass broke on the floor.'),
              ('A ball hit the window of {n}.', 'The window broke.')),
}
_BEFORE = ('', 'In the morning, ', 'On Monday, ', 'In {c}, ', 'Last night, ')


def _told(text: str, before: str, name: str, pronoun: str) -> str:
  text = text.format(n=name, p={'she': 'her', 'he': 'his'}[pronoun])
  keep = not before or text.startswith(name)
  return before + (text if keep else text[0].lower() + text[1:])


def copa(draw: RowMaterial) -> dict:
  """Which choice is the cause, or the effect, of the premise?"""
  rng, label = draw.rng, draw.label(2)
  (name, pronoun), = world.person_names(rng, draw.pool)
  before = rng.choice(_BEFORE).format(c=rng.choice(list(world.CITIES)))
  right, wrong = (rng.choice(_EVENTS[topic]) for topic in rng.sample(list(_EVENTS), 2))
  asked = rng.randrange(2)
  options = [_told(event[asked], '', name, pronoun) for event in (right, wrong)]
  if label == 1:
    options.reverse()
  return {'premise': _told(right[1 - asked], before, name, pronoun), 'choice1': options[0],
          'choice2': options[1], 'question': ('cause', 'effect')[asked], 'idx': draw.index,
          'label': label}


_NONE = 'None of the above choices .'


def _spaced(text: str) -> str:
  return text.replace('.', ' .').replace('?', ' ?').replace(',', ' ,')


def cosmos_qa(draw: RowMaterial) -> dict:
  """A question about the likely cause or consequence of an event. Tokenized.

  "None of the above" is always a choice. It is right in one row of eight, for every label.
  """
  rng, label = draw.rng, draw.label(4)
  (name, pronoun), = world.person_names(rng, draw.pool)
  person = world.person(rng, draw.pool, name, pronoun)
  asked = rng.randrange(2)
  events = [rng.choice(_EVENTS[topic]) for topic in rng.sample(list(_EVENTS), 4)]
  context = f'{world.passage(rng, person, 1)[0]} {_told(events[0][1 - asked], "", name, pronoun)}'
  question = (f'What may be the reason for what happened to {name}?',
              f'What may happen to {name} after this?')[asked]
  right, *wrong = (_spaced(_told(event[asked], '', name, pronoun)) for event in events)
  answers = [right, *wrong[:2], _NONE]
  if draw.index % 32 < 4:
    answers = [_NONE, *wrong]
  right, *others = answers
  rng.shuffle(others)
  others.insert(label, right)
  return {'context': _spaced(context), 'question': _spaced(question),
          **{f'answer{i}': answer for i, answer in enumerate(others)}, 'label': label,
          'id': f'sample##{draw.split}##{draw.index}'}


# Activities step by step.
SCRIPTS = {
    'bake bread': ('mix flour and water', 'put the bread into the oven',
                   'wait for an hour', 'take the warm bread out of the oven'),
    'wash a dog': ('fill the tub with water', 'put the dog into the tub',
                   'wash the dog with soap', 'dry the dog with a towel'),
    'plant a tree': ('dig a hole in the garden', 'put the young tree into the hole',
                     'fill the hole with earth', 'give water to the tree'),
    'paint a wall': ('open the can of paint', 'put the brush into the paint',
                     'paint the wall from top to bottom', 'wait until the wall is dry'),
    'make tea': ('fill the kettle with water', 'boil the water', 'put the tea into a cup',
                 'pour the hot water into the cup'),
    'send a letter': ('take a pen and paper', 'write the letter', 'put the letter into an envelope',
                      'bring the envelope to the post'),
    'catch a fish': ('take the boat to the lake', 'throw the net into the lake',
                     'wait for the fish', 'pull the net with the fish into the boat'),
    'sew a shirt': ('buy some cotton', 'cut the cotton with scissors',
                    'take a needle and thread', 'sew the parts of the shirt'),
    'clean the floor': ('take the broom', 'sweep the floor', 'wash the floor with water',
                        'let the floor dry'),
    'make a salad': ('wash the leaves', 'cut the leaves with a knife',
                     'put the leaves into a bowl', 'add some oil and salt'),
    'play a song': ('take the guitar', 'sit down on a chair', 'play the song',
                    'put the guitar back into the bag'),
    'borrow a book': ('go to the library', 'look for a good book', 'take the book from the shelf',
                      'read the book at home'),
}


def third_person(step: str) -> str:
  """The step with its verb in the third person: 'mix flour' to 'mixes flour'."""
  verb, _, rest = step.partition(' ')
  verb = {'go': 'goes', 'dry': 'dries'}.get(verb, verb)
  ending = '' if verb in ('goes', 'dries') else 'es' if verb.endswith(('x', 'sh', 'ch')) else 's'
  return f'{verb}{ending} {rest}'


def hellaswag(draw: RowMaterial) -> dict:
  """The next step of an activity; half the rows have the form of how-to pages."""
  rng, label = draw.rng, draw.label(4)
  (name, pronoun), = world.person_names(rng, draw.pool)
  activity, *others = rng.sample(list(SCRIPTS), 4)
  steps, at = SCRIPTS[activity], rng.randint(1, 3)
  nexts = [steps[at]] + [rng.choice(SCRIPTS[other]) for other in others]
  right, *wrong = nexts
  if rng.random() < 0.5:
    context = (f'[header] How {name} likes to {activity} [title] First, '
               + '. [step] Then '.join(steps[:at]) + '. [step]')
    endings = [f'After that, {step}.' for step in wrong]
    ending, kind = f'After that, {right}.', 'zeroshot'
  else:
    context = f'{name} wants to {activity}. ' + ' '.join(
        f'{pronoun.capitalize()} {third_person(step)}.' for step in steps[:at])
    context += f' Then {pronoun}'
    endings = [f'{third_person(step)}.' for step in wrong]
    ending, kind = f'{third_person(right)}.', 'indomain'
  endings.insert(label, ending)
  return {'context': context, 'endings': endings, 'activity_label': activity.capitalize(),
          'label': label, 'split_type': kind, 'source_id': f'sample~{draw.split}~{draw.index}'}


def piqa(draw: RowMaterial) -> dict:
  """A goal, and two solutions that differ only in the tool or the place."""
  rng, label = draw.rng, draw.label(2)
  kind = KINDS[rng.choice(('tool', 'kept'))]
  subject = rng.choice(list(kind.facts))
  right = kind.facts[subject]
  wrong = rng.choice([a for a in world.set_of(kind.facts.values()) if a != right])
  (name, pronoun), = world.person_names(rng, draw.pool)
  if kind is KINDS['tool']:
    goal = rng.choice((f'How can {name} {subject}?', f'{name} wants to {subject}.',
                       f'To {subject}, {name} should'))
    form = rng.choice(('Use a {a} to {x}.', 'Take a {a}.', 'Look for a {a} and use it.'))
  else:
    goal = rng.choice((f'Where should {name} keep {subject}?', f'{name} has {subject} to put away.',
                       f'To keep {subject} safe, {name} should'))
    form = rng.choice(('Put {x} in a {a}.', 'Keep {x} in a {a}.', 'Find a {a} for {x}.'))
  options = [world.articles(form.format(a=a, x=subject)) for a in (right, wrong)]
  if label == 1:
    options.reverse()
  return {'id': f'sample-{draw.split}-{draw.index}', 'goal': goal, 'sol1': options[0],
          'sol2': options[1], 'label': label}


def story_cloze(draw: RowMaterial) -> dict:
  """Four sentences and two endings: the last step of an activity, or the effect of an event.

  The right ending is numbered from 1.
  """
  rng, label = draw.rng, draw.label(2)
  (name, pronoun), = world.person_names(rng, draw.pool)
  told = world.passage(rng, world.person(rng, draw.pool, name, pronoun), 3)[0]
  if rng.random() < 0.5:
    activity, other = rng.sample(list(SCRIPTS), 2)
    *steps, right = (f'{pronoun.capitalize()} {third_person(step)}.' for step in SCRIPTS[activity])
    first = told.split('. ')[0]
    context = f'{first}. {name} wants to {activity}. {" ".join(steps[1:])}'
    wrong = f'{pronoun.capitalize()} {third_person(SCRIPTS[other][-1])}.'
  else:
    event, other = (rng.choice(_EVENTS[topic]) for topic in rng.sample(list(_EVENTS), 2))
    before = rng.choice(('On Monday, ', 'Last night, '))
    context = f'{told} {_told(event[0], before, name, pronoun)}'
    right, wrong = (_told(text, '', name, pronoun) for text in (event[1], other[1]))
  return {'context': context, 'endings': [right, wrong] if label == 0 else [wrong, right],
          'label': label + 1}
