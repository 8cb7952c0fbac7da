"""Reading comprehension with commonsense: the answer has to be worked out, not looked up."""
from flan_jax.data import Dataset, Template, Tfds, accuracy, before, choose, first, join, replace


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
    source=Tfds('cosmos_qa:1.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=_story_question,
    options='choices',
    templates=(
        Template(
            '{context}\n\n{question}\n\nWhich of these is the most plausible answer?\n\n'
            '{options_}', '{answer}'),
        Template(
            'The answer to the question is not spelled out in the story but can be worked out '
            'with common sense. Choose it.\n\nStory: {context}\n\nQuestion: {question}\n\n'
            '{options_}', '{answer}'),
        Template(
            'This is from somebody\'s blog.\n\n{context}\n\nRead between the lines: {question}'
            '\n\n{options_}', '{answer}'),
        Template(
            'Question: {question}\n\nBefore you select an answer, read what happened.\n\n'
            '{context}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nOne of the answers above is right for the question about the text. '
            'Name it.\n\nText: {context}\n\nQuestion: {question}', '{answer}'),
        Template('{context}\nQ: {question}\n{options_}\nA:', '{answer}'),
        Template(
            'A friend tells you:\n\n{context}\n\nLater you are asked about it: {question}\n\n'
            'What is the best thing to say?\n\n{options_}', '{answer}'),
        Template(
            'Consider causes, consequences and the motives of people to decide which option '
            'fits.\n\n{question}\n\n{options_}\n\nPassage: {context}',
            '{answer}'),
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
            '{options_}\n\n{query}\n\nThis is to be finished with one of the options above. '
            'Which one do the following facts allow?\n\n{passage}', '{answer}'),
        Template(
            'News: {passage}\nPoint to remember:\n{query}\nContinuation?\n{options_}',
            '{answer}'),
        Template(
            'The options are alike, except for the person, the place or whatever else they name '
            'first. Choose by what the article says.\n\nArticle: {passage}\n\n{query}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{passage}\n\nA reader who has understood all this sums a part of it up for a '
            'friend:\n\n{query}\n\nWhich words do we hear next?\n\n{options_}', '{answer}'),
        Template(
            'Who or what is it that the last line is about? Find out by reading carefully and '
            'thinking along, and end the line accordingly.\n\n{passage}\n\n{query}\n\n{options_}',
            '{answer}'),
        Template(
            'For a bullet point beneath the article, an editor has several versions that share '
            'their first words, if any. Which version is correct?\n\nArticle: {passage}\n\n'
            'Bullet point:\n{query}\n\n{options_}', '{answer}'),
        Template(
            'Common sense and the passage together leave one true ending for this text:\n\n'
            '{query}\n\nPassage: {passage}\n\nThe endings to choose from:\n\n{options_}',
            '{answer}'),
        Template(
            'Show that you know who is who in this story by carrying on from where it stops.\n\n'
            '{passage}\n{query}\n\nSelect the rest:\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
)

DATASETS = (COSMOS_QA, RECORD)
