"""gin-config at the edge of the library: finding files, loading them, explaining mistakes.

`load` works in two passes. First gin's own parser reads the files, their includes and the
command line's bindings without importing anything, so misspelt files and macros surface at
once. Then modules are imported and the statements handed to gin one at a time, each under the
imports of its own file, so every complaint has the file and line it belongs to.
"""
from collections.abc import Callable, Iterable, Mapping, Sequence
import dataclasses
import os
import pathlib
import re
from typing import Any

from etils import epath
import gin
from gin import config_parser

from flan_jax import gin_binding, gin_graph, gin_source, paths
from flan_jax.checks import BadValue
from flan_jax.errors import UserError, nearest
from flan_jax.gin_graph import Part
from flan_jax.gin_source import Statement


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


def find_gin_file(
    name: str, search_paths: Sequence[str] = (), where: str = '', including: str = ''
) -> str:
  """The path of the gin file called `name`.

  Looked for beside the file that includes it, then from the working directory, then in each search
  path, then among the shipped files, where a leading 'gin/' may be left out. Absolute and `gs://`
  names are taken as they are; `~` is the home directory.

  Args:
    name: what the user wrote, in a flag or an include.
    search_paths: folders, local or `gs://`.
    where: the flag or the including file and line, for the error message.
    including: the path of the file that includes it; empty for a flag.

  Raises:
    UserError: no such file.
  """
  name = paths.expand(name)
  if not paths.is_local(name) or os.path.isabs(name):
    candidates = [epath.Path(name)]
  else:
    shipped = [epath.Path(root) / name.removeprefix('gin/') for root in shipped_roots()]
    beside = [epath.Path(including).parent] if including else []
    folders = [*beside, '', *map(paths.expand, search_paths)]
    candidates = [epath.Path(folder) / name for folder in folders] + shipped
  for path in candidates:
    if path.is_file():
      return os.fspath(path)
  looked = ', '.join(dict.fromkeys(
      os.path.abspath(p) if paths.is_local(p) else os.fspath(p) for p in candidates))
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


@dataclasses.dataclass(frozen=True)
class Loaded:
  """A configuration that gin holds now.

  Attributes:
    statements: what was read, in order: of the files, then of the flags.
  """

  statements: tuple[Statement, ...]

  def build(self, configurable: Callable[..., Any]) -> Any:
    """An object of a class, or what a function returns, as the configuration says.

    Raises:
      UserError: a value is one that the class cannot have, with the macro or flag that gave it; or
        a value is missing.
    """
    try:
      return gin.get_configurable(configurable)()
    except BadValue as error:
      raise self._told_where(error) from error
    except UserError:
      raise
    except (TypeError, ValueError) as error:
      raise self._not_made(configurable, gin_binding.first_line(error)) from error

  def check_flags(self, configurable: str) -> None:
    """Raises UserError for a flag that changes nothing of a configurable; see `gin_graph`."""
    gin_graph.check_flags(configurable, self.statements)

  def _not_made(self, configurable: Callable[..., Any], said: str) -> UserError:
    files = [s.where.rpartition(':')[0] for s in self.statements if not s.is_flag]
    missing = re.match(r"([\w.]+)\.__init__\(\) missing \d+ required .*?: (.*)", said)
    what = f'{missing[1]} needs {missing[2]}, which nothing sets' if missing else (
        f'{configurable.__name__} cannot be made: {said}')
    remedy = "Set it, such as by including 'gin/runs/train.gin', which sets what a training needs."
    return UserError(what, files[-1] if files else '', remedy if missing else '')

  def _told_where(self, error: BadValue) -> UserError:
    """The error of a value, with the macro and the place that it came from."""
    place = gin_graph.origin(error.owner, error.field, error.value, self.statements)
    if place is None:
      return error
    macro_name, where = place
    named = where if not macro_name or where.startswith(f'--gin.{macro_name}=') else (
        f'{where}: {macro_name}')
    return UserError(
        error.what, named, f'{error.remedy} {gin_source.remedy_of_value(error.value)}'.strip())


def load(
    gin_files: Sequence[str],
    bindings: Sequence[str] = (),
    search_paths: Sequence[str] = (),
    known: Iterable[str] = (),
    root: str | Part | None = None,
) -> Loaded:
  """Replaces gin's configuration by that of the files, in order, and then the bindings.

  The configuration is left unlocked: modules imported later may still register configurables.

  Args:
    gin_files: names as `find_gin_file` takes them; includes are found the same way.
    bindings: gin statements such as "TRAIN_STEPS = 100", from `rewrite_gin_args`.
    search_paths: see `find_gin_file`.
    known: macros that the program itself reads through `macro`, so that setting one is no
      mistake although no file uses it.
    root: a configurable's name: load what it depends on and import nothing else. A `Part` takes
      bindings of others over; modules of other packages are imported all the same, since they may
      register tasks.

  Raises:
    UserError: any mistake in the files or bindings, with 'FILE:LINE' or the flag.
  """
  gin.clear_config()
  statements = everything = _read_all(gin_files, bindings, search_paths)
  if gin_graph.undefined_macros(statements):
    gin_binding.import_modules(statements)  # Modules may define constants, which look like macros.
  gin_graph.check_macros(statements, known)
  if isinstance(root, Part):
    gin_graph.check_part(root, statements)
    statements = gin_graph.needed_by(
        root.name, gin_graph.taken_over(root, statements), also=_is_foreign)
  elif root:
    statements = gin_graph.needed_by(root, statements)
  gin_graph.check_required(statements, everything)
  gin_binding.import_modules(statements)
  for statement in gin_graph.bindings(statements):
    gin_binding.bind(statement)
  _finalize(statements)
  return Loaded(tuple(statements))


