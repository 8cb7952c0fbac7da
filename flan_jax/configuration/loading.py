"""Loads gin files into gin's configuration, and builds objects from it.

`load` works in two passes. First, gin's own parser reads the files, their includes and the bindings
of the command line. This imports nothing, so a misspelled file or macro is reported before slow
imports. Then modules are imported, and gin gets the statements one at a time, each with the imports
of its own file. So every error has a file and line.
"""
from collections.abc import Callable, Iterable, Mapping, Sequence
import dataclasses
import re
from typing import Any

import gin

from flan_jax.checks import BadValue
from flan_jax.configuration import binding, graph, reading, source
from flan_jax.configuration.graph import ConfigPart
from flan_jax.configuration.source import Statement
from flan_jax.errors import UserError

_TRAINING = 'gin/runs/train.gin'
_loaded: list['Loaded'] = []  # the configuration that gin holds now


@dataclasses.dataclass(frozen=True)
class Loaded:
  """The configuration that gin has now.

  Attributes:
    statements: all statements in order: those of the files, then those of the flags.
  """

  statements: tuple[Statement, ...]

  def build(self, configurable: Callable[..., Any]) -> Any:
    """Calls a class or function with the configured values.

    Raises:
      UserError: the class refuses a value (the message names the macro or flag that set it), or a
        value is missing.
    """
    try:
      return gin.get_configurable(configurable)()
    except BadValue as error:
      raise self.told_where(error) from error
    except UserError:
      raise
    except (TypeError, ValueError) as error:
      raise self._not_made(configurable, binding.first_line(error)) from error

  def check_flags(self, configurable: str) -> None:
    """Raises UserError for a flag that a configurable does not depend on; see `graph`."""
    graph.check_flags(configurable, self.statements)

  def _not_made(self, configurable: Callable[..., Any], said: str) -> UserError:
    files = [s.where.rpartition(':')[0] for s in self.statements if not s.is_flag]
    missing = re.match(r"([\w.]+)\.__init__\(\) missing \d+ required .*?: (.*)", said)
    where = files[-1] if files else ''
    if not missing:
      return UserError(f'{configurable.__name__} cannot be made: {said}', where)
    names = [_typed_name(missing[1], field) for field in re.findall(r"'(\w+)'", missing[2])]
    remedy = "Set it, such as by including 'gin/runs/train.gin', which sets what a training needs."
    is_macro = all(name.isupper() for name in names)
    return UserError(f'nothing sets {", ".join(names)}', where, remedy if is_macro else
                     f'Set it with --gin.{names[0]}=VALUE, or in the file.')

  def told_where(self, error: BadValue) -> UserError:
    """The error of a value, with the macro and the place that set it."""
    place = graph.origin(error.owner, error.field, error.value, self.statements)
    if place is None:
      return UserError(error.what, _typed_name(error.owner, error.field), error.remedy)
    macro_name, where = place
    named = where if not macro_name or where.startswith(f'--gin.{macro_name}=') else (
        f'{where}: {macro_name}')
    return UserError(
        error.what, named, f'{error.remedy} {source.remedy_of_value(error.value)}'.strip())


def _typed_name(owner: str, field: str) -> str:
  """What people type to set a parameter: its macro in the shipped files, or 'configs.owner.field'.
  """
  macros = [s.references[0].name for s in graph.bindings(reading.read_all([_TRAINING], (), ()))
            if s.parsed.selector.rpartition('.')[2] == owner and s.parsed.arg_name == field
            and s.references]
  return macros[-1] if macros else f'configs.{owner}.{field}'


def in_typed_words(error: UserError) -> UserError:
  """An error in the user's terms. An error of a value names the macro or flag, not the class."""
  if not isinstance(error, BadValue) or not _loaded:
    return error
  return _loaded[-1].told_where(error)


