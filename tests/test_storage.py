"""Files that are whole or not there, folders that one run at a time may write to."""
import os
import subprocess
import sys

import pytest

from flan_jax import storage
from flan_jax.errors import OutOfMemory, UserError


def test_a_file_is_replaced_whole_and_nothing_else_stays(tmp_path):
  (tmp_path / 'a').write_text('old')
  storage.write_text(tmp_path / 'a', 'new')
  assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [('a', 'new')]


def test_a_link_stays_one_and_what_is_no_file_is_written_to(tmp_path):
  (tmp_path / 'link').symlink_to(tmp_path / 'a')
  storage.write_text(tmp_path / 'link', 'new')
  assert (tmp_path / 'link').is_symlink() and (tmp_path / 'a').read_text() == 'new'
  os.mkfifo(tmp_path / 'pipe')
  reader = os.open(tmp_path / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
  storage.write_text(tmp_path / 'pipe', 'through')
  assert os.read(reader, 99) == b'through'
  os.close(reader)


def test_a_file_whose_writing_fails_stays_as_it_was(tmp_path):
  (tmp_path / 'a').write_text('old')
  with pytest.raises(InterruptedError), storage.whole_file(tmp_path / 'a') as unfinished:
    unfinished.write_text('ha')
    raise InterruptedError
  assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [('a', 'old')]


def test_a_complete_file_is_moved_and_its_scratch_folder_goes(tmp_path):
  with storage.scratch_folder(tmp_path) as scratch:
    assert scratch.parent == tmp_path
    (scratch / 'records').write_text('new')
    (scratch / 'other').write_text('x')
    storage.move_into_place(scratch / 'records', tmp_path / 'a')
  assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [('a', 'new')]


def test_leftovers_go_when_nobody_can_be_writing_them_any_more(tmp_path):
  for name in ('a', '.new.incomplete', '.old.incomplete'):
    (tmp_path / name).mkdir()
  for name in ('a', '.old.incomplete'):
    os.utime(tmp_path / name, (0, 0))
  storage.remove_leftovers(tmp_path)
  assert sorted(os.listdir(tmp_path)) == ['.new.incomplete', 'a']


@pytest.mark.parametrize('make', [
    lambda d: d / 'file',                      # a file where a folder should be
    lambda d: d / 'file' / 'below',
    lambda d: '/proc/nowhere/run',
    lambda d: d / ('n' * 300),
])
def test_a_folder_that_cannot_be_written_is_named_with_its_macro(tmp_path, make):
  (tmp_path / 'file').touch()
  with pytest.raises(UserError, match='MODEL_DIR=.*cannot be written'):
    storage.check_folder(make(tmp_path), 'MODEL_DIR')


def test_looking_at_a_folder_leaves_nothing(tmp_path):
  storage.check_folder(tmp_path / 'a/b', 'MODEL_DIR')
  storage.check_file(tmp_path / 'c/d.html', '--output')
  storage.check_file('/dev/null', '--output')
  assert not list(tmp_path.iterdir())


def test_a_file_that_is_a_folder_or_in_no_folder_is_refused(tmp_path):
  for path in (tmp_path, '/proc/x.html'):
    with pytest.raises(UserError, match='--output='):
      storage.check_file(path, '--output')


def test_a_full_disk_is_known_by_its_number_and_by_what_libraries_say(tmp_path):
  for error in (OSError(28, 'x'), RuntimeError('UNKNOWN: write: No space left on device')):
    with pytest.raises(OutOfMemory, match='the disk is full'):
      with storage.explaining_a_full_disk(tmp_path, ''):
        raise RuntimeError('saving failed') from error
  with pytest.raises(RuntimeError, match='another'):
    with storage.explaining_a_full_disk(tmp_path, ''):
      raise RuntimeError('another')


def test_a_folder_is_had_by_one_process_until_it_ends_however_it_ends(tmp_path):
  code = ('import sys, time; from flan_jax import storage\n'
          'claim = storage.Claim(sys.argv[1], "MODEL_DIR"); print("held", flush=True)\n'
          'time.sleep(60)')
  other = subprocess.Popen([sys.executable, '-c', code, tmp_path], stdout=subprocess.PIPE)
  assert other.stdout.readline() == b'held\n'
  with pytest.raises(UserError, match=f'another run is writing there .process {other.pid} on'):
    storage.Claim(tmp_path, 'MODEL_DIR')
  with pytest.raises(UserError, match='another run'):
    storage.check_unclaimed(tmp_path, 'MODEL_DIR')
  other.kill()
  other.wait()
  storage.check_unclaimed(tmp_path, 'MODEL_DIR')
  claim = storage.Claim(tmp_path, 'MODEL_DIR')
  claim.release()
  storage.Claim(tmp_path, 'MODEL_DIR').release()
  assert os.listdir(tmp_path) == ['.lock']
