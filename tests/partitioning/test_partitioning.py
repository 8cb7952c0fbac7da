"""The table of axis rules, the mesh chosen by default, and mistakes found before anything runs."""
import types

import jax
from jax.sharding import PartitionSpec as P
import numpy as np
import pytest

from flan_jax import models, partitioning
from flan_jax.errors import UserError
from flan_jax.partitioning import Layout

GB = 10**9
EIGHT = [types.SimpleNamespace(platform='cpu')] * 8


def abstract_mesh(slices=1, data=1, fsdp=1, tensor=1):
  return jax.sharding.AbstractMesh((slices, data, fsdp, tensor), partitioning.MESH_AXES)


@pytest.mark.parametrize('shape, message', [
    ({'data': 3}, 'needs 3 devices, but there are 8.*multiply to 8'),
    ({'data': -1, 'tensor': 3}, 'needs 3 devices or a multiple, but there are 8'),
    ({'tensr': 1}, "'tensr'.*'tensor'"),
    ({'data': -1, 'fsdp': -1}, '-1 stands for both data and fsdp'),
    ({'data': 0}, 'data=0 is not a size'),
    ({'data': '8'}, "data='8' is not a size"),
    ('fsdp', "'fsdp' is not a mesh"),
])
def test_a_mesh_that_cannot_be_is_refused_with_what_would_work(shape, message):
  with pytest.raises(UserError, match=message):
    partitioning.make_mesh(shape, EIGHT)


def test_what_is_left_goes_to_the_axis_with_minus_one():
  mesh = partitioning.make_mesh({'fsdp': -1}, jax.devices()[:1])
  assert dict(mesh.shape) == {'slice': 1, 'data': 1, 'fsdp': 1, 'tensor': 1}


@pytest.mark.parametrize('state, devices, memory, rows, expected', [
    (1 * GB, 8, 16 * GB, 64, (8, 1, 1)),         # fits on each: copies
    (30 * GB, 8, 16 * GB, 64, (2, 4, 1)),        # a quarter fits in half of the memory
    (1000 * GB, 64, 32 * GB, 64, (1, 64, 1)),    # needs all
    (1000 * GB, 64, 32 * GB, 8, (1, 8, 8)),      # too few rows for 64 devices
    (1 * GB, 8, 16 * GB, 4, (4, 1, 2)),          # the same for a small model
    (9000 * GB, 8, 16 * GB, 64, (1, 8, 1)),      # fits nowhere: divided as far as it goes
])
def test_the_default_mesh_divides_no_more_than_needed(state, devices, memory, rows, expected):
  mesh = partitioning.default_mesh(state, devices, memory, rows=rows)
  assert (mesh['data'], mesh['fsdp'], mesh['tensor']) == expected


def test_the_default_mesh_only_divides_what_divides():
  """6 heads do not go over 4 devices, so 2 take them and the rows go over 4."""
  mesh = partitioning.default_mesh(
      1 * GB, 8, 16 * GB, rows=4, multiples={'fsdp': 512, 'tensor': 6})
  assert mesh == {'slice': 1, 'data': 4, 'fsdp': 1, 'tensor': 2}


def test_the_default_mesh_keeps_a_copy_in_each_slice():
  mesh = partitioning.default_mesh(30 * GB, 16, 16 * GB, rows=64, slices=2)
  assert mesh == {'slice': 2, 'data': 2, 'fsdp': 4, 'tensor': 1}


def test_parameters_follow_the_table():
  assert partitioning.spec(('embed', 'mlp')) == P('fsdp', 'tensor')
  assert partitioning.spec(('batch', 'length', 'activation_embed')) == P(
      ('slice', 'data', 'fsdp'), None, None)


def test_sequence_sharding_yields_to_heads():
  rules = partitioning.axis_rules({'length': 'tensor'})
  assert partitioning.spec(('batch', 'length', 'activation_embed'), rules)[1] == 'tensor'
  assert partitioning.spec(('batch', 'length', 'heads', 'kv'), rules)[1:3] == (None, 'tensor')


@pytest.mark.parametrize('overrides, message', [
    ({'lenght': 'tensor'}, "no logical axis 'lenght'.*'length'"),
    ({'length': 'tensors'}, "no mesh axis 'tensors'.*'tensor'"),
    ({'batch': 'data'}, "'batch' is always divided"),
    ('length', 'not a table of rules'),
])
def test_rules_that_name_no_axis_are_refused(overrides, message):
  with pytest.raises(UserError, match=message):
    partitioning.axis_rules(overrides)


@pytest.mark.parametrize('rows, accumulation, message', [
    (4, 1, r'4 rows do not divide over 8 devices \(data=2 x fsdp=4\). Use 8,'),
    (20, 1, '20 rows do not divide over 8 devices.*Use 16 or 24,'),
    (40, 4, '40 rows do not divide over 8 devices.*into 4 parts. Use 32 or 64,.*ACCUMULATION'),
])
def test_rows_that_do_not_divide_are_refused_with_what_would_work(rows, accumulation, message):
  with pytest.raises(UserError, match=message):
    Layout(abstract_mesh(data=2, fsdp=4)).check_batch_size(rows, accumulation)


def test_batches_that_may_be_padded_are_made_to_fit():
  layout = Layout(abstract_mesh(data=2, fsdp=4))
  assert [layout.fitting_batch_size(n) for n in (1, 8, 100)] == [8, 8, 104]


@pytest.mark.parametrize('sizes, mesh, message', [
    ({'num_heads': 6}, {'tensor': 4}, 'heads of size 6 does not divide over tensor=4.*1, 2;'),
    ({'vocab_size': 250}, {'tensor': 4}, 'vocab of size 250 does not divide over tensor=4'),
    ({'d_model': 36}, {'fsdp': 8}, 'embed of size 36 does not divide over fsdp=8.*1, 2, 4;'),
])
def test_a_width_that_does_not_divide_is_named(sizes, mesh, message):
  shape = {'vocab_size': 256, 'd_model': 32, 'num_heads': 8, 'head_dim': 16, 'mlp_dim': 64}
  config = models.T5Config(**shape | sizes, num_encoder_layers=1, num_decoder_layers=1)
  with pytest.raises(UserError, match=message):
    Layout(abstract_mesh(**mesh)).parameter_shardings(
        models.logical_axes(config), models.abstract_parameters(config))


def test_lengths_have_to_divide_only_where_they_are_divided():
  lengths = {'inputs': 64, 'targets': 18}
  mesh = abstract_mesh(tensor=4)
  Layout(mesh).check_lengths(lengths)
  with pytest.raises(UserError, match='18 tokens of targets do not divide over tensor=4. Use 20'):
    Layout(mesh, partitioning.axis_rules({'length': 'tensor'})).check_lengths(lengths)


def test_arrays_of_the_host_are_placed_as_they_are():
  sharding = Layout(partitioning.make_mesh({}, jax.devices()[:1])).batch_sharding()
  array = np.arange(12, dtype=np.float32).reshape(4, 3)
  placed = partitioning.place({'a': array}, {'a': sharding})['a']
  assert placed.sharding == sharding
  np.testing.assert_array_equal(placed, array)
