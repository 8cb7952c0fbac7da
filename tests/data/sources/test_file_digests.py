"""Files that are others are told apart, wherever in them the difference is; copies are not."""
import os
import pathlib
import shutil

import pytest

from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources import file_digests
from flan_jax.data.sources.tfds_source import data_dir as where_rows_are


@pytest.mark.parametrize('size', [1 << 20, (1 << 23) + 12_345])
def test_a_file_whose_bytes_are_others_all_along_has_another_digest(size, tmp_path):
  path, copy = tmp_path / 'rows', tmp_path / 'copy'
  head = b'header' * 20_000
  path.write_bytes(head + b'a' * size)
  copy.write_bytes(path.read_bytes())
  os.utime(copy, (0, 0))
  before = file_digests.of_much(path)
  assert file_digests.of_much(copy) == before
  path.write_bytes(head + b'b' * size)
  assert file_digests.of_much(path) != before


def test_rows_rewritten_behind_the_first_ones_are_another_copy(tmp_path, data_dir, declared):
  source = declared['rte'].source
  folder = pathlib.Path('super_glue') / 'rte'
  shutil.copytree(pathlib.Path(where_rows_are(source.name)) / folder, tmp_path / folder)
  rows = row_source(declared['rte'])
  here = rows.fingerprint('train')
  data_dir(str(tmp_path), redraw=True)
  assert rows.fingerprint('train') == here
  file = pathlib.Path(rows.builder().info.splits['train'].filepaths[-1])
  stored = bytearray(file.read_bytes())
  stored[-40] ^= 1
  file.write_bytes(stored)
  assert rows.fingerprint('train') != here
