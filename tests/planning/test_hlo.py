"""Collectives read off the text of compiled programs."""
import types

import pytest

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


BESIDE_OTHER_WORK = """
%begin.1 (p: bf16[4,4]) -> bf16[8,4] {
  ROOT %g = bf16[8,4]{1,0} all-gather(bf16[4,4] %p), channel_id=7, GROUPS
}

%async_collective_fusion.2 (p: bf16[4,4]) -> bf16[8,4] {
  ROOT %g = bf16[8,4]{1,0} all-gather(bf16[4,4] %p), channel_id=7, GROUPS
}

%end.3 (p: bf16[4,4]) -> bf16[8,4] {
  ROOT %g = bf16[8,4]{1,0} all-gather(bf16[4,4] %p), channel_id=7, GROUPS
}

%all-reduce-scatter.4 (p: f32[8,4]) -> f32[4,4] {
  %sum = f32[8,4]{1,0} all-reduce(f32[8,4] %p), channel_id=8, GROUPS, to_apply=%add
  ROOT %part = f32[4,4]{1,0} dynamic-slice(%sum, %i, %j), dynamic_slice_sizes={4,4}
}

%ring.5 (p: f32[2,2]) -> f32[2,2] {
  %move = (f32[2,2], f32[2,2], u32[], u32[]) collective-permute-start(%p), channel_id=9, PAIRS
  %moved = f32[2,2]{1,0} collective-permute-done(%move)
}

%ring_condition.5 (p: f32[2,2]) -> pred[] {
  %limit = u32[]{:T(128)} constant(3)
  ROOT %lt = pred[] compare(%counter, %limit), direction=LT
}

%layer.6 (p: f32[8,4]) -> f32[8,4] {
  %async-collective-start.1 = (bf16[8,4], u32[]) fusion(%x), kind=kCustom, calls=%begin.1
  %fusion.2 = (f32[8,4], bf16[8,4]) fusion(%x), kind=kOutput, calls=%async_collective_fusion.2
  %async-collective-done.1 = bf16[8,4]{1,0} fusion(%x), kind=kCustom, calls=%end.3
  %rs = f32[4,4]{1,0} fusion(%x), kind=kCustom, calls=%all-reduce-scatter.4
  %w = f32[2,2] while(%x), condition=%ring_condition.5, body=%ring.5
}

%layers_condition.6 (p: f32[8,4]) -> pred[] {
  %limit = s32[]{:T(128)} constant(5)
  ROOT %lt = pred[] compare(%counter, %limit), direction=LT
}

ENTRY %main (a: f32[8,4]) -> f32[8,4] {
  %loop = f32[8,4] while(%a), condition=%layers_condition.6, body=%layer.6
}
""".replace('GROUPS', "replica_groups=mesh['axis_0'=4,'axis_1'=2] {'axis_1'}").replace(
    'PAIRS', 'source_target_pairs={{0,1},{1,0},{2,3},{3,2}}')


def test_what_goes_on_beside_other_work_counts_once():
  found = {c.kind: c for c in hlo.collectives(BESIDE_OTHER_WORK, MESH)}
  assert (found['all-gather'].count, found['all-gather'].bytes) == (5, 5 * 8 * 4 * 2)


def test_a_sum_of_which_a_part_is_kept_is_a_reduce_scatter():
  kinds = {c.kind: c for c in hlo.collectives(BESIDE_OTHER_WORK, MESH)}
  assert 'all-reduce' not in kinds and kinds['reduce-scatter'].bytes == 5 * 8 * 4 * 4


def test_loops_that_pass_pieces_round_a_ring_count_within_loops_over_layers():
  found = {c.kind: c for c in hlo.collectives(BESIDE_OTHER_WORK, MESH)}
  assert found['collective-permute'].count == 5 * 3


@pytest.mark.parametrize('groups, axes', [
    ("mesh['axis_0'=4,'axis_1'=2] {'axis_1'}", 'tensor'),
    ("mesh['a'=2,'b'=2,'c'=2] {'c','a'}", 'data+tensor'),
    ("mesh['a'=8] {'a'}", 'data+fsdp+tensor'),
    ('{}', 'data+fsdp+tensor'),
    ('something new', '?'),
])
def test_groups_in_other_forms_are_named_too(groups, axes):
  line = f'%g = f32[8]{{0}} all-gather(f32[4] %p), replica_groups={groups}, dimensions={{0}}'
  found, = hlo.collectives(f'ENTRY %main (p: f32[4]) -> f32[8] {{\n  {line}\n}}', MESH)
  assert found.axes == axes
