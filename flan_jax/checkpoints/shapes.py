"""Compares the shapes of a checkpoint's arrays with a model's."""
from collections.abc import Mapping
from typing import Any

import jax

from flan_jax import models, partitioning
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
  """Raises UserError if checkpoint and model differ. It names the first arrays that do."""
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
                    models.describe_model(stored))
