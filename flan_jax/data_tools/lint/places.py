"""Where in which file a template was written."""
import ast
import collections
from collections.abc import Iterator, Mapping
import dataclasses
import functools
import os
import re
import sys

from flan_jax.data.dataset import Dataset
from flan_jax.data.templates import Template


@dataclasses.dataclass(frozen=True)
class _Written:
  """What a file says, with lines.

  Attributes:
    templates: by inputs and targets.
    names: for each text that may be the name of a dataset, as a regular expression.
  """

  templates: Mapping[tuple[str, str], int]
  names: tuple[tuple[re.Pattern, int], ...]


def location(dataset: Dataset, template: Template | None = None) -> tuple[str, int]:
  """File, relative to the working directory where it lies in it, and line.

  The line is the template's; the one that names the dataset where no template is given or it was
  put together by code. ('', 0) where neither is found.
  """
  for file in _files(dataset):
    written = _read(file)
    named = (line for name, line in written.names if name.fullmatch(dataset.name))
    line = template and written.templates.get((template.inputs, template.targets))
    if line := line or next(named, 0):
      return _relative(file), line
  return '', 0


def _relative(file: str) -> str:
  relative = os.path.relpath(file)
  return file if relative.startswith(os.pardir) else relative


def _files(dataset: Dataset) -> Iterator[str]:
  """Where it may have been written: with its function of rows, or where a module holds it."""
  code = getattr(dataset.fields, '__code__', None)
  if code and os.path.exists(code.co_filename):
    yield code.co_filename
  yield from _modules_by_dataset().get(id(dataset), ())


@functools.lru_cache(maxsize=1)
def _modules_by_dataset() -> Mapping[int, list[str]]:
  # `type`, since `isinstance` wakes up what other packages import lazily.
  found = collections.defaultdict(list)
  for module in list(sys.modules.values()):
    file = getattr(module, '__file__', None) or ''
    if not file.endswith('.py'):
      continue
    for value in list(vars(module).values()):
      for member in value if type(value) in (tuple, list) else (value,):
        if type(member) is Dataset:
          found[id(member)].append(file)
  return found


@functools.lru_cache(maxsize=None)
def _read(file: str) -> _Written:
  with open(file, encoding='utf-8') as source:
    tree = ast.parse(source.read())
  templates, names = {}, []
  for node in ast.walk(tree):
    for inputs, targets in _pairs(node):
      templates.setdefault((inputs, targets), node.lineno)
    if isinstance(node, (ast.Constant, ast.JoinedStr)) and (name := _as_name(node)):
      names.append((name, node.lineno))
  return _Written(templates, tuple(names))


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
  """The inputs and targets, if this is `Template(inputs, targets)` or a pair of texts."""
  if isinstance(node, ast.Tuple):
    values = node.elts
  elif isinstance(node, ast.Call):
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    values = [*node.args, *(given[name] for name in ('inputs', 'targets') if name in given)]
  else:
    return
  if len(values) >= 2 and all(isinstance(v, ast.Constant) for v in values[:2]):
    yield values[0].value, values[1].value


def _as_name(node: ast.Constant | ast.JoinedStr) -> re.Pattern | None:
  """What matches the names that a text, or an f-string, stands for."""
  if isinstance(node, ast.Constant):
    is_name = isinstance(node.value, str) and re.fullmatch(r'\w+', node.value)
    return re.compile(node.value) if is_name else None
  parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
  if not any(parts):
    return None
  return re.compile(''.join(r'\w+' if part is None else re.escape(part) for part in parts))
