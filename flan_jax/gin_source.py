"""gin source read without importing anything: statements, their places, and macro mistakes.

gin's own parser does the reading; here references are only noted, so a misspelt macro is
reported before a slow import, and with the file and line that it stands in.
"""
import dataclasses
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gin
from gin import config_parser

from flan_jax.errors import UserError, nearest

_WORD = re.compile(r'[^\s\'"()\[\]{}@%][^\s\'"()\[\]{}]*')
_ALMOST_NUMBER = re.compile(r'[+-]?[.,_]*\d[\d.,_]*[kKmMbB%]?')
_ALMOST_LITERAL = {'true': 'True', 'false': 'False', 'none': 'None', 'null': 'None'}


@dataclasses.dataclass(frozen=True)
class Reference:
  """`%name`, `@name` or `@name()` inside a value; its repr is gin source again."""

  sigil: str
  name: str
  called: bool = False

  def __repr__(self):
    return f'{self.sigil}{self.name}' + ('()' if self.called else '')


@dataclasses.dataclass(frozen=True)
class Statement:
  """One import or binding, and what is needed to replay and to blame it.

  Attributes:
    parsed: gin's own record, with `Reference`s in the value of a binding.
    where: 'FILE:LINE' or the command-line flag.
    header: where its configurable is named: the first line of its block, or `where`.
    imports: the imports of its own file so far, itself included.
  """

  parsed: config_parser.ImportStatement | config_parser.BindingStatement
  where: str
  header: str
  imports: tuple[config_parser.ImportStatement, ...]

  @property
  def is_import(self) -> bool:
    return isinstance(self.parsed, config_parser.ImportStatement)

  @property
  def is_flag(self) -> bool:
    return self.where.startswith('--')

  @property
  def key(self) -> str:
    """The left side of a binding: 'MACRO' or 'scope/name.parameter'."""
    scope, selector, parameter = self.parsed[:3]
    return (f'{scope}/' if scope else '') + selector + (f'.{parameter}' if parameter else '')

  @property
  def references(self) -> list[Reference]:
    return list(_references(self.parsed.value))


class _Delegate(config_parser.ParserDelegate):
  """Lets gin's parser note references instead of resolving them."""

  def configurable_reference(self, scoped_configurable_name, evaluate):
    return Reference('@', scoped_configurable_name, evaluate)

  def macro(self, macro_name):
    return Reference('%', macro_name)


def _references(value: Any) -> Iterator[Reference]:
  if isinstance(value, Reference):
    yield value
  elif isinstance(value, dict):
    for item in value.items():
      yield from _references(item)
  elif isinstance(value, (list, tuple)):
    for item in value:
      yield from _references(item)


# ---- Parsing ----


def parse(text: str, locate: Callable[[int], str]) -> list:
  """gin's statement records for `text`.

  Args:
    text: gin source.
    locate: maps a line number of `text`, from 1, to what an error message calls it.

  Raises:
    UserError: the source is not gin, or a value is not a literal or reference.
  """
  try:
    return list(config_parser.ConfigParser(text, _Delegate()))
  except SyntaxError as e:
    line, message = e.lineno, e.msg.splitlines()[0]
  except tokenize.TokenError:
    line, message = len(text.splitlines()), 'the file ends inside a bracket or string'
  line = min(line, len(text.splitlines()))  # A statement cut short is blamed past the end.
  source = text.splitlines()[line - 1].strip()
  name, equals, value = (part.strip() for part in source.partition('='))
  value = value.split(' #')[0].strip()
  if equals and not is_value(value):
    remedy = _value_remedy(name, value, on_command_line=locate(line).startswith('--'))
    raise UserError(f'cannot read the value {value!r}', locate(line), remedy)
  remedy = 'A statement reads NAME = VALUE or name.parameter = VALUE.'
  raise UserError(f'syntax error in {source!r}: {message}', locate(line), remedy)


def is_value(text: str) -> bool:
  """Whether `text` is the right side of a gin binding."""
  try:
    return len(list(config_parser.ConfigParser(f'x = {text}', _Delegate()))) == 1
  except (SyntaxError, tokenize.TokenError):
    return False


def is_plain_word(text: str) -> bool:
  """Whether `text` is a word without quotes that can only be meant as a string.

  Words that are nearly a number, a truth value or None (`10k`, `false`) are not: as strings
  they would be accepted and mean something else.
  """
  return bool(
      _WORD.fullmatch(text)
      and not _ALMOST_NUMBER.fullmatch(text)
      and text.lower() not in _ALMOST_LITERAL
  )


