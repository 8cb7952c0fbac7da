"""Where arrays live: the mesh of devices and one table from logical axis names to mesh axes."""
from flan_jax.partitioning.mesh import bytes_per_device, default_mesh, make_mesh, tree_bytes
from flan_jax.partitioning.peaks import PEAK_FLOPS, peak_flops
from flan_jax.partitioning.rules import (
    AXIS_RULES, DATA_AXES, MESH_AXES, Rules, axis_rules, partitioned, spec, ways,
    with_whole_lengths)
from flan_jax.partitioning.shardings import (
    batch_sharding, check_batch_size, check_lengths, choose_mesh, fitting_batch_size, laid_out,
    parameter_shardings, path_names, place, state_shardings,
    whole)

__all__ = (
    'AXIS_RULES',
    'DATA_AXES',
    'MESH_AXES',
    'PEAK_FLOPS',
    'Rules',
    'axis_rules',
    'batch_sharding',
    'bytes_per_device',
    'check_batch_size',
    'check_lengths',
    'choose_mesh',
    'default_mesh',
    'fitting_batch_size',
    'laid_out',
    'make_mesh',
    'parameter_shardings',
    'partitioned',
    'path_names',
    'peak_flops',
    'place',
    'spec',
    'state_shardings',
    'tree_bytes',
    'ways',
    'whole',
    'with_whole_lengths',
)
