"""Reads gin files, their includes and flags as statements, without importing anything."""
from collections.abc import Sequence
import os

from etils import epath
from gin import config_parser

from flan_jax import storage
from flan_jax.configuration import source
from flan_jax.configuration.binding import first_line
from flan_jax.configuration.files import find_gin_file
from flan_jax.configuration.source import Statement
from flan_jax.errors import UserError


def rewrite_gin_args(argv: Sequence[str]) -> tuple[list[str], list[str]]:
  """Splits `--gin.NAME=VALUE` flags from the other arguments.

  A plain word that is not a gin value, such as `/tmp/x` or `rte`, becomes a string, so users may
  leave out the inner quotes. `10k` and `false` do not, so `load` refuses them.
  Quotes that a shell has left escaped or doubled, as scripts for T5X have them, are mended.

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
    value = source.without_shell_quotes(value)
    is_string = source.is_plain_word(value) and not source.is_value(value)
    bindings.append(f'{name} = {value!r}' if is_string else f'{name} = {value}')
  return bindings, rest


# ---- Files and their includes ----


def read_all(gin_files, bindings, search_paths) -> list[Statement]:
  """The statements of all files in order, then those of the bindings."""
  statements = []
  for name in gin_files:
    statements += _read_file(name, f'--gin_file={name}', search_paths)
  imports = _imports_for_flags(statements)
  for text in bindings:
    flag = flag_of(text)
    statements += read(text, lambda _, flag=flag: flag, search_paths, imports=imports)
  return statements


def _read_file(name, where, search_paths, parents=()) -> list[Statement]:
  path = find_gin_file(name, search_paths, where, including=parents[-1] if parents else '')
  if any(_real(path) == _real(parent) for parent in parents):
    raise UserError(f'{name!r} ends up including itself', where, 'Remove this include.')
  try:
    text = epath.Path(path).read_text()
  except (OSError, UnicodeDecodeError) as error:
    raise UserError(f'{path} cannot be read: {first_line(error)}', where,
                    'A gin file is text in UTF-8.') from error
  return read(text, lambda line: f'{path}:{line}', search_paths, parents=(*parents, path))


def _real(path: str) -> str:
  return os.path.realpath(path) if storage.is_local(path) else path


def read(text, locate, search_paths, imports=(), parents=()) -> list[Statement]:
  """The statements of `text`; those of an included file replace the include.

  Args:
    text: gin source.
    locate: maps a line number of `text` to its name in error messages.
    search_paths: see `find_gin_file`.
    imports: import statements that apply before the first line.
    parents: paths of the files being read, outermost first.
  """
  statements, header = [], ''
  current, taken = {'configs'}, {i.bound_name() for i in imports} - {'configs'}
  for parsed in source.parse(text, locate):
    where = locate(parsed.location.line_num)
    if isinstance(parsed, config_parser.IncludeStatement):
      statements += _read_file(parsed.filename, where, search_paths, parents)
    elif isinstance(parsed, config_parser.BlockDeclaration):
      header = where
    else:
      if isinstance(parsed, config_parser.ImportStatement):
        name, parsed = parsed.bound_name(), source.present(parsed)
        (current if parsed.module == source.configs.__name__ else taken).add(name)
        imports = (*imports, parsed)
      else:
        parsed = source.renamed(parsed, current, taken)
      in_block = parsed.location.char_num is not None
      statements.append(Statement(parsed, where, header if in_block else where, imports))
  return statements


def flag_of(binding: str) -> str:
  """The command-line flag that a binding came from."""
  name, equals, value = (part.strip() for part in binding.partition('='))
  return f'--gin.{name}={value}' if equals else f'--gin_bindings={binding}'


def _imports_for_flags(statements: list[Statement]) -> tuple[config_parser.ImportStatement, ...]:
  """All imports of the files, so that a flag may use any name that a file may use."""
  by_source = {s.parsed.format(): s.parsed for s in statements if s.is_import}
  # gin requires that dynamic registration is the first import.
  first = source.DYNAMIC_REGISTRATION
  imports = tuple(by_source[k] for k in sorted(by_source, key=lambda k: k != first))
  if first not in by_source or 'configs' in {i.bound_name() for i in imports}:
    return imports
  return (*imports, source.configs_import())
