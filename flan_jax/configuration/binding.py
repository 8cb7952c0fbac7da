"""Gives statements to gin one at a time, and explains why gin refuses one.

gin gets each statement with the imports of its own file, so every error has a file and line.
"""
from collections.abc import Iterable
import importlib
import inspect
import math
import pkgutil
import sys
from typing import Any

import gin
from gin import config_parser

from flan_jax.configuration.source import (
  DYNAMIC_REGISTRATION,
  Statement,
)
from flan_jax.errors import UserError, in_one_line, nearest

# What gin raises while it resolves names in one statement.
_GIN_ERRORS = (AttributeError, KeyError, NameError, SyntaxError, TypeError, ValueError)


def import_modules(statements: Iterable[Statement]) -> None:
  """Imports what the statements import. Raises UserError if that fails."""
  for statement in statements:
    if statement.is_import:
      _import(statement)


def _import(statement: Statement) -> None:
  module = statement.parsed.module
  try:
    if not module.startswith('__gin__.'):
      importlib.import_module(module)
  except ImportError as e:
    missing = getattr(e, 'name', None) or ''
    if module != missing and not module.startswith(missing + '.'):
      remedy = 'Install what it needs, or remove the import.'
      raise UserError(f'importing {module} failed: {e}', statement.where, remedy) from e
    remedy = nearest(missing, _siblings(missing)) or 'Install it or add its folder to PYTHONPATH.'
    raise UserError(f'no module {missing!r} to import', statement.where, remedy) from e
  except UserError:
    raise
  except (Exception, SystemExit) as e:  # pylint: disable=broad-except
    # A user's module may raise anything.
    what = f'importing {module} failed: {in_one_line(e)}'
    raise UserError(what, statement.where, 'Fix the module.') from e
  if module < '__gin__' and _is_dynamic(statement):
    # gin sorts imports when it writes the configuration of a run, and dynamic registration has
    # to come first: this would fail at the end of the run.
    remedy = 'Begin the name with a lower-case letter.'
    raise UserError(f'gin cannot save the import of {module!r}', statement.where, remedy)
  try:
    gin.parse_config([i.format() for i in statement.imports])
  except _GIN_ERRORS as e:
    raise UserError(first_line(e), statement.where) from e


def _siblings(module: str) -> list[str]:
  """Names of existing modules, of which one may be meant if `module` does not exist."""
  parent = module.rpartition('.')[0]
  if not parent:
    return [m.name for m in pkgutil.iter_modules()]
  paths = getattr(sys.modules.get(parent), '__path__', [])
  return [m.name for m in pkgutil.iter_modules(paths, parent + '.')]


def bind(statement: Statement) -> None:
  """Gives a binding to gin. Raises UserError if gin refuses it."""
  if _has_endless(statement.parsed.value):
    raise UserError('an infinite number is not possible', statement.where, 'Write a finite one.')
  line = f'{statement.key} = {statement.parsed.value!r}'
  # A flag may use names that are registered already, and otherwise names that the files import.
  contexts = [(), statement.imports] if statement.is_flag else [statement.imports]
  for imports in contexts:
    try:
      gin.parse_config([*(i.format() for i in imports), line])
      return
    except _GIN_ERRORS as e:
      error = e
  raise _explain(statement, error) from error


def _has_endless(value: Any) -> bool:
  """Whether a value contains an infinite number, such as 1e999: gin cannot write it as source."""
  if isinstance(value, dict):
    return any(map(_has_endless, value.items()))
  if isinstance(value, list | tuple):
    return any(map(_has_endless, value))
  return isinstance(value, float) and math.isinf(value)


def _explain(statement: Statement, error: Exception) -> UserError:
  """Finds out why gin refused a binding."""
  parsed = statement.parsed
  for reference in statement.references:
    if reference.sigil == '@':
      selector = reference.name.rpartition('/')[2]
      target, remedy = _resolve(selector, statement)
      if target is None:
        return UserError(f'unknown configurable {reference!r}', statement.where, remedy)
  target, remedy = _resolve(parsed.selector, statement)
  if parsed.arg_name and target is None:
    return UserError(f'unknown configurable {parsed.selector!r}', statement.header, remedy)
  if parsed.arg_name and (parameters := _parameters(target)) is not None:
    if parsed.arg_name not in parameters:
      what = f'{parsed.selector} has no parameter {parsed.arg_name!r}'
      return UserError(what, statement.where, nearest(parsed.arg_name, parameters))
  return UserError(first_line(error), statement.where)


def _resolve(selector: str, statement: Statement) -> tuple[Any, str]:
  """The object that `selector` names in the statement's file, or None and a remedy."""
  dynamic = _is_dynamic(statement)
  if statement.is_flag or not dynamic:
    try:
      return gin.get_configurable(selector), ''
    except (KeyError, ValueError):
      if not dynamic:
        # gin has no public list of what is registered.
        registry = gin.config._REGISTRY  # pylint: disable=protected-access
        names = [name for name, _ in registry.items()]
        return None, nearest(selector, names + [n.rpartition('.')[2] for n in names])
  symbols = {i.bound_name(): _bound_module(i) for i in statement.imports
             if not i.module.startswith('__gin__.')}
  first, *rest = selector.split('.')
  if first not in symbols and first != 'gin':
    return None, f'{nearest(first, symbols)} Otherwise import its module first.'.strip()
  target = symbols.get(first, gin.config)
  for name in rest:
    if not hasattr(target, name):
      return None, nearest(name, (n for n in dir(target) if not n.startswith('_')))
    target = getattr(target, name)
  return target, ''


def _is_dynamic(statement: Statement) -> bool:
  return any(i.format() == DYNAMIC_REGISTRATION for i in statement.imports)


def _bound_module(statement: config_parser.ImportStatement) -> Any:
  whole = statement.is_from or statement.alias
  return sys.modules[statement.module if whole else statement.module.partition('.')[0]]


def _parameters(target: Any) -> list[str] | None:
  """Parameter names of a function or class; None if it takes any name (`**kwargs`)."""
  function = target.__init__ if inspect.isclass(target) else target
  parameters = inspect.signature(function).parameters.values()
  if any(p.kind == p.VAR_KEYWORD for p in parameters):
    return None
  return [p.name for p in parameters if p.name != 'self']


def first_line(error: Exception) -> str:
  """The first line of an exception's message."""
  text = error.msg if isinstance(error, SyntaxError) else str(error)
  return text.strip().splitlines()[0]
