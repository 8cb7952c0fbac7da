"""Coreference: what does a pronoun, or a gap, stand for?"""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, around, before, choose, join,
    mark_word, replace)

DEFINITE_PRONOUN_RESOLUTION = Dataset(
    name='definite_pronoun_resolution',
    cluster='coreference',
    group='coreference',
    about=About('Rahman and Ng 2012', 'unknown', 1_120),
    source=Tfds('definite_pronoun_resolution:1.1.0', 'train[:-200]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'sentence': row['sentence'],
        'pronoun': row['pronoun'],
        'choices': row['candidates'],
        'answer': choose(row['label'], row['candidates']),
    },
    options='choices',
    templates=(
        Template(
            '{sentence}\n\nWho or what does "{pronoun}" refer to in this sentence?\n\n{options_}',
            '{answer}'),
        Template(
            'Tell me who or what "{pronoun}" is in this sentence: {sentence}\n\n{options_}',
            '{answer}'),
        Template('Sentence: {sentence}\nPronoun: {pronoun}\n{options_}\nRefers to:', '{answer}'),
        Template(
            'Resolve the pronoun "{pronoun}" in the sentence below.\n\n{sentence}\n\n{options_}',
            '{answer}'),
        Template(
            'Find what the pronoun stands for.\n\nPronoun: {pronoun}\nText: {sentence}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhich words of the text below does "{pronoun}" stand for?\n\n{sentence}',
            '{answer}'),
        Template(
            '{sentence}\n\nUse common sense to decide who or what "{pronoun}" means here.\n\n'
            '{options_}', '{answer}'),
        Template(
            'Name the antecedent of "{pronoun}".\n\n{options_}\n\nText: {sentence}', '{answer}'),
        Template(
            'Read the sentence: {sentence}\n\nGive the words that "{pronoun}" replaces.\n\n'
            '{options_}', '{answer}'),
        Template(
            'Question: Who or what is meant by "{pronoun}" in the text?\n\nText: {sentence}\n\n'
            '{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{sentence}\nIn this sentence, the word {pronoun} means'),
)


def _cut_at_gap(row):
  """The sentence up to its gap `_`; the options go from there to the end."""
  rest = replace(row['sentence'], ('^[^_]*_', ''))
  choices = [join(row['option1'], rest), join(row['option2'], rest)]
  return {
      'context': before(row['sentence'], '_'),
      'choices': choices,
      'answer': choose(row['label'], choices),
  }


WINOGRANDE = Dataset(
    name='winogrande',
    cluster='coreference',
    group='coreference',
    about=About(
        'Sakaguchi et al. 2020, arXiv:1907.10641', 'CC BY', 40_190,
        mirror=Mirror('allenai/winogrande', 'winogrande_xl', splits={'train_xl': 'train'},
                      columns={'label': 'answer'})),
    source=Tfds('winogrande:1.2.0', 'train_xl[:30000]', 'train_xl[-200:]', 'validation'),
    fields=_cut_at_gap,
    options='choices',
    templates=(
        Template('{context}\n\nHow does the text end?\n\n{options_}', '{answer}'),
        Template(
            'Complete the text so that it makes sense.\n\nText: {context}\n\n{options_}',
            '{answer}'),
        Template('{options_}\n\nWhat comes after these words?\n\n{context}', '{answer}'),
        Template('Beginning: {context}\nWhich ending makes sense?\n{options_}', '{answer}'),
        Template('Use common sense to finish this: {context}\n\n{options_}', '{answer}'),
        Template('Complete this: {context} ...', '{answer}'),
        Template('Continue the text with the right person or thing.\n\n{context}', '{answer}'),
        Template('{context}\n\nWrite the rest.', '{answer}'),
        Template('First part: {context}\n\nSecond part:', '{answer}'),
        Template('Tell me how this goes on.\n\n{context}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}'),
)

_NO_YES = ('no', 'yes')

WSC = Dataset(
    name='wsc',
    cluster='coreference',
    group='coreference',
    about=About(
        'Levesque et al. 2012; Wang et al. 2019 (SuperGLUE), arXiv:1905.00537', 'unknown', 500,
        mirror='aps/super_glue'),
    source=Tfds('super_glue/wsc.fixed:1.0.2', 'train[:-50]', 'train[-50:]', 'validation'),
    fields=lambda row: {
        # A text may hold the pronoun more than once.
        'context': mark_word(row['text'], row['span2_index'], row['span2_text']),
        'text1': row['span1_text'],
        'text2': join('*', row['span2_text'], '*'),
        'answer': choose(row['label'], _NO_YES),
    },
    options=_NO_YES,
    templates=(
        Template(
            '{context}\n\nIn this text, does "{text2}" refer to "{text1}"?\n\n{options_}',
            '{answer}'),
        Template(
            'Answer yes or no: does "{text2}" mean "{text1}" in the passage?\n\nPassage: '
            '{context}\n\n{options_}', '{answer}'),
        Template(
            'Text: {context}\nPronoun: {text2}\nRefers to: {text1}\nCorrect?\n{options_}',
            '{answer}'),
        Template(
            'Does "{text2}" stand for "{text1}" in this text?\n\n{context}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nDecide if the pronoun "{text2}" refers to "{text1}".\n\nText: {context}',
            '{answer}'),
        Template(
            'Read this and work out who or what "{text2}" is.\n\n{context}\n\nIs it "{text1}"?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Tell me if the text uses "{text2}" for "{text1}".\n\n{context}\n\n{options_}',
            '{answer}'),
        Template(
            'Passage: {context}\n\nIs "{text1}" the antecedent of "{text2}" in the passage?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Pronoun: {text2}\nCandidate: {text1}\nText: {context}\n\nDoes the pronoun in the text '
            'refer to the candidate?\n\n{options_}', '{answer}'),
        Template(
            'Question: Does the text mean "{text1}" when it says "{text2}"?\n\nText: {context}\n\n'
            'Use common sense to answer.\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}\nQuestion: Does the word {text2} mean {text1}?\nAnswer:'),
    in_paper=False,
)


def _cut_at_pronoun(row):
  """The text up to its pronoun; the options go from there to the end."""
  context, rest = around(row['text'], row['pronoun_start'], row['pronoun_end'])
  choices = [join(row[f'option{number}_normalized'], rest) for number in (1, 2)]
  return {
      'context': context,
      'choices': choices,
      'answer': choose(row['label'], choices),
  }


WSC273 = Dataset(
    name='wsc273',
    cluster='coreference',  # without a group of its own: the released code has it in none
    about=About('Levesque et al. 2012', 'unknown'),
    source=Tfds('wsc273:1.0.0', test='test'),
    fields=_cut_at_pronoun,
    options='choices',
    templates=(
        Template('{context}\n\nWhat is the rest of this text?\n\n{options_}', '{answer}'),
        Template('Complete the sentence: {context}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nContinue this text sensibly.\n\n{context}', '{answer}'),
        Template('Text so far: {context}\n{options_}\nRest:', '{answer}'),
        Template(
            'Which ending fits this beginning?\n\nBeginning: {context}\n\n{options_}', '{answer}'),
        Template('Tell me what comes next.\n\n{context}\n\n{options_}', '{answer}'),
        Template('{context}\n\nGo on, and name who or what is meant.\n\n{options_}', '{answer}'),
        Template('Write the most plausible ending for this: {context}\n\n{options_}', '{answer}'),
        Template(
            'Use common sense to complete the text.\n\nUnfinished text: {context}\n\n{options_}',
            '{answer}'),
        Template(
            'Start: {context}\n\nHow does it end, if it is to make sense?\n\n{options_}',
            '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}'),
)

DATASETS = (DEFINITE_PRONOUN_RESOLUTION, WINOGRANDE, WSC, WSC273)
