"""The description of a command."""
import argparse
from collections.abc import Callable
import dataclasses

# Groups of flags that commands share: gin files; the directory of TFDS data; the source of rows;
# SeqIO's cached tasks; the user's modules.
GIN, DATA, SOURCE, CACHED, MODULES = 'gin', 'data', 'source', 'cached', 'modules'


@dataclasses.dataclass(frozen=True)
class Command:
  """A command of `t5x`.

  Attributes:
    name: the word to type.
    help: one sentence.
    epilog: an example or the format of its files, shown below its flags.
    arguments: adds its arguments to a parser.
    run: does the work and prints; returns the exit code, None for 0.
    without: the groups of shared flags that it refuses.
    ignores: the groups of shared flags that it accepts, ignores and does not show, so that the
      flags of a training can be given to `t5x plan` unchanged.
  """

  name: str
  help: str
  epilog: str
  arguments: Callable[[argparse.ArgumentParser], None]
  run: Callable[[argparse.Namespace], int | None]
  without: tuple[str, ...] = ()
  ignores: tuple[str, ...] = ()
