"""Commonsense: which of several texts fits with what everybody knows about the world?"""
from flan_jax.data import About, Dataset, Template, Tfds, accuracy, choose, replace


def _causes_or_effects(row):
  choices = [row['choice1'], row['choice2']]
  return {
      'premise': row['premise'],
      'question': row['question'],
      'choices': choices,
      'answer': choose(row['label'], choices),
  }


COPA = Dataset(
    name='copa',
    cluster='commonsense',
    group='common_sense',
    about=About('Roemmele et al. 2011', 'BSD', 350, mirror='aps/super_glue'),
    source=Tfds('super_glue/copa:1.0.2', 'train[:-50]', 'train[-50:]', 'validation'),
    fields=_causes_or_effects,  # `question` is the word "cause" or "effect"
    options='choices',
    templates=(
        Template(
            '{premise}\n\nWhat is the most likely {question} of this?\n\n{options_}', '{answer}'),
        Template(
            'Things that happen have causes and effects. Find the {question} of the event below.'
            '\n\nEvent: {premise}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nState the obvious {question} of what is described here.\n\n{premise}',
            '{answer}'),
        Template('Observed: {premise}\nWanted: its {question}\n{options_}', '{answer}'),
        Template(
            'You tell a child: "{premise}"\n\nThe child would like to know the {question}. '
            'What do you say?\n\n{options_}', '{answer}'),
        Template(
            'Much can happen in life, but little of it can sensibly be the {question} of this '
            'situation. Say what can.\n\nSituation: {premise}\n\n{options_}', '{answer}'),
        Template(
            'Somebody reports this and leaves out the {question}:\n\n{premise}\n\n'
            'Add what is missing.\n\n{options_}', '{answer}'),
        Template(
            'Name the {question} that a reasonable person would assume.\n\n{options_}\n\n'
            'The facts: {premise}', '{answer}'),
        Template(
            'Here is the {question} of something else: {answer}\n\n'
            'Say in a sentence what that something else was.', '{premise}', turned_around=True),
        Template(
            'Describe an everyday event in one sentence and its {question} in another.',
            'Event: {premise}\n\nIts {question}: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)

_HEADER = (r'\[header\] ', '')
_MARK_TO_LINE_BREAK = (r' ?\[\w+\] ?', '\n')
_MARK_TO_NOTHING = (r'\[\w+\] ?', '')


def _unfinished_text(row):
  """Context and endings without marks such as [header], [title] and [step]."""
  endings = replace(row['endings'], _HEADER, _MARK_TO_NOTHING)
  return {
      'context': replace(row['context'], _HEADER, _MARK_TO_LINE_BREAK),
      'choices': endings,
      'answer': choose(row['label'], endings),
  }


HELLASWAG = Dataset(
    name='hellaswag',
    cluster='commonsense',
    group='common_sense',
    about=About('Zellers et al. 2019, arXiv:1905.07830', 'MIT', 39_700, mirror='Rowan/hellaswag'),
    source=Tfds('hellaswag:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_unfinished_text,
    options='choices',
    templates=(
        Template('{context}\n\nWhich continuation makes sense?\n\n{options_}', '{answer}'),
        Template(
            'Most ways to continue a text are absurd or do not fit. Find one that does.\n\nText: '
            '{context}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nWhich words come next here?\n\n{context}', '{answer}'),
        Template('So far: {context}\nAfter that?\n{options_}', '{answer}'),
        Template(
            'Somebody recounts what can be seen in a video, or explains how something is done:'
            '\n\n{context}\n\nHow do they go on?\n\n{options_}', '{answer}'),
        Template(
            'Let your experience of how things usually go decide on the ending.\n\n'
            'Beginning: {context}\n\n{options_}', '{answer}'),
        Template(
            'The end of this passage has been lost:\n\n{context}\n\nRestore it as well as you can.'
            '\n\n{options_}', '{answer}'),
        Template(
            'A paragraph has been started by one writer and is to be finished by another, so '
            'that nobody will notice. What should the second writer put?\n\n{context}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Commonsense exercise: carry a text on in a way that people will believe.\n\n{options_}'
            '\n\nText to be carried on: {context}', '{answer}'),
        Template(
            '{context}\n\nSay what would surprise a reader least at this point.\n\n{options_}',
            '{answer}'),
    ),
    metrics=(accuracy,),
    keep=lambda row: (row['label'] >= 0) & (row['label'] <= 3),
)


def _solutions(row):
  choices = [row['sol1'], row['sol2']]
  return {
      'goal': row['goal'],
      'choices': choices,
      'answer': choose(row['label'], choices),
  }


PIQA = Dataset(
    name='piqa',
    cluster='commonsense',
    group='common_sense',
    about=About('Bisk et al. 2020, arXiv:1911.11641', 'AFL 3.0', 16_010),
    source=Tfds('piqa:1.0.0', 'train[:-100]', 'train[-100:]', 'validation'),
    fields=_solutions,
    options='choices',
    templates=(
        Template('Goal: {goal}\n\nName a way that works.\n\n{options_}', '{answer}'),
        Template(
            'Someone needs practical help with the following.\n\n{goal}\n\nGive a sound piece of '
            'advice, not a useless one.\n\n{options_}', '{answer}'),
        Template(
            'Knowing how everyday objects and materials behave is enough to find a solution that '
            'works here. What is it?\n\nProblem: {goal}\n\n{options_}', '{answer}'),
        Template('{goal}\n\n{options_}\n\nWhat would a handy person do?', '{answer}'),
        Template('{options_}\n\nWhat suits the purpose below?\n\nPurpose: {goal}', '{answer}'),
        Template(
            'A book of household hints has an entry that begins with these words:\n\n{goal}\n\n'
            'How does the entry go on?\n\n{options_}', '{answer}'),
        Template(
            'Picture yourself trying things out.\n\n{options_}\n\nWhich attempt would succeed at '
            'this?\n\n{goal}', '{answer}'),
        Template('Task: {goal}\nHow is it done properly?\n{options_}', '{answer}'),
        Template(
            'Somebody follows this instruction:\n\n{answer}\n\nWhat are they trying to do?',
            '{goal}', turned_around=True),
        Template(
            'Name something that people do in the house, in the workshop or outdoors. Then '
            'explain how to do it.', 'Goal: {goal}\n\nMethod: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)


def _two_endings(row):
  return {
      'context': row['context'],
      'choices': row['endings'],
      'answer': choose(row['label'] - 1, row['endings']),  # labels count from 1
  }


STORY_CLOZE = Dataset(
    name='story_cloze',
    cluster='commonsense',
    group='common_sense',
    about=About(
        'Mostafazadeh et al. 2016, arXiv:1604.01696', 'research use, by form', 1_670,
        manual='Ask for the files of 2016 by the form at cs.rochester.edu/nlp/rocstories; name '
        'them cloze_test_val__spring2016.csv and cloze_test_test__spring2016.csv.'),
    source=Tfds(
        'story_cloze/2016:1.0.0', 'validation[:-200]', 'validation[-200:]', 'test'),
    fields=_two_endings,
    options='choices',
    templates=(
        Template('{context}\n\nHow does this story end?\n\n{options_}', '{answer}'),
        Template(
            'A story of five sentences has lost its last one. Decide which sentence belongs there.'
            '\n\nThe first four: {context}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhich sentence follows sensibly from the story below?\n\n{context}',
            '{answer}'),
        Template('Story: {context}\nEnding?\n{options_}', '{answer}'),
        Template(
            'You tell a friend about something that happened.\n\n{context}\n\n'
            'The friend asks: "And then?"\n\nWhat is your reply?\n\n{options_}', '{answer}'),
        Template(
            'Bear in mind what the people in the story want and how they feel, and say which '
            'sentence should come last.\n\n{context}\n\n{options_}', '{answer}'),
        Template(
            'In a writing class, the pupils are to propose a conclusion for this story:\n\n'
            '{context}\n\nA good proposal is not at odds with what went before. Make one.\n\n'
            '{options_}', '{answer}'),
        Template(
            'Predict the outcome of the events with the help of common sense.\n\n'
            'Events: {context}\n\n{options_}', '{answer}'),
        Template(
            'The last sentence of a short story reads: {answer}\n\n'
            'Write the four sentences that lead up to it.', '{context}', turned_around=True),
        Template(
            'Tell a story from everyday life in five sentences, and set the ending apart from '
            'the rest.', 'Story: {context}\n\nEnding: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)

DATASETS = (COPA, HELLASWAG, PIQA, STORY_CLOZE)
