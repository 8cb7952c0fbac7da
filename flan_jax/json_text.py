"""Writes JSON that every reader accepts: NaN and infinities become null."""
import json
import math
from typing import Any


def dumps(value: Any, indent: int | None = None) -> str:
  """A JSON-able value as text, with null for NaN and infinities, which JSON does not have."""
  return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)


def _finite(value: Any) -> Any:
  if isinstance(value, dict):
    return {name: _finite(entry) for name, entry in value.items()}
  if isinstance(value, (list, tuple)):
    return [_finite(entry) for entry in value]
  return None if isinstance(value, float) and not math.isfinite(value) else value
