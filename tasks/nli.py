"""Natural language inference: does one text follow from another?"""
from flan_jax.data import About, Dataset, Template, Tfds, accuracy, choose, mean_class_f1

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
    Template(
        '{context}\n\nClaim: {hypothesis}\n\n'
        'Going by the text alone, is this claim true?\n\n{options_}', '{answer}'),
    Template(
        'Check a statement against a source. Answer "Yes" if the source backs it, "No" if the '
        'source rules it out, and "It\'s impossible to say" if the source leaves it open.\n\n'
        'Source: {context}\n\nStatement: {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'Here is what somebody has read:\n\n{context}\n\nThey now tell you: "{hypothesis}"\n\n'
        'Are they right?\n\n{options_}', '{answer}'),
    Template(
        'Statement: {hypothesis}\n\nIs the statement correct? Let nothing but the following '
        'evidence decide.\n\nEvidence: {context}\n\n{options_}', '{answer}'),
    Template(
        'Pass judgement on the sentence that comes after the passage.\n\n{options_}\n\nPassage: '
        '{context}\n\nIs this so? {hypothesis}', '{answer}'),
    Template(
        'Suppose that all of this is accurate:\n\n{context}\n\n'
        'Would the following be accurate as well?\n\n{hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'Hypothesis: {hypothesis}\nText: {context}\n'
        'Does the hypothesis hold in the light of the text?\n{options_}', '{answer}'),
    Template('{context}\n\nTrue? {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'You check facts for a magazine. This document is all you have to go on.\n\n{context}\n\n'
        'An author wants to print the line below. Is it true?\n\n{hypothesis}\n\n{options_}',
        '{answer}'),
    Template(
        'Make up a passage and a claim about it. When asked whether the claim is true, a reader '
        'of the passage should reply: {answer}',
        'Passage: {context}\n\nClaim: {hypothesis}', turned_around=True),
)


