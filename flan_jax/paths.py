"""Paths as people write them."""
import os
from typing import Any


def is_local(path: Any) -> bool:
  """Whether a path is of this machine's file system, and not of object storage (`gs://...`)."""
  return '://' not in os.fspath(path)


def expand(path: Any) -> Any:
  """The path with `~` or `~name` in front as the home directory; anything else as it is.

  A shell does this for words of their own, but not inside `--gin.MODEL_DIR=~/runs`.
  """
  if isinstance(path, str) and path.startswith('~'):
    return os.path.expanduser(path)
  return path


def expand_fields(config: Any, *fields: str) -> None:
  """Expands these fields of a frozen dataclass, from its `__post_init__`."""
  for field in fields:
    object.__setattr__(config, field, expand(getattr(config, field)))