def load(
    gin_files: Sequence[str],
    bindings: Sequence[str] = (),
    search_paths: Sequence[str] = (),
    known: Iterable[str] = (),
    root: str | ConfigPart | None = None,
) -> Loaded:
  """Replaces gin's configuration by that of the files and bindings, in this order.

  The configuration stays unlocked, because modules imported later may register configurables.

  Args:
    gin_files: names as `find_gin_file` takes them; includes are found the same way.
    bindings: gin statements such as "TRAIN_STEPS = 100", from `rewrite_gin_args`.
    search_paths: see `find_gin_file`.
    known: macros that the program itself reads with `macro`; setting one of them is no mistake,
      even if no file uses it.
    root: a configurable's name: only what it depends on is loaded and imported. A `ConfigPart`
      also takes over bindings of other configurables; then modules of other packages are imported
      too, because they may register tasks.

  Raises:
    UserError: any mistake in the files or bindings, with 'FILE:LINE' or the flag.
  """
  gin.clear_config()
  statements = everything = reading.read_all(gin_files, bindings, search_paths)
  if graph.undefined_macros(statements):
    # Modules may define constants, and gin files use those like macros. So modules are imported
    # before a macro is called undefined, but only if one seems to be.
    binding.import_modules(statements)
  graph.check_macros(statements, known)
  if isinstance(root, ConfigPart):
    graph.check_part(root, statements)
    statements = graph.needed_by(
        root.name, graph.taken_over(root, statements), also=_is_foreign)
  elif root:
    statements = graph.needed_by(root, statements)
  graph.check_required(statements, everything)
  binding.import_modules(statements)
  for statement in graph.bindings(statements):
    binding.bind(statement)
  _finalize(statements)
  _loaded[:] = [Loaded(tuple(statements))]
  return _loaded[-1]


def _is_foreign(module: str) -> bool:
  return module.partition('.')[0] not in ('__gin__', 'flan_jax')


def macro_names(gin_file: str) -> list[str]:
  """The macros that a gin file and its includes set."""
  statements = reading.read_all([gin_file], (), ())
  return [s.key for s in graph.bindings(statements) if not s.parsed.arg_name]


def fields(gin_file: str) -> dict[str, Any]:
  """The name and value of each parameter that a gin file and its includes set.

  Macros are resolved. Nothing is imported, and gin's configuration does not change.

  Raises:
    UserError: the file does not exist, or is not a gin file.
  """
  bound = graph.bindings(reading.read_all([gin_file], (), ()))
  macros = {s.key: s.parsed.value for s in bound if not s.parsed.arg_name}
  return {
      s.parsed.arg_name: macros[s.references[0].name] if s.references else s.parsed.value
      for s in bound if s.parsed.arg_name}


def macro_in_file(gin_file: str, name: str, search_paths: Sequence[str] = ()) -> Any:
  """A macro's value in a gin file and its includes; None if it is unset or a reference."""
  set_to = [s for s in graph.bindings(reading.read_all([gin_file], (), search_paths))
            if s.key == name]
  return set_to[-1].parsed.value if set_to and not set_to[-1].references else None


def operative_config(macros: Mapping[str, Any] | None = None) -> str:
  """The configuration used so far as gin source, with macros and defaults; `load` accepts it.

  Args:
    macros: values to write instead of those used. Macros that are not configured are left out.
  """
  for name, value in (macros or {}).items():
    unset = object()
    if macro(name, unset) is not unset:
      gin.bind_parameter(f'{name}/gin.macro.value', value)
      macro(name)  # gin writes the value that was used last
  return gin.operative_config_str()


def bound() -> dict[str, str]:
  """Each 'MACRO' or 'scope/name.parameter' of the configuration, and its value as gin source."""
  return {s.key: repr(s.parsed.value) for s in graph.bindings(_bound_statements())}


def imported_modules() -> list[str]:
  """The modules that the configuration imports."""
  return [s.parsed.module for s in _bound_statements()
          if s.is_import and not s.parsed.module.startswith('__gin__.')]


def _bound_statements() -> list[Statement]:
  return reading.read(gin.config_str(), lambda line: f'line {line} of the configuration', ())


def macro(name: str, default: Any = None) -> Any:
  """The value of macro `name` with its references resolved, or `default` when it is not set."""
  try:
    gin.query_parameter(f'{name}/gin.macro.value')
  except ValueError:
    return default
  return gin.get_configurable(f'{name}/gin.macro')()


# ---- Last checks ----


def _finalize(statements: list[Statement]) -> None:
  """Runs gin's last checks; `gin.finalize` alone would lock the configuration."""
  try:
    with gin.unlock_config():
      gin.finalize()
  except ValueError as e:
    last = {s.key: s for s in graph.bindings(statements)}
    for statement in last.values():
      if graph.is_required(statement):
        raise graph.missing_value(statement, statements) from e
    raise UserError(binding.first_line(e)) from e
