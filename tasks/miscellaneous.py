"""Miscellaneous: conversations, grammar, spelling, equations, kinds of questions, word senses."""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, choose, edit_distance, exact_text,
    lower, matthews, numbered, numbered_answers, quac, replace)

_UNACCEPTABLE_ACCEPTABLE = ('unacceptable', 'acceptable')

COLA = Dataset(
    name='cola',
    cluster='miscellaneous',
    group='linguistic_acceptability',
    about=About(
        'Warstadt et al. 2019, arXiv:1805.12471', 'as published', 8_350, mirror='nyu-mll/glue'),
    source=Tfds('glue/cola:2.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'sentence': row['sentence'],
        'answer': choose(row['label'], _UNACCEPTABLE_ACCEPTABLE),
    },
    options=_UNACCEPTABLE_ACCEPTABLE,
    templates=(
        Template(
            '{sentence}\n\nIs this sentence acceptable or unacceptable English?\n\n{options_}',
            '{answer}'),
        Template('Judge the grammar of this sentence.\n\n{sentence}\n\n{options_}', '{answer}'),
        Template('{options_}\n\nHow would you rate the grammar below?\n\n{sentence}', '{answer}'),
        Template(
            'Would a native speaker find this acceptable or unacceptable?\n\n{sentence}\n\n'
            '{options_}', '{answer}'),
        Template('Sentence: {sentence}\n{options_}\nGrammar:', '{answer}'),
        Template(
            '"{sentence}"\n\nWhat is your judgment of this sentence?\n\n{options_}', '{answer}'),
        Template(
            'Classify the following as grammatically acceptable or unacceptable: {sentence}\n\n'
            '{options_}', '{answer}'),
        Template(
            'A sentence is "acceptable" if its grammar is correct and "unacceptable" if not. '
            'Which word describes this one?\n\n{sentence}\n\n{options_}', '{answer}'),
        Template(
            'Write an English sentence whose grammar is {answer}.',
            '{sentence}', turned_around=True),
        Template(
            'Write a sentence, good or bad, and rate its grammar.',
            'Sentence: {sentence}\n\nGrammar: {answer}', turned_around=True),
    ),
    metrics=(accuracy, matthews),
    baseline=Baseline('{sentence}\nThe grammar of this sentence is'),
)

COQA = Dataset(
    name='coqa',
    cluster='miscellaneous',
    group='conversational_qa',
    about=About(
        'Reddy et al. 2019, arXiv:1808.07042', 'several, by source', 7_090,
        mirror=Mirror('stanfordnlp/coqa', splits={'test': 'validation'})),
    source=Tfds('coqa:1.0.0', 'train[:-100]', 'train[-100:]', 'test'),
    fields=lambda row: {
        'text': row['story'],
        'numbered_questions': numbered(row['questions']),
        'numbered_answers': numbered(row['answers']['input_text']),
    },
    answer='numbered_answers',
    templates=(
        Template(
            '{text}\n\nAnswer these questions in a numbered list.\n\n{numbered_questions}',
            '{numbered_answers}'),
        Template(
            'Read the text and answer each question.\n\nText: {text}\n\n'
            'Questions:\n{numbered_questions}', '{numbered_answers}'),
        Template(
            '{numbered_questions}\n\nFind the answers in the passage below. Keep the numbers.\n\n'
            '{text}', '{numbered_answers}'),
        Template('Story: {text}\n\nQ:\n{numbered_questions}\n\nA:', '{numbered_answers}'),
        Template(
            'Give a short answer to every question, or "unknown" if the text does not say.\n\n'
            '{text}\n\n{numbered_questions}', '{numbered_answers}'),
        Template(
            'Questions:\n{numbered_questions}\n\nPassage: {text}\n\nAnswers:',
            '{numbered_answers}'),
        Template(
            '{text}\n\nA question can refer to the ones before it. Give a numbered answer to each.'
            '\n\n{numbered_questions}', '{numbered_answers}'),
        Template(
            '{text}\n\n'
            'Write a numbered list of questions on this text, each following from the last.',
            '{numbered_questions}', turned_around=True),
        Template(
            '{text}\n\nAnswers:\n{numbered_answers}\n\nWhat were the questions?',
            '{numbered_questions}', turned_around=True),
        Template(
            'Write a text that fits this conversation.\n\nQuestions:\n{numbered_questions}\n\n'
            'Answers:\n{numbered_answers}', '{text}', turned_around=True),
    ),
    metrics=(numbered_answers,),
    baseline=Baseline('{text}\nQuestions:\n{numbered_questions}\nThe answers:'),
)


