"""Where this package keeps what it makes for itself."""
import os
import pathlib

from flan_jax import paths


def cache_dir() -> pathlib.Path:
  """`$FLAN_JAX_CACHE`, or `flan_jax` in the user's cache directory."""
  if chosen := os.environ.get('FLAN_JAX_CACHE'):
    return pathlib.Path(paths.expand(chosen))
  home = os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache')
  return pathlib.Path(home) / 'flan_jax'
