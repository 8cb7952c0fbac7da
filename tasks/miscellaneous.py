"""Miscellaneous: grammar, punctuation, equations, kinds of questions and senses of words."""
from flan_jax.data import (
    Dataset, Template, Tfds, accuracy, choose, edit_distance, exact_text, matthews, replace)

_UNACCEPTABLE_ACCEPTABLE = ('unacceptable', 'acceptable')

COLA = Dataset(
    name='cola',
    cluster='miscellaneous',
    source=Tfds('glue/cola:2.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'sentence': row['sentence'],
        'answer': choose(row['label'], _UNACCEPTABLE_ACCEPTABLE),
    },
    options=_UNACCEPTABLE_ACCEPTABLE,
    templates=(
        Template(
            '{sentence}\n\nHow will native speakers of English judge the form of this sentence?'
            '\n\n{options_}', '{answer}'),
        Template(
            'Judge the grammar. A sentence is "acceptable" if it is well formed, however unlikely '
            'it is that anybody would say it; otherwise it is "unacceptable".\n\n'
            'Sentence: {sentence}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhich of these words is true of the following, by the rules of '
            'English?\n\n{sentence}', '{answer}'),
        Template(
            'Linguists put a star before a sentence that is unacceptable, and no star before one '
            'that is acceptable. What is this one, in their terms?\n\n{sentence}\n\n{options_}',
            '{answer}'),
        Template('Sentence: {sentence}\nGrammatical status?\n{options_}', '{answer}'),
        Template(
            'You teach English. A learner shows you the words below and wants to know if they '
            'can be put together in this way. What do you call the result?\n\n{sentence}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Look at the order, the endings and the choice of the words in "{sentence}" and rate '
            'them.\n\n{options_}', '{answer}'),
        Template(
            'Could the sentence stand in a grammar book as a model (acceptable), or would it be '
            'there as an example of a mistake (unacceptable)?\n\n"{sentence}"\n\n{options_}',
            '{answer}'),
        Template(
            'Make up a sentence that a grammarian would call {answer}.',
            '{sentence}', turned_around=True),
        Template(
            'Write an English sentence, well formed or not, and rate its grammar.',
            'Sentence: {sentence}\n\nRating: {answer}', turned_around=True),
    ),
    metrics=(accuracy, matthews),
)


def _without_punctuation(text):
  """Only letters with their accents, digits, underscores and blanks of any kind."""
  return replace(text, (r'[^\pL\pM\pN_\s]', ''))


FIX_PUNCT = Dataset(
    name='fix_punct',
    cluster='miscellaneous',
    source=Tfds(
        'para_crawl/enda:1.2.0', 'train[30200:60200]', 'train[60200:60400]', 'train[-3000:]'),
    fields=lambda row: {'no_punct': _without_punctuation(row['en']), 'answer': row['en']},
    templates=(
        Template(
            'Where do the commas, full stops and other marks belong in this text? Write it with '
            'them.\n\n{no_punct}', '{answer}'),
        Template('{no_punct}\n\nCopy the words above, correctly punctuated.', '{answer}'),
        Template(
            'A program has deleted everything from a text but its letters, digits and blanks. '
            'Undo the damage.\n\nWhat is left: {no_punct}', '{answer}'),
        Template('Unpunctuated: {no_punct}\nPunctuated:', '{answer}'),
        Template(
            'A dictation was taken down in a hurry, without a single punctuation mark:\n\n'
            '{no_punct}\n\nWhat does the fair copy look like?', '{answer}'),
        Template(
            'Change none of the words, but set all the marks that they lack, apostrophes, '
            'hyphens and quotation marks included.\n\n{no_punct}', '{answer}'),
        Template(
            'You edit a newspaper. How do you print "{no_punct}" so that its punctuation is as '
            'it should be?', '{answer}'),
        Template(
            'My keyboard has no keys for punctuation, so I can only type this:\n\n{no_punct}\n\n'
            'Please fix it for me.', '{answer}'),
        Template(
            'Take every punctuation mark out of this.\n\n{answer}',
            '{no_punct}', turned_around=True),
        Template(
            'What remains of the following if only letters, digits and blanks are kept?\n\n'
            '{answer}', '{no_punct}', turned_around=True),
    ),
    metrics=(edit_distance, exact_text),
    keep=lambda row: _without_punctuation(row['en']) != row['en'],
)


def _without_literal(text):
  """The text inside a printed bytes literal, such as b'Solve 2*x = 6 for x.\\n'."""
  return replace(text, (r'''^b(['"])(.*)['"]$''', r'\2'), (r'\\n$', ''))


