"""Results become a table and a figure, in one way only."""
import json

import pytest

from flan_jax.experiments import gathering, summary
from flan_jax.experiments.declared import Experiment, Sweep

SWEEP = Sweep([Experiment(
    name='a', x='steps', average=True, seeds=(0, 1), published=[{'steps': 2, 'percent': 50}],
    points=[{'labels': {'steps': 2}}, {'labels': {'steps': 4}}, {'labels': {'steps': 6}}])])


def line(steps, seed, cluster, mean, stderr=0.03, name='a'):
  return {'experiment': name, 'point': {'steps': steps}, 'seed': seed, 'cluster': cluster,
          'mean': mean, 'stderr': stderr, 'chance': 0.5, 'run': f'runs/a/steps-{steps}-seed{seed}'}


LINES = [line(steps, seed, cluster, 0.5 + steps / 20 + seed / 25)
         for steps in (2, 4) for seed in (0, 1) for cluster in ('nli', 'qa')]


def write(folder, lines):
  (folder / 'results.jsonl').write_text(''.join(json.dumps(found) + '\n' for found in lines))


def test_a_table_alone_is_enough_and_keeps_the_lines_of_others(tmp_path):
  others = [line(1, 0, 'nli', 0.5, name='b')]
  write(tmp_path, [*reversed(LINES), *others])
  assert sorted(map(str, gathering.gather(SWEEP, str(tmp_path)))) == sorted(map(str, LINES))
  first = (tmp_path / 'results.jsonl').read_bytes()
  gathering.gather(SWEEP, str(tmp_path))
  assert (tmp_path / 'results.jsonl').read_bytes() == first
  assert json.loads(first.splitlines()[-1]) == others[0]


def test_the_error_has_a_part_of_the_examples_and_a_part_of_the_seeds():
  value = gathering.value([[line(2, 0, 'nli', 0.6)], [line(2, 1, 'nli', 0.7)]])
  assert value.mean == pytest.approx(0.65) and value.seeds == 2
  # The means are 0.1 apart: their deviation is 0.0707, and 0.05 that of the mean of two.
  assert value.error == pytest.approx((0.03**2 + 0.05**2)**0.5)
  assert gathering.value([[line(2, 0, 'nli', 0.6, None)]]).error is None


def test_curves_are_clusters_and_their_average():
  curves = gathering.curves(SWEEP.experiments[0], LINES)
  assert [c.name for c in curves] == ['nli', 'qa', gathering.AVERAGE]
  average = curves[2].values[2]
  assert average.mean == pytest.approx(0.62)
  assert average.error == pytest.approx((0.03**2 / 2 + 0.02**2)**0.5)


def test_a_point_without_results_is_missing():
  rows = summary.rows(SWEEP, LINES)
  assert [(r['point']['steps'], r['cluster'], r['seeds']) for r in rows] == [
      (2, 'nli', 2), (2, 'qa', 2), (2, gathering.AVERAGE, 2),
      (4, 'nli', 2), (4, 'qa', 2), (4, gathering.AVERAGE, 2), (6, None, 0)]
  assert rows[2]['mean'] == pytest.approx(0.62)


def test_an_average_has_only_seeds_with_all_clusters():
  """A seed without a result of the harder cluster would raise the mean."""
  lines = [*LINES[:3], {**LINES[3], 'mean': None}, *LINES[4:6]]
  rows = {(r['point']['steps'], r['cluster']): r for r in summary.rows(SWEEP, lines)}
  average = rows[2, gathering.AVERAGE]
  assert average['seeds'] == 1 and average['mean'] == pytest.approx(0.6)
  assert rows[2, 'qa']['seeds'] == 1 and rows[2, 'nli']['seeds'] == 2
  drawn = gathering.curves(SWEEP.experiments[0], lines)[-1].values[2]
  assert drawn.seeds == 1 and drawn.mean == pytest.approx(0.6)


@pytest.mark.parametrize('x', [lambda steps: steps, lambda steps: f'after {steps}'])
def test_the_same_results_draw_the_same_bytes_with_the_papers_points(x, tmp_path):
  lines = [{**found, 'point': {'steps': x(found['point']['steps'])}} for found in LINES]
  sweep = Sweep([Experiment(
      name='a', x='steps', points=[{'labels': {'steps': x(s)}} for s in (2, 4)],
      published=[{'steps': x(2), 'cluster': 'nli', 'percent': 50}])])
  drawn = []
  for name in ('one', 'two'):
    (tmp_path / name).mkdir()
    drawn.append([open(p, 'rb').read() for p in gathering.draw_all(
        sweep, lines, str(tmp_path / name))])
  assert drawn[0] == drawn[1] and len(drawn[0]) == 2
  assert b'paper, another world' in drawn[0][0] and b'<dc:date>' not in drawn[0][0]
