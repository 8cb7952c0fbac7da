"""Reading comprehension with commonsense: the answer has to be worked out, not looked up."""
from flan_jax.data import (
    About, Baseline, Dataset, Template, Tfds, accuracy, before, choose, entities, first, join,
    render_options, replace)


def _story_question(row):
  choices = [row[f'answer{number}'] for number in range(4)]
  return {
      'context': row['context'],
      'question': row['question'],
      'choices': choices,
      'answer': choose(row['label'], choices),
  }


COSMOS_QA = Dataset(
    name='cosmos_qa',
    cluster='reading_comprehension_with_commonsense',
    group='read_comp_and_common_sense',
    about=About(
        'Huang et al. 2019, arXiv:1909.00277', 'CC BY 4.0', 25_060, mirror='allenai/cosmos_qa'),
    source=Tfds('cosmos_qa:1.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=_story_question,
    options='choices',
    templates=(
        Template(
            '{context}\n\n{question}\n\nWhat is the most likely answer?\n\n{options_}', '{answer}'),
        Template(
            'Use common sense to answer the question about the story.\n\nStory: {context}\n\n'
            'Question: {question}\n\n{options_}', '{answer}'),
        Template('{context}\n\nRead between the lines: {question}\n\n{options_}', '{answer}'),
        Template(
            'Question: {question}\n\nRead this text and give the best answer.\n\n{context}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{options_}\n\nAnswer this about the text below: {question}\n\n{context}', '{answer}'),
        Template('{context}\nQ: {question}\n{options_}\nA:', '{answer}'),
        Template('Blog post: {context}\n\nTell me: {question}\n\n{options_}', '{answer}'),
        Template(
            '{question}\n\n{options_}\n\nGive the answer that best fits this passage: {context}',
            '{answer}'),
        Template(
            'Write a question about this story that it does not answer directly.\n\n{context}',
            '{question}', turned_around=True),
        Template(
            'Write a short everyday story that raises this question: {question}',
            '{context}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{context}\nQuestion: {question}\nAnswer:'),
)


def _cut_at_placeholder(row):
  """The query up to its placeholder; the options go from there to the end."""
  rest = replace(row['query'], ('(?s)^.*?@placeholder', ''))
  answers = join(row['answers'], rest)
  choices = join(row['entities'], rest)
  return {
      'passage': before(row['passage'], '@highlight'),
      'query': before(row['query'], '@placeholder'),
      'choices': choices,
      'options_str': render_options(choices),
      'answer': first(answers),
      'answers': answers,
  }


RECORD = Dataset(
    name='record',
    cluster='reading_comprehension_with_commonsense',
    group='read_comp_and_common_sense',
    about=About(
        'Zhang et al. 2018, arXiv:1810.12885', 'research use', 100_520, mirror='aps/super_glue'),
    source=Tfds('super_glue/record:1.0.2', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_cut_at_placeholder,
    options='choices',
    # A query can be empty: it stands on a line of its own, never at the end, and goes unnamed.
    templates=(
        Template('{passage}\n\n{query}\n\nWhat comes next?\n\n{options_}', '{answer}'),
        Template('Continue this news article.\n\n{passage}\n{query}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nWrite the next words of this text.\n\nText: {passage}\n\n{query}\n\n'
            'Next words:', '{answer}'),
        Template('News: {passage}\n\n{query}\n{options_}\nContinuation:', '{answer}'),
        Template(
            'Read the article and say how it goes on.\n\nArticle: {passage}\n\n{query}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{passage}\n\n{query}\n\nContinue with words that are true according to the report.\n\n'
            '{options_}', '{answer}'),
        Template(
            'Find the continuation that fits the facts.\n\n{passage}\n\n{query}\n\n{options_}',
            '{answer}'),
        Template(
            'Who or what is named next, and what is said about it?\n\n{passage}\n\n{query}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{passage}\n{query}\n\nUse the passage and common sense to go on from here.\n\n'
            '{options_}', '{answer}'),
        Template(
            'Passage: {passage}\n\n{query}\n\nTell me how this should continue.\n\n{options_}',
            '{answer}'),
    ),
    metrics=(accuracy, entities),
    baseline=Baseline('{passage}\n{query}'),
    may_be_empty=('query',),
)

DATASETS = (COSMOS_QA, RECORD)
