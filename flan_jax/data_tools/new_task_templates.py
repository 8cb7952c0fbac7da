"""Starter templates for each kind of new dataset, for a person to edit."""
from collections.abc import Sequence
import re

from flan_jax.data.templates import OPTIONS_FIELD, Template
from flan_jax.data_tools.new_task import Outline, language, last_word

_RESERVED = {OPTIONS_FIELD, 'answer', 'answers', 'options', 'request', 'value_', 'group_'}
_SAYS_NOTHING = re.compile(  # column names that do not describe their content
    r'(gold |correct )?(label|answer|target|class|output|completion|response|gold|correct|cop|y)'
    r'( ?(key|text|value))?|column \d+|\w')
_SUMMARY_WORDS = {'highlights': 'highlights', 'abstract': 'abstract', 'headline': 'headline'}


def fields_of_columns(outline: Outline) -> dict[str, str]:
  """The field of each input column; two columns never share one."""
  names = []
  for column in outline.inputs:
    name = re.sub(r'\W+', '_', column).strip('_').lower()
    name = name if name.isidentifier() else f'field_{name}'.rstrip('_')
    names.append(f'{name}_text' if name in _RESERVED else name)
  return dict(zip(outline.inputs, _distinct(names, '_')))


def _distinct(names: Sequence[str], mark: str = ' ') -> list[str]:
  """The names, with a number added to each that occurred before."""
  found = []
  for name in names:
    numbered = (name, *(f'{name}{mark}{number}' for number in range(2, len(names) + 2)))
    found.append(next(one for one in numbered if one not in found))
  return found


def starter_templates(outline: Outline) -> list[Template]:
  """Short requests as people type them; the last one is turned around."""
  if outline.kind == 'request':
    return _request_templates()
  names = fields_of_columns(outline)
  body = '\n\n'.join(f'{title}: {{{name}}}' for title, name in zip(
      _distinct([_words(column).capitalize() or 'Text' for column in names]), names.values()))
  if len(names) == 1:
    body = f'{{{names[outline.inputs[0]]}}}'
  if outline.kind == 'translation':
    return _translation_templates(body, *map(language, (outline.inputs[0], outline.target)))
  if outline.kind == 'summary':
    return _summary_templates(body, _SUMMARY_WORDS.get(last_word(outline.target), 'summary'))
  if outline.kind == 'question':
    return _question_templates(body)
  if outline.columns.types[outline.target] is bool and outline.options == ('no', 'yes'):
    return _yes_no_templates(body, outline)
  if outline.kind == 'label':
    return _label_templates(body, _word(outline.target) or 'label')
  if outline.kind == 'score':
    return _score_templates(
        body, _word(outline.target) or 'score', outline.options[0], outline.options[-1])
  return _text_templates(body, _word(outline.target) or 'answer')


def _words(column: str) -> str:
  """A column's name as words in the singular: 'answers/text' gives 'answer'."""
  spaced = re.sub(r'(?<=[a-z])(?=[A-Z\d])', ' ', column.split('/')[0])
  words = re.sub(r'[\W_]+', ' ', spaced).strip().lower()
  return re.sub(r'(?<![isu])s$', '', words)


def _word(column: str) -> str:
  """A noun for a column's answers, or '' if the column's name gives none."""
  words = _words(column)
  return '' if _SAYS_NOTHING.fullmatch(words) else words


def _request_templates() -> list[Template]:
  return [
      Template('{request}', '{answer}'),
      Template('Answer this request.\n\n{request}', '{answer}'),
      Template('{request}\n\nResponse:', '{answer}'),
      Template('Write a request with this answer.\n\n{answer}', '{request}', turned_around=True),
  ]


def _translation_templates(body: str, source: str, target: str) -> list[Template]:
  return [
      Template(f'Translate this to {target}:\n\n{body}', '{answer}'),
      Template(f'{body}\n\nHow do you say this in {target}?', '{answer}'),
      Template(f'{source}: {body}\n\n{target}:', '{answer}'),
      Template(f'Write this {source} text in {target}.\n\n{body}', '{answer}'),
      Template(f'Translate from {target} to {source}.\n\n{{answer}}', body, turned_around=True),
  ]