_PARA_CRAWL = About('Bañón et al. 2020 (ParaCrawl)', 'CC0', 2_414_890)


def _without_punctuation(text):
  """Only letters with their accents, digits, underscores and blanks of any kind."""
  return replace(text, (r'[^\pL\pM\pN_\s\pZ]', ''))


FIX_PUNCT = Dataset(
    name='fix_punct',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
    source=Tfds(
        'para_crawl/enda:1.2.0', 'train[30200:60200]', 'train[60200:60400]', 'train[-3000:]'),
    fields=lambda row: {'no_punct': _without_punctuation(row['en']), 'answer': row['en']},
    templates=(
        Template('Add the missing punctuation.\n\n{no_punct}', '{answer}'),
        Template('{no_punct}\n\nWrite this with the correct punctuation.', '{answer}'),
        Template('Punctuate this text: {no_punct}', '{answer}'),
        Template('Without punctuation: {no_punct}\nWith punctuation:', '{answer}'),
        Template(
            'All punctuation has been removed from this text. Restore it.\n\n{no_punct}',
            '{answer}'),
        Template(
            'Insert all punctuation marks, and change none of the words.\n\n{no_punct}',
            '{answer}'),
        Template('How should "{no_punct}" be punctuated?', '{answer}'),
        Template('{no_punct}\n\nPlease fix my punctuation.', '{answer}'),
        Template(
            'Remove all punctuation and symbols from this.\n\n{answer}',
            '{no_punct}', turned_around=True),
        Template(
            '{answer}\n\nKeep only the letters, digits and spaces of this text.',
            '{no_punct}', turned_around=True),
    ),
    metrics=(exact_text, edit_distance),
    baseline=Baseline('Bare words: {no_punct}\nThe same with punctuation:'),
    keep={'nothing to restore': lambda row: _without_punctuation(row['en']) != row['en']},
)


def _without_literal(text):
  """The text inside a printed bytes literal, such as b'Solve 2*x = 6 for x.\\n'."""
  return replace(text, (r'''^b(['"])(.*)['"]$''', r'\2'), (r'\\n$', ''))


MATH_DATASET = Dataset(
    name='math_dataset',
    cluster='miscellaneous',
    group='math',
    about=About('Saxton et al. 2019, arXiv:1904.01557', 'Apache-2.0', 1_999_780),
    source=Tfds(
        'math_dataset/algebra__linear_1d:1.0.0', 'train[:30000]', 'train[-200:]', 'test'),
    fields=lambda row: {
        'question': _without_literal(row['question']),
        'answer': _without_literal(row['answer']),
    },
    templates=(
        Template('{question}\n\nAnswer with a number.', '{answer}'),
        Template('Find the value of the variable.\n\n{question}', '{answer}'),
        Template('Problem: {question}\nSolution:', '{answer}'),
        Template('What is the answer to this algebra problem?\n\n{question}', '{answer}'),
        Template('Complete this exercise: {question}', '{answer}'),
        Template('{question}\n\nTell me the result, without the steps.', '{answer}'),
        Template('Calculate the unknown number.\n\n{question}', '{answer}'),
        Template('For which value are both sides equal?\n\n{question}', '{answer}'),
        Template(
            'Write an algebra problem with the solution {answer}.',
            '{question}', turned_around=True),
        Template(
            'Write a linear equation to solve, and its solution.',
            'Problem: {question}\n\nSolution: {answer}', turned_around=True),
    ),
    metrics=(exact_text,),
    baseline=Baseline('Question: {question}\nAnswer:'),
)

