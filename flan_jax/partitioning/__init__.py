"""Divides arrays over devices: the mesh, and one table from logical axis names to mesh axes."""
from flan_jax.partitioning.layout import Layout, choose_layout
from flan_jax.partitioning.mesh import bytes_per_device, default_mesh, make_mesh, tree_bytes
from flan_jax.partitioning.rules import (
    AXIS_RULES,
    DATA_AXES,
    MESH_AXES,
    Rules,
    axis_rules,
    spec,
)
from flan_jax.partitioning.shardings import (
    laid_out,
    path_names,
    place,
    state_shardings,
)

__all__ = (
    'AXIS_RULES',
    'DATA_AXES',
    'Layout',
    'MESH_AXES',
    'Rules',
    'axis_rules',
    'bytes_per_device',
    'choose_layout',
    'default_mesh',
    'laid_out',
    'make_mesh',
    'path_names',
    'place',
    'spec',
    'state_shardings',
    'tree_bytes',
)
