"""Miscellaneous: conversations, grammar, spelling, equations, kinds of questions, word senses."""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, choose, edit_distance, exact_text, lower, matthews,
    numbered, numbered_answers, quac, replace)

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
            '{sentence}\n\nHow will native speakers of English judge the form of this sentence?'
            '\n\n{options_}', '{answer}'),
        Template(
            'Judge the grammar. A sentence is "acceptable" if it is well formed, however unlikely '
            'it is that anybody would say it; otherwise it is "unacceptable".\n\n'
            'Sentence: {sentence}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhich word is true of the following, by the rules of English?\n\n'
            '{sentence}', '{answer}'),
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

COQA = Dataset(
    name='coqa',
    cluster='miscellaneous',
    group='conversational_qa',
    about=About(
        'Reddy et al. 2019, arXiv:1808.07042', 'several, by source', 7_090,
        mirror='stanfordnlp/coqa'),
    source=Tfds('coqa:1.0.0', 'train[:-100]', 'train[-100:]', 'test'),
    fields=lambda row: {
        'text': row['story'],
        'numbered_questions': numbered(row['questions']),
        'numbered_answers': numbered(row['answers']['input_text']),
    },
    answer='numbered_answers',
    templates=(
        Template(
            '{text}\n\nAnswer each of these questions on a line of its own, behind its number.'
            '\n\n{numbered_questions}', '{numbered_answers}'),
        Template(
            'In a conversation about a text, what is asked can depend on what was asked and '
            'answered before. Give the answers, numbered like the questions.\n\nText: {text}\n\n'
            'Questions:\n{numbered_questions}', '{numbered_answers}'),
        Template(
            '{numbered_questions}\n\nThe passage below deals with all of this. Respond briefly '
            'to one point after the other, in a numbered list.\n\n{text}', '{numbered_answers}'),
        Template(
            'Story: {text}\n\nQ:\n{numbered_questions}\n\nA:', '{numbered_answers}'),
        Template(
            'Where a yes or a no is called for, say so; where the text does not tell, say '
            '"unknown"; everywhere else a few words will do. Keep the numbers.\n\n{text}\n\n'
            '{numbered_questions}', '{numbered_answers}'),
        Template(
            'A worksheet has two columns. The left one is filled in; what belongs in the right '
            'one?\n\nSubject of the worksheet: {text}\n\n'
            'Left column, questions:\n{numbered_questions}\n\nRight column, answers:',
            '{numbered_answers}'),
        Template(
            'Your friend has not read the following, but wants to hear about it from you.\n\n'
            '{text}\n\nThe friend asks, in this order:\n\n{numbered_questions}\n\n'
            'List what you reply.', '{numbered_answers}'),
        Template(
            '{text}\n\nInterview someone who knows this text: make a numbered list of questions, '
            'each of which leads to the next.', '{numbered_questions}', turned_around=True),
        Template(
            '{text}\n\nThese answers were given about the text above. What were the questions?'
            '\n\n{numbered_answers}', '{numbered_questions}', turned_around=True),
        Template(
            'Write the text that goes with this conversation.\n\n'
            'Questions:\n{numbered_questions}\n\nAnswers:\n{numbered_answers}',
            '{text}', turned_around=True),
    ),
    metrics=(numbered_answers,),
)


_PARA_CRAWL = About('Bañón et al. 2020 (ParaCrawl)', 'CC0', 2_414_890)


def _without_punctuation(text):
  """Only letters with their accents, digits, underscores and blanks of any kind."""
  return replace(text, (r'[^\pL\pM\pN_\s]', ''))


FIX_PUNCT = Dataset(
    name='fix_punct',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
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
    metrics=(exact_text, edit_distance),
    keep=lambda row: _without_punctuation(row['en']) != row['en'],
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

QUAC = Dataset(
    name='quac',
    cluster='miscellaneous',
    group='conversational_qa',
    about=About(
        'Choi et al. 2018, arXiv:1808.07036', 'CC BY-SA 4.0', 83_360, mirror='allenai/quac'),
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
            'Topic: {title}\n\n{background}\n\n{context}\n\n{question}\n\n'
            'Quote the words that answer this. If there are none, reply CANNOTANSWER.',
            '{answer}'),
        Template(
            'A student has seen the title and the introduction of an article. The teacher has a '
            'whole section of it, and replies to the student in the words of the section, or '
            'with CANNOTANSWER if it is no help. What does the teacher reply?\n\n'
            'Title: {title}\n\nIntroduction: {background}\n\nSection: {context}\n\n'
            'The student asks: {question}', '{answer}'),
        Template(
            '{question}\n\nThis question was asked by somebody who wanted to learn about '
            '"{title}". Find the answer in the text, or write CANNOTANSWER if you cannot.\n\n'
            'Background: {background}\n\nText: {context}', '{answer}'),
        Template(
            '{title}\n{background}\n\n{context}\n\nQ: {question}\nA (or CANNOTANSWER):',
            '{answer}'),
        Template(
            'Words such as "he" or "it" in the question may stand for what the article is about. '
            'Answer with a part of the section; where no part serves, use the code word '
            'CANNOTANSWER.\n\nArticle: {title}\nOverview: {background}\nSection: {context}\n'
            'Question: {question}', '{answer}'),
        Template(
            'An assistant that never makes anything up reads to its user from an encyclopedia '
            'and is interrupted by a question. It repeats the sentence or phrase that is to the '
            'point, or says CANNOTANSWER.\n\nEntry "{title}": {background}\n\n'
            'Read so far: {context}\n\nUser: {question}\nAssistant:', '{answer}'),
        Template(
            'Read about "{title}" so that you can take part in a conversation.\n\n{background}'
            '\n\n{context}\n\nYour partner says: {question}\n\nYou may only say what is written '
            'above; failing that, you have to say CANNOTANSWER.', '{answer}'),
        Template(
            'So far you know only this about "{title}":\n\n{background}\n\n'
            'Ask a question in order to learn more.', '{question}', turned_around=True),
        Template(
            'Somebody was asked about this text:\n\n{context}\n\nThe reply was: {answer}\n\n'
            'What was the question?', '{question}', turned_around=True),
        Template(
            'Write a question on the text below, and answer it in the words of the text, or with '
            'CANNOTANSWER if the text leaves it open.\n\nTitle: {title}\n\nText: {context}',
            'Question: {question}\n\nAnswer: {answer}', turned_around=True),
    ),
    metrics=(quac,),
)

