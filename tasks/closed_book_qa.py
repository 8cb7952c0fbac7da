"""Closed-book question answering: answer without a text to look things up in."""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, choose, exact_match, first, join, join_list,
    trivia_qa)

_LETTERS = ('A', 'B', 'C', 'D', 'E')

_ARC_TEMPLATES = (
    Template(
        '{question}\n\nGo by what science knows, and give the right answer.\n\n{options_}',
        '{answer}'),
    Template(
        'This item comes from a science exam at school. Respond with what answers the question or '
        'finishes the sentence correctly.\n\nItem: {question}\n\n{options_}', '{answer}'),
    Template('Subject: science\nProblem: {question}\nSolution?\n{options_}', '{answer}'),
    Template(
        '{options_}\n\nWhich answer is right in the following test?\n\n{question}', '{answer}'),
    Template(
        'A pupil is stuck on this:\n\n{question}\n\nHelp the pupil out.\n\n{options_}',
        '{answer}'),
    Template(
        'Draw on your knowledge of nature, matter, living things and technology, and give the '
        'answer that is right.\n\n{question}\n\n{options_}', '{answer}'),
    Template(
        'The quizmaster reads out: "{question}"\n\nWhich reply wins the point?\n\n{options_}',
        '{answer}'),
    Template(
        'Set a question for a science exam at school. The correct answer has to be: {answer}',
        '{question}', turned_around=True),
    Template(
        'Make up an item for a science test, and solve it.',
        'Item: {question}\n\nSolution: {answer}', turned_around=True),
    Template(
        'A teacher of science gave full marks for the words "{answer}" to one of the pupils. '
        'What may the pupil have been asked?', '{question}', turned_around=True),
)


def _arc(name: str, config: str, rows: int) -> Dataset:
  return Dataset(
      name=name,
      cluster='closed_book_qa',
      group='open_domain_qa',
      about=About(
          'Clark et al. 2018, arXiv:1803.05457', 'CC BY-SA 4.0', rows, mirror='allenai/ai2_arc'),
      source=Tfds(f'ai2_arc/{config}:1.0.0', 'train[:-200]', 'train[-200:]', 'test'),
      fields=lambda row: {
          'question': row['question'],
          'choices': row['choices']['text'],
          'answer': choose(row['answerKey'], row['choices']['text']),
      },
      options='choices',
      templates=_ARC_TEMPLATES,
      metrics=(accuracy,),
      keep=lambda row: join_list(choose(row['choices']['label'], _LETTERS), '') == 'ABCD',
      paper_name='arc',
  )


ARC_CHALLENGE = _arc('arc_challenge', 'ARC-Challenge', rows=910)
ARC_EASY = _arc('arc_easy', 'ARC-Easy', rows=2_040)

NATURAL_QUESTIONS = Dataset(
    name='natural_questions',
    cluster='closed_book_qa',
    group='open_domain_qa',
    about=About(
        'Kwiatkowski et al. 2019; Lee et al. 2019, arXiv:1906.00300', 'CC BY-SA 3.0', 87_720,
        mirror='google-research-datasets/nq_open'),
    source=Tfds('natural_questions_open:1.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'question': join(row['question'], '?'),
        'answer': first(row['answer']),
        'answers': row['answer'],
    },
    templates=(
        Template('{question}\n\nReply with a name, a date, a number or a few words.', '{answer}'),
        Template('From memory and as briefly as you can, tell me: {question}', '{answer}'),
        Template(
            'People type all sorts of questions into search engines. Give the short answer that '
            'the author of this one hopes to find.\n\n{question}', '{answer}'),
        Template('Trivia question: {question}\nSolution:', '{answer}'),
        Template(
            'Over dinner somebody asks: "{question}"\n\nNobody at the table knows, except you. '
            'What do you say?', '{answer}'),
        Template(
            'You have no text to look anything up in. State the fact that is asked for, to the '
            'best of your knowledge.\n\nQuestion: {question}', '{answer}'),
        Template(
            'Your general knowledge is put to the test: there are no options to choose from, and '
            'full sentences are not needed.\n\nTest item: {question}', '{answer}'),
        Template('User: {question}\nAssistant:', '{answer}'),
        Template(
            'Work out what the question is after, recall it, and state it without further '
            'explanation.\n\n{question}', '{answer}'),
        Template(
            'Complete the card for a quiz game.\n\nFront: {question}\n\nBack:', '{answer}'),
    ),
    metrics=(exact_match,),
)

TRIVIA_QA = Dataset(
    name='trivia_qa',
    cluster='closed_book_qa',
    group='open_domain_qa',
    about=About(
        'Joshi et al. 2017, arXiv:1705.03551', 'unknown', 87_420, mirror='mandarjoshi/trivia_qa'),
    source=Tfds('trivia_qa/rc:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'question': row['question'],
        'answer': row['answer']['normalized_value'],
        'answers': row['answer']['normalized_aliases'],
    },
    templates=(
        Template('Next in the pub quiz: {question}\n\nYour answer:', '{answer}'),
        Template('{question}\n\nUse no more words than it takes.', '{answer}'),
        Template(
            'Here is some trivia to find out how much you know. Respond with nothing but the '
            'person, place, thing or date that is wanted.\n\n{question}', '{answer}'),
        Template('Q: {question}\nA:', '{answer}'),
        Template(
            'On a game show, the grand prize depends on this:\n\n{question}\n\n'
            'What should the contestant say?', '{answer}'),
        Template('No books and no internet, just what you remember: {question}', '{answer}'),
        Template(
            'Lovers of trivia are at home in history, geography, sport, music, film and much '
            'else. What would one of them reply here?\n\nQuestion: {question}', '{answer}'),
        Template(
            'Settle a bet between two friends who disagree about the following.\n\n{question}',
            '{answer}'),
        Template(
            'The question below has one short, correct answer. State it.\n\n{question}',
            '{answer}'),
        Template(
            'Do not explain anything and do not hedge. Simply say what is right.\n\n'
            'Somebody asks: {question}\nYou say:', '{answer}'),
    ),
    metrics=(trivia_qa,),
)

DATASETS = (ARC_CHALLENGE, ARC_EASY, NATURAL_QUESTIONS, TRIVIA_QA)
