"""Short digests of what a process was given. Equal files have equal digests.

The processes of a run read files with the same names, each on its own machine: gin files, modules,
vocabularies, checkpoints. If the contents differed, each process would train something else.
"""
import ast
from collections.abc import Iterable, Iterator, Mapping
import hashlib
import importlib.machinery
import importlib.util
import os
import pathlib
import sys
import sysconfig

from etils import epath

_PACKAGE = pathlib.Path(__file__).parents[1]
_READ_WHOLE = 64 << 20  # bytes; of a larger file only its size and both ends are read
_READ_WHOLE_OF_MANY = 64 << 10
_MOST_FILES = 1000
_DIGITS = 12


def of_package() -> str:
  """The digest of this package's source, and of the declarations and vocabulary it ships."""
  tasks = sys.modules.get('flan_jax.tasks')
  folders = {_PACKAGE, *map(pathlib.Path, getattr(tasks, '__path__', [_PACKAGE.parent / 'tasks']))}
  digest = hashlib.sha256()
  for folder in sorted(folders):
    for path in sorted(p for kind in ('*.py', '*.model') for p in folder.rglob(kind)):
      digest.update(f'{path.relative_to(folder.parent)}\n'.encode() + _content(path.read_bytes()))
  return digest.hexdigest()[:_DIGITS]


def of_file(path: str) -> str:
  """The digest of a file's content. The path is local or `gs://`."""
  return hashlib.sha256(_of_content(epath.Path(path), _READ_WHOLE)).hexdigest()[:_DIGITS]


def of_checkpoint(path: str) -> str:
  """The digest of a checkpoint: its file names, the small files' contents, the large files' sizes.

  A run directory stands for its newest checkpoint. Returns '' if there is no directory.
  """
  directory = epath.Path(path)
  if (directory / 'checkpoints').is_dir():
    steps = [p for p in (directory / 'checkpoints').iterdir() if p.name.isdigit()]
    directory = max(steps, key=lambda p: int(p.name), default=directory)
  if not directory.is_dir():
    return ''
  digest = hashlib.sha256()
  found = (path for pattern in ('*', '*/*') for path in directory.glob(pattern))
  for file in sorted(path for path in found if path.is_file())[:_MOST_FILES]:
    digest.update(str(file.relative_to(directory)).encode())
    digest.update(_of_content(file, _READ_WHOLE_OF_MANY))
  return digest.hexdigest()[:_DIGITS]


def of_modules(names: Iterable[str]) -> dict[str, str]:
  """The digest of each module's source, and of the user's own modules that it imports.

  Imports nothing. Leaves out this package, which `of_package` covers, and modules that cannot be
  found: a later import reports those with the reason.
  """
  found: dict[str, str] = {}
  waiting = [(name, True) for name in names]
  while waiting:
    name, is_named = waiting.pop()
    path = _source(name)
    if name in found or path is None or _is_ours(path) or not (is_named or _is_local(path)):
      continue
    content = path.read_bytes()
    found[name] = hashlib.sha256(_content(content)).hexdigest()[:_DIGITS]
    waiting += [(other, False) for other in _imported(name, path, content)]
  return dict(sorted(found.items()))


def of_values(values: Mapping[str, str]) -> dict[str, str]:
  """The digests of the values that are paths of files; keys are 'the content of PATH (NAME)'."""
  files = {name: value for name, value in values.items() if _is_file(value)}
  return {f'the content of {path} ({name})': of_file(path) for name, path in files.items()}


def _is_file(value: str) -> bool:
  # A bare word names a task or a mixture, even if the working directory has a file of that name.
  if not ('/' in value or '.' in value) or '\n' in value or '\0' in value:
    return False
  try:
    return epath.Path(value).expanduser().is_file()
  except (OSError, ValueError):
    return False


def _of_content(path: epath.Path, at_most: int) -> bytes:
  size = path.stat().length
  with path.expanduser().open('rb') as file:
    if size <= at_most:
      return _content(file.read())
    # Checkpoint shards may have terabytes; both ends and the size show a truncated or other file.
    first = file.read(1 << 12)
    file.seek(size - (1 << 12))
    return _content(f'{size} '.encode() + first + file.read())


def _content(data: bytes) -> bytes:
  return hashlib.sha256(data).digest()


# ---- Modules ----


def _source(name: str) -> pathlib.Path | None:
  """The source file of a module, found as an import finds it."""
  first, *rest = name.split('.')
  try:
    spec = importlib.util.find_spec(first)
    for part in rest:
      if spec is None or spec.submodule_search_locations is None:
        return None
      spec = importlib.machinery.PathFinder.find_spec(
          f'{spec.name}.{part}', spec.submodule_search_locations)
  except (ImportError, ValueError):
    return None
  origin = (spec and spec.origin) or ''
  return pathlib.Path(origin) if origin.endswith('.py') and os.path.exists(origin) else None


def _is_local(path: pathlib.Path) -> bool:
  """Whether a module is the user's own: not of the standard library and not installed."""
  standard = pathlib.Path(sysconfig.get_path('stdlib')).resolve()
  installed = {'site-packages', 'dist-packages'} & set(path.parts)
  return not installed and not path.resolve().is_relative_to(standard)


def _is_ours(path: pathlib.Path) -> bool:
  tasks = _PACKAGE.parent / 'tasks'
  return any(path.resolve().is_relative_to(folder.resolve()) for folder in (_PACKAGE, tasks))


def _imported(name: str, path: pathlib.Path, content: bytes) -> Iterator[str]:
  """Names that a module's source may import, and the packages that contain them."""
  try:
    tree = ast.parse(content)
  except (SyntaxError, ValueError):  # the import itself reports the error
    return
  package = name if path.name == '__init__.py' else name.rpartition('.')[0]
  for node in ast.walk(tree):
    names = []
    if isinstance(node, ast.Import):
      names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
      module = _absolute(node, package)
      names = [module, *(f'{module}.{alias.name}' for alias in node.names)] if module else []
    for imported in names:
      parts = imported.split('.')
      yield from ('.'.join(parts[: i + 1]) for i in range(len(parts)))


def _absolute(node: ast.ImportFrom, package: str) -> str:
  if not node.level:
    return node.module or ''
  around = package.split('.')[: len(package.split('.')) - node.level + 1]
  return '.'.join([*around, *([node.module] if node.module else [])])
