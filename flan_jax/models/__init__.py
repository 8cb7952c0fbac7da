"""The models: Flax modules, used as functions of a tree of parameters and a batch."""
from flan_jax.models.config import DTYPES, TransformerConfig
from flan_jax.models.decoder_only import DecoderOnly, DecoderOnlyConfig
from flan_jax.models.families import (
    build,
    config_from_dict,
    config_to_dict,
    family,
    with_vocabulary_size,
)
from flan_jax.models.language_model import LanguageModel
from flan_jax.models.losses import token_cross_entropy
from flan_jax.models.parameters import abstract_parameters, init_parameters, logical_axes
from flan_jax.models.published_sizes import describe_model
from flan_jax.models.stacking import stack_layers, unstack_layers
from flan_jax.models.t5 import T5, T5Config

__all__ = (
    'DTYPES',
    'T5',
    'DecoderOnly',
    'DecoderOnlyConfig',
    'LanguageModel',
    'T5Config',
    'TransformerConfig',
    'abstract_parameters',
    'build',
    'config_from_dict',
    'config_to_dict',
    'describe_model',
    'family',
    'init_parameters',
    'logical_axes',
    'stack_layers',
    'token_cross_entropy',
    'unstack_layers',
    'with_vocabulary_size',
)
