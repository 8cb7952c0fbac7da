"""Runs a stack of layers: unrolled or as one loop (scan), with or without rematerialization."""
from collections.abc import Callable, Mapping, Sequence
import re
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

# What the backward pass keeps of a layer. 'dots' drops the products with batch dimensions, which
# are the attention's scores and weighted values: they are large and cheap to compute again.
REMAT = {
    'none': jax.checkpoint_policies.everything_saveable,
    'dots': jax.checkpoint_policies.dots_with_no_batch_dims_saveable,
    'full': jax.checkpoint_policies.nothing_saveable,
}

Layers = nn.Module | Sequence[nn.Module]
Tree = Any


def make_layers(make: Callable[[], nn.Module], count: int, scan: bool) -> Layers:
  """`count` layers for an attribute named `layers`; if scanned, one module stands for all."""
  return make() if scan else [make() for _ in range(count)]


def through_layers(
    step: Callable[[nn.Module, Tree, Tree], tuple[Tree, Tree]],
    layers: Layers,
    x: Tree,
    kept: Tree = None,
    *,
    count: int,
    remat: str = 'none',
) -> tuple[Tree, Tree]:
  """Passes x through all layers.

  Args:
    step: takes a layer, x and the layer's part of `kept`; returns x and the layer's output.
    layers: from `make_layers`.
    x: array or tree.
    kept: a sequence with one part per layer; if scanned, a tree of arrays stacked over layers.
    count: the number of layers.
    remat: a key of `REMAT`.

  Returns:
    x, and the outputs of the layers in the form of `kept`.
  """
  scan = isinstance(layers, nn.Module)
  if remat != 'none':
    # In a loop XLA cannot merge the recomputation with the forward pass, so the barriers that
    # prevent it would only cost time.
    step = nn.remat(step, policy=REMAT[remat], prevent_cse=not scan)
  if scan:
    # Parameters and random keys differ from layer to layer; metadata_params names the new first
    # axis in the logical axes.
    loop = nn.scan(
        step, variable_axes={'params': 0}, split_rngs={'params': True, 'dropout': True},
        length=count, metadata_params={nn.PARTITION_NAME: 'layers'})
    return loop(layers, x, kept)
  given = []
  for layer, part in zip(layers, kept or [None] * count):
    x, part = step(layer, x, part)
    given.append(part)
  return x, tuple(given)


def stack_layers(parameters: Mapping[str, Any]) -> dict[str, Any]:
  """The tree for `scan_layers`: stacks `layers_0`, `layers_1`, ... as `layers` on a first axis."""
  tree = {name: stack_layers(value) if isinstance(value, Mapping) else value
          for name, value in parameters.items()}
  numbers = [int(match[1]) for name in tree if (match := re.fullmatch(r'layers_(\d+)', name))]
  if numbers:
    # By number: in the order of names layers_10 comes before layers_2.
    parts = [tree.pop(f'layers_{i}') for i in sorted(numbers)]
    tree['layers'] = jax.tree.map(lambda *arrays: jnp.stack(arrays), *parts)
  return tree


def unstack_layers(parameters: Mapping[str, Any]) -> dict[str, Any]:
  """The reverse of `stack_layers`: the tree of models without `scan_layers`."""
  tree = {name: unstack_layers(value) if isinstance(value, Mapping) else value
          for name, value in parameters.items()}
  if 'layers' in tree:
    stacked = tree.pop('layers')
    for i in range(len(jax.tree.leaves(stacked)[0])):
      tree[f'layers_{i}'] = jax.tree.map(lambda array: array[i], stacked)  # noqa: B023 (at once)
  return tree
