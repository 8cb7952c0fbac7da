"""The sample world that a sweep reads: recipes are chosen in one and reported in another.

Seed 0 changes nothing, because this world is read by default.
"""
from collections.abc import Iterator, Sequence
import contextlib

import seqio

from flan_jax import sample_world
from flan_jax.data.sources import choices
from flan_jax.errors import UserError

_OTHER_ROWS = ('--tfds_data_dir', '--source')


def flags(seed: int) -> tuple[str, ...]:
  """The flags that make a run read the world of a seed."""
  return (f'--tfds_data_dir={sample_world.directory(seed)}',) if seed else ()


@contextlib.contextmanager
def reading(seed: int, flags_of_runs: Sequence[str]) -> Iterator[None]:
  """Makes this process read the world of a seed, and writes it if it is not there.

  Raises:
    UserError: the flags of the runs name other rows.
  """
  if not seed:
    yield
    return
  for flag in flags_of_runs:
    if flag.partition('=')[0] in _OTHER_ROWS:
      raise UserError(f'it has no effect with {flag}', f'SAMPLE_WORLD_SEED={seed}',
                      'Leave one of them out.')
  before = choices.tfds_data_dir()
  seqio.set_tfds_data_dir_override(str(sample_world.write_sample_world(seed=seed)))
  try:
    yield
  finally:
    seqio.set_tfds_data_dir_override(before)
