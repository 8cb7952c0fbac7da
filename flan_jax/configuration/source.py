"""Parses gin source into statements with their file and line, without importing anything.

gin's own parser does the work. References are kept and not resolved, so a misspelled macro is
reported before a slow import, with its file and line.
"""
import ast
from collections.abc import Callable, Collection, Iterator
import dataclasses
import re
import tokenize
from typing import Any

from gin import config_parser

from flan_jax import configs
from flan_jax.errors import UserError

DYNAMIC_REGISTRATION = 'from __gin__ import dynamic_registration'

_WORD = re.compile(r'[^\s\'"()\[\]{}@%][^\s\'"()\[\]{}]*')
_QUOTED = re.compile(r'''(["']).*\1''', re.DOTALL)
_ALMOST_NUMBER = re.compile(r'[+-]?[.,_]*\d[\d.,_]*[kKmMbB%]?')
# Numbers joined by + - * / and nothing else, so `eval` of a match is safe. No powers, since one can
# take forever to compute; the bounds on digits and terms limit the work too.
_NUMBER = r'[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?'
_SUM = re.compile(rf'\(*\s*{_NUMBER}\s*\)*(?:\s*(?:[+\-*/]|//)\s*\(*\s*{_NUMBER}\s*\)*){{1,8}}')
_ALMOST_LITERAL = {'true': 'True', 'false': 'False', 'none': 'None', 'null': 'None'}


@dataclasses.dataclass(frozen=True)
class GinReference:
  """`%name`, `@name` or `@name()` inside a value; its repr is gin source."""

  sigil: str
  name: str
  called: bool = False

  def __repr__(self):
    return f'{self.sigil}{self.name}' + ('()' if self.called else '')


@dataclasses.dataclass(frozen=True)
class Statement:
  """One import or binding, with what gin needs to run it and what error messages need.

  Attributes:
    parsed: gin's own record, with `GinReference`s in the value of a binding.
    where: 'FILE:LINE' or the command-line flag.
    header: where its configurable is named: the first line of its block, or else `where`.
    imports: the imports of its own file up to here, including this statement.
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
  def references(self) -> list[GinReference]:
    return list(_references(self.parsed.value))


class _Delegate(config_parser.ParserDelegate):
  """Makes gin's parser keep references instead of resolving them."""

  def configurable_reference(self, scoped_configurable_name, evaluate):
    return GinReference('@', scoped_configurable_name, evaluate)

  def macro(self, macro_name):
    return GinReference('%', macro_name)


def _references(value: Any) -> Iterator[GinReference]:
  if isinstance(value, GinReference):
    yield value
  elif isinstance(value, dict):
    for item in value.items():
      yield from _references(item)
  elif isinstance(value, (list, tuple)):
    for item in value:
      yield from _references(item)


def dynamic_registration() -> config_parser.ImportStatement:
  """The import statement that makes gin find configurables by the imports of a file."""
  return _statement(DYNAMIC_REGISTRATION)


def _statement(text: str) -> Any:
  return next(iter(config_parser.ConfigParser(text, _Delegate())))


# ---- Names of earlier versions ----


# What `optimizers` was in `optimizers.AdamW`.
_FORMER = frozenset(module.rpartition('.')[2] for module in configs.FORMER_MODULES)


def present(statement: config_parser.ImportStatement) -> config_parser.ImportStatement:
  """The import; of `configs`, if earlier versions had its names in the module that it names.

  gin must see one import of `configs` and no alias of it. It would write either of two names into
  a saved configuration, by the order of a set.
  """
  names_it_whole = not statement.is_from and not statement.alias
  if statement.module not in (*configs.FORMER_MODULES, configs.__name__) or names_it_whole:
    return statement
  return statement._replace(module=configs.__name__, is_from=True, alias=None)


