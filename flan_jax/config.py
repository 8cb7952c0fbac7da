"""gin-config at the edge of the library: finding files, loading them, explaining mistakes.

`load` works in two passes. First gin's own parser reads the files, their includes and the
command line's bindings without importing anything, so misspelt files and macros surface at
once. Then modules are imported and the statements handed to gin one at a time, each under the
imports of its own file, so every complaint has the file and line it belongs to.
"""
import importlib
import inspect
import os
import pathlib
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from etils import epath
import gin
from gin import config_parser

from flan_jax import gin_source
from flan_jax.errors import UserError, in_one_line, nearest
from flan_jax.gin_source import Statement

_DYNAMIC_REGISTRATION = 'from __gin__ import dynamic_registration'
# What gin raises while it resolves names in one statement.
_GIN_ERRORS = (AttributeError, KeyError, NameError, SyntaxError, TypeError, ValueError)


# ---- Files ----


def shipped_roots() -> list[pathlib.Path]:
  """The existing folders of shipped gin files: package data first, then the repository's gin/."""
  package = pathlib.Path(__file__).resolve().parent
  folders = (package / 'gin', package.parent / 'gin')
  # Next to an installed package, `gin` is gin-config itself, which has an __init__.py.
  return [f for f in folders if f.is_dir() and not (f / '__init__.py').exists()]


def shipped_gin_files() -> list[str]:
  """Names of the shipped gin files as a user types them, such as 'gin/runs/train.gin', sorted."""
  names = {
      f'gin/{path.relative_to(root).as_posix()}'
      for root in shipped_roots()
      for path in root.rglob('*.gin')
  }
  return sorted(names)


def find_gin_file(name: str, search_paths: Sequence[str] = (), where: str = '') -> str:
  """The path of the gin file called `name`.

  Looked for as given from the working directory, then in each search path, then among the
  shipped files, where a leading 'gin/' may be left out. Absolute and `gs://` names are taken
  as they are.

  Args:
    name: what the user wrote, in a flag or an include.
    search_paths: folders, local or `gs://`.
    where: the flag or the including file and line, for the error message.

  Raises:
    UserError: no such file.
  """
  if '://' in name or os.path.isabs(name):
    candidates = [epath.Path(name)]
  else:
    shipped = [epath.Path(root) / name.removeprefix('gin/') for root in shipped_roots()]
    candidates = [epath.Path(folder) / name for folder in ('', *search_paths)] + shipped
  for path in candidates:
    if path.is_file():
      return os.fspath(path)
  looked = ', '.join(dict.fromkeys(
      os.path.abspath(p) if '://' not in os.fspath(p) else os.fspath(p) for p in candidates))
  remedy = nearest('gin/' + name.removeprefix('gin/'), shipped_gin_files())
  remedy = remedy or 'Add its folder with --gin_search_paths=DIR.'
  raise UserError(f'no gin file {name!r} (looked for {looked})', where, remedy)


# ---- Flags ----


def rewrite_gin_args(argv: Sequence[str]) -> tuple[list[str], list[str]]:
  """Splits `--gin.NAME=VALUE` flags from the other arguments.

  A value that is a bare word and not gin, such as `/tmp/x` or `rte`, is taken as a string, so
  the inner quotes may be left out; `10k` and `false` stay as they are, for `load` to refuse.

  Returns:
    bindings for `load` ('NAME = VALUE'), and the remaining arguments, both in order.

  Raises:
    UserError: a `--gin.NAME` without a value.
  """
  bindings, rest = [], []
  for argument in argv:
    if not argument.startswith('--gin.'):
      rest.append(argument)
      continue
    name, equals, value = argument.removeprefix('--gin.').partition('=')
    if not equals:
      raise UserError('a gin flag needs a value', argument, f'Write --gin.{name}=VALUE.')
    is_string = gin_source.is_plain_word(value) and not gin_source.is_value(value)
    bindings.append(f'{name} = {value!r}' if is_string else f'{name} = {value}')
  return bindings, rest


# ---- Loading ----


