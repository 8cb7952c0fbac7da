"""Facts stored in a checkpoint: its vocabulary, what was tuned, and its base."""
from collections.abc import Mapping
from typing import Any

from flan_jax.checkpoints import shipped
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning


def base(about: Mapping[str, Any], where: str) -> str | None:
  """The base of a checkpoint with these facts: it has the parameters that did not train.

  Returns:
    Its path; None if the checkpoint has all parameters itself.

  Raises:
    UserError: the base no longer exists, or has other weights.
  """
  path = about.get('base')
  if path and not shipped.located(path).exists():
    raise UserError(f'it has only the tuned parameters, and the checkpoint with the others is '
                    f'gone: {path}', where, 'Put it back there.')
  if path and shipped.digest(path) != about.get('base_digest'):
    raise UserError(f'it has only the tuned parameters, and {path!r} of this version of the '
                    'package has other weights than the one it was tuned on', where,
                    'Use the version that tuned it.')
  return path


def tuning_of(about: Mapping[str, Any]) -> Tuning:
  """What trained, according to a checkpoint's facts."""
  return Tuning(**about.get('tuning', {}))