_KINDS = ('description', 'entity', 'abbreviation', 'human', 'numeric', 'location')

TREC = Dataset(
    name='trec',
    cluster='miscellaneous',
    group='question_classification',
    about=About('Li and Roth 2002', 'unknown', 5_250, mirror='CogComp/trec'),
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
            '{options_}\n\nUnder which heading does the question below fall?\n\n{text}',
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

TRUE_CASE = Dataset(
    name='true_case',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
    source=Tfds('para_crawl/enda:1.2.0', 'train[:30000]', 'train[30000:30200]', 'train[-3000:]'),
    fields=lambda row: {'lower': lower(row['en']), 'answer': row['en']},
    templates=(
        Template('{lower}\n\nWrite this with all the capital letters it needs.', '{answer}'),
        Template(
            'Every capital letter of the text below has become a small one. Make the text what '
            'it was.\n\nText: {lower}', '{answer}'),
        Template('Lower case: {lower}\nProper case:', '{answer}'),
        Template(
            'In English, the beginnings of sentences, names, many abbreviations and the word "I" '
            'call for capitals. Set them here, and leave everything else as it is.\n\n{lower}',
            '{answer}'),
        Template(
            'One of your colleagues never touches the shift key:\n\n{lower}\n\n'
            'Prepare the colleague\'s text for print.', '{answer}'),
        Template(
            'A speech recogniser, which knows nothing of upper case, produced this:\n\n{lower}\n\n'
            'What should a reader get to see?', '{answer}'),
        Template(
            'Truecasing means working out which letters of a text were capitals. '
            'Apply it to the input.\n\nInput: {lower}\nOutput:', '{answer}'),
        Template(
            'Please go over my message. I typed it without any capitals, but otherwise it is as '
            'it should be.\n\n{lower}', '{answer}'),
        Template(
            'Change all the capital letters in this to small ones.\n\n{answer}',
            '{lower}', turned_around=True),
        Template(
            '{answer}\n\nWhat does the text above become in lower case?',
            '{lower}', turned_around=True),
    ),
    metrics=(exact_text, edit_distance),
    keep=lambda row: lower(row['en']) != row['en'],
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
            '{options_}\n\nComplete the last line.\n\nExample: {sentence1}\nExample: {sentence2}\n'
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

WORD_SEGMENT = Dataset(
    name='word_segment',
    cluster='miscellaneous',
    group='text_formatting',
    about=_PARA_CRAWL,
    source=Tfds(
        'para_crawl/enda:1.2.0', 'train[60400:90400]', 'train[90400:90600]', 'train[-3000:]'),
    fields=lambda row: {'no_space': replace(row['en'], (r'[\s\pZ]', '')), 'answer': row['en']},
    templates=(
        Template('This text has lost its blanks. Put them back.\n\n{no_space}', '{answer}'),
        Template(
            '{no_space}\n\nWhere does one word end and the next begin? Write them separately.',
            '{answer}'),
        Template('Without spaces: {no_space}\nWith spaces:', '{answer}'),
        Template(
            'Word segmentation: divide a string of characters into the words and numbers that it '
            'consists of, and change nothing else.\n\nString: {no_space}', '{answer}'),
        Template(
            'The space bar of my keyboard is broken, so all I could type is this:\n\n{no_space}'
            '\n\nWhat did I want to say?', '{answer}'),
        Template(
            'Long ago, scribes left no gaps between words. Adapt the line below to the habits of '
            'readers today.\n\n{no_space}', '{answer}'),
        Template(
            'This is what software that reads scanned pages made of a line:\n\n{no_space}\n\n'
            'What does the line really look like?', '{answer}'),
        Template(
            'Read this slowly, notice the words in it, and copy it out with a space after each '
            'of them.\n\n{no_space}', '{answer}'),
        Template(
            'Leave out all the spaces in the following.\n\n{answer}',
            '{no_space}', turned_around=True),
        Template(
            '{answer}\n\nRun the words above together into a single string.',
            '{no_space}', turned_around=True),
    ),
    metrics=(exact_text, edit_distance),
    in_paper=False,
)

DATASETS = (
    COLA, COQA, FIX_PUNCT, MATH_DATASET, QUAC, TREC, TRUE_CASE, WIC, WORD_SEGMENT)
