"""Finds what a function's code names: globals, attributes of modules, its own imports."""
from collections.abc import Mapping, Sequence
import dis
import functools
import hashlib
import importlib
from importlib import metadata, util
import pathlib
import sys
import types
from typing import Any

# Packages whose version does not change a key: a new version is taken to render
# the same, since rebuilding all tokenized data at every upgrade would cost hours.
_STEADY = {'tensorflow', 'tensorflow_text', 'tensorflow_datasets', 'numpy', 'seqio', 'keras',
           *sys.stdlib_module_names}
_OURS = __name__.partition('.')[0]
_ATTRIBUTES = ('LOAD_ATTR', 'LOAD_METHOD')
_GLOBALS = ('LOAD_GLOBAL', 'LOAD_NAME')


@functools.lru_cache(maxsize=None)
def steps(code: types.CodeType) -> tuple[dis.Instruction, ...]:
  """The instructions of a code object."""
  return tuple(dis.get_instructions(code))


def used(code: types.CodeType, names: Mapping[str, Any]) -> dict[str, Any]:
  """The values that a code object and the code objects inside it name.

  Args:
    code: of a function or class.
    names: its globals.

  Returns:
    Values by the names that the code uses. Instead of a module, the attributes that the code takes
    from it: `helpers.texts.clean`. A module that is itself used as a value stays a module.
  """
  found, every_step = {}, steps(code)
  for number, step in enumerate(every_step):
    # Attributes are followed in the instructions behind the global, since the code objects' list of
    # names does not say which name belongs to which module.
    if step.opname in _GLOBALS and step.argval in names:
      found |= _followed(step.argval, names[step.argval], every_step[number + 1:])
    elif step.opname == 'IMPORT_NAME':
      # Python pushes the import's level and list of names just before the import itself.
      level = every_step[number - 2].argval
      found |= _imported(step.argval, level, code, names.get('__package__'))
    elif isinstance(step.argval, types.CodeType):
      found |= used(step.argval, names)
  return found


def _followed(name: str, value: Any, behind: Sequence[dis.Instruction]) -> dict[str, Any]:
  """A global; if it is a module, the attribute that the following instructions take from it."""
  for step in behind:
    is_taken = isinstance(value, types.ModuleType) and step.opname in _ATTRIBUTES
    if not is_taken or not hasattr(value, step.argval):
      break
    name, value = f'{name}.{step.argval}', getattr(value, step.argval)
  return {name: value}


def _imported(name: str, level: int, code: types.CodeType, package: str | None) -> dict[str, Any]:
  """What a code object takes from a module that it imports itself, judged by all of its names."""
  full = util.resolve_name('.' * level + name, package) if level else name
  try:
    module = importlib.import_module(full)
  except ImportError:
    return {full: 'cannot be imported'}
  modules = [module, sys.modules[full.partition('.')[0]]]
  return {key: value for m in modules for key, value in _taken(m, code.co_names, ()).items()}


def _taken(module: types.ModuleType, names: Sequence[str], around: tuple) -> dict[str, Any]:
  if installed(module.__name__) or module in around:
    return {module.__name__: installed(module.__name__)}
  found = {}
  for name in names:
    value = getattr(module, name, None)
    if isinstance(value, types.ModuleType):
      found |= _taken(value, names, (*around, module))
    elif hasattr(module, name):
      found[f'{module.__name__}.{name}'] = value
  return found


def installed(module: str) -> str:
  """How an installed module counts; empty for the user's modules and this package's.

  Python's library, TensorFlow, NumPy and SeqIO count by name alone; other packages count by version
  and list of files.
  """
  name = module.partition('.')[0]
  if name in _STEADY:
    return name
  found = sys.modules.get(name)
  places = [getattr(found, '__file__', None), *getattr(found, '__path__', ())]
  path = pathlib.Path(next((p for p in places if p), ''))
  if name in (_OURS, '__main__') or not {'site-packages', 'dist-packages'} & set(path.parts):
    return ''
  return f'{name} {_versions(name)}'


@functools.cache
def _versions(package: str) -> str:
  """The versions of a package's distributions, and digests of their files' checksums."""
  parts = []
  for distribution in metadata.packages_distributions().get(package, ()):
    found = metadata.distribution(distribution)
    files = hashlib.sha256((found.read_text('RECORD') or '').encode()).hexdigest()[:16]
    parts.append(f'{found.version} {files}')
  return ' '.join(parts)
