"""Reading comprehension: answer a question from a given text."""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, Template, Tfds, accuracy, as_text, choose, first, join,
    multirc, replace, squad)

_NO_YES = ('no', 'yes')

BOOL_Q = Dataset(
    name='bool_q',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Clark et al. 2019, arXiv:1905.10044', 'CC BY-SA 3.0', 9_220,
        mirror=Mirror('google/boolq', lacks='titles')),
    source=Tfds('bool_q:1.0.0', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'title': row['title'],
        'text': row['passage'],
        'question': row['question'],
        'answer': choose(row['answer'], _NO_YES),
    },
    options=_NO_YES,
    templates=(
        Template('{text}\n\nAccording to this text, {question}?\n\n{options_}', '{answer}'),
        Template('Answer yes or no: {question}?\n\n{text}\n\n{options_}', '{answer}'),
        Template('Title: {title}\n\n{text}\n\nQ: {question}?\n{options_}\nA:', '{answer}'),
        Template(
            'Question: {question}?\n\nFind the answer in the text below.\n\n{text}\n\n{options_}',
            '{answer}'),
        Template(
            'Passage: {text}\n\nQuestion: {question}?\n\nYes or no?\n\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nRead the passage and answer the question "{question}?"\n\n{text}',
            '{answer}'),
        Template(
            'Here is an article.\n\n{title}\n{text}\n\nTell me, {question}?\n\n{options_}',
            '{answer}'),
        Template(
            'Use the text to answer with one word.\n\nText: {text}\nQuestion: {question}?\n\n'
            '{options_}', '{answer}'),
        Template(
            '{question}?\n\nGive the answer from this article:\n\n{title}\n{text}\n\n{options_}',
            '{answer}'),
        Template(
            'I want to know: {question}?\n\nI found this text:\n\n{text}\n\nWhat is the answer?\n\n'
            '{options_}', '{answer}'),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{text}\nQuestion: {question}?\nAnswer:'),
    may_be_empty=('title',),
)

DROP = Dataset(
    name='drop',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Dua et al. 2019, arXiv:1903.00161', 'CC BY-SA 4.0', 77_200,
        mirror=Mirror('ucinlp/drop', lacks='validated answers apart from the answer')),
    source=Tfds('drop:2.0.0', 'train[:30000]', 'train[-200:]', 'dev'),
    fields=lambda row: {
        'context': row['passage'],
        'question': row['question'],
        'answer': row['answer'],
        'answers': row['validated_answers'],
    },
    templates=(
        Template('{context}\n\nAnswer this question about the text: {question}', '{answer}'),
        Template(
            'Passage: {context}\n\nQuestion: {question}\n\nAnswer with a number, a date or a short '
            'phrase.', '{answer}'),
        Template('{question}\n\nWork out the answer from this text:\n\n{context}', '{answer}'),
        Template('Passage: {context}\nQ: {question}\nA:', '{answer}'),
        Template('Use the passage to answer: {question}\n\n{context}', '{answer}'),
        Template('Read this and tell me: {question}\n\n{context}', '{answer}'),
        Template(
            'Count, add, subtract or compare if you need to, and give just the answer.\n\nText: '
            '{context}\n\nQuestion: {question}', '{answer}'),
        Template(
            '{context}\n\nWrite a question about this text that takes some reasoning. The answer '
            'should be: {answer}', '{question}', turned_around=True),
        Template(
            'Write a passage with facts and figures that leads to this answer.\n\nQuestion: '
            '{question}\nAnswer: {answer}', '{context}', turned_around=True),
        Template(
            'Ask a question about this text and answer it.\n\n{context}',
            'Question: {question}\n\nAnswer: {answer}', turned_around=True),
    ),
    metrics=(squad,),
    baseline=Baseline('{context}\nQuestion: {question}\nAnswer:'),
)

