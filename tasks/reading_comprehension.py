"""Reading comprehension: answer a question from a given text."""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, as_text, choose, first, join, multirc, replace, squad)

_NO_YES = ('no', 'yes')

BOOL_Q = Dataset(
    name='bool_q',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Clark et al. 2019, arXiv:1905.10044', 'CC BY-SA 3.0', 9_220, mirror='google/boolq'),
    source=Tfds('bool_q:1.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'title': row['title'],
        'text': row['passage'],
        'question': row['question'],
        'answer': choose(row['answer'], _NO_YES),
    },
    options=_NO_YES,
    templates=(
        Template('{text}\n\nGoing by this text, {question}?\n\n{options_}', '{answer}'),
        Template(
            'Use the article to settle a question that can be answered with yes or no.\n\n'
            'Article: {text}\n\nQuestion: {question}?\n\n{options_}', '{answer}'),
        Template(
            'Title: {title}\n\n{text}\n\nQ: {question}?\n{options_}\nA:', '{answer}'),
        Template(
            'Question: {question}?\n\nLook up the answer in this extract from "{title}":\n\n'
            '{text}\n\n{options_}', '{answer}'),
        Template(
            'Somebody types into a search engine: {question}\n\nThe best page found says:\n\n'
            '{text}\n\nSo what is the answer?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWhat do you reply to the question "{question}?" once you have read the '
            'passage below?\n\n{text}', '{answer}'),
        Template(
            'This comes from the encyclopedia entry "{title}":\n\n{text}\n\n'
            'What would the author of the entry say if asked "{question}?"\n\n{options_}',
            '{answer}'),
        Template(
            'Background reading:\n{text}\n\nExam question:\n{question}?\n\n'
            'Give the answer that earns the mark.\n\n{options_}', '{answer}'),
        Template(
            '{question}?\n\nSay yes or no. The facts to go by are these:\n\n{title}\n{text}\n\n'
            '{options_}', '{answer}'),
        Template(
            'I was wondering, {question}? All I could find is this:\n\n{text}\n\n'
            'Can you tell me?\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
)

DROP = Dataset(
    name='drop',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About('Dua et al. 2019, arXiv:1903.00161', 'CC BY-SA 4.0', 77_200, mirror='ucinlp/drop'),
    source=Tfds('drop:2.0.0', 'train[:30000]', 'train[-200:]', 'dev'),
    fields=lambda row: {
        'context': row['passage'],
        'question': row['question'],
        'answer': row['answer'],
        'answers': row['validated_answers'],
    },
    templates=(
        Template(
            '{context}\n\nReply with a number, a date or words of the passage: {question}',
            '{answer}'),
        Template(
            'You may have to count, add, subtract, sort or compare what the text mentions to get '
            'at the answer.\n\nText: {context}\n\nQuestion: {question}', '{answer}'),
        Template(
            '{question}\n\nThis is all you need to work that out:\n\n{context}', '{answer}'),
        Template('Passage: {context}\nQ: {question}\nA:', '{answer}'),
        Template(
            'Gather the facts and figures that have to do with the question from the report. '
            'What do they come to?\n\nQuestion: {question}\n\nReport: {context}\n\nResult:',
            '{answer}'),
        Template(
            'Somebody who has not read the following wants to know: "{question}"\n\n{context}'
            '\n\nTell them in a few words.', '{answer}'),
        Template(
            'Reasoning test. Study the paragraph, do the sums in your head, and hand in the '
            'solution alone.\n\nParagraph: {context}\n\nProblem: {question}', '{answer}'),
        Template(
            '{context}\n\nThink of a question about this that takes some reasoning, such as '
            'counting or comparing. Its answer should be: {answer}',
            '{question}', turned_around=True),
        Template(
            'Write a passage full of facts and figures that leads to the answer below.\n\n'
            'Question: {question}\nAnswer: {answer}', '{context}', turned_around=True),
        Template(
            'Set a problem on this text, and solve it.\n\n{context}',
            'Problem: {question}\n\nSolution: {answer}', turned_around=True),
    ),
    metrics=(squad,),
)

MULTIRC = Dataset(
    name='multirc',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About('Khashabi et al. 2018', 'research use', 27_040, mirror='aps/super_glue'),
    source=Tfds('super_glue/multirc:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'paragraph': row['paragraph'],
        'question': row['question'],
        'response': row['answer'],
        'answer': choose(row['label'], _NO_YES),
        'group_': join(
            as_text(row['idx']['paragraph']), as_text(row['idx']['question']), separator='/'),
    },
    options=_NO_YES,
    templates=(
        Template(
            '{paragraph}\n\n{question}\n\nIs "{response}" a correct answer to this?\n\n'
            '{options_}', '{answer}'),
        Template(
            'A question about a text can have several right answers. Check one that has been '
            'suggested: say "yes" if the text bears it out and "no" if it does not.\n\n'
            'Text: {paragraph}\n\nQuestion: {question}\n\nSuggested answer: {response}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Source: {paragraph}\nQ: {question}\nA: {response}\nRight?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nMark the test with a single word: has the pupil given a right answer?'
            '\n\nText: {paragraph}\n\nTask: {question}\n\nThe pupil wrote: {response}', '{answer}'),
        Template(
            'Question: {question}\nReply: {response}\n\n'
            'Can one reply like this after reading the passage below?\n\n{paragraph}\n\n'
            '{options_}', '{answer}'),
        Template(
            'I was asked: {question}\n\nI said: {response}\n\n'
            'Now I have the text in front of me. Did I guess right?\n\n{paragraph}\n\n{options_}',
            '{answer}'),
        Template(
            'The evidence may be spread over many sentences, so take in the whole paragraph '
            'before you judge.\n\nParagraph: {paragraph}\n\n'
            'Does "{response}" truthfully answer "{question}"\n\n{options_}', '{answer}'),
        Template(
            'We are compiling a list of all the acceptable answers to a question of '
            'comprehension. Should the candidate be put on it?\n\nCandidate: {response}\n\n'
            'The question: {question}\n\nWhat it is about: {paragraph}\n\n{options_}',
            '{answer}'),
        Template(
            '{paragraph}\n\nMake up a question about this and a reply to it. Whoever asks if the '
            'reply is correct must be told: {answer}',
            'Question: {question}\n\nReply: {response}', turned_around=True),
        Template(
            'Compose the text that this item of a reading test belongs to.\n\n'
            'Question: {question}\nPossible answer: {response}\nIs the answer right? {answer}',
            '{paragraph}', turned_around=True),
    ),
    metrics=(multirc, accuracy),
)


def _science_question(row):
  question = row['question']
  choices = [question[f'choice_{letter}'] for letter in 'ABCD']
  return {
      'question': question['stem'],
      'fact': row['fact1'],
      'choices': choices,
      'answer': choose(row['answerKey'], choices),
  }


OPENBOOKQA = Dataset(
    name='openbookqa',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Mihaylov et al. 2018, arXiv:1809.02789', 'Apache-2.0', 4_950, mirror='allenai/openbookqa'),
    source=Tfds('openbookqa:0.1.0', 'train', 'validation[:200]', 'test'),
    fields=_science_question,
    options='choices',
    templates=(
        Template(
            'Keep this fact in mind: {fact}\n\nNow answer the question or finish the sentence.'
            '\n\n{question}\n\n{options_}', '{answer}'),
        Template(
            'Combine common sense with the scientific fact to find what answers or completes the '
            'text.\n\nScientific fact: {fact}\n\nText: {question}\n\n{options_}', '{answer}'),
        Template(
            'Science quiz\nWhat the textbook says: {fact}\nWhat is asked: {question}\n{options_}',
            '{answer}'),
        Template('{question}\n\n{options_}\n\nHint for the solution: {fact}', '{answer}'),
        Template(
            '{options_}\n\nWhat is the solution to the exercise below?\n\nExercise: {question}\n\n'
            'It is about this piece of knowledge: {fact}', '{answer}'),
        Template(
            'A pupil has just learned this: {fact}\n\nThe teacher goes on: {question}\n\n'
            'What should the pupil reply?\n\n{options_}', '{answer}'),
        Template(
            'Apply the principle "{fact}" to the words below, and say what answers or completes '
            'them.\n\n{question}\n\n{options_}', '{answer}'),
        Template(
            'Write an item for a science quiz, either a question or an unfinished sentence. The '
            'right response to it is: {answer}', '{question}', turned_around=True),
        Template(
            'Quiz item: {question}\nResponse: {answer}\n\n'
            'State a fact that explains why this response is right.',
            '{fact}', turned_around=True),
        Template(
            'Turn the following fact into a quiz item, and add the solution.\n\n{fact}',
            'Quiz item: {question}\n\nSolution: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
)

SQUAD_V1 = Dataset(
    name='squad_v1',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Rajpurkar et al. 2016, arXiv:1606.05250', 'CC BY-SA 4.0', 87_390,
        mirror='rajpurkar/squad'),
    source=Tfds('squad/v1.1:3.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'title': replace(row['title'], ('_', ' ')),
        'context': row['context'],
        'question': row['question'],
        'answer': first(row['answers']['text']),
        'answers': row['answers']['text'],
    },
    templates=(
        Template('{context}\n\nAnswer in words taken from the text: {question}', '{answer}'),
        Template(
            'Find the part of the passage that answers the question, and copy it out.\n\n'
            'Passage: {context}\n\nQuestion: {question}', '{answer}'),
        Template('Article: {title}\n\n{context}\n\nQ: {question}\nA:', '{answer}'),
        Template(
            '{question}\n\nYou will find the answer in this section of the article "{title}":\n\n'
            '{context}', '{answer}'),
        Template(
            'What is the shortest stretch of the following text that replies to "{question}"\n\n'
            '{context}', '{answer}'),
        Template(
            'Reading test. Study the text on "{title}", then solve the task briefly.\n\n'
            'Text: {context}\n\nTask: {question}', '{answer}'),
        Template(
            'Someone needs to know: {question}\n\nTheir only source is this:\n\n{context}\n\n'
            'Help them out with a few words.', '{answer}'),
        Template(
            'Question: {question}\n\nContext: {context}\n\n'
            'Give the name, number, date or phrase that the question is after.', '{answer}'),
        Template(
            'Ask a question about the paragraph below that has the answer "{answer}".\n\n'
            '{context}', '{question}', turned_around=True),
        Template(
            'Write a paragraph for an article with the title "{title}". Whoever reads it should '
            'be able to answer this: {question}', '{context}', turned_around=True),
    ),
    metrics=(squad,),
    paper_name='squad',
)


def _maybe_unanswerable(row):
  texts = row['answers']['text']
  return {
      'title': replace(row['title'], ('_', ' ')),
      'context': row['context'],
      'question': row['question'],
      'answer': replace(first(texts), ('^$', 'unanswerable')),
      'answers': texts,
  }


SQUAD_V2 = Dataset(
    name='squad_v2',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Rajpurkar et al. 2018, arXiv:1806.03822', 'CC BY-SA 4.0', 130_110,
        mirror='rajpurkar/squad_v2'),
    source=Tfds('squad/v2.0:3.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_maybe_unanswerable,
    templates=(
        Template(
            '{context}\n\n{question}\n\nCopy the answer from the text, or write "unanswerable" '
            'if it is not there.', '{answer}'),
        Template(
            'For some of the questions in this test the text has no answer; those are to be '
            'marked as "unanswerable". All others are to be answered with a few words of the '
            'text.\n\nText: {context}\n\nQuestion: {question}', '{answer}'),
        Template(
            'Title: {title}\nText: {context}\nQuestion: {question}\n'
            'Answer (or "unanswerable"):', '{answer}'),
        Template(
            '{question}\n\nSee if this section of the article "{title}" tells you. If it does, '
            'quote the words, and if it does not, reply "unanswerable".\n\n{context}',
            '{answer}'),
        Template(
            'A search engine prints an extract of the best page when the page contains what was '
            'asked for, and the word "unanswerable" when it does not. What does it print here?'
            '\n\nQuery: {question}\n\nPage: {context}', '{answer}'),
        Template(
            'Beware of trick questions, to which the passage only seems to hold the answer. The '
            'right reaction to them is "unanswerable".\n\nPassage: {context}\n\n'
            'Question: {question}', '{answer}'),
        Template(
            'You are a librarian who never guesses: either you find what is wanted in the '
            'source, word for word, or you say "unanswerable".\n\nA visitor asks: {question}\n\n'
            'Source: {context}', '{answer}'),
        Template(
            'Read the paragraph about "{title}" first.\n\n{context}\n\n'
            'Now for the quiz: {question}\n\nGive the phrase that solves it. If the paragraph '
            'leaves you in the dark, "unanswerable" is the solution.', '{answer}'),
        Template(
            'Extract a name, a date, a number or another piece of the document that satisfies '
            'the request; where no piece does, output "unanswerable".\n\nRequest: {question}\n\n'
            'Document: {context}', '{answer}'),
        Template(
            '{context}\n\nCan you tell from this? {question}\n\n'
            'If so, please do, and if not, just say "unanswerable".', '{answer}'),
    ),
    metrics=(squad,),
    paper_name='squad',
)

DATASETS = (BOOL_Q, DROP, MULTIRC, OPENBOOKQA, SQUAD_V1, SQUAD_V2)
