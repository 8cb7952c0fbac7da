"""Reading comprehension with commonsense: the answer has to be worked out, not looked up."""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, before, choose, entities, first, join, replace)


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
            '{context}\n\n{question}\n\nWhat is the most plausible answer?\n\n{options_}',
            '{answer}'),
        Template(
            'The answer to the question is not spelled out in the story but can be worked out with '
            'common sense. Give it.\n\nStory: {context}\n\nQuestion: {question}\n\n{options_}',
            '{answer}'),
        Template(
            'This is from somebody\'s blog.\n\n{context}\n\nRead between the lines: {question}'
            '\n\n{options_}', '{answer}'),
        Template(
            'Question: {question}\n\nBefore you answer, read what happened.\n\n{context}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{options_}\n\nName the right answer to the question about the text.\n\nText: {context}'
            '\n\nQuestion: {question}', '{answer}'),
        Template('{context}\nQ: {question}\n{options_}\nA:', '{answer}'),
        Template(
            'A friend tells you:\n\n{context}\n\nLater you are asked about it: {question}\n\n'
            'What is the best thing to say?\n\n{options_}', '{answer}'),
        Template(
            'Consider causes, consequences and the motives of people to decide which answer fits.'
            '\n\n{question}\n\n{options_}\n\nPassage: {context}', '{answer}'),
        Template(
            'Ask a question about this story that is answered by thinking rather than by quoting '
            'from it.\n\n{context}', '{question}', turned_around=True),
        Template(
            'Tell a little story from everyday life about which one might ask: {question}',
            '{context}', turned_around=True),
    ),
    metrics=(accuracy,),
)


def _cut_at_placeholder(row):
  """The query up to its placeholder; the options go from there to the end."""
  rest = replace(row['query'], ('(?s)^.*?@placeholder', ''))
  answers = join(row['answers'], rest)
  return {
      'passage': before(row['passage'], '@highlight'),
      'query': before(row['query'], '@placeholder'),
      'choices': join(row['entities'], rest),
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
    # A query can be empty, so it stands on a line of its own and never at the end.
    templates=(
        Template('{passage}\n\n{query}\n\nHow does the text go on?\n\n{options_}', '{answer}'),
        Template(
            'Complete the statement after the news report so that the two agree.\n\n'
            'Report: {passage}\n\nStatement:\n{query}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\n{query}\n\nThis is to be finished. Which ending do the following facts '
            'allow?\n\n{passage}', '{answer}'),
        Template(
            'News: {passage}\nPoint to remember:\n{query}\nContinuation?\n{options_}',
            '{answer}'),
        Template(
            'All depends on the person, the place or whatever else is to be named next. Go by what '
            'the article says.\n\nArticle: {passage}\n\n{query}\n\n{options_}', '{answer}'),
        Template(
            '{passage}\n\nA reader who has understood all this sums a part of it up for a '
            'friend:\n\n{query}\n\nWhich words do we hear next?\n\n{options_}', '{answer}'),
        Template(
            'Who or what is it that the last line is about? Find out by reading carefully and '
            'thinking along, and end the line accordingly.\n\n{passage}\n\n{query}\n\n{options_}',
            '{answer}'),
        Template(
            'An editor adds a bullet point beneath the article and has not got beyond its first '
            'words, if any. How must it go on to be correct?\n\nArticle: {passage}\n\nBullet point:'
            '\n{query}\n\n{options_}', '{answer}'),
        Template(
            'Common sense and the passage together leave one true ending for this text:\n\n{query}'
            '\n\nPassage: {passage}\n\n{options_}', '{answer}'),
        Template(
            'Show that you know who is who in this story by carrying on from where it stops.\n\n'
            '{passage}\n{query}\n\nAdd the rest.\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy, entities),
)

DATASETS = (COSMOS_QA, RECORD)