MULTIRC = Dataset(
    name='multirc',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About('Khashabi et al. 2018', 'research use', 27_040, mirror='aps/super_glue'),
    source=Tfds('super_glue/multirc:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'paragraph': row['paragraph'],
        'question': row['question'],
        'response': row['answer'],
        'answer': choose(row['label'], _NO_YES),
        'group_': join(
            as_text(row['idx']['paragraph']), as_text(row['idx']['question']), separator='/'),
    },
    options=_NO_YES,
    templates=(
        Template(
            '{paragraph}\n\nQuestion: {question}\n\nIs "{response}" a correct answer?\n\n'
            '{options_}', '{answer}'),
        Template(
            'Check the answer against the text: "yes" if it is correct, "no" if not.\n\nText: '
            '{paragraph}\n\nQuestion: {question}\n\nAnswer: {response}\n\n{options_}', '{answer}'),
        Template(
            'Text: {paragraph}\nQ: {question}\nA: {response}\nCorrect?\n{options_}', '{answer}'),
        Template(
            '{options_}\n\nIs the answer right?\n\nQuestion: {question}\nAnswer: {response}\n'
            'Passage: {paragraph}', '{answer}'),
        Template(
            'Question: {question}\nReply: {response}\n\nIs this reply correct, given the passage '
            'below?\n\n{paragraph}\n\n{options_}', '{answer}'),
        Template(
            'Read the text and tell me if my answer is right.\n\n{paragraph}\n\n{question}\nMy '
            'answer: {response}\n\n{options_}', '{answer}'),
        Template(
            'Paragraph: {paragraph}\n\nDoes "{response}" correctly answer "{question}"\n\n'
            '{options_}', '{answer}'),
        Template(
            'Judge the suggested answer by the passage.\n\nPassage: {paragraph}\n\nQuestion: '
            '{question}\n\nSuggested answer: {response}\n\nShould it be accepted?\n\n'
            '{options_}', '{answer}'),
        Template(
            '{paragraph}\n\nWrite a question about this text and a reply. Should the reply be '
            'correct? {answer}', 'Question: {question}\n\nReply: {response}', turned_around=True),
        Template(
            'Write the passage for this reading question.\n\nQuestion: {question}\nPossible '
            'answer: {response}\nCorrect: {answer}', '{paragraph}', turned_around=True),
    ),
    metrics=(multirc, accuracy),
    baseline=Baseline(
        '{paragraph}\nQuestion: {question}\nAnswer: {response}\nIs the answer true or false? It is',
        ('false', 'true')),
)


def _science_question(row):
  question = row['question']
  choices = [question[f'choice_{letter}'] for letter in 'ABCD']
  return {
      'question': question['stem'],
      'fact': row['fact1'],
      'choices': choices,
      'answer': choose(row['answerKey'], choices),
  }


OPENBOOKQA = Dataset(
    name='openbookqa',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Mihaylov et al. 2018, arXiv:1809.02789', 'Apache-2.0', 4_950,
        mirror=Mirror('allenai/openbookqa', 'additional', columns={
            'question/stem': 'question_stem',
            **{f'question/choice_{c}': f'choices/text/{i}' for i, c in enumerate('ABCD')}})),
    source=Tfds('openbookqa:0.1.0', 'train', 'validation[:200]', 'test'),
    fields=_science_question,
    options='choices',
    templates=(
        Template(
            'Fact: {fact}\n\nAnswer the question or finish the sentence.\n\n{question}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Use the fact to answer or complete the text.\n\nText: {question}\nFact: {fact}\n\n'
            '{options_}', '{answer}'),
        Template('Science fact: {fact}\nQuiz item: {question}\n{options_}\nAnswer:', '{answer}'),
        Template('{question}\n\n{options_}\n\nHint: {fact}', '{answer}'),
        Template(
            '{options_}\n\nSolve this science problem.\n\n{question}\n\nWhat we know: {fact}',
            '{answer}'),
        Template(
            'We know this: {fact}\n\nWhat is the right response?\n\n{question}\n\n{options_}',
            '{answer}'),
        Template(
            'Relevant fact: {fact}\n\nTell me what answers or completes this: {question}\n\n'
            '{options_}', '{answer}'),
        Template(
            'Write a science question, or the start of a sentence, that this answers or completes: '
            '{answer}', '{question}', turned_around=True),
        Template(
            'Fact: {fact}\n\nWrite an exam question about this, or the start of a sentence. The '
            'answer is: {answer}', '{question}', turned_around=True),
        Template(
            'Turn this fact into a quiz item with its answer: {fact}',
            'Quiz item: {question}\n\nAnswer: {answer}', turned_around=True),
    ),
    metrics=(accuracy,),
    baseline=Baseline('{fact}\nQuestion: {question}\nAnswer:'),
    may_be_empty=('fact',),
)