QUAC = Dataset(
    name='quac',
    cluster='miscellaneous',
    group='conversational_qa',
    about=About(
        'Choi et al. 2018, arXiv:1808.07036', 'CC BY-SA 4.0', 83_360,
        mirror=Mirror('allenai/quac', lacks='a row for each question')),
    source=Tfds('quac:1.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'title': row['title'],
        'background': row['background'],
        # Every context ends with the mark for questions that it does not answer.
        'context': replace(row['context'], (r'\s*CANNOTANSWER\s*$', '')),
        'question': row['question'],
        'answer': row['orig_answer']['text'],
        'answers': row['answers']['text'],
    },
    templates=(
        Template(
            '{title}\n\n{background}\n\n{context}\n\n'
            '{question} Quote the answer, or say CANNOTANSWER.', '{answer}'),
        Template(
            'Find the words that answer the question, or write CANNOTANSWER.\n\n{title}\n\n'
            '{background}\n\n{context}\n\nQuestion: {question}', '{answer}'),
        Template(
            '{question}\n\nAnswer with a part of this text, or with CANNOTANSWER.\n\n'
            '{title}\n{background}\n\n{context}', '{answer}'),
        Template(
            '{title}\n{background}\n\n{context}\n\nQ: {question}\nA (or CANNOTANSWER):',
            '{answer}'),
        Template(
            'Use only the section below to answer. If it does not help, reply CANNOTANSWER.\n\n'
            'Article: {title}\n{background}\n\nSection: {context}\n\nQuestion: {question}',
            '{answer}'),
        Template(
            'Topic: {title}\n\n{background}\n\n{context}\n\n'
            'Which words above answer "{question}"? If none do, say CANNOTANSWER.', '{answer}'),
        Template(
            'Read this article and answer with a quote, or with CANNOTANSWER.\n\n{title}\n\n'
            '{background}\n\n{context}\n\n{question}', '{answer}'),
        Template(
            '{title}\n\n{background}\n\nAsk a question to learn more about this.',
            '{question}', turned_around=True),
        Template(
            '{context}\n\nAnswer: {answer}\n\n'
            'What was the question? (CANNOTANSWER: the text does not say.)',
            '{question}', turned_around=True),
        Template(
            'Write a question on this text and its answer, or CANNOTANSWER if it has none.\n\n'
            'Title: {title}\n\nText: {context}',
            'Question: {question}\n\nAnswer: {answer}', turned_around=True),
    ),
    metrics=(quac,),
    baseline=Baseline('{title}\n{background}\n{context}\nQuestion: {question}\nAnswer:'),
    may_be_empty=('title', 'background'),
)

_KINDS = ('description', 'entity', 'abbreviation', 'human', 'numeric', 'location')

