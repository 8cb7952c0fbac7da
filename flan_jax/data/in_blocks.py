"""Reads the examples of a tf.data pipeline in blocks, because handing over each takes long."""
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

_BLOCK = 64  # examples


def examples_of(dataset: tf.data.Dataset) -> Iterator[dict[str, Any]]:
  """The examples as `as_numpy_iterator` gives them, in half the time.

  Args:
    dataset: of flat tables of tensors. It is read up to 63 examples further than is asked for.
  """
  spec = dataset.element_spec
  if not all(isinstance(s, tf.TensorSpec) and s.shape.rank in (0, 1) for s in spec.values()):
    yield from dataset.as_numpy_iterator()
    return
  vectors = [name for name, s in spec.items() if s.shape.rank]
  for block in dataset.ragged_batch(_BLOCK):
    values = {name: _rows(block[name]) if name in vectors else block[name].numpy()
              for name in spec}
    for place in range(len(next(iter(values.values())))):
      yield {name: of_block[place] for name, of_block in values.items()}


def _rows(block: tf.Tensor | tf.RaggedTensor) -> list[np.ndarray]:
  """The vector of each example. Blocks of vectors with a fixed length are plain tensors."""
  if not isinstance(block, tf.RaggedTensor):
    return list(block.numpy())
  return np.split(block.values.numpy(), block.row_splits.numpy()[1:-1])
