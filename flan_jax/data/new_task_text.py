"""Writes a first declaration down as a Python file for a person to edit."""
from collections.abc import Mapping, Sequence
import re
from typing import Any

from flan_jax.data.new_task import Outline
from flan_jax.data.templates import OPTIONS_FIELD, Template

_WIDTH = 100
_RESERVED = {OPTIONS_FIELD, 'answer', 'answers', 'options', 'request', 'value_', 'group_'}

_FILE = '''\
"""The dataset `{name}`. Make the templates your own, then check them: t5x lint {name}"""
from flan_jax.data import {imports}
from flan_jax.data.registry import register
{options}
{constant} = Dataset(
    name={name!r},
    cluster={cluster!r},
    source={source},
    fields=lambda row: {{
{fields}
    }},{options_argument}
    templates=(
{templates}
    ),
    metrics=({metric},),
    in_paper=False,
)

DATASETS = ({constant},)
register(*DATASETS)
'''


def declaration_text(outline: Outline) -> str:
  """The declaration as a Python file that registers its dataset when it is imported."""
  kind, arguments = outline.columns.source
  fields = _fields(outline)
  written = '\n'.join(f'        {name!r}: {value},' for name, value in fields.items())
  options, argument = '', ''
  if isinstance(outline.options, tuple):
    remark = '  # say what the labels stand for' * all(o.isdigit() for o in outline.options)
    options = f'\nOPTIONS = {_tuple(outline.options)}{remark}\n'
    argument = '\n    options=OPTIONS,'
  elif outline.options:
    argument = "\n    options='options',"
  helpers = {name for name in ('as_text', 'choose', 'first', 'join', 'lines')
             if re.search(rf'\b{name}\(', written)}
  imports = ', '.join(sorted({'Dataset', 'Template', kind})) + ', ' + ', '.join(
      sorted({outline.metric, *helpers}))
  constant = outline.name.upper()
  return _FILE.format(
      name=outline.name, cluster=outline.cluster, imports=imports,
      constant=f'{constant}_ROWS' if constant in ('OPTIONS', 'DATASETS') else constant,
      options=options, options_argument=argument, source=_call(kind, arguments), fields=written,
      templates='\n'.join(_template(t) for t in starter_templates(outline)),
      metric=outline.metric)


# ---- Fields ----


def _fields(outline: Outline) -> dict[str, str]:
  """Python expressions by field name."""
  fields = {}
  if outline.is_request:
    fields['request'] = _request(outline)
  else:
    fields |= {_field_name(c): _as_text(outline, c) for c in outline.inputs}
  target = _column(outline, outline.target)
  if isinstance(outline.options, str):
    fields['options'] = _column(outline, outline.options)
  fields['answer'] = _answer(outline, target)
  if outline.columns.types[outline.target] is list and outline.target not in outline.inputs:
    fields['answers'] = target
  return fields


def _column(outline: Outline, name: str) -> str:
  parts = name.split('/') if outline.columns.nested else [name]
  return 'row' + ''.join(f'[{part!r}]' for part in parts)


def _as_text(outline: Outline, name: str) -> str:
  column, kind = _column(outline, name), outline.columns.types[name]
  return column if kind is str else f'lines({column})' if kind is list else f'as_text({column})'


def _request(outline: Outline) -> str:
  """An instruction with what it is about; of a conversation all but its last turn."""
  if outline.inputs[0] == outline.target:
    return f'lines({_column(outline, outline.target)}[:-1])'
  texts = [_as_text(outline, name) for name in outline.inputs]
  return texts[0] if len(texts) == 1 else f"join({', '.join(texts)}, separator='\\n\\n')"


def _answer(outline: Outline, target: str) -> str:
  kind = outline.columns.types[outline.target]
  if kind is str:
    return target
  if kind is list:
    return f'first({target}[-1:])' if outline.inputs[0] == outline.target else f'first({target})'
  if isinstance(outline.options, tuple) and kind in (int, bool):
    return f'choose({target}, OPTIONS)'
  if outline.options and kind is int:
    return f'choose({target}, {_column(outline, outline.options)})'
  return f'as_text({target})'