def _summary_templates(body: str, word: str) -> list[Template]:
  first, second, third = ('Summarize:', 'Write a short summary of this.', 'Sum this up.')
  if word != 'summary':
    first, second, third = (
        f'Write the {word}:', f'Give the {word} of this.', f'Now write the {word}.')
  this = 'these' if word == 'highlights' else 'this'
  return [
      Template(f'{first}\n\n{body}', '{answer}'),
      Template(f'{body}\n\n{word.capitalize()}:', '{answer}'),
      Template(f'{second}\n\n{body}', '{answer}'),
      Template(f'{body}\n\n{third}', '{answer}'),
      Template(f'Write a text with {this} {word}.\n\n{{answer}}', body, turned_around=True),
  ]


def _question_templates(body: str) -> list[Template]:
  return [
      Template(f'{body}\n\n{{options_}}', '{answer}'),
      Template(f'Give the right answer.\n\n{body}\n\n{{options_}}', '{answer}'),
      Template(f'{{options_}}\n\n{body}\n\nAnswer:', '{answer}'),
      Template(f'{body}\n\nWhat is correct?\n\n{{options_}}', '{answer}'),
      Template('Write a question with this answer: {answer}', body, turned_around=True),
  ]


def _yes_no_templates(body: str, outline: Outline) -> list[Template]:
  claim = re.fullmatch(r'is (.+)', _words(outline.target))
  asked, told, last, turned = ('Yes or no?', 'Answer with yes or no.', 'Is the answer yes or no?',
                               'Write an example with this answer: {answer}')
  if claim:
    asked, told, last, turned = (
        f'Is this {claim[1]}?', f'Say whether this is {claim[1]}.',
        f'Would you call this {claim[1]}?',
        f'Write an example. This is the answer to whether it is {claim[1]}: {{answer}}')
  return [
      Template(f'{body}\n\n{asked}\n\n{{options_}}', '{answer}'),
      Template(f'{told}\n\n{body}\n\n{{options_}}', '{answer}'),
      Template(f'{{options_}}\n\n{body}\n\n{last}', '{answer}'),
      Template(turned, body, turned_around=True),
  ]


def _label_templates(body: str, word: str) -> list[Template]:
  classify = 'Classify this.' if word == 'label' else f'Classify this by {word}.'
  return [
      Template(f'{body}\n\nWhat is the {word}?\n\n{{options_}}', '{answer}'),
      Template(f'{classify}\n\n{body}\n\n{{options_}}', '{answer}'),
      Template(f'{{options_}}\n\n{body}\n\n{word.capitalize()}:', '{answer}'),
      Template(f'Tell me the right {word} for this:\n\n{body}\n\n{{options_}}', '{answer}'),
      Template(f'Write an example with this {word}: {{answer}}', body, turned_around=True),
  ]


def _score_templates(body: str, word: str, least: str, most: str) -> list[Template]:
  return [
      Template(f'{body}\n\nWhat is the {word}, from {least} to {most}?\n\n{{options_}}',
               '{answer}'),
      Template(f'Give the {word}, from {least} to {most}.\n\n{body}\n\n{{options_}}',
               '{answer}'),
      Template(f'{{options_}}\n\n{body}\n\n{word.capitalize()}:', '{answer}'),
      Template(f'Write an example with this {word}, from {least} to {most}: {{answer}}', body,
               turned_around=True),
  ]


def _text_templates(body: str, word: str) -> list[Template]:
  asked = f'Answer this.\n\n{body}' if word == 'answer' else f'Write the {word} for this.\n\n{body}'
  return [
      Template(f'{body}\n\n{word.capitalize()}:', '{answer}'),
      Template(asked, '{answer}'),
      Template(f'{body}\n\nWhat is the {word}?', '{answer}'),
      Template(f'Give me the right {word}:\n\n{body}', '{answer}'),
      Template(f'Write an example with this {word}: {{answer}}', body, turned_around=True),
  ]
