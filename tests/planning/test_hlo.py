"""Collectives read off the text of compiled programs."""
import types

from flan_jax.planning import hlo

MESH = types.SimpleNamespace(
    axis_names=('slice', 'data', 'fsdp', 'tensor'), size=8,
    shape={'slice': 1, 'data': 2, 'fsdp': 2, 'tensor': 2})
PROGRAM = """
%body.1 (p: (s32[], f32[8,4])) -> (s32[], f32[8,4]) {
  %gather = bf16[8,4]{1,0} all-gather(bf16[4,4] %x), replica_groups=[4,2]<=[2,2,2]T(0,2,1)
}

%condition.1 (p: (s32[], f32[8,4])) -> pred[] {
  %limit = s32[]{:T(128)} constant(5)
  ROOT %lt = pred[] compare(%counter, %limit), direction=LT
}

ENTRY %main (a: f32[8,4]) -> f32[8,4] {
  %loop = (s32[], f32[8,4]) while(%start), condition=%condition.1, body=%body.1
  %sum = f32[8,4]{1,0} all-reduce(%y), replica_groups={{0,4},{1,5},{2,6},{3,7}}, to_apply=%add
  %shift = f32[2,2]{1,0} collective-permute(%z), source_target_pairs={{0,1},{1,0},{2,3},{3,2}}
}
"""


def test_collectives_of_a_loop_count_as_often_as_it_runs():
  found = {c.kind: c for c in hlo.collectives(PROGRAM, MESH)}
  assert found['all-gather'].count == 5
  assert found['all-gather'].bytes == 5 * 8 * 4 * 2


def test_a_trip_count_that_the_compiler_knows_is_taken():
  known = PROGRAM.replace(
      'body=%body.1', 'body=%body.1, backend_config={"known_trip_count":{"n":"7"}}')
  assert {c.kind: c.count for c in hlo.collectives(known, MESH)}['all-gather'] == 7


def test_groups_of_devices_are_named_by_mesh_axes():
  found = {c.kind: c.axes for c in hlo.collectives(PROGRAM, MESH)}
  assert found == {'all-gather': 'fsdp', 'all-reduce': 'data', 'collective-permute': 'tensor'}


def test_the_largest_comes_first():
  sizes = [c.bytes for c in hlo.collectives(PROGRAM, MESH)]
  assert sizes == sorted(sizes, reverse=True)