def _field_name(column: str) -> str:
  name = re.sub(r'\W+', '_', column).strip('_').lower()
  name = name if name.isidentifier() else f'field_{name}'
  return f'{name}_text' if name in _RESERVED else name


# ---- Templates ----


def starter_templates(outline: Outline) -> list[Template]:
  """A few phrasings that fit most datasets of the kind; the last one is turned around."""
  if outline.is_request:
    return _request_templates()
  names = [_field_name(column) for column in outline.inputs]
  body = f'{{{names[0]}}}' if len(names) == 1 else '\n\n'.join(
      f'{_words(column).capitalize()}: {{{name}}}' for column, name in zip(outline.inputs, names))
  is_yes_no = outline.columns.types[outline.target] is bool
  word = 'answer' if is_yes_no else _words(outline.target)
  make = _choice_templates if outline.options else _free_templates
  return make(body, word)


def _words(column: str) -> str:
  """A column's name as words in the singular: 'answers/text' gives 'answer'."""
  spaced = re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', column.split('/')[0])
  words = re.sub(r'[\W_]+', ' ', spaced).strip().lower()
  return re.sub(r'(?<![isu])s$', '', words)


def _request_templates() -> list[Template]:
  return [
      Template('{request}', '{answer}'),
      Template('Here is a request. Do what it asks for.\n\n{request}', '{answer}'),
      Template('{request}\n\nResponse:', '{answer}'),
      Template('Think of a request that somebody could have answered like this.\n\n{answer}',
               '{request}', turned_around=True),
  ]


def _choice_templates(body: str, word: str) -> list[Template]:
  return [
      Template(f'{body}\n\nWhich {word} fits best?\n\n{{options_}}', '{answer}'),
      Template(f'Read what follows, then give the right {word} for it.\n\n{body}\n\n{{options_}}',
               '{answer}'),
      Template(f'{{options_}}\n\nHere is an example. What is its {word}?\n\n{body}', '{answer}'),
      Template(f'Make up an example for which this would be the right {word}: {{answer}}', body,
               turned_around=True),
  ]


def _free_templates(body: str, word: str) -> list[Template]:
  return [
      Template(f'{body}\n\n{word.capitalize()}:', '{answer}'),
      Template(f'Read what follows, then write the {word} for it.\n\n{body}', '{answer}'),
      Template(f'{body}\n\nThe {word} is missing here. Supply it.', '{answer}'),
      Template(f'Make up an example for which this would be the right {word}: {{answer}}', body,
               turned_around=True),
  ]


# ---- Python ----


def _template(template: Template) -> str:
  turned = ', turned_around=True' * template.turned_around
  return (f'        Template(\n{_literal(template.inputs, 12)},\n'
          f'{_literal(template.targets, 12)}{turned}),')


def _literal(text: str, indent: int) -> str:
  """A text as literals one below the other, none too wide."""
  pieces, line = [], ''
  for word in re.findall(r'\S*\s*', text)[:-1]:
    if len(repr(line + word)) > _WIDTH - indent - len(', turned_around=True),'):
      pieces, line = [*pieces, line], ''
    line += word
  return '\n'.join(f'{" " * indent}{piece!r}' for piece in [*pieces, line])


def _tuple(texts: Sequence[str]) -> str:
  line = repr(tuple(texts))
  if len(line) < _WIDTH - 50:
    return line
  return '(\n' + ''.join(f'    {text!r},\n' for text in texts) + ')'


def _call(kind: str, arguments: Mapping[str, Any]) -> str:
  """A call with an argument a line; `__file__` is a name."""
  lines = [f'        {name}={value if value == "__file__" else repr(value)},'
           for name, value in arguments.items()]
  return f'{kind}(\n' + '\n'.join(lines) + '\n    )'