def _value_remedy(name: str, value: str, on_command_line: bool) -> str:
  if value.lower() in _ALMOST_LITERAL:
    return f'Write {_ALMOST_LITERAL[value.lower()]}.'
  number = 'Write numbers out (10000, 1e-3). ' if _ALMOST_NUMBER.fullmatch(value) else ''
  if on_command_line:
    return number + (
        "Quote strings for gin inside the shell's quotes: "
        f'--gin.{name}="\'text\'", --gin.{name}="{{\'inputs\': 512}}".'
    )
  if is_plain_word(value):
    return f'Strings need quotes: {name} = {value!r}'
  return number + "Values are Python literals ('text', True, [1, 2]), %MACRO, @name or @name()."


# ---- Macros ----


def bindings(statements: Iterable[Statement]) -> list[Statement]:
  return [s for s in statements if not s.is_import]


def needed_by(root: str, statements: Iterable[Statement]) -> list[Statement]:
  """The bindings that a configurable depends on, behind the imports that these need.

  Names are compared by their last part: `t5.T5Config` and `models.T5Config` are the same here.
  """
  last_part = lambda name: name.rpartition('/')[2].rpartition('.')[2]
  statements = list(statements)
  names, waiting = set(), [last_part(root)]
  while waiting:
    name = waiting.pop()
    names.add(name)
    for statement in bindings(statements):
      if last_part(statement.parsed.selector) == name:
        waiting += {last_part(r.name) for r in statement.references} - names
  wanted = [s for s in bindings(statements) if last_part(s.parsed.selector) in names]
  kept = [dataclasses.replace(s, imports=_used_imports(s)) for s in wanted]
  needed = {i for statement in kept for i in statement.imports}
  imports = [
      dataclasses.replace(s, imports=tuple(i for i in s.imports if i in needed))
      for s in statements if s.is_import and s.parsed in needed]
  return imports + kept


def _used_imports(statement: Statement) -> tuple[config_parser.ImportStatement, ...]:
  """The imports that give a binding its names; all of them where importing registers names."""
  if not any(i.module.startswith('__gin__.') for i in statement.imports):
    return statement.imports
  names = [statement.parsed.selector, *(r.name for r in statement.references)]
  used = {name.rpartition('/')[2].split('.')[0] for name in names}
  return tuple(
      i for i in statement.imports
      if i.module.startswith('__gin__.') or i.bound_name() in used)


def is_required(statement: Statement) -> bool:
  """Whether the value is the marker %gin.REQUIRED."""
  value = statement.parsed.value
  return isinstance(value, Reference) and value.name in ('gin.REQUIRED', 'REQUIRED')


def undefined_macros(statements: Iterable[Statement]) -> list[str]:
  """Macros used but not set, nor known to gin as constants of modules imported so far."""
  defined = _definitions(statements)
  return [name for name in _uses(statements) if name not in defined and not _is_constant(name)]


def check_macros(statements: Iterable[Statement], known: Iterable[str]) -> None:
  """Raises UserError for a macro that is used but not set, set but not used, or left required.

  Args:
    statements: of all files and flags, in order: the last definition of a macro holds.
    known: macros that count as used although no statement uses them.
  """
  defined, uses = _definitions(statements), _uses(statements)
  for name in undefined_macros(statements):
    remedy = f'{nearest(name, defined)} Or set it with --gin.{name}=VALUE.'.strip()
    raise UserError(f'nothing sets the macro %{name}', uses[name].where, remedy)
  used = {*uses, *known}
  for name, statement in defined.items():
    if name not in used:
      remedy = nearest(name, (n for n in used if not _is_constant(n)))
      raise UserError(f'{name} is set but nothing uses it', statement.where, remedy)
  for statement in defined.values():
    if is_required(statement):
      raise missing_value(statement, statements)


def missing_value(required: Statement, statements: Iterable[Statement]) -> UserError:
  """The error for a macro or parameter left at %gin.REQUIRED."""
  remedy = f'Set it with --gin.{required.key}=VALUE, or after the include in your gin file.'
  earlier = [s for s in bindings(statements) if s.key == required.key and not is_required(s)]
  if earlier:
    remedy = f'{earlier[-1].where} sets it too early: move that below the include.'
  return UserError(f'{required.key} is required and nothing sets it', required.where, remedy)


def _definitions(statements: Iterable[Statement]) -> dict[str, Statement]:
  """The definition in force, which is the last, of each macro."""
  return {s.key: s for s in bindings(statements) if not s.parsed.arg_name}


def _uses(statements: Iterable[Statement]) -> dict[str, Statement]:
  """The first statement that uses each macro."""
  uses = {}
  for statement in bindings(statements):
    for reference in statement.references:
      if reference.sigil == '%':
        uses.setdefault(reference.name, statement)
  return uses


def _is_constant(name: str) -> bool:
  try:
    gin.query_parameter(name)
  except (KeyError, ValueError):
    return False
  return True
