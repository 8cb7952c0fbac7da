"""Coreference: what does a pronoun, or a gap, stand for?"""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, around, before, choose, join, replace)

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
            '{sentence}\n\nWho or what is "{pronoun}" in this sentence?\n\n{options_}',
            '{answer}'),
        Template(
            'A pronoun takes the place of something that is named elsewhere. Find what "{pronoun}" '
            'takes the place of below.\n\n{sentence}\n\n{options_}', '{answer}'),
        Template(
            'Sentence: {sentence}\nPronoun: {pronoun}\nResolve the pronoun.\n{options_}',
            '{answer}'),
        Template(
            'If the following had to be written without the word "{pronoun}", what would have '
            'to come in its place?\n\n{sentence}\n\n{options_}', '{answer}'),
        Template(
            'Somebody says: "{sentence}"\n\nA listener did not follow and asks who or what was '
            'meant by "{pronoun}". What is the right reply?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nThe text names more than one person or thing. To which of them does '
            '"{pronoun}" refer?\n\n{sentence}', '{answer}'),
        Template(
            'Grammar alone allows two readings of "{pronoun}" here; knowledge of the world '
            'leaves one.\n\n{sentence}\n\nWhich reading makes sense?\n\n{options_}', '{answer}'),
        Template(
            'Name the antecedent of "{pronoun}".\n\n{options_}\n\nText: {sentence}', '{answer}'),
        Template(
            'Read the statement: {sentence}\n\nIn your mind, replace "{pronoun}" with something '
            'else. With which words does the statement keep its meaning?\n\n{options_}',
            '{answer}'),
        Template(
            'Question: Whom or what does the writer have in mind with "{pronoun}"?\n\n'
            'What was written: {sentence}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
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
        'Sakaguchi et al. 2020, arXiv:1907.10641', 'CC BY', 40_190, mirror='allenai/winogrande'),
    source=Tfds('winogrande:1.2.0', 'train_xl[:30000]', 'train_xl[-200:]', 'validation'),
    fields=_cut_at_gap,
    options='choices',
    templates=(
        Template(
            '{context}\n\nGive the ending that agrees with common sense.\n\n{options_}',
            '{answer}'),
        Template(
            'To finish the text, one has to know which of two people or things is meant. Find the '
            'right way to go on.\n\nText: {context}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhat belongs right after the following words?\n\n{context}', '{answer}'),
        Template(
            'Beginning: {context}\nMore than one ending is possible, but only one is sensible. '
            'Which?\n{options_}', '{answer}'),
        Template(
            'A page is torn, and the last words on it are these:\n\n{context}\n\n'
            'What did it say next?\n\n{options_}', '{answer}'),
        Template('Complete this so that it makes sense: {context} ...', '{answer}'),
        Template(
            'Here is the start of a short text about two people or things. Carry it on, and name '
            'the right one of the two.\n\n{context}', '{answer}'),
        Template(
            '"{context} ..."\n\nThe speaker was interrupted. Say the rest for them.', '{answer}'),
        Template('First part: {context}\n\nRemaining part:', '{answer}'),
        Template(
            'How would a thoughtful writer bring the following to its end?\n\n{context}',
            '{answer}'),
    ),
    metrics=(accuracy,),
)

_NO_YES = ('no', 'yes')

WSC = Dataset(
    name='wsc',
    cluster='coreference',
    group='coreference',
    about=About(
        'Levesque et al. 2012; Wang et al. 2019 (SuperGLUE), arXiv:1905.00537', 'unknown', 500,
        mirror='aps/super_glue'),
    source=Tfds('super_glue/wsc:1.0.2', 'train[:-50]', 'train[-50:]', 'validation'),
    fields=lambda row: {
        'context': row['text'],
        'text1': row['span1_text'],
        'text2': row['span2_text'],
        'answer': choose(row['label'], _NO_YES),
    },
    options=_NO_YES,
    templates=(
        Template(
            '{context}\n\nIs "{text1}" what is meant by "{text2}" here?\n\n{options_}',
            '{answer}'),
        Template(
            'Decide about a pronoun: answer "yes" if "{text2}" refers to "{text1}" in the '
            'passage, and "no" if it refers to something else.\n\nPassage: {context}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Text: {context}\nExpression 1: {text1}\nExpression 2: {text2}\n'
            'Do the two expressions stand for the same person or thing?\n{options_}', '{answer}'),
        Template(
            'Could one write "{text1}" instead of "{text2}" in the following and not change what '
            'it tells us?\n\n{context}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nThink before you reply. When the author of these lines says "{text2}", '
            'is that about "{text1}"?\n\n{context}', '{answer}'),
        Template(
            'Read this and work out who or what "{text2}" is.\n\n{context}\n\n'
            'Is it "{text1}"?\n\n{options_}', '{answer}'),
        Template(
            'Suppose every pronoun in the text were linked to what it stands for.\n\n{context}'
            '\n\nWould a link lead from "{text2}" to "{text1}"?\n\n{options_}', '{answer}'),
        Template(
            'A pupil claims that the word "{text2}" points to "{text1}". Check the pupil\'s '
            'claim against the text.\n\n{context}\n\nIs it right?\n\n{options_}', '{answer}'),
        Template(
            'Mention: {text2}\n\nCandidate antecedent: {text1}\n\nBoth occur here: {context}\n\n'
            'Does the candidate fit the mention?\n\n{options_}', '{answer}'),
        Template(
            'Question: Does "{text2}" mean "{text1}"?\n\nContext: {context}\n\n'
            'Use common sense to find the answer.\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
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
        Template(
            'Grammar would allow several endings, but the world being as it is, only one of them '
            'can be meant. Find it.\n\nBeginning: {context}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nWhat would you add to the words below?\n\n{context}', '{answer}'),
        Template('Text so far: {context}\nRemainder?\n{options_}', '{answer}'),
        Template(
            'What comes next could be claimed of two different people or objects. Of which one is '
            'it true, in the light of how the text starts?\n\nStart: {context}\n\n{options_}',
            '{answer}'),
        Template(
            'Somebody is telling you something and has come as far as this:\n\n{context}\n\n'
            'What will they say next, if they talk sense?\n\n{options_}', '{answer}'),
        Template(
            'To make a sentence clear, a writer replaces its pronoun by what the pronoun stands '
            'for. The sentence begins like this:\n\n{context}\n\nHow must the clear version '
            'continue?\n\n{options_}', '{answer}'),
        Template(
            'Imagine the scene: {context}\n\nGo on in the way that fits what you see before you.'
            '\n\n{options_}', '{answer}'),
        Template(
            'An exercise in everyday reasoning: supply the part that an attentive reader '
            'expects.\n\nUnfinished text: {context}\n\n{options_}', '{answer}'),
        Template(
            'Two friends agree on the first half of a story and disagree on the second half.\n\n'
            'First half: {context}\n\nTell them what the second half must be.\n\n{options_}',
            '{answer}'),
    ),
    metrics=(accuracy,),
)

DATASETS = (DEFINITE_PRONOUN_RESOLUTION, WINOGRANDE, WSC, WSC273)
