"""Models behind a functional border: a tree of parameters, and functions of it and a batch."""
from flan_jax.models.losses import token_cross_entropy
from flan_jax.models.parameters import abstract_parameters, init_parameters, logical_axes
from flan_jax.models.t5 import T5, T5Config, build, with_vocabulary_size

__all__ = (
    'T5',
    'T5Config',
    'abstract_parameters',
    'build',
    'init_parameters',
    'logical_axes',
    'token_cross_entropy',
    'with_vocabulary_size',
)
