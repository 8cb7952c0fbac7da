"""Experiments are checked when they are declared."""
import pytest

from flan_jax import configuration
from flan_jax.errors import UserError
from flan_jax.experiments.declared import Experiment, Point, Sweep

FILES = [f for f in configuration.shipped_gin_files()
         if f.startswith('gin/experiments/') and 'SEEDS' in configuration.macro_names(f)]


def experiment(points, **fields):
  return Experiment(name='a', points=points, **{'x': 'steps', **fields})


@pytest.mark.parametrize('points, words', [
    ([], 'there are none'),
    ([{'labels': {'steps': 1}, 'setings': {}}], "no 'setings'. Did you mean 'settings'"),
    ([{'settings': {}}], 'has no labels'),
    ([{'labels': {'width': 1}}], "no label 'steps'"),
    ([{'labels': {'steps': 1}}, {'labels': {'steps': 1}}], 'two points are called steps-1'),
    ([{'labels': {'steps': 1}, 'settings': {'MODEL_DIR': 'x'}}], 'without MODEL_DIR'),
    ([{'labels': {'steps': 1}, 'settings': {'MODEL': print}}], 'plain values'),
    ([{'labels': {'steps': 1}, 'settings': {'RANDOM_SEED': 1}}], 'without MODEL_DIR and RANDOM_SE'),
    ([{'labels': {'steps': 1}, 'base': {'MODEL_DIR': 'x'}}], 'without MODEL_DIR'),
    ([{'labels': {'steps': 1}, 'base_gin_files': ['a.gin']}], 'the point has no base'),
])
def test_a_point_that_makes_no_sense_is_refused(points, words):
  with pytest.raises(UserError, match=words):
    experiment(points)


def test_two_experiments_of_one_name_are_refused():
  one = experiment([Point({'steps': 1})])
  with pytest.raises(UserError, match='a name of its own'):
    Sweep([one, one])


@pytest.mark.parametrize('file', FILES)
def test_a_shipped_file_has_a_quick_version_with_fewer_runs(file):
  def load(*bindings):
    return configuration.load([file], bindings, root='configs.Sweep').build(Sweep).experiments

  for whole, quick in zip(load(), load('QUICK = True')):
    count = lambda e: len(e.wanted_points()) * len(e.wanted_seeds())
    assert 0 < count(quick) < count(whole) and len(quick.wanted_seeds()) == 1
    labels = [dict(p.labels) for p in whole.points]
    for paper in whole.published:
      assert any(labels[i][whole.x] == paper[whole.x] for i in range(len(labels)))


def test_nine_files_are_shipped():
  assert len(FILES) == 9