def renamed(
    statement: config_parser.BindingStatement, imported: Collection[str], taken: Collection[str]
) -> config_parser.BindingStatement:
  """The binding, with the names that its classes have now: `configs.AdamW`.

  Args:
    statement: as written.
    imported: names of modules that stand for `configs` in this file.
    taken: names of other modules that it imports.
  """
  def current(name: str) -> str:
    scope, slash, path = name.rpartition('/')
    module, dot, kind = path.partition('.')
    is_former = module in _FORMER and module not in taken and kind in (
        *dir(configs), *configs.FORMER_CLASSES)
    if not dot or not (module in imported or is_former):
      return name
    return f'{scope}{slash}configs.{configs.FORMER_CLASSES.get(kind, kind)}'

  def rename(value: Any) -> Any:
    if isinstance(value, GinReference):
      is_class = value.sigil == '@'
      return dataclasses.replace(value, name=current(value.name)) if is_class else value
    if isinstance(value, dict):
      return {rename(key): rename(item) for key, item in value.items()}
    return type(value)(map(rename, value)) if isinstance(value, (list, tuple)) else value

  return statement._replace(selector=current(statement.selector), value=rename(statement.value))


def configs_import() -> config_parser.ImportStatement:
  """The import of the module that has the names of gin files."""
  package, _, name = configs.__name__.rpartition('.')
  return _statement(f'from {package} import {name}')


# ---- Parsing ----


def parse(text: str, locate: Callable[[int], str]) -> list:
  """gin's statement records for `text`.

  Args:
    text: gin source.
    locate: maps a line number of `text`, from 1, to its name in error messages.

  Raises:
    UserError: the source is not gin, or a value is not a literal or reference.
  """
  try:
    return list(config_parser.ConfigParser(text, _Delegate()))
  except SyntaxError as e:
    line, message = e.lineno, e.msg.splitlines()[0]
  except tokenize.TokenError:
    line, message = len(text.splitlines()), 'the file ends inside a bracket or string'
  # For a statement that ends early, gin's error has a line after the last one.
  line = min(line, len(text.splitlines()))
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
  """Whether `text` is a word without quotes that can only be a string.

  Words that look like a number, a truth value or None (`10k`, `false`) are not: as strings they
  would be accepted, but mean something else.
  """
  return bool(
      _WORD.fullmatch(text)
      and not _ALMOST_NUMBER.fullmatch(text)
      and text.lower() not in _ALMOST_LITERAL
  )


def without_shell_quotes(text: str) -> str:
  r"""A value as it was before shells wrapped it: `\"rte\"`, `""rte""` and `"'rte'"` give `"rte"`.

  A value that gin reads, and that is no string with quotes around it, is left alone.
  """
  plain = re.sub(r'\\+(["\'])', r'\1', text)
  if not is_value(text) and is_value(plain):
    text = plain
  once = re.sub(r'^(["\'])\1*(.*?)\1+$', r'\1\2\1', text)
  if not is_value(text) and is_value(once):
    text = once
  try:
    inner = ast.literal_eval(text)
  except (SyntaxError, ValueError):
    return text
  is_quoted = isinstance(inner, str) and _QUOTED.fullmatch(inner) and is_value(inner)
  return inner if is_quoted else text


def _arithmetic_result(text: str) -> int | float | None:
  """The value of an arithmetic expression such as '1e-3/2'; None for any other text."""
  if not _SUM.fullmatch(text):
    return None
  try:
    return eval(text, {'__builtins__': {}})  # pylint: disable=eval-used
  except (ArithmeticError, SyntaxError, TypeError, ValueError):
    return None


def remedy_of_value(value: Any) -> str:
  """What to write instead of a value that gin has accepted but that cannot be used; may be ''."""
  if isinstance(value, str) and (result := _arithmetic_result(value)) is not None:
    return f'gin does no arithmetic: write the result, {result!r}.'
  return 'Put () after the name: @name().' if callable(value) else ''


def _value_remedy(name: str, value: str, on_command_line: bool) -> str:
  if value.lower() in _ALMOST_LITERAL:
    return f'Write {_ALMOST_LITERAL[value.lower()]}.'
  if (result := _arithmetic_result(value)) is not None:
    return f'gin does no arithmetic: write the result, {result!r}.'
  number = 'Write numbers out (10000, 1e-3). ' if _ALMOST_NUMBER.fullmatch(value) else ''
  if on_command_line:
    return number + (
        "Quote strings for gin inside the shell's quotes: "
        f'--gin.{name}="\'text\'", --gin.{name}="{{\'inputs\': 512}}".'
    )
  if is_plain_word(value):
    return f'Strings need quotes: {name} = {value!r}'
  return number + "Values are Python literals ('text', True, [1, 2]), %MACRO, @name or @name()."
