"""Paraphrase: do two sentences mean the same?"""
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose, f1

_NO_YES = ('no', 'yes')


def _two_sentences(row):
  return {
      'sentence1': row['sentence1'],
      'sentence2': row['sentence2'],
      'answer': choose(row['label'], _NO_YES),
  }


GLUE_MRPC = Dataset(
    name='glue_mrpc',
    cluster='paraphrase',
    source=Tfds('glue/mrpc:2.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=_two_sentences,
    options=_NO_YES,
    templates=(
        Template(
            'First: {sentence1}\nSecond: {sentence2}\n\n'
            'Is the news the same in both sentences?\n\n{options_}', '{answer}'),
        Template(
            'Decide whether one sentence is a paraphrase of the other: answer "yes" if they are '
            'equivalent in meaning and "no" if what they state differs.\n\n'
            '{sentence1}\n\n{sentence2}\n\n{options_}', '{answer}'),
        Template(
            'One newspaper wrote:\n\n{sentence1}\n\nAnother newspaper wrote:\n\n{sentence2}\n\n'
            'Are they telling their readers the same thing?\n\n{options_}', '{answer}'),
        Template(
            'Could an editor replace this sentence\n\n{sentence1}\n\nby this one\n\n{sentence2}'
            '\n\nand leave the content of an article as it was?\n\n{options_}', '{answer}'),
        Template(
            'Sentence A: {sentence1}\nSentence B: {sentence2}\nQuestion: Are A and B equivalent?\n'
            '{options_}', '{answer}'),
        Template(
            '{options_}\n\nReply with one of these words. Is the meaning of the two texts alike?'
            '\n\nText 1: {sentence1}\n\nText 2: {sentence2}', '{answer}'),
        Template(
            'Someone was asked to put this in other words: {sentence1}\n\n'
            'The result was: {sentence2}\n\nHave they kept the meaning?\n\n{options_}',
            '{answer}'),
        Template(
            'Look at the content rather than the wording, and say if the two lines below convey '
            'one and the same message.\n\n1. {sentence1}\n2. {sentence2}\n\n{options_}',
            '{answer}'),
        Template(
            '{sentence1}\n\n{sentence2}\n\nDoes the second sentence merely repeat the first in a '
            'different form?\n\n{options_}', '{answer}'),
        Template(
            'We are removing duplicates from a collection of news. This sentence is kept:\n\n'
            '{sentence1}\n\nShould the next one go, because it reports just the same?\n\n'
            '{sentence2}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy, f1),
)

PAWS_WIKI = Dataset(
    name='paws_wiki',
    cluster='paraphrase',
    source=Tfds('paws_wiki:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=_two_sentences,
    options=_NO_YES,
    templates=(
        Template(
            'The two sentences below have many words in common. Do they have their meaning in '
            'common too?\n\n- {sentence1}\n- {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Original: {sentence1}\nRewritten: {sentence2}\n'
            'Is the rewritten sentence true to the original?\n{options_}', '{answer}'),
        Template(
            'A change in the order of words can change what a sentence says. Read this pair '
            'closely and answer "yes" if both say the same, "no" if they do not.\n\n'
            'One: {sentence1}\n\nTwo: {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Statement A: {sentence1}\n\nStatement B: {sentence2}\n\n'
            'Is A true in exactly those cases in which B is true?\n\n{options_}', '{answer}'),
        Template(
            'An encyclopedia says:\n\n{sentence1}\n\nA website copied it like this:\n\n'
            '{sentence2}\n\nHave the facts survived the copying?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nPick the right answer from this list: is the second text a paraphrase '
            'of the first?\n\nFirst text: {sentence1}\n\nSecond text: {sentence2}', '{answer}'),
        Template(
            '{sentence1}\n\nCan this be restated as follows without altering what it claims?\n\n'
            '{sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Who does what to whom, where and when? Compare the sentences on these points.\n\n'
            'Sentence 1: {sentence1}\n\nSentence 2: {sentence2}\n\nDo they agree on everything?'
            '\n\n{options_}', '{answer}'),
        Template('{sentence1}\n\n{sentence2}\n\nSame meaning?\n\n{options_}', '{answer}'),
        Template(
            'Two translators worked on the same foreign sentence.\n\n'
            'The first wrote: {sentence1}\n\nThe second wrote: {sentence2}\n\n'
            'Could both translations be right?\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
)

DATASETS = (GLUE_MRPC, PAWS_WIKI)
