"""Commonsense: which of several texts fits with what everybody knows about the world?"""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, choose, replace)


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
        Template('{premise}\n\nWhat is the most likely {question}?\n\n{options_}', '{answer}'),
        Template(
            'Find the {question} of this event.\n\nEvent: {premise}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nWhat was the {question}?\n\n{premise}', '{answer}'),
        Template('Premise: {premise}\nIts {question}:\n{options_}', '{answer}'),
        Template(
            'Use common sense to name the {question} of what happens here.\n\n{premise}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{premise}\n\nAdd a sentence that tells the {question}.\n\n{options_}', '{answer}'),
        Template('Tell me the {question}.\n\nSentence: {premise}\n\n{options_}', '{answer}'),
        Template('Give a plausible {question}.\n\n{options_}\n\nSituation: {premise}', '{answer}'),
        Template(
            'The {question} of an event: {answer}\n\nWhat was the event?',
            '{premise}', turned_around=True),
        Template(
            'Describe an everyday event and its {question}.',
            'Event: {premise}\n\nIts {question}: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{premise}\nThe {question} of this:'),
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
    about=About(
        'Zellers et al. 2019, arXiv:1905.07830', 'MIT', 39_700,
        mirror=Mirror('Rowan/hellaswag', columns={'context': 'ctx'})),
    source=Tfds('hellaswag:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_unfinished_text,
    options='choices',
    templates=(
        Template('{context}\n\nWhat comes next?\n\n{options_}', '{answer}'),
        Template(
            'Continue the text in a way that makes sense.\n\nText: {context}\n\n{options_}',
            '{answer}'),
        Template('{options_}\n\nComplete the passage below.\n\n{context}', '{answer}'),
        Template('Beginning: {context}\nEnding:\n{options_}', '{answer}'),
        Template(
            'Use common sense to continue the description.\n\n{context}\n\n{options_}', '{answer}'),
        Template('How does this most likely go on?\n\n{context}\n\n{options_}', '{answer}'),
        Template('Finish this: {context}\n\n{options_}', '{answer}'),
        Template('{context}\n\nPredict the rest.\n\n{options_}', '{answer}'),
        Template('Find a realistic continuation.\n\n{options_}\n\nPassage: {context}', '{answer}'),
        Template('{context}\n\nWhat fits best at this point?\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}'),
    keep={'no label': lambda row: (row['label'] >= 0) & (row['label'] <= 3)},
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
        Template('Goal: {goal}\n\nGive a solution that works.\n\n{options_}', '{answer}'),
        Template('{goal}\n\nGive a practical answer.\n\n{options_}', '{answer}'),
        Template(
            'Use what you know about everyday objects to respond.\n\n{goal}\n\n{options_}',
            '{answer}'),
        Template('{goal}\n\n{options_}\n\nWhat makes sense?', '{answer}'),
        Template(
            '{options_}\n\nTell me something useful about the topic below.\n\nTopic: {goal}',
            '{answer}'),
        Template('Answer or complete this: {goal}\n\n{options_}', '{answer}'),
        Template('Respond to the prompt.\n\n{options_}\n\nPrompt: {goal}', '{answer}'),
        Template('Goal: {goal}\nSolution:\n{options_}', '{answer}'),
        Template('What is this tip about?\n\n{answer}', '{goal}', turned_around=True),
        Template(
            'Write a topic from everyday life and a tip about it.',
            'Topic: {goal}\n\nTip: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('Goal: {goal}\nSolution:'),
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
        Template('Write the last sentence of the story.\n\n{context}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nFinish the story below.\n\n{context}', '{answer}'),
        Template('Story: {context}\nEnding?\n{options_}', '{answer}'),
        Template('{context}\n\nTell me what happens in the end.\n\n{options_}', '{answer}'),
        Template(
            'Which ending fits what the people in the story want and feel?\n\n{context}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Here are the first four sentences of a story. Add the fifth.\n\n{context}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Predict the outcome with common sense.\n\nEvents: {context}\n\n{options_}',
            '{answer}'),
        Template(
            'Write a story in four sentences that leads up to this ending: {answer}',
            '{context}', turned_around=True),
        Template(
            'Write a short story with its ending.',
            'Story: {context}\n\nEnding: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}'),
)

DATASETS = (COPA, HELLASWAG, PIQA, STORY_CLOZE)
