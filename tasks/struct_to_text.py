"""Struct-to-text: put data into words."""
from flan_jax.data import (
    About, Baseline, Dataset, Mirror, SCRIPT, Template, Tfds, first, join_list, lines, replace,
    rouge)

COMMON_GEN = Dataset(
    name='common_gen',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About(
        'Lin et al. 2020, arXiv:1911.03705', 'MIT', 67_180,
        mirror=Mirror('GEM/common_gen', lacks=SCRIPT)),
    source=Tfds('gem/common_gen:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'concepts': join_list(row['concepts'], ', '),
        'concepts_newline': lines(row['concepts']),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template('Write a sentence with these words: {concepts}', '{target}'),
        Template(
            '{concepts_newline}\n\nUse all of the words above, in any form, in one sentence.',
            '{target}'),
        Template('Describe an everyday scene with the following words.\n\n{concepts}', '{target}'),
        Template('Keywords: {concepts}\nSentence:', '{target}'),
        Template('Generate a sentence from the concepts below.\n\n{concepts_newline}', '{target}'),
        Template('{concepts}\n\nCombine these concepts into a short sentence.', '{target}'),
        Template(
            'What are the main concepts in this sentence?\n\n{target}',
            '{concepts}', turned_around=True),
        Template(
            '{target}\n\nList the keywords of this sentence, one per line.',
            '{concepts_newline}', turned_around=True),
        Template(
            'How would you use all of these words in a sentence?\n\n{concepts_newline}',
            '{target}'),
        Template(
            'Think of a few everyday words and write a sentence with them.',
            'Words: {concepts}\n\nSentence: {target}', turned_around=True),
    ),
    metrics=(rouge,),
    baseline=Baseline('Words: {concepts}\nA sentence with them:'),
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
    about=About(
        'Nan et al. 2021, arXiv:2007.02871', 'MIT', 62_450,
        mirror=Mirror('GEM/dart', lacks=SCRIPT)),
    source=Tfds('gem/dart:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=_table_facts,
    templates=(
        Template('Put these facts into words.\n\n{tripleset_newline}', '{target}'),
        Template('Triples: {tripleset}\nText:', '{target}'),
        Template('{tripleset}\n\nRewrite this in complete sentences.', '{target}'),
        Template(
            'Describe the following data in plain English.\n\n{tripleset_newline}', '{target}'),
        Template('Turn this list of facts into text: {tripleset}', '{target}'),
        Template('{tripleset_newline}\n\nWhat do these triples say?', '{target}'),
        Template(
            'Write a short text that states every fact below and adds nothing.\n\n'
            '{tripleset_newline}', '{target}'),
        Template(
            'Each fact has a subject, a relation and an object. Explain the facts in natural '
            'language.\n\nFacts: {tripleset}', '{target}'),
        Template(
            '{target}\n\n'
            'Break this down into triples of subject, relation and object, one per line.',
            '{tripleset_newline}', turned_around=True),
        Template(
            'What facts does this text state? Separate them with semicolons.\n\n{target}',
            '{tripleset}', turned_around=True),
    ),
    metrics=(rouge,),
    baseline=Baseline('Facts: {tripleset}\nThe same in sentences:'),
    answer='target',
)

E2E_NLG = Dataset(
    name='e2e_nlg',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About(
        'Novikova et al. 2017, arXiv:1706.09254', 'CC BY-SA 4.0', 33_320,
        mirror=Mirror('GEM/e2e_nlg', lacks=SCRIPT)),
    source=Tfds('gem/e2e_nlg:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'meaning_representation': replace(
            row['meaning_representation'], (r'\[([^\]]*)\]', r' = \1')),
        'name': replace(row['meaning_representation'], (r'^.*?\bname\[([^\]]*)\].*$', r'\1')),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template('Describe this place: {meaning_representation}', '{target}'),
        Template(
            'Attributes: {meaning_representation}\n\n'
            'Write a description that covers all of the attributes.', '{target}'),
        Template('Turn this data into a sentence or two.\n\n{meaning_representation}', '{target}'),
        Template('Data: {meaning_representation}\nText:', '{target}'),
        Template('{meaning_representation}\n\nWhat is this place like?', '{target}'),
        Template(
            'Generate a text about a restaurant, pub or coffee shop from its properties.\n\n'
            'Properties: {meaning_representation}', '{target}'),
        Template('{meaning_representation}\n\nPut this list into plain sentences.', '{target}'),
        Template(
            'Tell me about a place to eat or drink. Use these details, and no others.\n\n'
            '{meaning_representation}', '{target}'),
        Template(
            'How would you describe a place with these properties?\n\n{meaning_representation}',
            '{target}'),
        Template(
            '{target}\n\nWhat is the place in this text called?', '{name}', turned_around=True),
    ),
    metrics=(rouge,),
    baseline=Baseline('Facts: {meaning_representation}\nThe same in sentences:'),
    answer='target',
)

_UNDERSCORE_TO_BLANK = ('_', ' ')
_BAR_TO_COMMA = (r' \| ', ', ')

WEB_NLG_EN = Dataset(
    name='web_nlg_en',
    cluster='struct_to_text',
    group='structure_to_text',
    about=About(
        'Gardent et al. 2017 (WebNLG)', 'CC BY-NC-SA 4.0', 35_220,
        mirror=Mirror('GEM/web_nlg', lacks=SCRIPT)),
    source=Tfds('gem/web_nlg_en:1.1.0', 'train[:30000]', 'train[-200:]', 'validation'),
    fields=lambda row: {
        'input_string': join_list(
            replace(row['input'], _UNDERSCORE_TO_BLANK, _BAR_TO_COMMA), '; '),
        'subject': replace(first(row['input']), (r' \| .*', ''), _UNDERSCORE_TO_BLANK),
        'target': row['target'],
        'answers': row['references'],
    },
    templates=(
        Template('Turn these triples into text.\n\n{input_string}', '{target}'),
        Template('{input_string}\n\nSay this in natural English.', '{target}'),
        Template('RDF: {input_string}\nEnglish:', '{target}'),
        Template('Describe what the data says.\n\nData: {input_string}', '{target}'),
        Template(
            'Write a short passage that includes all of these facts: {input_string}', '{target}'),
        Template(
            'What do we learn from this data? Answer in full sentences.\n\n{input_string}',
            '{target}'),
        Template('{input_string}\n\nExplain in words what these triples mean.', '{target}'),
        Template(
            'In each triple below, commas separate the subject, the property and its value. '
            'Express the triples in sentences.\n\n{input_string}', '{target}'),
        Template(
            'List the facts in this text as triples: subject, property, value.\n\n{target}',
            '{input_string}', turned_around=True),
        Template(
            '{target}\n\nName one thing or person that this text describes.',
            '{subject}', turned_around=True),
    ),
    metrics=(rouge,),
    baseline=Baseline('Facts: {input_string}\nThe same in sentences:'),
    answer='target',
)

DATASETS = (COMMON_GEN, DART, E2E_NLG, WEB_NLG_EN)