TREC = Dataset(
    name='trec',
    cluster='miscellaneous',
    group='question_classification',
    about=About(
        'Li and Roth 2002', 'unknown', 5_250,
        mirror=Mirror('CogComp/trec', columns={'label-coarse': 'coarse_label'})),
    source=Tfds('trec:1.0.0', 'train[:-200]', 'train[-200:]', 'test'),
    fields=lambda row: {'text': row['text'], 'answer': choose(row['label-coarse'], _KINDS)},
    options=_KINDS,
    templates=(
        Template(
            '{text}\n\nWhat kind of answer does this question need?\n\n{options_}', '{answer}'),
        Template(
            'Classify this question by the type of its answer.\n\n{text}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nWhich category does the question below belong to?\n\n{text}',
            '{answer}'),
        Template('Question: {text}\n{options_}\nAnswer type:', '{answer}'),
        Template('What does this question ask for?\n\n{text}\n\n{options_}', '{answer}'),
        Template(
            'Do not answer this question. Just name its category.\n\n{text}\n\n{options_}',
            '{answer}'),
        Template(
            'Does "{text}" ask for a description, an entity, an abbreviation, a human, a location '
            'or something numeric?\n\n{options_}', '{answer}'),
        Template(
            'Tell me what sort of thing the answer is.\n\nQuestion: {text}\n\n{options_}',
            '{answer}'),
        Template('Ask a question with this type of answer: {answer}', '{text}', turned_around=True),
        Template(
            'Write a question and classify it by the type of its answer.',
            'Question: {text}\n\nType: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('Question: {text}\nThe answer is a kind of'),
)

TRUE_CASE = Dataset(
    name='true_case',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
    source=Tfds('para_crawl/enda:1.2.0', 'train[:30000]', 'train[30000:30200]', 'train[-3000:]'),
    fields=lambda row: {'lower': lower(row['en']), 'answer': row['en']},
    templates=(
        Template('Fix the capitalization.\n\n{lower}', '{answer}'),
        Template('{lower}\n\nRewrite this with the right capital letters.', '{answer}'),
        Template('Lower case: {lower}\nCorrect case:', '{answer}'),
        Template('Capitalize this text correctly: {lower}', '{answer}'),
        Template(
            'Which letters should be capitals? Write the text with them.\n\n{lower}', '{answer}'),
        Template(
            'All letters of the text below are small. Restore the capitals.\n\nText: {lower}',
            '{answer}'),
        Template('How should "{lower}" be capitalized?', '{answer}'),
        Template('Put capitals where they belong, and change nothing else.\n\n{lower}', '{answer}'),
        Template('Change all letters to lower case.\n\n{answer}', '{lower}', turned_around=True),
        Template('{answer}\n\nWrite this without capital letters.', '{lower}', turned_around=True),
    ),
    metrics=(exact_text, edit_distance),
    baseline=Baseline('Small letters: {lower}\nThe same with capitals:'),
    keep={'nothing to restore': lambda row: lower(row['en']) != row['en']},
    in_paper=False,
)

_DIFFERENT_SAME = ('different meanings', 'the same meaning')

WIC = Dataset(
    name='wic',
    cluster='miscellaneous',
    group='word_disambiguation',
    about=About(
        'Pilehvar and Camacho-Collados 2019, arXiv:1808.09121', 'CC BY-NC 4.0', 5_220,
        mirror='aps/super_glue'),
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
            '{sentence1}\n{sentence2}\n\n'
            'Does "{word}" have different meanings here, or the same meaning?\n\n{options_}',
            '{answer}'),
        Template(
            'Compare the meaning of "{word}" in these examples.\n\n{sentence1}\n\n{sentence2}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Word: {word}\nContext 1: {sentence1}\nContext 2: {sentence2}\n'
            'Same meaning or different meanings?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nExample: {sentence1}\nExample: {sentence2}\n\n'
            'Complete: In the two examples, "{word}" has', '{answer}'),
        Template(
            'Is "{word}" used with the same meaning or with different meanings in the following?'
            '\n\n1. {sentence1}\n2. {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'First text: {sentence1}\nSecond text: {sentence2}\n\n'
            'Decide if the meaning of "{word}" is the same in both.\n\n{options_}', '{answer}'),
        Template(
            'How do the meanings of "{word}" in "{sentence1}" and "{sentence2}" compare?\n\n'
            '{options_}', '{answer}'),
        Template(
            'What does "{word}" mean in each line: different things or the same?\n\n'
            '{sentence1}\n\n{sentence2}\n\n{options_}', '{answer}'),
        Template(
            '(1) {sentence1}\n(2) {sentence2}\n\nAnswer "the same meaning" if one definition of '
            '"{word}" fits (1) and (2), or else "different meanings".\n\n{options_}', '{answer}'),
        Template(
            'Do these lines use one sense of "{word}" (the same meaning) or two (different '
            'meanings)?\n\n{sentence1}\n{sentence2}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{sentence1}\n{sentence2}\nIn these two sentences, the word {word} has'),
)

WORD_SEGMENT = Dataset(
    name='word_segment',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
    source=Tfds(
        'para_crawl/enda:1.2.0', 'train[60400:90400]', 'train[90400:90600]', 'train[-3000:]'),
    fields=lambda row: {'no_space': replace(row['en'], (r'[\s\pZ]', '')), 'answer': row['en']},
    templates=(
        Template('Add the missing spaces.\n\n{no_space}', '{answer}'),
        Template('{no_space}\n\nSplit this into words.', '{answer}'),
        Template('Without spaces: {no_space}\nWith spaces:', '{answer}'),
        Template('Segment this text into words: {no_space}', '{answer}'),
        Template(
            'Where are the spaces missing? Write the text with them.\n\n{no_space}', '{answer}'),
        Template(
            'Put spaces between the words, and change nothing else.\n\nText: {no_space}',
            '{answer}'),
        Template('How do you write "{no_space}" with spaces?', '{answer}'),
        Template('{no_space}\n\nPlease fix the spacing.', '{answer}'),
        Template('Remove all spaces from this text.\n\n{answer}', '{no_space}', turned_around=True),
        Template('{answer}\n\nJoin these words into one string.', '{no_space}', turned_around=True),
    ),
    metrics=(exact_text, edit_distance),
    baseline=Baseline('Run together: {no_space}\nThe same with spaces:'),
    in_paper=False,
)

DATASETS = (
    COLA, COQA, FIX_PUNCT, MATH_DATASET, QUAC, TREC, TRUE_CASE, WIC, WORD_SEGMENT)
