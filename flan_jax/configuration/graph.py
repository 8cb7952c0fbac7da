"""How gin statements depend on each other: mistakes in macros, and what a configurable needs."""
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
import dataclasses
from typing import Any

import gin
from gin import config_parser

from flan_jax.configuration.source import GinReference, Statement, dynamic_registration, parse
from flan_jax.errors import UserError, nearest


def bindings(statements: Iterable[Statement]) -> list[Statement]:
  return [s for s in statements if not s.is_import]


@dataclasses.dataclass(frozen=True)
class ConfigPart:
  """A configurable that is configured with some of the parameters of other configurables.

  Attributes:
    name: its name in gin, such as 'configs.DataSettings'.
    source: the import that gives it this name.
    takes: the last part of another configurable's name -> the parameters taken over from it.
  """

  name: str
  source: str
  takes: Mapping[str, Collection[str]]


def taken_over(part: ConfigPart, statements: Iterable[Statement]) -> list[Statement]:
  """The statements; bindings that a part takes over become bindings of the part."""
  imported, = parse(part.source, lambda _: part.source)
  own = Statement(imported, part.source, part.source, (dynamic_registration(), imported))

  def own_binding(statement: Statement) -> Statement:
    if statement.is_import or statement.parsed.arg_name not in part.takes.get(
        _last_part(statement.parsed.selector), ()):
      return statement
    return dataclasses.replace(
        statement, parsed=statement.parsed._replace(scope='', selector=part.name),
        imports=(*statement.imports, imported))

  switch = dataclasses.replace(own, parsed=own.imports[0], imports=own.imports[:1])
  return [switch, own, *map(own_binding, statements)]


def check_part(part: ConfigPart, statements: Iterable[Statement]) -> None:
  """Refuses flags for unknown parameters of the configurables that a part takes parameters from.

  The configurables themselves are not imported, so a parameter is known if the part takes it or if
  a file sets it.

  Raises:
    UserError: a flag sets another parameter.
  """
  owned = [(_last_part(s.parsed.selector), s) for s in bindings(statements) if s.parsed.arg_name]
  for owner, taken in part.takes.items():
    ours = [s for name, s in owned if name == owner]
    known = {*taken, *(s.parsed.arg_name for s in ours if not s.is_flag)}
    for statement in ours:
      if statement.parsed.arg_name not in known:
        raise UserError('nothing that this command builds uses it', statement.where,
                        nearest(statement.parsed.arg_name, known) or 'Leave it out.')


def needed_by(
    root: str, statements: Iterable[Statement], also: Callable[[str], bool] = lambda module: False
) -> list[Statement]:
  """The imports and then the bindings that a configurable depends on.

  Names are compared by their last part: `t5.T5Config` and `models.T5Config` are the same here.

  Args:
    root: the configurable's name.
    statements: of all files and flags, in order.
    also: whether to import a module, by its name, although no binding needs it.
  """
  statements = list(statements)
  names = _reached([root], statements)
  wanted = [s for s in bindings(statements) if _last_part(s.parsed.selector) in names]
  kept = [dataclasses.replace(s, imports=_used_imports(s)) for s in wanted]
  needed = {i for statement in kept for i in statement.imports}
  needed |= {s.parsed for s in statements if s.is_import and also(s.parsed.module)}
  imports = [
      dataclasses.replace(s, imports=tuple(
          i for i in s.imports if i in needed or i.module.startswith('__gin__.')))
      for s in statements if s.is_import and s.parsed in needed]
  return imports + kept


def _reached(roots: Iterable[str], statements: Sequence[Statement]) -> set[str]:
  """The configurables and macros that the roots depend on, with the roots, by last part of name."""
  names, waiting = set(), [_last_part(root) for root in roots]
  while waiting:
    name = waiting.pop()
    names.add(name)
    for statement in bindings(statements):
      if _last_part(statement.parsed.selector) == name:
        waiting += {_last_part(r.name) for r in statement.references} - names
  return names


def check_flags(root: str, statements: Iterable[Statement]) -> None:
  """Refuses flags that a configurable does not depend on.

  Flags for modules of other packages are accepted: those modules may use them by themselves.

  Args:
    root: the configurable's name.
    statements: of all files and flags, in order.

  Raises:
    UserError: there is such a flag.
  """
  statements = list(statements)
  foreign = [s.parsed.selector for s in bindings(statements)
             if s.parsed.arg_name and not _is_ours(s)]
  reached = _reached([root, *foreign], statements)
  for statement in bindings(statements):
    if statement.is_flag and _last_part(statement.parsed.selector) not in reached:
      macros = [name for name in _definitions(statements) if name in reached]
      raise UserError('nothing that this command builds uses it', statement.where,
                      nearest(statement.key, macros) or 'Leave it out.')


def _is_ours(statement: Statement) -> bool:
  """Whether a binding names a configurable of this package."""
  first = statement.parsed.selector.split('.')[0]
  return any(i.bound_name() == first and i.module.startswith('flan_jax.')
             for i in statement.imports if not i.module.startswith('__gin__.'))


def _last_part(name: str) -> str:
  return name.rpartition('/')[2].rpartition('.')[2]


