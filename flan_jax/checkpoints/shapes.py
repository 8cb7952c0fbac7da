"""The shapes of a checkpoint's arrays, held against a model's; which model they are likely of."""
from collections.abc import Mapping
import re
from typing import Any

import jax

from flan_jax import partitioning
from flan_jax.errors import UserError

Tree = Any


def shapes_by_name(tree: Tree) -> dict[str, tuple[int, ...]]:
  """The shape of each array of a tree, by its path joined with dots."""
  leaves = jax.tree_util.tree_leaves_with_path(tree)
  return {
      '.'.join(partitioning.path_names(path)): tuple(leaf.shape)
      for path, leaf in leaves
  }


def check_same_shapes(
    stored: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]], where: str
) -> None:
  """Raises UserError naming the first arrays that differ between checkpoint and model."""
  differences = [
      f'{name} is {list(stored[name])} there and {list(shape)} in the model'
      if name in stored else f'{name} is missing there'
      for name, shape in wanted.items()
      if stored.get(name) != shape
  ] + [f'{name} is not in the model' for name in stored if name not in wanted]
  if differences:
    shown = '; '.join(differences[:5])
    more = f' and {len(differences) - 5} more' if len(differences) > 5 else ''
    raise UserError(f'the checkpoint is of another model: {shown}{more}', where,
                    describe_model(stored))


_FIRST_OF_MLP = re.compile(r'(encoder\.)?layers(_\d+)?\.mlp\.wi_0\.kernel')
# (width, MLP width, layers of the encoder or of all) of the files in gin/models/.
_SIZES = {
    'T5 1.1': {
        (512, 1024, 8): 'small', (768, 2048, 12): 'base', (1024, 2816, 24): 'large',
        (2048, 5120, 24): 'xl', (4096, 10240, 24): 'xxl',
    },
    'decoder-only': {
        (1280, 10240, 8): 'lamda_422m', (2560, 20480, 10): 'lamda_2b',
        (4096, 32768, 16): 'lamda_8b', (8192, 65536, 32): 'lamda_68b',
        (8192, 65536, 64): 'lamda_137b',
    },
}


def describe_model(shapes: Mapping[str, tuple[int, ...]]) -> str:
  """Says in words which model the parameters of a checkpoint are likely of.

  Args:
    shapes: by name, of either family, layers stacked or not.

  Returns:
    '' where these are not the parameters of a whole model.
  """
  embedding = shapes.get('token_embedder.embedding')
  kernels = [(m, shape) for name, shape in shapes.items() if (m := _FIRST_OF_MLP.fullmatch(name))]
  if embedding is None:
    return ''
  if not kernels:
    return 'It looks like neither T5 1.1 nor a decoder-only model.'
  match, (*stacked, width, mlp) = kernels[0]
  family = 'T5 1.1' if match[1] else 'decoder-only'
  layers = stacked[0] if stacked else len(kernels)
  size = _SIZES[family].get((width, mlp, layers))
  remedy = 'Include its file from gin/models/.' if size else 'Set the shape of the model to that.'
  return (f'It looks like {family} {size or "of no published size"}: width {width}, MLP {mlp}, '
          f'{layers} layers, vocabulary {embedding[0]}. {remedy}')