def _anli(part: str, train: str, rows: int) -> Dataset:
  return Dataset(
      name=f'anli_{part}',
      cluster='nli',
      group='entailment',
      about=About(
          'Nie et al. 2020, arXiv:1910.14599', 'CC BY-NC 4.0', rows, mirror='facebook/anli'),
      source=Tfds(f'anli/{part}:0.1.0', train, 'validation[:200]', 'test'),
      fields=_pair('context', 'hypothesis', _ANLI_OPTIONS),
      options=_ANLI_OPTIONS,
      templates=_ANLI_TEMPLATES,
      metrics=(accuracy,),
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
        Template(
            '{premise}\n\nTo judge by these words, is it true that {hypothesis}?\n\n{options_}',
            '{answer}'),
        Template(
            'Words can commit a speaker to a claim ("Yes"), commit the speaker to its opposite '
            '("No") or leave the matter open ("It\'s impossible to say"). Which is it here?\n\n'
            'Words: {premise}\n\nClaim: {hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Premise: {premise}\nHypothesis: {hypothesis}\n'
            'Taking the premise as given, is the hypothesis true?\n{options_}', '{answer}'),
        Template(
            'Is it the case that {hypothesis}? Work out the answer from what is said here.\n\n'
            '{premise}\n\n{options_}', '{answer}'),
        Template(
            'Somebody was overheard saying the following.\n\n"{premise}"\n\n'
            'Do they think that {hypothesis}?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nReply to the question about the excerpt.\n\nExcerpt: {premise}\n\n'
            'Question: With the excerpt taken for granted, is it right that {hypothesis}?',
            '{answer}'),
        Template(
            'A reader saw this:\n\n{premise}\n\nand took away from it:\n\n{hypothesis}\n\n'
            'Did the reader get it right?\n\n{options_}', '{answer}'),
        Template(
            'Listen closely to what is claimed, doubted or merely supposed in the passage, then '
            'say whether the point below is a fact.\n\nPoint: {hypothesis}\n\n'
            'Passage: {premise}\n\n{options_}', '{answer}'),
        Template(
            '{premise}\n\nPut yourself in the place of whoever is speaking. Would you say that '
            '{hypothesis}?\n\n{options_}', '{answer}'),
        Template(
            'Invent a few lines of talk or prose together with a claim. The right verdict on the '
            'claim should be "{answer}".',
            'Lines: {premise}\n\nClaim: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy, mean_class_f1),
)

_MNLI_TEMPLATES = (
    Template(
        '{premise}\n\nTaking the above for granted, is this sentence true?\n\n{hypothesis}\n\n'
        '{options_}', '{answer}'),
    Template(
        'Sentence A: {premise}\nSentence B: {hypothesis}\n\n'
        'When sentence A is true, is sentence B true too?\n\n{options_}', '{answer}'),
    Template(
        'Natural language inference: say whether the claim can be concluded from the text (yes), '
        'conflicts with it (no), or neither (it is not possible to tell).\n\n'
        'Text: {premise}\nClaim: {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'After reading this:\n\n{premise}\n\nsomeone draws the following conclusion:\n\n'
        '{hypothesis}\n\nIs the conclusion correct?\n\n{options_}', '{answer}'),
    Template(
        'Hypothesis: {hypothesis}\n\nPremise: {premise}\n\n'
        'Given the premise, is the hypothesis right?\n\n{options_}', '{answer}'),
    Template(
        '{options_}\n\nGive a straight answer: is the statement correct?\n\nStatement: {hypothesis}'
        '\n\nAll that is known: {premise}', '{answer}'),
    Template(
        'Facts: {premise}\nDescription: {hypothesis}\nDoes the description match the facts?\n'
        '{options_}', '{answer}'),
    Template(
        'How sure can we be of the second text once the first is accepted? Reply "yes" if it must '
        'be true, "no" if it must be false, and otherwise "it is not possible to tell".\n\n'
        'First text: {premise}\n\nSecond text: {hypothesis}\n\n{options_}', '{answer}'),
    Template(
        'A friend shows you this line and asks if it is true.\n\n{hypothesis}\n\n'
        'You have no other source than the following. What do you reply?\n\n{premise}\n\n'
        '{options_}', '{answer}'),
    Template('{premise}\n\nIs this a fact, then? {hypothesis}\n\n{options_}', '{answer}'),
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
            'Question: {question}\n\nCan its answer be found in the sentence below?\n\n'
            '{sentence}\n\n{options_}', '{answer}'),
        Template(
            'Decide whether a sentence tells the reader what a question asks for: "yes" if it '
            'does, "no" if it does not.\n\nSentence: {sentence}\n\nQuestion: {question}\n\n'
            '{options_}', '{answer}'),
        Template(
            'A search for "{question}" brought up this sentence:\n\n{sentence}\n\n'
            'Is it a hit, that is, does it contain the answer?\n\n{options_}', '{answer}'),
        Template(
            'Suppose you know nothing but this: {sentence}\n\n'
            'Could you then answer the following?\n\n{question}\n\n{options_}', '{answer}'),
        Template(
            'Text: {sentence}\n\n{options_}\n\nReply in a word. Does the text settle the question '
            '"{question}"', '{answer}'),
        Template(
            'Q: {question}\nA: {sentence}\nDoes A give the information that Q asks for?\n'
            '{options_}', '{answer}'),
        Template(
            'A student who wants to know "{question}" is handed a book open at these words:\n\n'
            '{sentence}\n\nIs the student\'s search over?\n\n{options_}', '{answer}'),
        Template(
            '{sentence}\n\n{question}\n\n'
            'Is the first of these enough to respond to the second?\n\n{options_}', '{answer}'),
        Template(
            'Match questions with sentences. The question below belongs to a sentence only if '
            'the sentence answers it.\n\nQuestion: {question}\n\nCandidate: {sentence}\n\n'
            'Do they belong together?\n\n{options_}', '{answer}'),
        Template(
            'Write a question, and a sentence as from an encyclopedia. Does the sentence answer '
            'the question? The reply has to be: {answer}',
            'Question: {question}\n\nSentence: {sentence}', turned_around=True),
    ),
    metrics=(accuracy,),
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
            '{premise}\n\nDoes this passage show that the statement below is true?\n\n'
            '{hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Answer "yes" if the truth of the second text is certain once the first is accepted; '
            'answer "no" otherwise.\n\nFirst text: {premise}\n\nSecond text: {hypothesis}\n\n'
            '{options_}', '{answer}'),
        Template(
            'A careful reader has read this report and nothing else.\n\n{premise}\n\n'
            'May the reader now assert the following?\n\n{hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Could this line stand in a summary of the article without adding anything to it?\n\n'
            'Line: {hypothesis}\n\nArticle: {premise}\n\n{options_}', '{answer}'),
        Template(
            'Premise: {premise}\nHypothesis: {hypothesis}\n'
            'Is the hypothesis entailed by the premise?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nDecide the matter. The question is whether the text proves the claim.'
            '\n\nClaim: {hypothesis}\n\nText: {premise}', '{answer}'),
        Template(
            'From\n\n{premise}\n\na colleague concludes\n\n{hypothesis}\n\n'
            'Is this reasoning sound?\n\n{options_}', '{answer}'),
        Template(
            '{hypothesis}\n\nDo we learn that from what follows?\n\n{premise}\n\n{options_}',
            '{answer}'),
        Template(
            'Weigh an assertion against the evidence for it.\n\nEvidence: {premise}\n\n'
            'Assertion: {hypothesis}\n\nIs the evidence sufficient?\n\n{options_}', '{answer}'),
        Template(
            'Write a passage like one from a newspaper, then a statement. Someone who asks if the '
            'statement follows from the passage should be told "{answer}".',
            'Passage: {premise}\n\nStatement: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy,),
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
            'A photo comes with this caption:\n\n{premise}\n\n'
            'Is the following true of the photo?\n\n{hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Two people describe one scene, and the first is known to be right. Say "yes" if the '
            'second must be right too, "no" if the second must be wrong, and "it is not possible '
            'to tell" if neither is certain.\n\nFirst: {premise}\nSecond: {hypothesis}\n\n'
            '{options_}', '{answer}'),
        Template(
            '{premise}\n\nPicture this. Is it correct to say the following?\n\n{hypothesis}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Is this true? {hypothesis}\nYou know only this much: {premise}\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nGive your verdict on the remark.\n\nWhat is seen: {premise}\n\nRemark: '
            '{hypothesis}\n\nIs the remark true?', '{answer}'),
        Template(
            'Someone tells you about a picture that you cannot see:\n\n{premise}\n\n'
            'Someone else says about it:\n\n{hypothesis}\n\n'
            'If the first speaker is right, is the second?\n\n{options_}', '{answer}'),
        Template(
            'Premise: {premise}\n\nHypothesis: {hypothesis}\n\n'
            'As far as the premise shows, is the hypothesis true?\n\n{options_}', '{answer}'),
        Template(
            'Infer whether the claim is a fact.\n\nClaim: {hypothesis}\n\nGiven: {premise}\n\n'
            '{options_}', '{answer}'),
        Template('{premise}\n\nSo then, is this right? {hypothesis}\n\n{options_}', '{answer}'),
        Template(
            'Write the caption of a photo, then a second sentence about the same scene. Is the '
            'second sentence true, going by the first? The answer should be: {answer}',
            'Caption: {premise}\n\nSecond sentence: {hypothesis}', turned_around=True),
    ),
    metrics=(accuracy,),
    keep=lambda row: row['label'] >= 0,
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
            '{sentence1}\n\nAre we told in these words that the following is the case?\n\n'
            '{sentence2}\n\n{options_}', '{answer}'),
        Template(
            'In the second text, a pronoun of the first has been replaced by what it may refer '
            'to. Answer "yes" if the replacement is right and "no" if it is wrong.\n\n'
            'First text: {sentence1}\n\nSecond text: {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Sentence 1: {sentence1}\nSentence 2: {sentence2}\n'
            'Is sentence 2 a correct reading of sentence 1?\n{options_}', '{answer}'),
        Template(
            'Would you gather this\n\n{sentence2}\n\nfrom reading this?\n\n{sentence1}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Think about who or what the pronouns refer to here:\n\n{sentence1}\n\n'
            'In that light, is the next statement accurate?\n\n{sentence2}\n\n{options_}',
            '{answer}'),
        Template(
            '{options_}\n\nWhich answer is right: if the text is true, is the claim true too?\n\n'
            'Text: {sentence1}\n\nClaim: {sentence2}', '{answer}'),
        Template(
            'A pupil was given a text and explained a part of it. Has the pupil understood it?'
            '\n\nText: {sentence1}\n\nExplanation: {sentence2}\n\n{options_}', '{answer}'),
        Template(
            'Premise: {sentence1}\n\nHypothesis: {sentence2}\n\nSay "yes" if the premise entails '
            'the hypothesis and "no" if it does not.\n\n{options_}', '{answer}'),
        Template(
            'Is it safe to say the following?\n\n{sentence2}\n\n'
            'Rely on your common sense and on this: {sentence1}\n\n{options_}', '{answer}'),
        Template('{sentence1} In other words: {sentence2} Correct?\n\n{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
)

DATASETS = (
    ANLI_R1, ANLI_R2, ANLI_R3, CB, MNLI_MATCHED, MNLI_MISMATCHED, QNLI, RTE, SNLI, WNLI)
