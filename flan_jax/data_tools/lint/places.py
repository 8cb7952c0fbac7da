"""Finds the file and line where a template was written."""
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
  """The templates and names in a file, with their lines.

  Attributes:
    templates: line of each template, by its inputs and targets.
    names: regular expression and line of each text that may name a dataset.
  """

  templates: Mapping[tuple[str, str], int]
  names: tuple[tuple[re.Pattern, int], ...]


def location(dataset: Dataset, template: Template | None = None) -> tuple[str, int]:
  """The file and line of a template, or of the dataset's name.

  The file is relative to the working directory if it is inside. The line is that of the dataset's
  name if no template is given or code built the template. ('', 0) if neither is found.
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
  """The files that may declare it: the one that defines `fields`, and modules that hold it."""
  code = getattr(dataset.fields, '__code__', None)
  if code and os.path.exists(code.co_filename):
    yield code.co_filename
  yield from _modules_by_dataset().get(id(dataset), ())


@functools.lru_cache(maxsize=1)
def _modules_by_dataset() -> Mapping[int, list[str]]:
  # `type`, because `isinstance` would trigger the lazy imports of other packages.
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
  """The inputs and targets, if the node is `Template(inputs, targets)` or a pair of texts."""
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
  """A regular expression for the names that a text or an f-string may give."""
  if isinstance(node, ast.Constant):
    is_name = isinstance(node.value, str) and re.fullmatch(r'\w+', node.value)
    return re.compile(node.value) if is_name else None
  parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
  if not any(parts):
    return None
  return re.compile(''.join(r'\w+' if part is None else re.escape(part) for part in parts))
