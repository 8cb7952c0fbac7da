"""Closed-book question answering: answer without a text to look things up in."""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, choose, exact_match, first, join,
    join_list, trivia_qa)

_LETTERS = ('A', 'B', 'C', 'D', 'E')

_ARC_TEMPLATES = (
    Template('{question}\n\nWhat is the right answer?\n\n{options_}', '{answer}'),
    Template(
        'Answer the science question or complete the sentence.\n\n{question}\n\n{options_}',
        '{answer}'),
    Template('Subject: science\nProblem: {question}\n{options_}\nSolution:', '{answer}'),
    Template('{options_}\n\nSolve this: {question}', '{answer}'),
    Template('Help me with my science homework: {question}\n\n{options_}', '{answer}'),
    Template(
        'Use what you know about science to answer or complete this.\n\n{question}\n\n{options_}',
        '{answer}'),
    Template('Science test: {question}\n\nGive the correct answer.\n\n{options_}', '{answer}'),
    Template(
        'Write a question or an unfinished sentence for a science test. The answer is: {answer}',
        '{question}', turned_around=True),
    Template(
        'Write a science test item and solve it.',
        'Item: {question}\n\nSolution: {answer}', turned_around=True),
    Template(
        'In a science test, the correct answer is "{answer}". What is the question?',
        '{question}', turned_around=True),
)


def _arc(name: str, config: str, rows: int) -> Dataset:
  return Dataset(
      name=name,
      cluster='closed_book_qa',
      group='open_domain_qa',
      about=About(
          'Clark et al. 2018, arXiv:1803.05457', 'CC BY-SA 4.0', rows,
          mirror=Mirror('allenai/ai2_arc', labels={
              column: dict(zip('12345', 'ABCDE')) for column in ('answerKey', 'choices/label')})),
      source=Tfds(f'ai2_arc/{config}:1.0.0', 'train[:-200]', 'train[-200:]', 'test'),
      fields=lambda row: {
          'question': row['question'],
          'choices': row['choices']['text'],
          'answer': choose(row['answerKey'], row['choices']['text']),
      },
      options='choices',
      templates=_ARC_TEMPLATES,
      metrics=(accuracy,),
      baseline=Baseline('Question: {question}\nAnswer:'),
      keep={'not four options': lambda row: join_list(
          choose(row['choices']['label'], _LETTERS), '') == 'ABCD'},
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
        Template('Answer in a few words: {question}', '{answer}'),
        Template('Tell me: {question}', '{answer}'),
        Template('Search query: {question}\n\nGive the short answer.', '{answer}'),
        Template('Trivia question: {question}\nAnswer:', '{answer}'),
        Template('{question}\n\nWrite only the name, date, number or phrase.', '{answer}'),
        Template(
            'Use your general knowledge to answer this question.\n\nQuestion: {question}',
            '{answer}'),
        Template('What is the answer to "{question}"', '{answer}'),
        Template('User: {question}\nAssistant:', '{answer}'),
        Template('Answer from memory, with no explanation.\n\n{question}', '{answer}'),
        Template('Complete the flash card.\n\nFront: {question}\n\nBack:', '{answer}'),
    ),
    metrics=(exact_match,),
    baseline=Baseline('Question: {question}\nAnswer:'),
)

TRIVIA_QA = Dataset(
    name='trivia_qa',
    cluster='closed_book_qa',
    group='open_domain_qa',
    about=About(
        'Joshi et al. 2017, arXiv:1705.03551', 'unknown', 138_180, mirror='mandarjoshi/trivia_qa'),
    # The rows of `rc`, which the released code reads, without their documents. There is one for
    # each document, so training and the dev slice cut from its end share questions.
    source=Tfds('trivia_qa/rc.nocontext:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'question': row['question'],
        'answer': row['answer']['normalized_value'],
        'answers': row['answer']['normalized_aliases'],
    },
    templates=(
        Template('Answer this trivia question: {question}', '{answer}'),
        Template('{question}\n\nAnswer as briefly as you can.', '{answer}'),
        Template('Name the person, place, thing or date asked for.\n\n{question}', '{answer}'),
        Template('Q: {question}\nA:', '{answer}'),
        Template('Quiz show host: {question}\nContestant:', '{answer}'),
        Template('Without looking it up, tell me: {question}', '{answer}'),
        Template('Do you know this? Give just the answer.\n\n{question}', '{answer}'),
        Template('Question: {question}\n\nCorrect answer:', '{answer}'),
        Template('The question below has one short answer. State it.\n\n{question}', '{answer}'),
        Template('I need the answer to this: {question}', '{answer}'),
    ),
    metrics=(trivia_qa,),
    baseline=Baseline('Question: {question}\nAnswer:'),
)

DATASETS = (ARC_CHALLENGE, ARC_EASY, NATURAL_QUESTIONS, TRIVIA_QA)
