"""Reading comprehension with commonsense: the answer has to be worked out, not looked up."""
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose


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

DATASETS = (COSMOS_QA,)