def _is_foreign(module: str) -> bool:
  return module.partition('.')[0] not in ('__gin__', 'flan_jax')


def macro_names(gin_file: str) -> list[str]:
  """The macros that a gin file and its includes set."""
  statements = _read_all([gin_file], (), ())
  return [s.key for s in gin_graph.bindings(statements) if not s.parsed.arg_name]


def fields(gin_file: str) -> dict[str, Any]:
  """The parameters that a gin file and its includes give configurables, by their names.

  Macros are resolved. Nothing is imported, and gin's configuration stays as it is.

  Raises:
    UserError: there is no such file, or it is no gin.
  """
  bound = gin_graph.bindings(_read_all([gin_file], (), ()))
  macros = {s.key: s.parsed.value for s in bound if not s.parsed.arg_name}
  return {
      s.parsed.arg_name: macros[s.references[0].name] if s.references else s.parsed.value
      for s in bound if s.parsed.arg_name}


def macro_in_file(gin_file: str, name: str) -> Any:
  """What a gin file with its includes sets a macro to; None where it does not, or to no value."""
  set_to = [s for s in gin_graph.bindings(_read_all([gin_file], (), ())) if s.key == name]
  return set_to[-1].parsed.value if set_to and not set_to[-1].references else None


def operative_config(macros: Mapping[str, Any] | None = None) -> str:
  """The configuration as used so far: gin source that `load` accepts, with macros and defaults.

  Args:
    macros: values to write in place of those used; macros that the configuration has not are left
      out.
  """
  for name, value in (macros or {}).items():
    unset = object()
    if macro(name, unset) is not unset:
      gin.bind_parameter(f'{name}/gin.macro.value', value)
      macro(name)  # what is used last is what is written
  return gin.operative_config_str()


def bound() -> dict[str, str]:
  """The configuration as read: each 'MACRO' or 'scope/name.parameter', and its value in gin."""
  return {s.key: repr(s.parsed.value) for s in gin_graph.bindings(_bound_statements())}


def imported_modules() -> list[str]:
  """The modules that the configuration as read imports."""
  return [s.parsed.module for s in _bound_statements()
          if s.is_import and not s.parsed.module.startswith('__gin__.')]


def _bound_statements() -> list[Statement]:
  return _read(gin.config_str(), lambda line: f'line {line} of the configuration', ())


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
    flag = flag_of(text)
    statements += _read(text, lambda _, flag=flag: flag, search_paths, imports=imports)
  return statements


def _read_file(name, where, search_paths, parents=()) -> list[Statement]:
  path = find_gin_file(name, search_paths, where, including=parents[-1] if parents else '')
  if any(_real(path) == _real(parent) for parent in parents):
    raise UserError(f'{name!r} ends up including itself', where, 'Remove this include.')
  try:
    text = epath.Path(path).read_text()
  except (OSError, UnicodeDecodeError) as error:
    raise UserError(f'{path} cannot be read: {gin_binding.first_line(error)}', where,
                    'A gin file is text in UTF-8.') from error
  return _read(text, lambda line: f'{path}:{line}', search_paths, parents=(*parents, path))


def _real(path: str) -> str:
  return os.path.realpath(path) if paths.is_local(path) else path


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
        parsed = gin_source.present(parsed)
        imports = (*imports, parsed)
      in_block = parsed.location.char_num is not None
      statements.append(Statement(parsed, where, header if in_block else where, imports))
  return statements


def flag_of(binding: str) -> str:
  """The command-line flag that a binding came from."""
  name, equals, value = (part.strip() for part in binding.partition('='))
  return f'--gin.{name}={value}' if equals else f'--gin_bindings={binding}'


def _imports_for_flags(statements: list[Statement]) -> tuple[config_parser.ImportStatement, ...]:
  """All imports of the files: a flag may use any name that a file may."""
  by_source = {s.parsed.format(): s.parsed for s in statements if s.is_import}
  # gin wants dynamic registration switched on before anything else is imported.
  first = gin_source.DYNAMIC_REGISTRATION
  imports = tuple(by_source[k] for k in sorted(by_source, key=lambda k: k != first))
  return gin_source.former_imports(imports) if first in by_source else imports


# ---- Last checks ----


def _finalize(statements: list[Statement]) -> None:
  """Runs gin's last checks without leaving the configuration locked."""
  try:
    with gin.unlock_config():
      gin.finalize()
  except ValueError as e:
    last = {s.key: s for s in gin_graph.bindings(statements)}
    for statement in last.values():
      if gin_graph.is_required(statement):
        raise gin_graph.missing_value(statement, statements) from e
    raise UserError(gin_binding.first_line(e)) from e
