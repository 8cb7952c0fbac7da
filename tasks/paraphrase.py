"""Paraphrase: do two sentences mean the same?"""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, as_text, choose, correlation, f1,
    replace, rounded)

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
            'First: {sentence1}\nSecond: {sentence2}\n\nDo both sentences say the same?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Answer "yes" if the sentences are paraphrases and "no" if they are not.\n\n'
            '{sentence1}\n\n{sentence2}\n\n{options_}', '{answer}'),
        Template('{sentence1}\n\nIs this the same news?\n\n{sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Can the second sentence replace the first without changing the meaning?\n\n1. '
            '{sentence1}\n2. {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Sentence A: {sentence1}\nSentence B: {sentence2}\nAre A and B equivalent?\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nTell me if these texts have the same meaning.\n\nText 1: {sentence1}\n\n'
            'Text 2: {sentence2}', '{answer}'),
        Template(
            'Original: {sentence1}\n\nParaphrase: {sentence2}\n\nIs the paraphrase correct?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Compare the content, not the wording. Is it the same?\n\n- {sentence1}\n- '
            '{sentence2}\n\n{options_}', '{answer}'),
        Template(
            '{sentence1}\n\n{sentence2}\n\nDoes the second sentence just repeat the first?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Find duplicate news: do these two lines report the same thing?\n\n{sentence1}\n'
            '{sentence2}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy, f1),
    baseline=Baseline(
        '{sentence1}\nQuestion: {sentence2} The same or not?\nAnswer:', ('Not', 'The same')),
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
            '{question1}\n\n{question2}\n\nDo these questions ask the same thing?\n\n{options_}',
            '{answer}'),
        Template(
            'Is the new question a duplicate of the old one?\n\nOld: {question1}\nNew: '
            '{question2}\n\n{options_}', '{answer}'),
        Template(
            'Question A: {question1}\nQuestion B: {question2}\nSame question?\n{options_}',
            '{answer}'),
        Template(
            '{question1}\n\nWould the same answer fit this question?\n\n{question2}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nIs the second question just a rewording of the first?\n\nFirst: '
            '{question1}\n\nSecond: {question2}', '{answer}'),
        Template(
            'My question: {question1}\n\nAlready asked: {question2}\n\nIs it the same?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Say "yes" if the questions mean the same and "no" if they differ.\n\n1. {question1}\n'
            '2. {question2}\n\n{options_}', '{answer}'),
        Template(
            'Can these two questions be merged into one?\n\n- {question1}\n- {question2}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{question1}\n\nIs that question a paraphrase of the next one?\n\n{question2}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Compare what is asked. Is the intent the same?\n\nQ1: {question1}\nQ2: {question2}\n\n'
            '{options_}', '{answer}'),
    ),
    metrics=(accuracy, f1),
    baseline=Baseline('{question1}\n{question2}\nQuestion: Are both questions the same?\nAnswer:'),
)

PAWS_WIKI = Dataset(
    name='paws_wiki',
    cluster='paraphrase',
    group='paraphrase',
    about=About(
        'Zhang et al. 2019, arXiv:1904.01130', 'free use with attribution', 49_400,
        mirror=Mirror('google-research-datasets/paws', lacks='raw texts: its words stand apart')),
    source=Tfds('paws_wiki/labeled_final_raw:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=_two_sentences,
    options=_NO_YES,
    templates=(
        Template(
            '{sentence1}\n\n{sentence2}\n\nDo these sentences have the same meaning?\n\n{options_}',
            '{answer}'),
        Template(
            'Original: {sentence1}\nRewritten: {sentence2}\nIs the meaning kept?\n{options_}',
            '{answer}'),
        Template(
            'These sentences use similar words. Do they also mean the same thing?\n\n- '
            '{sentence1}\n- {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Statement A: {sentence1}\n\nStatement B: {sentence2}\n\nDo A and B make the same '
            'claim?\n\n{options_}', '{answer}'),
        Template(
            'Decide if both versions state the same facts.\n\nFirst version: {sentence1}\n\nSecond '
            'version: {sentence2}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nIs text 2 a paraphrase of text 1?\n\nText 1: {sentence1}\n\nText 2: '
            '{sentence2}', '{answer}'),
        Template(
            '{sentence1}\n\nCan I write it like this instead?\n\n{sentence2}\n\n{options_}',
            '{answer}'),
        Template(
            'Compare who does what, where and when. Answer "yes" if everything is the same and '
            '"no" if something differs.\n\nSentence 1: {sentence1}\n\nSentence 2: {sentence2}\n\n'
            '{options_}', '{answer}'),
        Template('{sentence1}\n\n{sentence2}\n\nSame meaning?\n\n{options_}', '{answer}'),
        Template(
            'Tell me whether the sentences are equivalent.\n\n1) {sentence1}\n2) {sentence2}\n\n'
            '{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline(
        '{sentence1}\nQuestion: {sentence2} The same or not?\nAnswer:', ('Not', 'The same')),
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
            '{sentence1}\n\n{sentence2}\n\nHow similar are these sentences, from 0 to 5?\n\n'
            '{options_}', '{answer_str}'),
        Template(
            'Rate the similarity of the sentences: 0 means unrelated, 3 means roughly the same, '
            'and 5 means equivalent.\n\nOne: {sentence1}\n\nTwo: {sentence2}\n\n{options_}',
            '{answer_str}'),
        Template(
            'Sentence 1: {sentence1}\nSentence 2: {sentence2}\nSimilarity (0 to 5)?\n{options_}',
            '{answer_str}'),
        Template(
            '{options_}\n\nScore the similarity from 0 (different) to 5 (same).\n\nText A: '
            '{sentence1}\n\nText B: {sentence2}', '{answer_str}'),
        Template(
            'How much meaning is shared, from 0 (none) to 5 (all)?\n\n- {sentence1}\n- '
            '{sentence2}\n\n{options_}', '{answer_str}'),
        Template(
            'Original: {sentence1}\n\nParaphrase: {sentence2}\n\nGrade the paraphrase from 0 '
            '(wrong) to 5 (perfect).\n\n{options_}', '{answer_str}'),
        Template(
            '{sentence1}\n\nOn a scale of 0 to 5, how close in meaning is the next sentence?\n\n'
            '{sentence2}\n\n{options_}', '{answer_str}'),
        Template(
            'Ignore the style. Is the meaning unrelated (0), identical (5) or in between?\n\n'
            '{sentence1}\n{sentence2}\n\n{options_}', '{answer_str}'),
        Template(
            'Write two sentences with a similarity of {answer_str} out of 5.',
            '{sentence1}\n\n{sentence2}', turned_around=True),
        Template(
            'Sentence: {sentence1}\n\nGenerate another one. On a scale of 0 to 5, the similarity '
            'should be {answer_str}.', '{sentence2}', turned_around=True),
    ),
    metrics=(correlation, accuracy),
    baseline=Baseline('{sentence1}\n{sentence2}\nLikeness from 0 to 5:'),
)

DATASETS = (GLUE_MRPC, GLUE_QQP, PAWS_WIKI, STSB)
