"""The sample world that a sweep reads: recipes are chosen in one and reported in another."""
from collections.abc import Iterator, Sequence
import contextlib

import seqio

from flan_jax import sample_world
from flan_jax.errors import UserError

_OTHER_ROWS = ('--tfds_data_dir', '--source')


@contextlib.contextmanager
def reading(seed: int, flags: Sequence[str]) -> Iterator[tuple[str, ...]]:
  """Makes this process read the sample world of a seed, and writes it if it is not there.

  Args:
    seed: 0 changes nothing, because this world is read by default.
    flags: those of every run.

  Yields:
    The flags that make a run read this world.

  Raises:
    UserError: the flags name other rows.
  """
  if not seed:
    yield ()
    return
  for flag in flags:
    if flag.partition('=')[0] in _OTHER_ROWS:
      raise UserError(f'it has no effect with {flag}', f'SAMPLE_WORLD_SEED={seed}',
                      'Leave one of them out.')
  world = str(sample_world.write_sample_world(seed=seed))
  before = seqio.LazyTfdsLoader('any:1.0.0').data_dir
  seqio.set_tfds_data_dir_override(world)
  try:
    yield (f'--tfds_data_dir={world}',)
  finally:
    seqio.set_tfds_data_dir_override(before)