def load(
    gin_files: Sequence[str],
    bindings: Sequence[str] = (),
    search_paths: Sequence[str] = (),
    known: Iterable[str] = (),
    root: str | None = None,
) -> None:
  """Replaces gin's configuration by that of the files, in order, and then the bindings.

  The configuration is left unlocked: modules imported later may still register configurables.

  Args:
    gin_files: names as `find_gin_file` takes them; includes are found the same way.
    bindings: gin statements such as "TRAIN_STEPS = 100", from `rewrite_gin_args`.
    search_paths: see `find_gin_file`.
    known: macros that the program itself reads through `macro`, so that setting one is no
      mistake although no file uses it.
    root: a configurable's name: load what it depends on and import nothing else.

  Raises:
    UserError: any mistake in the files or bindings, with 'FILE:LINE' or the flag.
  """
  gin.clear_config()
  statements = _read_all(gin_files, bindings, search_paths)
  if gin_source.undefined_macros(statements):
    _import_modules(statements)  # Modules may define constants, which look like macros.
  gin_source.check_macros(statements, known)
  if root:
    statements = gin_source.needed_by(root, statements)
  _import_modules(statements)
  for statement in gin_source.bindings(statements):
    _bind(statement)
  _finalize(statements)


def read_macros(
    gin_files: Sequence[str], bindings: Sequence[str] = (), search_paths: Sequence[str] = ()
) -> dict[str, Any]:
  """The macros that gin files and bindings set to plain values, without importing anything.

  Raises:
    UserError: a mistake in a file's name, its syntax or its macros.
  """
  statements = _read_all(gin_files, bindings, search_paths)
  gin_source.check_macros(statements, ())
  return {
      s.key: s.parsed.value for s in gin_source.bindings(statements)
      if not s.parsed.arg_name and not s.references
  }


def macro_names(gin_file: str) -> list[str]:
  """The macros that a gin file and its includes set."""
  statements = _read_all([gin_file], (), ())
  return [s.key for s in gin_source.bindings(statements) if not s.parsed.arg_name]


def operative_config() -> str:
  """The configuration as used so far: gin source that `load` accepts, with macros and defaults."""
  return gin.operative_config_str()


def macro(name: str, default: Any = None) -> Any:
  """The value of macro `name` with its references resolved, or `default` when it is not set."""
  try:
    gin.query_parameter(f'{name}/gin.macro.value')
  except ValueError:
    return default
  return gin.get_configurable(f'{name}/gin.macro')()


# ---- Reading ----


def _read_all(gin_files, bindings, search_paths) -> list[Statement]:
  """The statements of all files in order, then those of the bindings."""
  statements = []
  for name in gin_files:
    statements += _read_file(name, f'--gin_file={name}', search_paths)
  imports = _imports_for_flags(statements)
  for text in bindings:
    flag = _flag(text)
    statements += _read(text, lambda _, flag=flag: flag, search_paths, imports=imports)
  return statements


def _read_file(name, where, search_paths, parents=()) -> list[Statement]:
  path = find_gin_file(name, search_paths, where)
  if path in parents:
    raise UserError(f'{name!r} ends up including itself', where, 'Remove this include.')
  text = epath.Path(path).read_text()
  return _read(text, lambda line: f'{path}:{line}', search_paths, parents=(*parents, path))


def _read(text, locate, search_paths, imports=(), parents=()) -> list[Statement]:
  """The statements of `text`, with those of included files in their places.

  Args:
    text: gin source.
    locate: maps a line number of `text` to what an error message calls it.
    search_paths: see `find_gin_file`.
    imports: import statements in force before the first line.
    parents: paths of the files being read, outermost first.
  """
  statements, header = [], ''
  for parsed in gin_source.parse(text, locate):
    where = locate(parsed.location.line_num)
    if isinstance(parsed, config_parser.IncludeStatement):
      statements += _read_file(parsed.filename, where, search_paths, parents)
    elif isinstance(parsed, config_parser.BlockDeclaration):
      header = where
    else:
      if isinstance(parsed, config_parser.ImportStatement):
        imports = (*imports, parsed)
      in_block = parsed.location.char_num is not None
      statements.append(Statement(parsed, where, header if in_block else where, imports))
  return statements


