"""Documents about what happens: causes, activities, who is meant, scenes, news, messages."""
import random

from flan_jax.sample_world import world
from flan_jax.sample_world.corpus import wording
from flan_jax.sample_world.rows import coreference, entailment
from flan_jax.span_marks import marked

# (cause, effect) in the past; `{n}` a name, `{p}` her or his.
_EVENTS = (
    ('{n} had not eaten', '{n} ate all the bread'), ('{n} was hungry', '{n} made soup'),
    ('{n} was thirsty', '{n} drank water'), ('it was a hot day', '{n} bought juice'),
    ('it began to rain', '{n} used an umbrella'), ('the sky was dark', '{n} took {p} coat along'),
    ('{n} was tired', '{n} went to bed'), ('{n} had worked long', '{n} fell asleep'),
    ('{n} felt ill', 'the doctor saw {n}'), ('{n} had a cold', 'the hospital kept {n}'),
    ('{n} missed a bus', '{n} came late'), ('the train came late', '{n} got home late'),
    ('{n} lay in the mud', '{n} washed {p} shirt'), ('the floor got dirty', '{n} took a broom'),
    ('the room was dark', '{n} used a lamp'), ('the light went out', 'a candle was lit'),
    ('{n} lost a key', 'the door stayed closed'), ('{n} got older', 'friends had a party'),
    ('{n} had a birthday', '{n} got a gift'), ('{n} planted seeds', 'flowers came up'),
    ('{n} watered the plants', 'they grew tall'), ('{n} played well', 'people listened'),
    ('{n} sang', 'people danced'), ('{n} was fast', '{n} won a race'),
    ('{n} played best', 'the team gave {n} a prize'), ('the dog wanted food', '{n} gave it meat'),
    ('the dog barked', '{n} took it out'), ('{n} felt cold', '{n} wore a warm sweater'),
    ('the winter wind blew', '{n} closed a window'), ('a glass fell', 'it broke'),
    ('the ball hit a window', 'the glass broke'))


def events(rng: random.Random) -> str:
  """What happened and why, told in several ways."""
  parts = []
  for cause, effect in rng.sample(_EVENTS, rng.randint(2, 4)):
    (name, pronoun), = world.person_names(rng, wording.POOL)
    fill = dict(n=name, p={'she': 'her', 'he': 'his'}[pronoun])
    cause, effect = cause.format(**fill), effect.format(**fill)
    first, second = world.capital(cause), world.capital(effect)
    parts.append(rng.choice((
        f'{first}, so {marked(effect)}.', f'{second}, because {marked(cause)}.',
        f'Why was it that {effect}? Because {marked(cause)}.',
        f'{first}. What came next? {marked(second)}.',
        f'The cause: {cause}. The effect: {marked(effect)}.',
        f'As {cause}, well, {marked(effect)}.')))
  return ' '.join(parts)


# Activities and their steps in the past.
_SCRIPTS = {
    'baking bread': ('mixed flour with water', 'put bread in the oven', 'waited an hour',
                     'took out the warm bread'),
    'washing a dog': ('filled a tub', 'got the dog in', 'used soap', 'dried the dog'),
    'planting a tree': ('dug a hole', 'set a young tree in it', 'filled it with earth',
                        'watered the tree'),
    'painting a wall': ('opened the paint', 'took a brush', 'painted from top to bottom',
                        'let the wall dry'),
    'making tea': ('filled a kettle', 'boiled water', 'put tea in a cup', 'poured hot water'),
    'sending a letter': ('took paper and pen', 'wrote a letter', 'found an envelope',
                         'went to the post'),
    'catching fish': ('took a boat', 'threw a net', 'waited', 'pulled up the net full of fish'),
    'sewing a shirt': ('bought cotton', 'cut it with scissors', 'took needle and thread',
                       'sewed the parts'),
    'cleaning a floor': ('took a broom', 'swept', 'washed it with water', 'let it dry'),
    'making a salad': ('washed leaves', 'cut them with a knife', 'used a bowl',
                       'added oil and salt'),
    'playing a song': ('took a guitar', 'sat on a chair', 'played', 'put the guitar in its bag'),
    'borrowing a book': ('went to a library', 'looked for a good book', 'took it from a shelf',
                         'read at home'),
}


