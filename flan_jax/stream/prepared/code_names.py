"""What the code of a function names: globals, attributes of modules, what it imports itself."""
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

_STEADY = {'tensorflow', 'tensorflow_text', 'tensorflow_datasets', 'numpy', 'seqio', 'keras',
           *sys.stdlib_module_names}
_OURS = __name__.partition('.')[0]
_ATTRIBUTES = ('LOAD_ATTR', 'LOAD_METHOD')
_GLOBALS = ('LOAD_GLOBAL', 'LOAD_NAME')


@functools.lru_cache(maxsize=None)
def steps(code: types.CodeType) -> tuple[dis.Instruction, ...]:
  """The instructions of a code."""
  return tuple(dis.get_instructions(code))


def used(code: types.CodeType, names: Mapping[str, Any]) -> dict[str, Any]:
  """What a code and those inside it name, by how they name it.

  Args:
    code: of a function or class.
    names: its globals.

  Returns:
    Values of globals, and in place of modules what is taken from them: `helpers.texts.clean`. A
    module that is used as a value itself stays a module.
  """
  found, every_step = {}, steps(code)
  for number, step in enumerate(every_step):
    if step.opname in _GLOBALS and step.argval in names:
      found |= _followed(step.argval, names[step.argval], every_step[number + 1:])
    elif step.opname == 'IMPORT_NAME':
      level = every_step[number - 2].argval
      found |= _imported(step.argval, level, code, names.get('__package__'))
    elif isinstance(step.argval, types.CodeType):
      found |= used(step.argval, names)
  return found


def _followed(name: str, value: Any, behind: Sequence[dis.Instruction]) -> dict[str, Any]:
  """A global, or what the steps behind take from it where it is a module."""
  for step in behind:
    is_taken = isinstance(value, types.ModuleType) and step.opname in _ATTRIBUTES
    if not is_taken or not hasattr(value, step.argval):
      break
    name, value = f'{name}.{step.argval}', getattr(value, step.argval)
  return {name: value}


def _imported(name: str, level: int, code: types.CodeType, package: str | None) -> dict[str, Any]:
  """What a code takes from a module that it imports itself, going by all the names in it."""
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
  """How a module counts that has been installed with a package; empty for the user's own and ours.

  By name alone: Python's library, TensorFlow, NumPy and SeqIO; others by version and list of files.
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
  """Versions of what a package was installed with, and digests of their files' checksums."""
  parts = []
  for distribution in metadata.packages_distributions().get(package, ()):
    found = metadata.distribution(distribution)
    files = hashlib.sha256((found.read_text('RECORD') or '').encode()).hexdigest()[:16]
    parts.append(f'{found.version} {files}')
  return ' '.join(parts)
