"""Natural language inference: does one text follow from another?"""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, choose, mean_class_f1)

_YES_UNSURE_NO = ('yes', 'it is not possible to tell', 'no')
_YES_NO = ('yes', 'no')
_NO_YES = ('no', 'yes')


def _pair(one: str, other: str, options: tuple[str, ...]):
  """Two texts under the names of their columns, and the answer that the label stands for."""
  return lambda row: {
      one: row[one],
      other: row[other],
      'answer': choose(row['label'], options),
  }


_ANLI_OPTIONS = ('Yes', "It's impossible to say", 'No')
_ANLI_TEMPLATES = (
    Template('{context}\n\nClaim: {hypothesis}\n\nIs the claim true?\n\n{options_}', '{answer}'),
    Template(
        'Say "Yes" if the passage supports the statement, "No" if it contradicts it, and "It\'s '
        'impossible to say" otherwise.\n\nPassage: {context}\n\nStatement: {hypothesis}\n\n'
        '{options_}', '{answer}'),
    Template(
        'Check the statement against the text.\n\nStatement: {hypothesis}\n\nText: {context}\n\n'
        '{options_}', '{answer}'),
    Template(
        '{context}\n\nIf all of this is true, is the next sentence true too?\n\n{hypothesis}\n\n'
        '{options_}', '{answer}'),
    Template(
        'Context: {context}\n\nHypothesis: {hypothesis}\n\nIs the hypothesis correct?\n\n'
        '{options_}', '{answer}'),
    Template(
        'Answer from the passage alone.\n\n{options_}\n\nPassage: {context}\n\nIs this right? '
        '{hypothesis}', '{answer}'),
    Template(
        'Is it true? {hypothesis}\n\nUse this as your evidence: {context}\n\n{options_}',
        '{answer}'),
    Template('{context}\n\nTrue? {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'Fact-check the sentence, using only this document.\n\nDocument: {context}\n\nSentence: '
        '{hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'Write a passage and a claim about it. Given the passage, is the claim true? {answer}',
        'Passage: {context}\n\nClaim: {hypothesis}', turned_around=True),
)


def _anli(part: str, train: str, rows: int) -> Dataset:
  return Dataset(
      name=f'anli_{part}',
      cluster='nli',
      group='entailment',
      about=About(
          'Nie et al. 2020, arXiv:1910.14599', 'CC BY-NC 4.0', rows,
          mirror=Mirror(
              'facebook/anli', '', columns={'context': 'premise'},
              splits={'train': f'train_{part}', 'validation': f'dev_{part}',
                      'test': f'test_{part}'},
              labels={'label': {'entailment': 'e', 'neutral': 'n', 'contradiction': 'c'}})),
      source=Tfds(f'anli/{part}:0.1.0', train, 'validation[:200]', 'test'),
      fields=_pair('context', 'hypothesis', _ANLI_OPTIONS),
      options=_ANLI_OPTIONS,
      templates=_ANLI_TEMPLATES,
      metrics=(accuracy,),
      baseline=Baseline(
          '{context}\nQuestion: {hypothesis} True, false or neither?\nAnswer:',
          ('True', 'Neither', 'False')),
      paper_name='anli',
  )


ANLI_R1 = _anli('r1', train='train', rows=16_940)
ANLI_R2 = _anli('r2', train='train[:30000]', rows=45_460)
ANLI_R3 = _anli('r3', train='train[:30000]', rows=100_450)

# Its labels put neutral last, unlike those of the other sets with three.
_CB_OPTIONS = ('Yes', 'No', "It's impossible to say")

