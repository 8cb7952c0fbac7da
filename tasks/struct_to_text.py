"""Struct-to-text: put data into words."""
from flan_jax.data import Dataset, Template, Tfds, join_list, lines, replace, rouge

COMMON_GEN = Dataset(
    name='common_gen',
    cluster='struct_to_text',
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
            '{target}\n\nWhoever wrote this had been given a few words to use. Which words were '
            'they?', '{concepts}', turned_around=True),
        Template(
            'Think of some words for ordinary things and actions, and use them together.',
            'Words: {concepts}\n\nUsed together: {target}', turned_around=True),
    ),
    metrics=(rouge,),
    answer='target',
)

E2E_NLG = Dataset(
    name='e2e_nlg',
    cluster='struct_to_text',
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

DATASETS = (COMMON_GEN, E2E_NLG)
