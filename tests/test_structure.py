"""Imports go one way, and what must stay light stays light."""
import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]

GROUND = {'checks', 'errors', 'paths', 'storage'}  # all rooms stand on these
# Room -> rooms of ours that it may import from, itself and the ground apart.
ALLOWED = {
    'errors': set(),
    'json_text': set(),
    'checks': set(),
    'paths': set(),
    'settings': set(),
    'standard_streams': set(),
    'storage': set(),
    'configs': set(),  # its modules are imported by name, when one is asked for
    'gin_source': {'configs', 'errors'},
    'gin_graph': {'errors', 'gin_source'},
    'gin_binding': {'errors', 'gin_source'},
    'config': {'errors', 'gin_binding', 'gin_graph', 'gin_source'},
    'models': {'errors'},
    'partitioning': {'errors'},
    'distributed': {'errors'},
    'data': {'errors'},
    'tasks': {'data'},
    'data_card': {'errors', 'data'},
    'convert': {'errors', 'models'},
    'training': {'errors', 'json_text', 'models', 'data', 'distributed', 'partitioning',
                 'settings'},
    'planning': {'errors', 'models', 'partitioning', 'training'},
    'evaluation': {'__version__', 'errors', 'json_text', 'models', 'data', 'partitioning'},
    'prompts': {'data', 'errors', 'json_text'},
    'loading': {'errors', 'models', 'data', 'convert', 'training', 'partitioning'},
    'sizes': {'config', 'errors', 'models'},
    'inference': {'data', 'errors', 'evaluation', 'loading'},
    'lineage': {'errors', 'data', 'evaluation', 'training'},
    'api': {'convert', 'distributed', 'errors', 'lineage', 'models', 'data', 'training',
            'evaluation', 'loading', 'partitioning', 'planning', 'settings'},
    'console': {'api', 'models', 'evaluation'},
    'listing': {'evaluation'},
    'commands': {'__version__', 'api', 'config', 'console', 'data', 'data_card', 'distributed',
                 'errors', 'inference', 'listing', 'loading', 'planning', 'prompts', 'settings',
                 'standard_streams', 'training'},
    'cli': {'__version__', 'commands', 'config', 'errors', 'standard_streams'},
    '__init__': set(),
}
FORBIDDEN = {
    'models': {'gin', 'tensorflow', 'seqio', 'tensorflow_datasets'},
    'data': {'jax', 'flax', 'gin', 'optax', 'orbax'},
    'tasks': {'jax', 'tensorflow', 'seqio', 'gin'},
}


def files():
  for folder in ('flan_jax', 'tasks'):
    for path in sorted((ROOT / folder).rglob('*.py')):
      if 'tasks' not in path.relative_to(ROOT / folder).parts[:1]:
        yield path.relative_to(ROOT)


def room_of(path):
  return 'tasks' if path.parts[0] == 'tasks' else path.parts[1].removesuffix('.py')


def imported(path):
  """(package, rest) of every import in a file."""
  for node in ast.walk(ast.parse((ROOT / path).read_text())):
    names = []
    if isinstance(node, ast.Import):
      names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
      names = [f'{node.module}.{alias.name}' for alias in node.names]
    for name in names:
      yield tuple(name.split('.'))


@pytest.mark.parametrize('path', files(), ids=str)
def test_imports_go_one_way(path):
  room = room_of(path)
  for package, *rest in imported(path):
    assert package not in FORBIDDEN.get(room, ()), f'{room} must not import {package}'
    if package == 'flan_jax' and rest and rest[0] != room and room != '__init__':
      assert rest[0] in ALLOWED[room] | GROUND, f'{room} must not import flan_jax.{rest[0]}'


@pytest.mark.parametrize('path', files(), ids=str)
def test_only_the_command_line_prints_or_exits(path):
  if room_of(path) in ('cli', 'commands', 'console'):
    return
  tree = ast.parse((ROOT / path).read_text())
  calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
  assert not [f for f in calls if isinstance(f, ast.Name) and f.id in ('print', 'exit')]


def test_no_package_is_called_gin():
  assert not list((ROOT / 'gin').rglob('__init__.py'))
