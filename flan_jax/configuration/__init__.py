"""The one place that reads gin: it finds files, reads them, and explains mistakes."""
from flan_jax.configuration.files import find_gin_file, shipped_gin_files
from flan_jax.configuration.graph import ConfigPart
from flan_jax.configuration.loading import (
    Loaded,
    bound,
    fields,
    imported_modules,
    in_typed_words,
    load,
    macro,
    macro_in_file,
    macro_names,
    operative_config,
)
from flan_jax.configuration.reading import flag_of, rewrite_gin_args

__all__ = [
    'ConfigPart', 'Loaded', 'bound', 'fields', 'find_gin_file', 'flag_of', 'imported_modules',
    'in_typed_words', 'load', 'macro', 'macro_in_file', 'macro_names', 'operative_config',
    'rewrite_gin_args', 'shipped_gin_files']