CB = Dataset(
    name='cb',
    cluster='nli',
    group='entailment',
    about=About(
        'de Marneffe et al. 2019 (CommitmentBank)', 'unknown', 200, mirror='aps/super_glue'),
    source=Tfds('super_glue/cb:1.0.2', 'train[:-50]', 'train[-50:]', 'validation'),
    fields=_pair('premise', 'hypothesis', _CB_OPTIONS),
    options=_CB_OPTIONS,
    templates=(
        Template('{premise}\n\nIs it true that {hypothesis}?\n\n{options_}', '{answer}'),
        Template(
            'Does the speaker accept the claim ("Yes"), reject it ("No") or leave it open ("It\'s '
            'impossible to say")?\n\nSpeaker: {premise}\n\nClaim: {hypothesis}\n\n{options_}',
            '{answer}'),
        Template(
            'Premise: {premise}\nHypothesis: {hypothesis}\nTaking the premise as true, is the '
            'hypothesis true?\n{options_}', '{answer}'),
        Template(
            'Is it the case that {hypothesis}? Answer from this text.\n\n{premise}\n\n{options_}',
            '{answer}'),
        Template('{premise}\n\nTell me whether {hypothesis}.\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nAnswer the question about the excerpt.\n\nExcerpt: {premise}\n\n'
            'Question: Is it correct that {hypothesis}?', '{answer}'),
        Template(
            '{premise}\n\nDoes the person who says this think that {hypothesis}?\n\n{options_}',
            '{answer}'),
        Template('Verify this claim: {hypothesis}\n\nSource: {premise}\n\n{options_}', '{answer}'),
        Template(
            'Read the passage and decide if it is a fact that {hypothesis}.\n\n{options_}\n\n'
            'Passage: {premise}', '{answer}'),
        Template(
            'Generate a short text and a claim.\n\nIs the claim true, given the text? {answer}',
            'Text: {premise}\n\nClaim: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy, mean_class_f1),
    baseline=Baseline(
        '{premise}\nQuestion: {hypothesis}. True, false or neither?\nAnswer:',
        ('True', 'False', 'Neither')),
)

_MNLI_TEMPLATES = (
    Template(
        'Premise: {premise}\n\nHypothesis: {hypothesis}\n\nIs the hypothesis true, given the '
        'premise?\n\n{options_}', '{answer}'),
    Template(
        'If sentence A is true, is sentence B also true?\n\nA: {premise}\nB: {hypothesis}\n\n'
        '{options_}', '{answer}'),
    Template(
        'Does the text support the claim (yes), contradict it (no) or neither (it is not possible '
        'to tell)?\n\nText: {premise}\nClaim: {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        '{premise}\n\nTherefore: {hypothesis}\n\nIs this conclusion right?\n\n{options_}',
        '{answer}'),
    Template(
        'Is this correct? {hypothesis}\n\nYou know the following: {premise}\n\n{options_}',
        '{answer}'),
    Template(
        '{options_}\n\nGive the right answer: is the statement true?\n\nStatement: {hypothesis}\n\n'
        'Context: {premise}', '{answer}'),
    Template(
        'Facts: {premise}\nClaim: {hypothesis}\nIs the claim accurate?\n{options_}', '{answer}'),
    Template(
        'Natural language inference: judge the second text by the first.\n\nFirst: {premise}\n\n'
        'Second: {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        '{hypothesis}\n\nTell me if that is true. Use this text:\n\n{premise}\n\n{options_}',
        '{answer}'),
    Template('{premise}\n\nIs it a fact? {hypothesis}\n\n{options_}', '{answer}'),
)


def _mnli(part: str) -> Dataset:
  return Dataset(
      name=f'mnli_{part}',
      cluster='nli',
      group='entailment',
      about=About(
          'Williams et al. 2018, arXiv:1704.05426', 'OANC and others', 392_500,
          mirror='nyu-mll/glue'),
      source=Tfds('glue/mnli:2.0.0', 'train[:30000]', 'train[-200:]', f'validation_{part}'),
      fields=_pair('premise', 'hypothesis', _YES_UNSURE_NO),
      options=_YES_UNSURE_NO,
      templates=_MNLI_TEMPLATES,
      metrics=(accuracy,),
      baseline=Baseline(
          '{premise}\nQuestion: {hypothesis} True, false or neither?\nAnswer:',
          ('True', 'Neither', 'False')),
      paper_name='mnli',
  )


MNLI_MATCHED = _mnli('matched')
MNLI_MISMATCHED = _mnli('mismatched')

QNLI = Dataset(
    name='qnli',
    cluster='nli',
    group='entailment',
    about=About(
        'Wang et al. 2018 (GLUE), arXiv:1804.07461', 'CC BY-SA 4.0', 104_540,
        mirror='nyu-mll/glue'),
    source=Tfds('glue/qnli:2.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_pair('question', 'sentence', _YES_NO),
    options=_YES_NO,
    templates=(
        Template(
            'Question: {question}\n\nSentence: {sentence}\n\nDoes the sentence answer the '
            'question?\n\n{options_}', '{answer}'),
        Template(
            'Reply "yes" if the sentence contains the answer to the question, and "no" if it does '
            'not.\n\nSentence: {sentence}\n\nQuestion: {question}\n\n{options_}', '{answer}'),
        Template(
            '{question}\n\nIs the answer in this sentence?\n\n{sentence}\n\n{options_}',
            '{answer}'),
        Template(
            '{sentence}\n\nDoes the text above answer this? {question}\n\n{options_}', '{answer}'),
        Template(
            'Text: {sentence}\n\n{options_}\n\nDecide if the text tells us the answer.\n\n'
            'Question: {question}', '{answer}'),
        Template('Q: {question}\nA: {sentence}\nIs Q answered by A?\n{options_}', '{answer}'),
        Template(
            'I asked: {question}\n\nI found: {sentence}\n\nIs that the answer?\n\n{options_}',
            '{answer}'),
        Template(
            '{sentence}\n\n{question}\n\nIs there enough information to answer?\n\n{options_}',
            '{answer}'),
        Template(
            'Tell me whether the passage has what the question asks for.\n\nQuestion: '
            '{question}\n\nPassage: {sentence}\n\n{options_}', '{answer}'),
        Template(
            'Write a question and a sentence.\n\nIs the question answered by the sentence? '
            '{answer}', 'Question: {question}\n\nSentence: {sentence}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{sentence}\nQuestion: {question} Is that answered above?\nAnswer:'),
)

RTE = Dataset(
    name='rte',
    cluster='nli',
    group='entailment',
    about=About(
        'Dagan et al. 2006; Wang et al. 2019 (SuperGLUE), arXiv:1905.00537', 'unknown', 2_290,
        mirror='aps/super_glue'),
    source=Tfds('super_glue/rte:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=_pair('premise', 'hypothesis', _YES_NO),
    options=_YES_NO,
    templates=(
        Template(
            '{premise}\n\nDoes this mean that the statement below is true?\n\n{hypothesis}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Answer "yes" if the second text follows from the first and "no" if it does not.\n\n'
            'First text: {premise}\n\nSecond text: {hypothesis}\n\n{options_}', '{answer}'),
        Template('{premise}\n\nCan we conclude this? {hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Does the article say this?\n\n{hypothesis}\n\nArticle: {premise}\n\n{options_}',
            '{answer}'),
        Template(
            'Premise: {premise}\nHypothesis: {hypothesis}\nIs the hypothesis entailed by the '
            'premise?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nDecide if the text proves the claim.\n\nClaim: {hypothesis}\n\nText: '
            '{premise}', '{answer}'),
        Template(
            'Evidence: {premise}\n\nConclusion: {hypothesis}\n\nIs the evidence enough?\n\n'
            '{options_}', '{answer}'),
        Template(
            '{hypothesis}\n\nIs that stated or implied in the passage?\n\n{premise}\n\n{options_}',
            '{answer}'),
        Template(
            'Identify entailment: does text 1 imply text 2?\n\nText 1: {premise}\n\nText 2: '
            '{hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Write a passage and a statement. Does the statement follow from the passage? {answer}',
            'Passage: {premise}\n\nStatement: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline(
        '{premise}\nQuestion: {hypothesis} True or false?\nAnswer:', ('True', 'False')),
)

SNLI = Dataset(
    name='snli',
    cluster='nli',
    group='entailment',
    about=About(
        'Bowman et al. 2015, arXiv:1508.05326', 'CC BY-SA 4.0', 549_360, mirror='stanfordnlp/snli'),
    source=Tfds('snli:1.1.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=_pair('premise', 'hypothesis', _YES_UNSURE_NO),
    options=_YES_UNSURE_NO,
    templates=(
        Template(
            'Caption: {premise}\n\nIs this true of the photo? {hypothesis}\n\n{options_}',
            '{answer}'),
        Template(
            'Given the first sentence, is the second right (yes), wrong (no) or uncertain (it is '
            'not possible to tell)?\n\nFirst: {premise}\nSecond: {hypothesis}\n\n{options_}',
            '{answer}'),
        Template(
            '{premise}\n\nIs it correct to say this?\n\n{hypothesis}\n\n{options_}', '{answer}'),
        Template('Is this true? {hypothesis}\nAll you know: {premise}\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nJudge the statement about the scene.\n\nScene: {premise}\nStatement: '
            '{hypothesis}', '{answer}'),
        Template(
            'Photo: {premise}\n\nDescription: {hypothesis}\n\nIs the description correct?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Premise: {premise}\n\nHypothesis: {hypothesis}\n\nAnswer whether the hypothesis is '
            'true.\n\n{options_}', '{answer}'),
        Template(
            'Find out if the claim is right, using what is given.\n\nClaim: {hypothesis}\n\nGiven: '
            '{premise}\n\n{options_}', '{answer}'),
        Template('{premise}\n\nSo is this right? {hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Write a photo caption and a second sentence about the photo. Given the caption, is '
            'the second sentence true? {answer}',
            'Caption: {premise}\n\nSecond sentence: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline(
        '{premise}\nQuestion: {hypothesis} True, false or neither?\nAnswer:',
        ('True', 'Neither', 'False')),
    keep={'no label': lambda row: row['label'] >= 0},
)

WNLI = Dataset(
    name='wnli',
    cluster='nli',
    group='entailment',
    about=About(
        'Levesque et al. 2012; Wang et al. 2018 (GLUE), arXiv:1804.07461', 'unknown', 600,
        mirror='nyu-mll/glue'),
    source=Tfds('glue/wnli:2.0.0', 'train[:-30]', 'train[-30:]', 'validation'),
    fields=_pair('sentence1', 'sentence2', _NO_YES),
    options=_NO_YES,
    templates=(
        Template(
            '{sentence1}\n\nDoes this mean the following?\n\n{sentence2}\n\n{options_}',
            '{answer}'),
        Template(
            'The second sentence replaces a pronoun of the first. Answer "yes" if it does so '
            'correctly and "no" if not.\n\nFirst: {sentence1}\nSecond: {sentence2}\n\n{options_}',
            '{answer}'),
        Template(
            'Sentence 1: {sentence1}\nSentence 2: {sentence2}\nIf sentence 1 is true, is sentence '
            '2 true?\n{options_}', '{answer}'),
        Template(
            '{sentence2}\n\nDoes the text tell us that?\n\nText: {sentence1}\n\n{options_}',
            '{answer}'),
        Template(
            'Think about what each pronoun refers to. Is the statement correct?\n\nText: '
            '{sentence1}\n\nStatement: {sentence2}\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nDoes the text imply the claim?\n\nText: {sentence1}\n\nClaim: '
            '{sentence2}', '{answer}'),
        Template(
            '{sentence1}\n\nDid I understand that right? {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Premise: {sentence1}\n\nHypothesis: {sentence2}\n\nDoes the hypothesis follow?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Use common sense to decide if this is true.\n\n{sentence2}\n\nContext: {sentence1}\n\n'
            '{options_}', '{answer}'),
        Template('{sentence1}\n\nYes or no? {sentence2}\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline(
        '{sentence1}\nQuestion: {sentence2} True or false?\nAnswer:', ('False', 'True')),
)

DATASETS = (
    ANLI_R1, ANLI_R2, ANLI_R3, CB, MNLI_MATCHED, MNLI_MISMATCHED, QNLI, RTE, SNLI, WNLI)