def activity(rng: random.Random) -> str:
  """An activity step by step, and talk about the order of the steps."""
  (name, pronoun), = world.person_names(rng, wording.POOL)
  doing = rng.choice(list(_SCRIPTS))
  steps = _SCRIPTS[doing]
  at = rng.randrange(3)
  order = rng.choice((
      f'This is how {name} went about {doing}. First {pronoun} {steps[0]}, next {pronoun} '
      f'{steps[1]}, next {pronoun} {steps[2]}, at last {pronoun} {steps[3]}.',
      f'{name} was {doing}: ' + '; '.join(f'{pronoun} {step}' for step in steps) + '.',
      f'{doing.capitalize()}, step by step.\n' + '\n'.join(
          f'{i}. {step}' for i, step in enumerate(steps, 1))))
  talk = (f'What came once {pronoun} {steps[at]}? {pronoun.capitalize()} {marked(steps[at + 1])}.',
          f'What was the end of it? {pronoun.capitalize()} {marked(steps[3])}.',
          f'Before {pronoun} {steps[at + 1]}, {pronoun} {marked(steps[at])}.',
          f'So {name} was {marked(doing)}.')
  return ' '.join([order, *wording.several(rng, talk, 1, 3)])


# What one did to another, why, and who is meant: `{a}` and `{b}` people, `{r}` she or he; pairs of
# (because ..., who did it: a or b).
_MEANT = (
    ('{a} gave {b} the {x}', (('had two', 'a'), ('asked for it', 'b'))),
    ('{a} thanked {b}', (('got help', 'a'), ('gave help', 'b'))),
    ('{a} paid {b}', (('bought a {x}', 'a'), ('sold a {x}', 'b'))),
    ('{a} called a doctor for {b}', (('had the phone', 'a'), ('was ill', 'b'))),
    ("{a} carried {b}'s bag", (('was strong', 'a'), ('was weak', 'b'))),
    ('{a} asked {b} for help', (('knew nothing', 'a'), ('knew everything', 'b'))),
    ('{a} taught {b}', (('was a good teacher', 'a'), ('wanted to learn', 'b'))),
    ('{a} ran after {b}', (('wanted the {x} back', 'a'), ('had stolen the {x}', 'b'))),
    ('{a} lost against {b}', (('played badly', 'a'), ('played better', 'b'))),
    ('{a} made {b} some soup', (('was a cook', 'a'), ('was hungry', 'b'))),
    ('{a} told {b} stories', (('knew good ones', 'a'), ('could not sleep', 'b'))),
    ('{a} waited for {b}', (('came early', 'a'), ('came late', 'b'))),
)


def pronouns(rng: random.Random) -> str:
  """Sentences with a pronoun, and whom it means."""
  return ' '.join((_thing if rng.random() < 0.3 else _meant)(rng)
                  for _ in range(rng.randint(2, 4)))


def _meant(rng: random.Random) -> str:
  (a, pronoun), (b, _) = world.person_names(rng, wording.POOL, 2)
  form, reasons = rng.choice(_MEANT)
  reason, who = rng.choice(reasons)
  fill = dict(a=a, b=b, x=rng.choice(coreference.ITEMS))
  text, reason = form.format(**fill), reason.format(**fill)
  meant, other = (a, b) if who == 'a' else (b, a)
  after = rng.choice((
      f'Who {reason}? Said: {marked(meant)}.', f'It was {marked(meant)} who {reason}.',
      f'I mean, {marked(meant)} {reason}.',
      f'Claimed: {meant} {reason}. {wording.verdict(rng, True, True)}',
      f'Claimed: {other} {reason}. {wording.verdict(rng, True, False)} It was {marked(meant)}.',
      f'Here "{pronoun}" is {marked(meant)}.', f'Whom do we mean by "{pronoun}"? {marked(meant)}.'))
  return f'{text}, since {pronoun} {reason}. {after}'


def _thing(rng: random.Random) -> str:
  a, b = rng.choice(coreference.PAIRS)
  first = rng.random() < 0.5
  size, meant = ('big', a) if first else ('small', b)
  asked = rng.choice((f'What is too {size}? {marked(world.capital(meant))}.',
                      f'I mean that {marked(meant)} is too {size}.',
                      f'Here "it" is {marked(meant)}.'))
  return f'{world.capital(a)} does not fit into {b}, since it is too {size}. {asked}'