SQUAD_V1 = Dataset(
    name='squad_v1',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Rajpurkar et al. 2016, arXiv:1606.05250', 'CC BY-SA 4.0', 87_390,
        mirror=Mirror('rajpurkar/squad', '')),
    source=Tfds('squad/v1.1:3.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'title': replace(row['title'], ('_', ' ')),
        'context': row['context'],
        'question': row['question'],
        'answer': first(row['answers']['text']),
        'answers': row['answers']['text'],
    },
    templates=(
        Template('{context}\n\nAnswer from the text: {question}', '{answer}'),
        Template(
            'Find the answer in the passage and copy it.\n\nPassage: {context}\n\nQuestion: '
            '{question}', '{answer}'),
        Template('Article: {title}\n\n{context}\n\nQ: {question}\nA:', '{answer}'),
        Template(
            '{question}\n\nAnswer with a phrase from this article:\n\n{title}\n\n{context}',
            '{answer}'),
        Template('Quote the words of the text that answer "{question}"\n\n{context}', '{answer}'),
        Template(
            'Read this part of an article and answer briefly.\n\n{title}\n\n{context}\n\n'
            '{question}', '{answer}'),
        Template(
            'Tell me in a few words: {question}\n\nUse only this text:\n\n{context}', '{answer}'),
        Template(
            'Question: {question}\n\nContext: {context}\n\nGive the name, number, date or phrase.',
            '{answer}'),
        Template(
            'Write a question about this paragraph. The answer should be "{answer}".\n\n{context}',
            '{question}', turned_around=True),
        Template(
            'Write a paragraph that answers this question: {question}\n\nTopic: {title}',
            '{context}', turned_around=True),
    ),
    metrics=(squad,),
    baseline=Baseline('{context}\nQuestion: {question}\nAnswer:'),
    may_be_empty=('title',),
    paper_name='squad',
)


def _maybe_unanswerable(row):
  texts = row['answers']['text']
  return {
      'title': replace(row['title'], ('_', ' ')),
      'context': row['context'],
      'question': row['question'],
      'answer': replace(first(texts), ('^$', 'it is not possible to tell')),
      'answers': texts,
  }


SQUAD_V2 = Dataset(
    name='squad_v2',
    cluster='reading_comprehension',
    group='reading_comprehension',
    about=About(
        'Rajpurkar et al. 2018, arXiv:1806.03822', 'CC BY-SA 4.0', 130_110,
        mirror=Mirror('rajpurkar/squad_v2', '')),
    source=Tfds('squad/v2.0:3.0.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_maybe_unanswerable,
    templates=(
        Template(
            '{context}\n\n{question}\n\nIf the text does not say: "it is not possible to tell".',
            '{answer}'),
        Template(
            'Answer the question from the passage, or say "it is not possible to tell".\n\n'
            'Passage: {context}\n\nQuestion: {question}', '{answer}'),
        Template(
            'Title: {title}\nText: {context}\nQuestion: {question}\nAnswer (or "it is not possible '
            'to tell"):', '{answer}'),
        Template(
            '{question}\n\nFind the answer below, or write "it is not possible to tell".\n\n'
            '{title}\n\n{context}', '{answer}'),
        Template(
            'Document: {context}\n\nQuestion: {question}\n\nExtract, or output "it is not possible '
            'to tell".', '{answer}'),
        Template(
            '{question}\n\n{context}\n\nAnswer, or say "it is not possible to tell".', '{answer}'),
        Template(
            'Context: {context}\n\nQ: {question}\n\nA (or "it is not possible to tell"):',
            '{answer}'),
        Template(
            'Read this section of an article.\n\n{title}\n\n{context}\n\nNow answer, or write "it '
            'is not possible to tell": {question}', '{answer}'),
        Template(
            'Give a short answer, or "it is not possible to tell".\n\n{question}\n\n{context}',
            '{answer}'),
        Template(
            '{context}\n\nDoes this text tell you? {question}\n\nIf so, give the answer. If not, '
            'say "it is not possible to tell".', '{answer}'),
    ),
    metrics=(squad,),
    baseline=Baseline('{context}\nQuestion: {question}\nAnswer:'),
    may_be_empty=('title',),
    paper_name='squad',
)

DATASETS = (BOOL_Q, DROP, MULTIRC, OPENBOOKQA, SQUAD_V1, SQUAD_V2)