def _flag(binding: str) -> str:
  """The command-line flag that a binding came from."""
  name, equals, value = (part.strip() for part in binding.partition('='))
  return f'--gin.{name}={value}' if equals else f'--gin_bindings={binding}'


def _imports_for_flags(statements: list[Statement]) -> tuple[config_parser.ImportStatement, ...]:
  """All imports of the files: a flag may use any name that a file may."""
  by_source = {s.parsed.format(): s.parsed for s in statements if s.is_import}
  # gin wants dynamic registration switched on before anything else is imported.
  return tuple(by_source[k] for k in sorted(by_source, key=lambda k: k != _DYNAMIC_REGISTRATION))


# ---- Handing over to gin ----


def _import_modules(statements: list[Statement]) -> None:
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
      remedy = 'Install what it needs, or take the import out.'
      raise UserError(f'importing {module} failed: {e}', statement.where, remedy) from e
    remedy = nearest(missing, _siblings(missing)) or 'Install it or add its folder to PYTHONPATH.'
    raise UserError(f'no module {missing!r} to import', statement.where, remedy) from e
  except UserError:
    raise
  except (Exception, SystemExit) as e:  # pylint: disable=broad-except
    # A module of somebody's own may raise anything.
    what = f'importing {module} failed: {in_one_line(e)}'
    raise UserError(what, statement.where, 'Mend the module.') from e
  if module < '__gin__' and _is_dynamic(statement):
    # gin sorts imports when it writes the configuration of a run, and dynamic registration has
    # to come first: this would fail at the end of the run.
    remedy = 'Begin the name with a lower-case letter.'
    raise UserError(f'gin cannot save the import of {module!r}', statement.where, remedy)
  try:
    gin.parse_config([i.format() for i in statement.imports])
  except _GIN_ERRORS as e:
    raise UserError(_first_line(e), statement.where) from e


def _siblings(module: str) -> list[str]:
  """Names that could have been meant where `module` does not exist."""
  parent = module.rpartition('.')[0]
  if not parent:
    return [m.name for m in pkgutil.iter_modules()]
  paths = getattr(sys.modules.get(parent), '__path__', [])
  return [m.name for m in pkgutil.iter_modules(paths, parent + '.')]


def _bind(statement: Statement) -> None:
  line = f'{statement.key} = {statement.parsed.value!r}'
  # A flag may name what is registered already or, failing that, what the files import.
  contexts = [(), statement.imports] if statement.is_flag else [statement.imports]
  for imports in contexts:
    try:
      gin.parse_config([*(i.format() for i in imports), line])
      return
    except _GIN_ERRORS as e:
      error = e
  raise _explain(statement, error) from error


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
  return UserError(_first_line(error), statement.where)


def _resolve(selector: str, statement: Statement) -> tuple[Any, str]:
  """What `selector` names in the statement's file, or None and a remedy."""
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
  return any(i.format() == _DYNAMIC_REGISTRATION for i in statement.imports)


def _bound_module(statement: config_parser.ImportStatement) -> Any:
  whole = statement.is_from or statement.alias
  return sys.modules[statement.module if whole else statement.module.partition('.')[0]]


def _parameters(target: Any) -> list[str] | None:
  """Parameter names of a function or class; None where any name goes."""
  function = target.__init__ if inspect.isclass(target) else target
  parameters = inspect.signature(function).parameters.values()
  if any(p.kind == p.VAR_KEYWORD for p in parameters):
    return None
  return [p.name for p in parameters if p.name != 'self']


def _finalize(statements: list[Statement]) -> None:
  """Runs gin's last checks without leaving the configuration locked."""
  try:
    with gin.unlock_config():
      gin.finalize()
  except ValueError as e:
    last = {s.key: s for s in gin_source.bindings(statements)}
    for statement in last.values():
      if gin_source.is_required(statement):
        raise gin_source.missing_value(statement, statements) from e
    raise UserError(_first_line(e)) from e


def _first_line(error: Exception) -> str:
  text = error.msg if isinstance(error, SyntaxError) else str(error)
  return text.strip().splitlines()[0]
