"""One table says over which mesh axis each dimension of an array is divided."""
from collections.abc import Mapping, Sequence

import flax.linen as nn
from jax.sharding import PartitionSpec

from flan_jax.errors import UserError, nearest

# Outermost first: devices that are neighbors along the last axis communicate most. 'slice' crosses
# the data-center network. 'data' copies the model. 'fsdp' divides parameters and optimizer state,
# and gathers each layer when it is used. 'tensor' divides the work inside of a layer.
MESH_AXES = ('slice', 'data', 'fsdp', 'tensor')
DATA_AXES = ('slice', 'data', 'fsdp')  # rows of a batch are divided over these

Axes = None | str | tuple[str, ...]
Rules = tuple[tuple[str, Axes], ...]

# Logical axis -> the mesh axes that divide it; None: every device has all of it. The order matters:
# a mesh axis can divide only one dimension of an array, and the first rule that asks for it gets
# it. So 'length' is last: if it is set to 'tensor' (sequence-sharded activations), it applies only
# to arrays of which no other dimension, such as 'heads', is divided over 'tensor'.
AXIS_RULES: Rules = (
    # Activations.
    ('batch', DATA_AXES),
    ('activation_embed', None),
    # Rows while an embedding is looked up: 'fsdp' divides the table's width then, so not the rows.
    ('rows_of_table', ('slice', 'data')),
    # Parameters, and the activations that they make.
    ('vocab', 'tensor'),
    ('mlp', 'tensor'),
    ('heads', 'tensor'),
    ('joined_kv', 'tensor'),
    ('embed', 'fsdp'),
    ('kv', None),
    ('relpos_buckets', None),
    ('layers', None),
    # Activations again: takes a mesh axis only if no rule above did.
    ('length', None),
)


def axis_rules(overrides: Mapping[str, str | Sequence[str] | None] | None = None) -> Rules:
  """The table with some entries changed; their order, and so their precedence, stays.

  Args:
    overrides: logical axis -> a mesh axis, several mesh axes, or None. For instance
      {'length': 'tensor'} for sequence-sharded activations.

  Raises:
    UserError: an axis is unknown, or the rule of 'batch' would change.
  """
  if overrides is None:
    return AXIS_RULES
  if not isinstance(overrides, Mapping):
    raise UserError(f'{overrides!r} is not a table of rules', 'AXIS_RULES',
                    "Write {'length': 'tensor'}.")
  changed = {name: _checked(name, axes) for name, axes in overrides.items()}
  return tuple((name, changed.get(name, axes)) for name, axes in AXIS_RULES)


def _checked(name: str, axes: str | Sequence[str] | None) -> Axes:
  known = [n for n, _ in AXIS_RULES if n != 'batch']
  if name == 'batch':
    raise UserError("'batch' is always divided over " + ', '.join(DATA_AXES), 'AXIS_RULES',
                    'Change the sizes of these axes with MESH instead.')
  if name not in known:
    raise UserError(f'there is no logical axis {name!r}', 'AXIS_RULES', nearest(str(name), known))
  if not isinstance(axes, str | list | tuple | None):
    raise UserError(f'{name!r}: {axes!r} is not a mesh axis', 'AXIS_RULES',
                    f'Known: {", ".join(MESH_AXES)}; None for an axis that is not divided.')
  if len(set(map(str, mesh_axes(axes)))) < len(mesh_axes(axes)):
    raise UserError(f'{name!r} names a mesh axis twice', 'AXIS_RULES', 'Name it once.')
  for axis in mesh_axes(axes):
    if axis not in MESH_AXES:
      raise UserError(f'{name!r}: there is no mesh axis {axis!r}', 'AXIS_RULES',
                      nearest(str(axis), MESH_AXES))
  return axes if axes is None or isinstance(axes, str) else tuple(axes)


def mesh_axes(axes: Axes | Sequence[str]) -> tuple[str, ...]:
  """The mesh axes of a rule, or of one dimension of a `PartitionSpec`, as a tuple."""
  if axes is None:
    return ()
  return (axes,) if isinstance(axes, str) else tuple(axes)


def spec(axes: Sequence[str | None], rules: Rules = AXIS_RULES) -> PartitionSpec:
  """The partition of an array whose dimensions have these logical names; None is not divided."""
  known = dict(rules)
  unknown = [name for name in axes if name is not None and name not in known]
  if unknown:
    raise ValueError(f'AXIS_RULES has no rule for {unknown}')
  return nn.logical_to_mesh_axes(tuple(axes), rules)
