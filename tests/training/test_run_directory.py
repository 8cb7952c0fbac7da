"""A run directory: what it may be gone on with, and what becomes of what is damaged in it."""
import dataclasses
import json
import os
import pathlib
import shutil

import pytest

from flan_jax import storage
from flan_jax.checkpoints import store
from flan_jax.checkpoints.finding import find
from flan_jax.errors import UserError
from flan_jax.models import tuning
from flan_jax.training import identity, loop, metrics_files, restoring
from flan_jax.training.optimizers import AdamW, Schedule
from flan_jax.training.step import Loss


def run(config, observer):
  built = loop.build(config)
  return loop.train(built, {'lengths': dict(config.lengths)}, [observer],
                    [observer.evaluation(config.eval_period)])


@pytest.fixture(scope='module')
def left(tmp_path_factory):
  """A run of four steps with a checkpoint after each second one; its directory is to be copied."""
  from tests.training.conftest import Kept, short_run

  folder = tmp_path_factory.mktemp('left')
  config = dataclasses.replace(
      short_run(folder), steps=4, checkpoints=store.Policy(period=2))
  run(config, Kept())
  return config


@pytest.fixture
def config(left, tmp_path):
  """The same run two steps longer, in a copy of its directory."""
  shutil.copytree(left.model_dir, tmp_path / 'run')
  return dataclasses.replace(left, model_dir=str(tmp_path / 'run'), steps=6)


SAME = [
    {'report_period': 1, 'eval_period': 3, 'mesh': {'data': 1}},
    {'checkpoints': store.Policy(period=1, keep=9)},
    {'steps': 4, 'tuning': tuning.Tuning(evaluate_ema=False)},
]
OTHER = [
    ({'seed': 1}, 'RANDOM_SEED was 0 and is 1'),
    ({'batch_size': 16}, 'BATCH_SIZE was 8 and is 16'),
    ({'batch_size': 4}, 'BATCH_SIZE was 8 and is 4'),
    ({'mixture': 'cb'}, 'MIXTURE_OR_TASK_NAME was bool_q, rte and is cb'),
    ({'lengths': {'inputs': 96, 'targets': 16}}, "TASK_FEATURE_LENGTHS was .*64.* and is .*96"),
    ({'pack': False}, 'look-ahead of packing .PACK. was 64 and is 1'),
    ({'shuffle': False}, 'SHUFFLE_TRAIN_EXAMPLES was True and is False'),
    ({'optimizer': AdamW()}, "OPTIMIZER was 'Adafactor' and is 'AdamW'"),
    ({'loss': Loss(label_smoothing=0.1)}, 'LABEL_SMOOTHING was 0.0 and is 0.1'),
    ({'initial_checkpoint': 'somewhere'}, "INITIAL_CHECKPOINT_PATH was None and is 'somewhere'"),
    ({'tuning': tuning.Tuning(frozen='embedder')}, "FROZEN was None and is 'embedder'"),
    ({'accumulation': 2}, 'GRADIENT_ACCUMULATION was 1 and is 2'),  # other dropout masks
    ({'steps': 3}, 'has already taken 4 steps, more than 3'),
]


@pytest.mark.parametrize('changes', SAME, ids=str)
def test_what_does_not_touch_the_numbers_may_change(config, changes):
  restoring.check(loop.build(dataclasses.replace(config, **changes)))


@pytest.mark.parametrize('changes, words', OTHER, ids=lambda v: str(v)[:30])
def test_another_run_is_refused_with_both_values_and_the_ways_on(config, changes, words):
  with pytest.raises(UserError, match=words) as refused:
    restoring.check(loop.build(dataclasses.replace(config, **changes)))
  assert f'{config.model_dir}-2' in str(refused.value)


def test_parts_of_a_batch_add_up_to_the_whole_where_nothing_is_dropped(left):
  whole = dataclasses.replace(left.model, dropout_rate=0.0)
  parts = dataclasses.replace(left, accumulation=2)
  was, now = (identity.configuration(c, whole) for c in (left, parts))
  assert not identity.differences(was, now)


def test_a_schedule_that_ends_with_the_run_may_end_later_and_says_so(left):
  ending = lambda steps: identity.configuration(dataclasses.replace(
      left, steps=steps, optimizer=AdamW(Schedule('linear', decay_steps=steps))), left.model)
  assert not identity.differences(ending(4), ending(8))
  assert 'ends at step 8 now, not 4' in identity.changed_schedule(ending(4), ending(8))
  assert identity.changed_schedule(ending(4), ending(4)) is None


def test_an_end_of_the_schedule_that_was_chosen_is_part_of_what_the_run_is(left):
  ending = lambda end: identity.configuration(dataclasses.replace(
      left, optimizer=AdamW(Schedule('linear', decay_steps=end))), left.model)
  found, = identity.differences(ending(10), ending(20))
  assert (found.was, found.now) == (10, 20)


