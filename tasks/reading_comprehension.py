"""Reading comprehension: answer a question from a given text."""
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose, first, replace, squad

_NO_YES = ('no', 'yes')

BOOL_Q = Dataset(
    name='bool_q',
    cluster='reading_comprehension',
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
            '{options_}\n\nWhich of these do you reply to the question "{question}?" once you '
            'have read the passage below?\n\n{text}', '{answer}'),
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
    source=Tfds('openbookqa:0.1.0', 'train', 'validation[:200]', 'test'),
    fields=_science_question,
    options='choices',
    templates=(
        Template(
            'Keep this fact in mind: {fact}\n\nNow answer the question or finish the sentence.'
            '\n\n{question}\n\n{options_}', '{answer}'),
        Template(
            'Combine common sense with the scientific fact to find the choice that answers or '
            'completes the text.\n\nScientific fact: {fact}\n\nText: {question}\n\n{options_}',
            '{answer}'),
        Template(
            'Science quiz\nWhat the textbook says: {fact}\nWhat is asked: {question}\n{options_}',
            '{answer}'),
        Template('{question}\n\n{options_}\n\nHint for the solution: {fact}', '{answer}'),
        Template(
            '{options_}\n\nOne of these belongs to the exercise below. Which?\n\n'
            'Exercise: {question}\n\nIt is about this piece of knowledge: {fact}', '{answer}'),
        Template(
            'A pupil has just learned this: {fact}\n\nThe teacher goes on: {question}\n\n'
            'What should the pupil reply?\n\n{options_}', '{answer}'),
        Template(
            'Apply the principle "{fact}" to the words below, and select the option that answers '
            'or completes them.\n\n{question}\n\n{options_}', '{answer}'),
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

DATASETS = (BOOL_Q, OPENBOOKQA, SQUAD_V1)
