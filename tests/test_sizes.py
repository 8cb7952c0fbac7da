"""Files, functions and rooms stay small enough to be read in one go."""
import ast
import collections
import graphlib

import pytest

from tests.test_structure import ALLOWED, ROOT, files

LINES_OF_A_FILE, LINES_OF_A_FUNCTION, SHARE_OF_A_ROOM = 400, 60, 0.15


def lines(path):
  return (ROOT / path).read_text().splitlines()


@pytest.mark.parametrize('path', files(), ids=str)
def test_files_and_functions_are_short(path):
  assert len(lines(path)) <= LINES_OF_A_FILE
  for node in ast.walk(ast.parse((ROOT / path).read_text())):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
      length = node.end_lineno - node.lineno + 1
      assert length <= LINES_OF_A_FUNCTION, f'{node.name} has {length} lines'


def test_no_room_holds_more_than_its_share():
  """A room is a folder, without the folders in it. The declarations in tasks/ are no code."""
  sizes = collections.Counter()
  for path in files():
    if path.parts[0] == 'flan_jax':
      sizes[path.parent] += len(lines(path))
  most = SHARE_OF_A_ROOM * sum(sizes.values())
  assert not {str(room): size for room, size in sizes.items() if size > most}


def test_rooms_import_in_no_circle():
  graphlib.TopologicalSorter(ALLOWED).prepare()