def test_the_start_of_a_run_may_be_named_in_another_way(left, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  starting = lambda path: identity.configuration(
      dataclasses.replace(left, initial_checkpoint=str(path)), left.model)
  assert not identity.differences(starting('base'), starting(tmp_path / 'base'))
  assert identity.differences(starting('base'), starting(tmp_path / 'other'))


def test_a_task_whose_data_or_rate_has_changed_is_named(left):
  was = loop.build(left).stream.identity()
  rows = {**was, 'tasks': {**was['tasks'], 'rte': 'another'}, 'rates': {**was['rates'], 'rte': 1.0}}
  found = '; '.join(map(str, identity.differences(was, rows)))
  assert 'the data of rte (rows and rendering) was' in found and 'the rate of rte was' in found


def test_long_mixtures_are_told_by_what_differs():
  rates = dict.fromkeys('abcdefg', 1.0)
  less = {**rates, 'h': 1.0}
  del less['a']
  assert [str(d) for d in identity.differences({'rates': rates}, {'rates': less})] == [
      'MIXTURE_OR_TASK_NAME was one with a and is one with h']


def test_a_directory_of_an_earlier_version_goes_on_and_says_from_then_on_what_it_is(
    config, observer):
  folder = pathlib.Path(config.model_dir) / 'checkpoints/4'
  for item, strip in (('data', lambda d: d['rows']),
                      ('about', lambda d: {k: v for k, v in d.items() if k != 'configuration'})):
    file = folder / item / 'metadata'
    file.write_text(json.dumps(strip(json.loads(file.read_text()))))
  with pytest.raises(UserError, match='BATCH_SIZE was 8 and is 16'):
    restoring.check(loop.build(dataclasses.replace(config, batch_size=16)))
  run(config, observer)
  assert observer.first_step == 4
  assert 'of' in json.loads((folder.parent / '6/data/metadata').read_text())


DAMAGES = {
    'no parameters': lambda d: shutil.rmtree(d / 'parameters'),
    'no about': lambda d: shutil.rmtree(d / 'about'),
    'half a position': lambda d: os.truncate(d / 'data/metadata', 20),
    'a short file of arrays': lambda d: os.truncate(
        max((d / 'training/ocdbt.process_0/d').iterdir(), key=lambda f: f.stat().st_size), 100),
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_a_damaged_newest_checkpoint_is_set_aside_and_named_and_the_one_before_used(
    config, observer, damage):
  directory = pathlib.Path(config.model_dir)
  DAMAGES[damage](directory / 'checkpoints/4')
  run(config, observer)
  assert observer.first_step == 2 and (directory / 'damaged/4').is_dir()
  notice, = observer.notices
  assert 'Checkpoint 4 is damaged' in notice and 'from step 2' in notice
  assert sorted(p.name for p in (directory / 'checkpoints').iterdir()) == ['2', '4', '6']


def test_where_no_checkpoint_is_whole_nothing_begins_anew(config, observer):
  for step in (2, 4):
    shutil.rmtree(pathlib.Path(config.model_dir) / f'checkpoints/{step}/about')
  with pytest.raises(UserError, match='checkpoints/2: this checkpoint is damaged.*No other'):
    run(config, observer)


def test_empty_and_foreign_folders_are_no_checkpoints(config, observer):
  directory = pathlib.Path(config.model_dir)
  for name in ('99', 'best', '.ipynb_checkpoints'):
    (directory / 'checkpoints' / name).mkdir()
  assert find(directory)[1] == 4
  run(dataclasses.replace(config, eval_period=4), observer)
  assert observer.evaluated_steps == ['catch up 4', 6]  # the earlier start may have failed
  assert observer.first_step == 4 and find(directory)[1] == 6
  notice, = observer.notices
  assert 'Checkpoint 99 is damaged (an empty folder)' in notice and 'damaged/99' in notice


def test_reading_a_damaged_checkpoint_names_it_and_the_one_before(config):
  directory = pathlib.Path(config.model_dir)
  shutil.rmtree(directory / 'checkpoints/4/parameters')
  for path in (directory, directory / 'checkpoints/4'):
    with pytest.raises(UserError, match=r"4: this checkpoint is damaged: its 'parameters'.*/2\."):
      find(path)


@pytest.mark.parametrize('tail', [b'{"step": 4, "lo', b'\n\n', b'\x00\x00', b'[1]\n{"loss": 1}\n'])
def test_broken_lines_of_metrics_are_mended(left, tmp_path, tail):
  whole = (pathlib.Path(left.model_dir) / 'train_metrics.jsonl').read_bytes()
  (tmp_path / 'train_metrics.jsonl').write_bytes(whole + tail)
  metrics_files.drop_lines_after(tmp_path / 'train_metrics.jsonl', 4)
  assert (tmp_path / 'train_metrics.jsonl').read_bytes() == whole


def test_a_second_run_in_a_directory_is_refused_while_the_first_is_there(config, observer):
  held = storage.Claim(config.model_dir, 'MODEL_DIR')
  with pytest.raises(UserError, match='another run is writing there'):
    run(config, observer)
  held.release()
  run(dataclasses.replace(config, steps=4), observer)
