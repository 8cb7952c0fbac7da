"""Writes a drafted declaration as a Python file for a person to edit."""
from collections.abc import Mapping, Sequence
import re
import textwrap
from typing import Any

from flan_jax.data.templates import Template
from flan_jax.data_tools.new_task import Outline
from flan_jax.data_tools.new_task_templates import fields_of_columns, starter_templates

_WIDTH = 100
_SEED_REMARK = '  # slices are drawn at random; another seed draws other rows'

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
    }},{arguments}
    templates=(
{templates}
    ),
    metrics=({metric},),
    in_paper=False,
)

DATASETS = ({constant},)
register(*DATASETS)
'''
_HELPERS = ('as_text', 'choose', 'first', 'join', 'lines', 'matching', 'replace', 'rounded',
            'strip', 'unescaped')
_ESCAPES = (  # an escape that rows hold, and the expression that turns it into text
    (re.compile(r'<br ?/?>'), r"replace({}, ('<br ?/?>', '\n'))"),
    (re.compile(r'\\n'), r"replace({}, (r'\\n', '\n'))"),
    (re.compile(r'&(?:amp|quot|lt|gt|nbsp|#\d+);'), 'unescaped({})'),
)
_NEW_LINE = '\n    '
_SOME = 0.01  # share of the rows


def declaration_text(outline: Outline) -> str:
  """The declaration as a Python file that registers its dataset when it is imported."""
  kind, source_arguments = outline.columns.source
  fields, choice = _fields(outline), outline.choice
  written = '\n'.join(_field(name, value) for name, value in fields.items())
  options, arguments = '', ''
  if choice and choice.fixed:
    options, arguments = f'\nOPTIONS = {_tuple(choice.fixed)}\n', '\n    options=OPTIONS,'
  elif choice:
    arguments = "\n    options='options',"
  keeps = _keeps(outline)
  if keeps:
    lines = ''.join(f'\n        {reason!r}: lambda row: {test},' for reason, test in keeps.items())
    arguments += f'\n    keep={{{lines}\n    }},'
  names = fields_of_columns(outline)
  if outline.may_be_empty and outline.kind != 'request':
    empty = [names[column] for column in outline.may_be_empty]
    arguments += f'\n    may_be_empty={tuple(empty)!r},'
  helpers = {name for name in _HELPERS if re.search(rf'\b{name}\(', written + arguments)}
  constant = outline.name.upper()
  return _FILE.format(
      name=outline.name, cluster=outline.cluster,
      imports=_imports(['Dataset', 'Template', kind, outline.metric, *helpers]),
      constant=f'{constant}_ROWS' if constant in ('OPTIONS', 'DATASETS') else constant,
      options=options, arguments=arguments, source=_call(kind, source_arguments), fields=written,
      templates='\n'.join(_template(t) for t in starter_templates(outline)),
      metric=outline.metric)


def _imports(names: Sequence[str]) -> str:
  names = sorted(set(names))
  line = ', '.join(names)
  if len(line) <= _WIDTH - len('from flan_jax.data import '):
    return line
  return f'({textwrap.fill(line, _WIDTH - 1, initial_indent=_NEW_LINE, subsequent_indent="    ")})'


# ---- Fields ----


def _fields(outline: Outline) -> dict[str, str]:
  """Python expressions by field name."""
  fields, choice = {}, outline.choice
  if outline.kind == 'request':
    fields['request'] = _request(outline)
  else:
    fields |= {name: _as_text(outline, column)
               for column, name in fields_of_columns(outline).items()}
  target = _column(outline, outline.target)
  if choice and choice.columns:
    fields['options'] = _row_options(outline)
  fields['answer'] = _answer(outline, target)
  if outline.kind == 'score':
    fields['value_'] = f'as_text({target})'
  if outline.columns.types[outline.target] is list and outline.target not in outline.inputs:
    fields['answers'] = target
  return fields


def _column(outline: Outline, name: str) -> str:
  parts = name.split('/') if outline.columns.nested else [name]
  return 'row' + ''.join(f'[{part!r}]' for part in parts)


def _as_text(outline: Outline, name: str) -> str:
  column, kind = _column(outline, name), outline.columns.types[name]
  if kind is not str:
    return f'lines({column})' if kind is list else f'as_text({column})'
  texts = [row[name] for row in outline.columns.sample]
  for escape, expression in _ESCAPES:
    if texts and sum(bool(escape.search(text)) for text in texts) >= _SOME * len(texts):
      column = expression.format(column)
  return column


def _request(outline: Outline) -> str:
  """An instruction and its context, or all turns of a conversation but the last."""
  if outline.inputs[0] == outline.target:
    return f'lines({_column(outline, outline.target)}[:-1])'
  texts = [_as_text(outline, name) for name in outline.inputs]
  return texts[0] if len(texts) == 1 else f"join({', '.join(texts)}, separator='\\n\\n')"


def _row_options(outline: Outline) -> str:
  columns = outline.choice.columns
  if len(columns) == 1:
    return _column(outline, columns[0])
  texts = [_column(outline, name) if outline.columns.types[name] is str
           else f'as_text({_column(outline, name)})' for name in columns]
  return f'[{", ".join(texts)}]'


def _answer(outline: Outline, target: str) -> str:
  kind, choice = outline.columns.types[outline.target], outline.choice
  if choice and choice.least is not None:
    return f'choose(rounded({target}){_less(choice.least)}, OPTIONS)'
  if choice and choice.keys is not None:
    options = 'OPTIONS' if choice.fixed else _row_options(outline)
    if isinstance(choice.keys, str):
      return f'matching({target}, {_column(outline, choice.keys)}, {options})'
    least = choice.keys[0]
    if kind in (int, bool) and choice.keys == tuple(range(least, least + len(choice.keys))):
      return f'choose({target}{_less(int(least))}, {options})'
    return f'matching({target}, {choice.keys!r}, {options})'
  if kind is list:
    return f'first({target}[-1:])' if outline.inputs[0] == outline.target else f'first({target})'
  return _as_text(outline, outline.target) if choice is None else (
      target if kind is str else f'as_text({target})')


def _less(number: int) -> str:
  return f' - {number}' if number > 0 else f' + {-number}' if number else ''


def _keeps(outline: Outline) -> dict[str, str]:
  """Python expressions for the rows to keep, by the reason to leave out the others."""
  keeps, answer = {}, 'no label' if outline.kind == 'label' else 'no answer'
  if outline.from_zero:
    keeps[answer] = f'{_column(outline, outline.target)} >= 0'
  for name in outline.needed:
    text = _column(outline, name)
    text = f'first({text})' if outline.columns.types[name] is list else text
    keeps[answer if name == outline.target else f'no {name}'] = f"strip({text}) != ''"
  return keeps


# ---- Python ----


def _field(name: str, value: str) -> str:
  line = f'        {name!r}: {value},'
  if len(line) > _WIDTH and '(' in value:
    line = line.replace('(', '(\n            ', 1)
  return line


def _template(template: Template) -> str:
  turned = ', turned_around=True' * template.turned_around
  line = f'        Template({template.inputs!r}, {template.targets!r}{turned}),'
  if len(line) <= _WIDTH:
    return line
  return (f'        Template(\n{_literal(template.inputs, 12)},\n'
          f'{_literal(template.targets, 12)}{turned}),')


def _literal(text: str, indent: int) -> str:
  """A text as several literals, one a line, within the line width."""
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
  """A call with one argument a line. `__file__` and types are written as names, not as strings."""
  lines = [f'        {name}={_value(value)},{_SEED_REMARK * (name == "seed")}'
           for name, value in arguments.items()]
  return f'{kind}(\n' + '\n'.join(lines) + '\n    )'


def _value(value: Any) -> str:
  if isinstance(value, Mapping):
    return '{' + ', '.join(f'{name!r}: {kind.__name__}' for name, kind in value.items()) + '}'
  return value if value == '__file__' else repr(value)