def _used_imports(statement: Statement) -> tuple[config_parser.ImportStatement, ...]:
  """The imports that a binding's names need; all imports, if importing is what registers names."""
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
  return isinstance(value, GinReference) and value.name in ('gin.REQUIRED', 'REQUIRED')


def undefined_macros(statements: Iterable[Statement]) -> list[str]:
  """Macros that are used but not set, and are not constants of modules imported so far."""
  defined = _definitions(statements)
  return [name for name in _uses(statements) if name not in defined and not _is_constant(name)]


def check_macros(statements: Iterable[Statement], known: Iterable[str]) -> None:
  """Raises UserError for a macro that is used but not set, set but not used, or set to itself.

  Args:
    statements: of all files and flags, in order: the last definition of a macro counts.
    known: macros that count as used although no statement uses them.
  """
  defined, uses = _definitions(statements), _uses(statements)
  for name in undefined_macros(statements):
    remedy = f'{nearest(name, defined)} Or set it with --gin.{name}=VALUE.'.strip()
    raise UserError(f'nothing sets the macro %{name}', uses[name].where, remedy)
  used = {*uses, *known}
  for name, statement in defined.items():
    if name not in used:
      remedy = nearest(name, (n for n in used if not _is_constant(n))) or 'Leave it out.'
      raise UserError(f'{name} is set but nothing uses it', statement.where, remedy)
  _check_circles(statements, defined)


def _check_circles(statements: Iterable[Statement], defined: Mapping[str, Statement]) -> None:
  """Raises UserError if a macro or a configurable depends on itself."""
  uses = {name: (statement, _made_of(statement)) for name, statement in defined.items()}
  for statement in bindings(statements):
    if statement.parsed.arg_name and not statement.parsed.scope:
      name = f'@{_last_part(statement.parsed.selector)}()'
      first, parts = uses.get(name, (statement, []))
      uses[name] = first, parts + _made_of(statement)
  for name, (statement, _) in uses.items():
    if circle := _circle(name, {n: parts for n, (_, parts) in uses.items()}):
      macros = [n for n in circle if n in defined]
      where = defined[macros[0]].where if macros else statement.where
      names = [n if n[0] == '@' else f'%{n}' for n in circle]
      raise UserError(f'macros in a circle: {" = ".join(names)}', where,
                      'Give one of them a value of its own.')


def _made_of(statement: Statement) -> list[str]:
  """The macros and the called configurables in a value.

  Configurables with a scope are left out: a scope may give them other values, so a circle through
  one is not certain.
  """
  return [r.name if r.sigil == '%' else f'@{_last_part(r.name)}()' for r in statement.references
          if r.sigil == '%' or r.called and '/' not in r.name]


def _circle(name: str, parts: Mapping[str, Sequence[str]]) -> list[str]:
  """A path from a name back to itself, with the name at both ends; empty if there is none."""
  ways, waiting = {name: [name]}, [name]
  while waiting:
    way = ways[waiting.pop()]
    for part in parts.get(way[-1], ()):
      if part == name:
        return [*way, name]
      if part not in ways:
        ways[part] = [*way, part]
        waiting.append(part)
  return []


def check_required(
    needed: Iterable[Statement], statements: Iterable[Statement]
) -> None:
  """Raises UserError for a macro among the needed statements that still is %gin.REQUIRED."""
  for statement in _definitions(needed).values():
    if is_required(statement):
      raise missing_value(statement, statements)


def origin(owner: str, field: str, value: Any, statements: Iterable[Statement]
           ) -> tuple[str, str] | None:
  """The macro that set a parameter, and its file and line or its flag.

  Args:
    owner: the last part of the configurable's name.
    field: the parameter.
    value: the parameter's value. If several scopes bind the parameter, the binding with this value
      is chosen.
    statements: of all files and flags, in order.

  Returns:
    The macro's name ('' if the parameter is set directly), and where the value was written; None if
    no statement sets the parameter.
  """
  defined = _definitions(statements)
  found = []
  for statement in bindings(statements):
    if (_last_part(statement.parsed.selector), statement.parsed.arg_name) == (owner, field):
      macros, last = [], statement
      while isinstance(ref := last.parsed.value, GinReference) and ref.name in defined:
        macros.append(ref.name)
        last = defined[ref.name]
      found.append((last.parsed.value == value, (macros[0] if macros else '', last.where)))
  same = [place for is_same, place in found if is_same]
  return (same or [place for _, place in found] or [None])[-1]


def missing_value(required: Statement, statements: Iterable[Statement]) -> UserError:
  """The error for a macro or parameter that still is %gin.REQUIRED."""
  remedy = f'Set it with --gin.{required.key}=VALUE, or after the include in your gin file.'
  earlier = [s for s in bindings(statements) if s.key == required.key and not is_required(s)]
  if earlier:
    remedy = f'{earlier[-1].where} sets it too early: move that below the include.'
  return UserError(f'{required.key} is required and nothing sets it', required.where, remedy)


def _definitions(statements: Iterable[Statement]) -> dict[str, Statement]:
  """The last definition of each macro, which is the one that counts."""
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
