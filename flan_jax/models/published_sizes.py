"""Recognizes published models by the shapes of their parameters."""
from collections.abc import Mapping
import re

_FIRST_OF_MLP = re.compile(r'(encoder\.)?layers(_\d+)?\.mlp\.wi_0\.kernel')
# (width, MLP width, layers of the encoder or of the decoder-only model), as in gin/models/.
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
  """Describes in words which model the parameters of a checkpoint most likely belong to.

  Args:
    shapes: by parameter name; of either family, with layers stacked or not.

  Returns:
    A sentence; '' if these are not the parameters of a whole model.
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
  remedy = 'Include its file from gin/models/.' if size else 'Set the model to that shape.'
  return (f'It looks like {family} {size or "of no published size"}: width {width}, MLP {mlp}, '
          f'{layers} layers, vocabulary {embedding[0]}. {remedy}')