def scene(rng: random.Random) -> str:
  """What a picture shows of a person, and talk about what it shows and what it does not."""
  who = rng.choice(list(entailment.WHO))
  color, item = rng.choice(world.COLORS), rng.choice(entailment.WEARS)
  truth = {'wear': f'{item} {color}', 'act': rng.choice(list(entailment.ACTS)),
           'spot': rng.choice(list(entailment.SPOTS))}
  told = rng.sample(list(truth), rng.choice((1, 2, 2, 3)))
  shown = truth | {'wear': f'with a {color} {item}'}
  text = f'We see a {who} {" and ".join(shown[facet] for facet in told)}.'
  turns = [_scene_turn(rng, who, truth, facet, facet in told)
           for facet in rng.choices(list(truth), k=rng.randint(2, 4))]
  return ' '.join([world.articles(text), *turns])


def _scene_turn(rng, who: str, truth: dict[str, str], facet: str, known: bool) -> str:
  true = rng.random() < 0.5
  value = truth[facet] if true else entailment.another(rng, facet, truth[facet])
  if facet == 'wear':
    item, color = value.split(' ')
    claim = rng.choice((f'the {item} is {color}', f'the {who} has a {color} {item}'))
  else:
    table = entailment.ACTS if facet == 'act' else entailment.SPOTS
    claim = f'{rng.choice((f"the {who}", f"the {entailment.WHO[who]}"))} is ' + rng.choice(
        (value, table[value]))
  verdict = wording.verdict(rng, known, true)
  lead = rng.choice(('I say that ', 'You say that ', 'Somebody says that '))
  return world.articles(f'{lead}{claim}. {verdict}')


_NEWS = (
    ('{n} won a race in {t}', 'sport'), ('the team of {t} lost', 'sport'),
    ('a team from {t} won by {k} goals', 'sport'), ('{n} plays for the team of {t}', 'sport'),
    ('leaders from {c} talk about {y}', 'world'), ('{c} has a new president', 'world'),
    ('police in {t} look for a bomb', 'world'), ('people in {c} vote', 'world'),
    ('bread costs more in {c}', 'business'), ('a firm in {t} sells shares', 'business'),
    ('{n} sells shops in {t}', 'business'), ('a bank in {c} makes more money', 'business'),
    ('a phone with {k} cameras comes from {t}', 'science'), ('{n} saw a new star', 'science'),
    ('a computer in {t} learns to see', 'science'), ('scientists of {c} find oil', 'science'),
    ('{n} opens a school in {t}', 'world'), ('{n} gets a prize for a song', 'world'),
    ('a dog runs off with a {x} in {t}', 'world'), ('{n} talks about {y} in {t}', 'world'))


def news(rng: random.Random) -> str:
  """News, who is in them, what they are about, and their headline."""
  parts = []
  for form, topic in rng.sample(_NEWS, rng.randint(2, 3)):
    town = rng.choice(list(world.CITIES))
    fill = dict(n=wording.name(rng), t=town, c=world.CITIES[town],
                k=rng.choice(('two', 'three', 'five')),
                y=rng.choice(('peace', 'war', 'water', 'oil', 'music')),
                x=rng.choice(('key', 'ring', 'bag', 'book')))
    text = form.format(**fill)
    day = rng.choice(('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday'))
    parts.append(rng.choice((
        f'News of {day}: {text}. It is about {marked(topic)}.',
        f'On {day} we read that {text}. Headline: {marked(text)}.',
        f'{world.capital(text)}, it was said on {day}. In short: {marked(text)}.',
        f'Report of {day}: {text}. When was that? {marked(day)}. Topic: {marked(topic)}.')))
  return ' '.join(parts)


_WANTS = ('meet in {c} on {w}', 'buy some {f}', 'take the {t}', 'see the game', 'read the {x}',
          'have the {x} back', 'go to {c}', 'come to a party', 'work on {w}')


def messages(rng: random.Random) -> str:
  """Two people write to each other; then what they want, in one sentence each."""
  a, b = (n for n, _ in world.person_names(rng, wording.POOL, 2))
  fill = {'c': rng.choice(list(world.CITIES)), 't': rng.choice(('bus', 'train', 'car', 'boat')),
          'w': rng.choice(('Monday', 'Tuesday', 'Thursday', 'Friday', 'Sunday')),
          'f': rng.choice(('bread', 'soup', 'rice', 'cheese')), 'x': rng.choice(coreference.ITEMS)}
  first, second = (want.format(**fill) for want in rng.sample(_WANTS, 2))
  mail = rng.random() < 0.3
  if mail:
    return (f'Dear {a},\nI wish to {first}. Do you?\nYours, {b}\n'
            f'Subject of this mail: {marked(first)}.')
  return (f'{a}: I wish to {first}.\n{b}: Fine, but I wish to {second}.\n{a}: Good.\n'
          f'What {a} wants: to {marked(first)}. What {b} wants: to {marked(second)}.')
