"""Paraphrase: do two sentences mean the same?"""
from flan_jax.data import (
    About, Dataset, Template, Tfds, accuracy, as_text, choose, correlation, f1, replace, rounded)

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
    group='paraphrase',
    about=About('Dolan and Brockett 2005', 'unknown', 3_460, mirror='nyu-mll/glue'),
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
            '{options_}\n\nReply with a single word. Is the meaning of the two texts alike?\n\n'
            'Text 1: {sentence1}\n\nText 2: {sentence2}', '{answer}'),
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


def _two_questions(row):
  # A question with quotes stands in quotes itself, and has each of its own twice.
  unquoted = lambda text: replace(text, (r'^"((?:[^"]|"")*)"$', r'\1'), ('""', "'"))
  return {
      'question1': unquoted(row['question1']),
      'question2': unquoted(row['question2']),
      'answer': choose(row['label'], _NO_YES),
  }


GLUE_QQP = Dataset(
    name='glue_qqp',
    cluster='paraphrase',
    group='paraphrase',
    about=About('Iyer et al. 2017 (Quora)', 'unknown', 363_640, mirror='nyu-mll/glue'),
    source=Tfds('glue/qqp:2.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_two_questions,
    options=_NO_YES,
    templates=(
        Template(
            '{question1}\n\n{question2}\n\nAre these two questions after the same thing?\n\n'
            '{options_}', '{answer}'),
        Template(
            'On a site where people answer each other\'s questions, a question is closed as a '
            'duplicate if it has been asked before in other words. Is the new question below a '
            'duplicate of the old one?\n\nOld: {question1}\nNew: {question2}\n\n{options_}',
            '{answer}'),
        Template(
            'Question A: {question1}\nQuestion B: {question2}\nSame intention?\n{options_}',
            '{answer}'),
        Template(
            'Suppose that somebody has written a perfect answer to this: {question1}\n\n'
            'Would it be a perfect answer to the following as well?\n\n{question2}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nGive a clear reply: is the second question nothing but a different '
            'wording of the first?\n\nFirst: {question1}\n\nSecond: {question2}', '{answer}'),
        Template(
            'Two people write to an expert. One of them asks: {question1}\n\n'
            'The other one asks: {question2}\n\nDo both want to know the same?\n\n{options_}',
            '{answer}'),
        Template(
            'Look at what is asked rather than how it is put. Say "yes" if the questions are '
            'equivalent and "no" if they differ in a point that matters.\n\n'
            '1. {question1}\n2. {question2}\n\n{options_}', '{answer}'),
        Template(
            'A list of frequent questions has to be cut down, so that there is only one entry '
            'for each piece of information. Can these two entries become one?\n\n'
            '- {question1}\n- {question2}\n\n{options_}', '{answer}'),
        Template(
            'I was going to ask: {question1}\n\nThen I saw that someone had already asked: '
            '{question2}\n\nDoes that make my question superfluous?\n\n{options_}', '{answer}'),
        Template(
            'Task: find paraphrases among questions.\n\nOriginal: {question1}\n\n'
            'Candidate: {question2}\n\nHas the candidate the same meaning as the original?\n\n'
            '{options_}', '{answer}'),
    ),
    metrics=(accuracy, f1),
)

PAWS_WIKI = Dataset(
    name='paws_wiki',
    cluster='paraphrase',
    group='paraphrase',
    about=About(
        'Zhang et al. 2019, arXiv:1904.01130', 'free use with attribution', 49_400,
        mirror='google-research-datasets/paws'),
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
            '{options_}\n\nFind the right answer: is the second text a paraphrase of the first?\n\n'
            'First text: {sentence1}\n\nSecond text: {sentence2}', '{answer}'),
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

_SCORES = ('0', '1', '2', '3', '4', '5')

STSB = Dataset(
    name='stsb',
    cluster='paraphrase',
    group='paraphrase',
    about=About('Cer et al. 2017, arXiv:1708.00055', 'unknown', 5_640, mirror='nyu-mll/glue'),
    source=Tfds('glue/stsb:2.0.0', 'train[:-100]', 'train[-100:]', 'validation'),
    fields=lambda row: {
        'sentence1': row['sentence1'],
        'sentence2': row['sentence2'],
        'answer_str': choose(rounded(row['label']), _SCORES),
        'value_': as_text(row['label']),
    },
    options=_SCORES,
    answer='answer_str',
    templates=(
        Template(
            '{sentence1}\n\n{sentence2}\n\nHow close in meaning are these sentences, from 0 '
            '(unrelated) to 5 (identical)?\n\n{options_}', '{answer_str}'),
        Template(
            'Rate the similarity of two sentences with 0 if they are about different things, 1 '
            'if they share a topic, 2 if they share some details, 3 if they say roughly the '
            'same, 4 if only minor details differ, and 5 if they are equivalent.\n\n'
            'One: {sentence1}\n\nTwo: {sentence2}\n\n{options_}', '{answer_str}'),
        Template(
            'Sentence 1: {sentence1}\nSentence 2: {sentence2}\nSimilarity (0 to 5)?\n{options_}',
            '{answer_str}'),
        Template(
            '{options_}\n\nGive the number from 0 to 5 that tells how alike the texts below are. '
            'The more of their meaning they share, the higher it should be.\n\nText A: {sentence1}'
            '\n\nText B: {sentence2}', '{answer_str}'),
        Template(
            'A judge awards points for agreement: none to speakers who talk of unrelated things, '
            'five to speakers who say exactly the same. How many do these two speakers get?\n\n'
            'First speaker: {sentence1}\nSecond speaker: {sentence2}\n\n{options_}',
            '{answer_str}'),
        Template(
            'Original: {sentence1}\n\nRetold from memory: {sentence2}\n\nGrade the retelling. It '
            'earns a 5 if the meaning is intact, a 0 if nothing is left of it, and a grade in '
            'between if some of it is.\n\n{options_}', '{answer_str}'),
        Template(
            'Picture what each line describes.\n\n- {sentence1}\n- {sentence2}\n\n'
            'On a scale that ends with 5 for one and the same picture and starts with 0 for two '
            'pictures without any likeness, where does this pair stand?\n\n{options_}',
            '{answer_str}'),
        Template(
            'Differences in style and in the order of words are of no account; the content alone '
            'is to be compared. What score between 0 (no overlap) and 5 (full overlap) is '
            'right?\n\n{sentence1}\n{sentence2}\n\n{options_}', '{answer_str}'),
        Template(
            'Write two sentences. From 0 (nothing in common) to 5 (equivalent), their similarity '
            'should be {answer_str}.', '{sentence1}\n\n{sentence2}', turned_around=True),
        Template(
            '{sentence1}\n\nFind a sentence whose similarity to this one is {answer_str} out of '
            '5.', '{sentence2}', turned_around=True),
    ),
    metrics=(correlation, accuracy),
)

DATASETS = (GLUE_MRPC, GLUE_QQP, PAWS_WIKI, STSB)
