"""Imports go one way, and what must stay light stays light."""
import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]

# All rooms stand on these.
GROUND = {'__version__', 'checks', 'errors', 'json_text', 'randomness', 'span_marks',
          'storage', 'tfds_builders'}
# Room -> rooms of ours that it may import from, itself and the ground apart.
ALLOWED = {
    **dict.fromkeys(GROUND - {'__version__'}, set()),
    'configs': set(),  # its modules are imported by name, when one is asked for
    'configuration': {'configs', 'models'},
    'models': set(),
    'partitioning': set(),
    'distributed': set(),
    'sample_world': set(),
    'data': {'sample_world'},
    'tasks': {'data'},
    'stream': {'data'},
    'data_tools': {'data', 'sample_world', 'stream'},
    'report': {'data', 'data_tools'},
    'checkpoints': {'data', 'distributed', 'models', 'partitioning'},
    'training': {'checkpoints', 'data', 'distributed', 'models', 'partitioning', 'stream'},
    'planning': {'models', 'partitioning', 'training'},
    'evaluation': {'checkpoints', 'data', 'models', 'partitioning', 'stream'},
    'api': {'checkpoints', 'data', 'distributed', 'evaluation', 'models', 'partitioning',
            'planning', 'training'},
    'experiments': {'api', 'checkpoints', 'configuration', 'data', 'evaluation', 'planning',
                    'sample_world'},
    'terminal': {'api', 'checkpoints', 'evaluation', 'models', 'partitioning', 'planning',
                 'training'},
    'commands': {'api', 'checkpoints', 'configuration', 'data', 'data_tools', 'distributed',
                 'evaluation', 'experiments', 'partitioning', 'planning', 'report', 'stream',
                 'terminal', 'training'},
    'cli': {'commands', 'configuration', 'terminal'},
    '__main__': {'cli'},
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
  if room_of(path) in ('cli', 'commands', 'terminal'):
    return
  tree = ast.parse((ROOT / path).read_text())
  calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
  assert not [f for f in calls if isinstance(f, ast.Name) and f.id in ('print', 'exit')]


def test_no_package_is_called_gin():
  assert not list((ROOT / 'gin').rglob('__init__.py'))


def test_the_arrays_of_a_batch_are_known_without_tensorflow():
  code = ('import sys, flan_jax.stream.batches; '
          'print({"jax", "seqio", "tensorflow"} & set(sys.modules))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout == 'set()\n'


# ---- Files are written whole, in one way ----

# (file, function) -> why `storage` cannot do it there.
WRITES_ITSELF = {
    ('checkpoints/convert/huggingface.py', '_read_file'): 'a copy that this call alone reads',
    ('checkpoints/store.py', 'Checkpoints.set_aside.move'): 'a folder of Orbax moves as it is',
    ('data_tools/export.py', '_JsonLines.__init__'): 'a stream into the file of storage.whole_file',
    ('data_tools/export.py', '_Parquet.__init__'): 'a stream into the file of storage.whole_file',
    ('sample_world/store.py', '_move_into_place'): 'a folder cannot replace another one',
}
WRITERS = {'write_text', 'write_bytes', 'rename', 'os.link', 'os.replace', 'shutil.move',
           'shutil.copy', 'shutil.copy2', 'shutil.copyfile', 'shutil.copytree'}


def is_writing(call):
  """Whether a call writes a file or gives it a name, as far as its form tells."""
  is_method = isinstance(call.func, ast.Attribute)
  name = call.func.attr if is_method else getattr(call.func, 'id', '')
  owner = getattr(call.func.value, 'id', '') if is_method else ''
  if owner == 'storage' or 'devnull' in ast.unparse(call):
    return False
  if is_method and {name, f'{owner}.{name}'} & WRITERS:
    return True
  if name == 'open':
    modes = [n.value for n in (*call.args, *(k.value for k in call.keywords))
             if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return any(set(mode) <= set('wxb+t') and set(mode) & set('wx') for mode in modes)
  if name == 'replace':  # a text's takes two arguments, a dataclass's takes keywords
    return len(call.args) == 1 and not call.keywords
  return name == 'copy' and bool(call.args)  # a mapping's and an array's take none


def writing_functions(node, within=''):
  """The dotted name of the function around each call that writes, but for those to a whole file."""
  if isinstance(node, ast.With) and 'storage.whole_file(' in ast.unparse(node.items[0]):
    return
  if isinstance(node, ast.Call) and is_writing(node):
    yield within
  if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
    within = f'{within}.{node.name}'.lstrip('.')
  for child in ast.iter_child_nodes(node):
    yield from writing_functions(child, within)


def test_files_are_written_by_storage_alone():
  found = {
      (str(path.relative_to('flan_jax')), function) for path in files()
      if path.parts[0] == 'flan_jax' and path.name != 'storage.py'
      for function in writing_functions(ast.parse((ROOT / path).read_text()))}
  assert found == set(WRITES_ITSELF), (
      'Write files with storage.write_text, whole_file or move_into_place, or say here why not.')


@pytest.mark.parametrize('code, writes', [
    ("open(p, 'w')", True), ("p.open('xb')", True), ("open(p, mode='wt')", True),
    ("p.write_text('w')", True), ('os.replace(a, b)', True), ('a.replace(b)', True),
    ('shutil.copyfile(a, b)', True), ('a.copy(b)', True),
    ('open(p)', False), ("open(p, 'a')", False), ("text.replace('a', 'b')", False),
    ('dataclasses.replace(a, b=1)', False), ('a.copy()', False),
    ('storage.write_text(p, t)', False), ("open(os.devnull, 'w')", False),
])
def test_what_writes_is_told_by_its_form(code, writes):
  assert bool(list(writing_functions(ast.parse(code)))) == writes


# ---- Inside data ----

# What stands in a line imports from the lines above it alone.
DATA_LEVELS = (
    {'pieces'},
    {'sources', 'fields', 'templates', 'own_features', 'rates', 'metric_types', 'vocabulary',
     'objectives', 'in_blocks'},
    {'span_corruption', 'prefix_lm'},
    {'salient_spans'},
    {'probe', 'metrics', 'fitting'},
    {'dataset'},
    {'variants', 'keeping', 'reading_rows', 'baselines'},
    {'declarations', 'few_shot'},
    {'preprocess', 'overlap', 'presence'},
    {'held_out'},
    {'paper'},
    {'names'},
    {'registry'},
    {'mixtures', 'trying', 'seen', 'pretraining'},
    {'experiments', 'naming', 'publishing'},
    {'__init__'},
)
# Declarations publish themselves when somebody asks for them, not when they are imported.
LAZY = {('declarations', 'publishing')}
LEVEL = {name: level for level, names in enumerate(DATA_LEVELS) for name in names}


def part_of_data(path):
  return path.parts[2].removesuffix('.py')


@pytest.mark.parametrize('path', [p for p in files() if room_of(p) == 'data'], ids=str)
def test_inside_data_imports_go_down(path):
  part = part_of_data(path)
  for names in imported(path):
    if names[:2] != ('flan_jax', 'data') or (part, names[2]) in LAZY or names[2] == part:
      continue
    assert LEVEL[names[2]] < LEVEL[part], f'{part} must not import {names[2]}'


def test_streams_import_no_tensorflow():
  """What renders rows, in stream/prepared/, may; who only packs and draws need not wait for it."""
  for path in sorted((ROOT / 'flan_jax/stream').glob('*.py')):
    for package, *_ in imported(path.relative_to(ROOT)):
      assert package not in ('tensorflow', 'seqio', 'tensorflow_datasets', 'jax'), path
  # NumPy alone of what others have written: so the import takes some tenths of a second.
  code = ('import sys; before = set(sys.modules); import flan_jax.stream; '
          'new = {name.partition(".")[0] for name in set(sys.modules) - before}; '
          'print(*sorted(new - set(sys.stdlib_module_names)))')
  done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
  assert done.stdout == 'flan_jax numpy\n'
