"""Struct-to-text: put data into words."""
from flan_jax.data import About, Dataset, Template, Tfds, join_list, lines, replace, rouge

COMMON_GEN = Dataset(
    name='common_gen',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About('Lin et al. 2020, arXiv:1911.03705', 'MIT', 67_180, mirror='GEM/common_gen'),
    source=Tfds('gem/common_gen:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'concepts': join_list(row['concepts'], ', '),
        'concepts_newline': lines(row['concepts']),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template('Form a sentence out of these concepts: {concepts}', '{target}'),
        Template(
            'Describe an everyday scene in a sentence in which all of the following words occur, '
            'in any order and in any form.\n\n{concepts_newline}', '{target}'),
        Template(
            '{concepts_newline}\n\nThese are the tags of a picture. What might the picture show? '
            'Mention every tag, and be brief.', '{target}'),
        Template('Keywords: {concepts}\nSentence:', '{target}'),
        Template(
            'A language teacher writes on the board: {concepts}\n\nThe class is asked to connect '
            'the words in a meaningful way. Give a good solution.', '{target}'),
        Template(
            '{concepts}\n\nBring what is listed above together in a short and natural statement.',
            '{target}'),
        Template(
            'What are the main concepts in the text below?\n\n{target}',
            '{concepts}', turned_around=True),
        Template(
            'Reduce the sentence to its keywords, one a line.\n\nSentence: {target}',
            '{concepts_newline}', turned_around=True),
        Template(
            'Learners of English are to see these words at work in one plain sentence. Write it '
            'for them.\n\n{concepts_newline}', '{target}'),
        Template(
            'Think of some words for ordinary things and actions, and use them together.',
            'Words: {concepts}\n\nUsed together: {target}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='target',
)

_MARKS = ((r' *\[(?:TABLECONTEXT|TITLE)\]', ''), ('^ +', ''))  # other brackets are content


def _table_facts(row):
  """The facts without marks such as [TABLECONTEXT] and [TITLE], as one text and one a line."""
  facts = replace(row['tripleset'], *_MARKS)
  return {
      'tripleset': join_list(facts, '; '),
      'tripleset_newline': lines(facts),
      'target': row['target'],
      'answers': row['references'],
  }


DART = Dataset(
    name='dart',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About('Nan et al. 2021, arXiv:2007.02871', 'MIT', 62_450, mirror='GEM/dart'),
    source=Tfds('gem/dart:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_table_facts,
    templates=(
        Template(
            'These facts say how things are related to other things and to values. Put them all '
            'into fluent English.\n\n{tripleset_newline}', '{target}'),
        Template('Triples: {tripleset}\nIn words:', '{target}'),
        Template(
            '{tripleset}\n\nState this as a person would, in complete sentences.', '{target}'),
        Template(
            'A table has been taken apart into the notes below. What does the table say? Reply '
            'in a sentence or two.\n\n{tripleset_newline}', '{target}'),
        Template(
            'Somebody has to be told the following over the telephone. Write down what to say.'
            '\n\n{tripleset_newline}', '{target}'),
        Template(
            'Knowledge graph: {tripleset}\n\nExplain to people who have never seen such a graph '
            'what this one contains.', '{target}'),
        Template(
            'Write up these jottings for a reference work. Leave nothing out and make nothing '
            'up.\n\n{tripleset_newline}', '{target}'),
        Template(
            'How can one express in natural language what is recorded here?\n\n{tripleset}',
            '{target}'),
        Template(
            '{target}\n\nBreak this down into facts, each with a subject, a relation and an '
            'object, and write one a line.', '{tripleset_newline}', turned_around=True),
        Template(
            'Which entries could a database store after reading the text? Separate them by '
            'semicolons.\n\nText: {target}', '{tripleset}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='target',
)

E2E_NLG = Dataset(
    name='e2e_nlg',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About(
        'Novikova et al. 2017, arXiv:1706.09254', 'CC BY-SA 4.0', 33_320, mirror='GEM/e2e_nlg'),
    source=Tfds('gem/e2e_nlg:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'meaning_representation': replace(
            row['meaning_representation'], (r'\[([^\]]*)\]', r' = \1')),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template(
            'Put this information about a place to eat or drink into words.\n\n'
            '{meaning_representation}', '{target}'),
        Template(
            'Attributes: {meaning_representation}\n\nFrom the attributes, write a description '
            'that covers each of them and adds nothing.', '{target}'),
        Template(
            'A city guide keeps its entries as lists of properties. Turn the entry below into '
            'something that visitors would like to read.\n\nEntry: {meaning_representation}',
            '{target}'),
        Template('Data: {meaning_representation}\nText:', '{target}'),
        Template(
            '{meaning_representation}\n\nA friend wants to hear about this place. What do you '
            'say?', '{target}'),
        Template(
            'A client sends these details to your advertising agency:\n\n'
            '{meaning_representation}\n\nDraft the advert, and keep to the details.', '{target}'),
        Template(
            'Verbalise the record without changing any name in it.\n\n'
            'Record: {meaning_representation}', '{target}'),
        Template(
            'What follows says what a restaurant, pub or coffee shop is called and what it is '
            'like, always as "property = value". Express it in fluent English.\n\n'
            '{meaning_representation}', '{target}'),
        Template(
            'How can a venue with the properties "{meaning_representation}" be described in '
            'plain sentences?', '{target}'),
        Template(
            'You answer the telephone for the tourist office. Your screen shows:\n\n'
            '{meaning_representation}\n\nPass these facts on to the caller in whole sentences.',
            '{target}'),
    ),
    metrics=(rouge,),
    answer='target',
)

_UNDERSCORE_TO_BLANK = ('_', ' ')
_BAR_TO_COMMA = (r' \| ', ', ')

WEB_NLG_EN = Dataset(
    name='web_nlg_en',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About('Gardent et al. 2017 (WebNLG)', 'CC BY-NC-SA 4.0', 35_220, mirror='GEM/web_nlg'),
    source=Tfds('gem/web_nlg_en:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'input_string': join_list(
            replace(row['input'], _UNDERSCORE_TO_BLANK, _BAR_TO_COMMA), '; '),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template(
            'Turn triples into text. In a triple, commas separate the subject, the property and '
            'its value; semicolons separate the triples.\n\n{input_string}', '{target}'),
        Template('{input_string}\n\nHow does an encyclopedia put this?', '{target}'),
        Template('RDF: {input_string}\nEnglish:', '{target}'),
        Template(
            'This is all that a knowledge base holds on a subject:\n\n{input_string}\n\n'
            'Tell a listener about it.', '{target}'),
        Template(
            'Write a short passage that conveys each of the following statements, in whichever '
            'order reads best.\n\n{input_string}', '{target}'),
        Template(
            'What do we learn from these data? Reply in well-formed sentences.\n\n'
            'Data: {input_string}', '{target}'),
        Template(
            'A page on the web has a box with these particulars:\n\n{input_string}\n\n'
            'Compose the sentences that stand beside the box and say the same.', '{target}'),
        Template(
            'A property called "birthPlace" has to be read as "was born in". Spell out what is '
            'said here in that manner.\n\n{input_string}', '{target}'),
        Template(
            'List the facts in the text as triples: subject, property, value; and so on.\n\n'
            'Text: {target}', '{input_string}', turned_around=True),
        Template(
            '{target}\n\nFrom which entries of a knowledge base could this have been written?',
            '{input_string}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='target',
)

DATASETS = (COMMON_GEN, DART, E2E_NLG, WEB_NLG_EN)
