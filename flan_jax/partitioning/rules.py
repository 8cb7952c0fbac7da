"""One table says which dimension of which array is divided over which axis of the mesh."""
from collections.abc import Mapping, Sequence

import flax.linen as nn
from jax.sharding import PartitionSpec

from flan_jax.errors import UserError, nearest

# Outermost first: devices next to each other along the last axis talk most. 'slice' crosses the
# data-centre network, 'data' copies the model, 'fsdp' divides parameters and optimizer state and
# gathers each layer where it is used, 'tensor' divides the work of a layer.
MESH_AXES = ('slice', 'data', 'fsdp', 'tensor')
DATA_AXES = ('slice', 'data', 'fsdp')  # rows of a batch are divided over these

Axes = None | str | tuple[str, ...]
Rules = tuple[tuple[str, Axes], ...]

# Logical axis -> mesh axes it is divided over; None: whole on every device. Where two dimensions
# of an array want the same mesh axis, the rule that stands first gets it: so 'length' may be
# divided over 'tensor' (sequence-sharded activations) and is wherever no other dimension is.
AXIS_RULES: Rules = (
    # Activations.
    ('batch', DATA_AXES),
    ('activation_embed', None),
    ('rows_of_table', ('slice', 'data')),  # where an embedding is looked up, its width on 'fsdp'
    # Parameters, and the activations that they make.
    ('vocab', 'tensor'),
    ('mlp', 'tensor'),
    ('heads', 'tensor'),
    ('joined_kv', 'tensor'),
    ('embed', 'fsdp'),
    ('kv', None),
    ('relpos_buckets', None),
    ('layers', None),
    # Activations again: what nothing above has taken.
    ('length', None),
)


def axis_rules(overrides: Mapping[str, str | Sequence[str] | None] | None = None) -> Rules:
  """The table with some entries changed; order, and so precedence, stays.

  Args:
    overrides: logical axis to a mesh axis, several of them, or None; such as
      {'length': 'tensor'} for sequence-sharded activations.

  Raises:
    UserError: an axis is unknown, or the batch's rule is to change.
  """
  if overrides is None:
    return AXIS_RULES
  if not isinstance(overrides, Mapping):
    raise UserError(f'{overrides!r} is no table of rules', 'AXIS_RULES',
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
    raise UserError(f'{name!r}: {axes!r} is no mesh axis', 'AXIS_RULES',
                    f'Known: {", ".join(MESH_AXES)}; None for whole on every device.')
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
  """The partition of an array whose dimensions have these logical names."""
  known = dict(rules)
  unknown = [name for name in axes if name is not None and name not in known]
  if unknown:
    raise ValueError(f'AXIS_RULES has no rule for {unknown}')
  return nn.logical_to_mesh_axes(tuple(axes), rules)
