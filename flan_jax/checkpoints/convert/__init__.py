"""Converts checkpoints of other libraries to and from our parameter trees."""
from flan_jax.checkpoints.convert.huggingface import (
    check_huggingface,
    is_huggingface,
    load_huggingface,
    parameters_from_huggingface,
    parameters_to_huggingface,
    save_huggingface,
    t5_config_from_huggingface,
)

__all__ = (
    'check_huggingface',
    'is_huggingface',
    'load_huggingface',
    'parameters_from_huggingface',
    'parameters_to_huggingface',
    'save_huggingface',
    't5_config_from_huggingface',
)