MATH_DATASET = Dataset(
    name='math_dataset',
    cluster='miscellaneous',
    source=Tfds(
        'math_dataset/algebra__linear_1d:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'question': _without_literal(row['question']),
        'answer': _without_literal(row['answer']),
    },
    templates=(
        Template('{question}\n\nState nothing but the number.', '{answer}'),
        Template(
            'Here is an exercise in algebra. Find the value of the unknown.\n\n'
            'Exercise: {question}', '{answer}'),
        Template('Algebra: {question}\nSolution:', '{answer}'),
        Template(
            'Bring all the terms that contain the variable to one side and the numbers to the '
            'other, and work out what the variable is.\n\n{question}', '{answer}'),
        Template(
            'A pupil has to do this for homework:\n\n{question}\n\n'
            'Which result will be marked as right?', '{answer}'),
        Template(
            'There is one value of the variable for which both sides are equal. Which is it?\n\n'
            '{question}', '{answer}'),
        Template(
            'Act as a program that solves equations.\n\nInput: {question}\nOutput:', '{answer}'),
        Template(
            'The exam paper says "{question}" What should go in the box for the answer?',
            '{answer}'),
        Template(
            'Set an exercise: a linear equation in one variable, with the solution {answer}.',
            '{question}', turned_around=True),
        Template(
            'Make up an equation that is to be solved for its variable, and add the solution.',
            'Exercise: {question}\n\nSolution: {answer}', turned_around=True),
    ),
    metrics=(exact_text,),
)

_KINDS = ('description', 'entity', 'abbreviation', 'human', 'numeric', 'location')

TREC = Dataset(
    name='trec',
    cluster='miscellaneous',
    source=Tfds('trec:1.0.0', 'train[:-200]', 'train[-200:]', 'test'),
    fields=lambda row: {'text': row['text'], 'answer': choose(row['label-coarse'], _KINDS)},
    options=_KINDS,
    templates=(
        Template(
            '{text}\n\nWhat kind of answer does this question call for?\n\n{options_}',
            '{answer}'),
        Template(
            'Sort questions by what they ask for: a "description" (or a reason or definition), an '
            '"entity" (such as an animal, a thing or a work of art), an "abbreviation" (or what '
            'it stands for), a "human" being (or a group), something "numeric" (such as a date '
            'or an amount) or a "location".\n\nQuestion: {text}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nUnder which of these headings does the question below fall?\n\n{text}',
            '{answer}'),
        Template('Question: {text}\nExpected type of the answer?\n{options_}', '{answer}'),
        Template(
            'A search system receives this query:\n\n{text}\n\n'
            'Before it starts, it has to know what sort of thing to look for. Which sort is it?'
            '\n\n{options_}', '{answer}'),
        Template(
            'Do not answer the question; only name the category that its answer belongs to.\n\n'
            '{text}\n\n{options_}', '{answer}'),
        Template(
            'A librarian keeps a tally of the kinds of things that people ask for. Now somebody '
            'asks: "{text}"\n\nWhich kind is that?\n\n{options_}', '{answer}'),
        Template(
            'Think of the reply to "{text}"\n\nHow would you classify that reply?\n\n{options_}',
            '{answer}'),
        Template(
            'Ask a trivia question. The type of its answer must be: {answer}',
            '{text}', turned_around=True),
        Template(
            'Write a question, and classify it by what one would have to give in reply.',
            'Question: {text}\n\nType: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)

_DIFFERENT_SAME = ('different meanings', 'the same meaning')

WIC = Dataset(
    name='wic',
    cluster='miscellaneous',
    source=Tfds('super_glue/wic:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'sentence1': row['sentence1'],
        'sentence2': row['sentence2'],
        'word': row['word'],
        'answer': choose(row['label'], _DIFFERENT_SAME),
    },
    options=_DIFFERENT_SAME,
    templates=(
        Template(
            '{sentence1}\n\n{sentence2}\n\nWhat does "{word}" have in these two texts?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Many words have several senses. Determine whether "{word}" is used in two senses '
            'here or both times in one.\n\nFirst use: {sentence1}\nSecond use: {sentence2}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Word: {word}\nContext A: {sentence1}\nContext B: {sentence2}\n'
            'Different meanings in A and B, or the same?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nComplete the last line with one of these.\n\n'
            'Example: {sentence1}\nExample: {sentence2}\n'
            'Observation: The word "{word}" is used here with', '{answer}'),
        Template(
            'A dictionary gives each sense of a word a number of its own. Two examples are to be '
            'added to the entry "{word}":\n\n{sentence1}\n{sentence2}\n\nThey go under one number '
            'if they show the same meaning, and under two if they show different meanings. What '
            'do they show?\n\n{options_}', '{answer}'),
        Template(
            'Read "{sentence1}" and then "{sentence2}"\n\nBoth contain a form of "{word}". '
            'Compare what is meant by it.\n\n{options_}', '{answer}'),
        Template(
            'A translator comes across the word "{word}" twice. The same translation will do only '
            'for the same meaning.\n\nOn one page: {sentence1}\n\nOn another page: {sentence2}'
            '\n\nWhich case is this?\n\n{options_}', '{answer}'),
        Template(
            'One person says: {sentence1}\n\nAnother person says: {sentence2}\n\n'
            'What do the two of them have in mind when they use the word "{word}"?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Test of vocabulary\n\n(1) {sentence1}\n(2) {sentence2}\n\nAnswer "the same meaning" '
            'if a single definition of "{word}" covers (1) as well as (2), and "different '
            'meanings" if it does not.\n\n{options_}', '{answer}'),
        Template(
            'Disambiguate the word "{word}" in each of these lines, and then say how its two '
            'uses are related.\n\n{sentence1}\n\n{sentence2}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
)

DATASETS = (COLA, FIX_PUNCT, MATH_DATASET, TREC, WIC)
