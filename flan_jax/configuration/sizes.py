"""The published model sizes for Python callers, read from the gin files in gin/models/."""
from typing import Any

from flan_jax import configuration, models
from flan_jax.errors import UserError, nearest

_FOLDER = 'gin/models/'


def model_size(name: str, **changes: Any) -> models.TransformerConfig:
  """The configuration of a model of a published size.

  Args:
    name: a file of gin/models/ without its ending, such as 't5_1_1_base', 'lamda_2b' or 'tiny'.
    **changes: new values for fields of `T5Config` or `DecoderOnlyConfig`.

  Raises:
    UserError: there is no such size or field, or a value is invalid.
  """
  files = [f for f in configuration.shipped_gin_files() if f.startswith(_FOLDER)]
  known = {f.removeprefix(_FOLDER).removesuffix('.gin'): configuration.fields(f) for f in files}
  known = {size: fields for size, fields in known.items() if 'd_model' in fields}
  if name not in known:
    raise UserError(f'there is no model size {name!r}', 'model_size', nearest(str(name), known))
  family = 't5' if 'num_encoder_layers' in known[name] else 'decoder_only'
  return models.config_from_dict({'family': family, **known[name], **changes})
