"""The model families: the module of each configuration, and configurations as plain data."""
from collections.abc import Mapping
import dataclasses
from typing import Any

import flax.linen as nn

from flan_jax import checks
from flan_jax.errors import UserError, nearest
from flan_jax.models.config import TransformerConfig
from flan_jax.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from flan_jax.models.t5 import T5, T5Config

_VOCABULARY_MULTIPLE = 128  # divides evenly over devices and fills the matrix units

FAMILIES = {'t5': (T5Config, T5), 'decoder_only': (DecoderOnlyConfig, DecoderOnly)}


def build(config: TransformerConfig) -> nn.Module:
  """The Flax module of a config, to be used as `build(config).apply({'params': parameters}, ...)`.

  Raises:
    UserError: `vocab_size` is still 0.
  """
  if config.vocab_size == 0:
    raise checks.refusal(config, 'vocab_size', 'the vocabulary size is not set',
                         'Set it, or use with_vocabulary_size.')
  return FAMILIES[family(config)][1](config)


def with_vocabulary_size(
    config: TransformerConfig, size: int, end_id: int | None = None
) -> TransformerConfig:
  """The config for a vocabulary of `size` pieces, and with `end_id` as the end mark if given.

  A `vocab_size` of 0 becomes the next multiple of 128; any other value is kept.

  Raises:
    UserError: the embedding has fewer rows than the vocabulary has pieces.
  """
  if end_id is not None:
    config = dataclasses.replace(config, end_id=end_id)
  if config.vocab_size == 0:
    blocks = -(-size // _VOCABULARY_MULTIPLE)
    return dataclasses.replace(config, vocab_size=blocks * _VOCABULARY_MULTIPLE)
  if config.vocab_size < size:
    raise checks.refusal(
        config, 'vocab_size',
        f'{config.vocab_size} rows are too few for a vocabulary of {size} pieces',
        'Set it to 0 to follow the vocabulary, or change the vocabulary.')
  return config


def family(config: TransformerConfig) -> str:
  """'t5' or 'decoder_only'."""
  return next(name for name, (kind, _) in FAMILIES.items() if isinstance(config, kind))


def config_to_dict(config: TransformerConfig) -> dict[str, Any]:
  """The config's fields, and its `family`."""
  return {'family': family(config)} | dataclasses.asdict(config)


def config_from_dict(fields: Mapping[str, Any]) -> TransformerConfig:
  """The reverse of `config_to_dict`. The family is T5 if `fields` has none.

  Raises:
    UserError: the family or a field is unknown, or a value is not possible.
  """
  fields = dict(fields)
  name = fields.pop('family', 't5')
  if name not in FAMILIES:
    raise UserError(f'there is no model family {name!r}', 'family', nearest(name, FAMILIES))
  config, _ = FAMILIES[name]
  known = [field.name for field in dataclasses.fields(config)]
  for field in fields:
    if field not in known:
      raise UserError(f'{config.__name__} has no field {field!r}', 'model', nearest(field, known))
  return config(**fields)
