"""The form of a command."""
import argparse
from collections.abc import Callable
import dataclasses

# Groups of flags that commands share: what gin files say; where prepared data is; what the rows are
# read from; SeqIO's cached tasks; modules of the user's own.
GIN, DATA, SOURCE, CACHED, MODULES = 'gin', 'data', 'source', 'cached', 'modules'


@dataclasses.dataclass(frozen=True)
class Command:
  """A command of `t5x`.

  Attributes:
    name: how it is called.
    help: one sentence.
    epilog: an example or the form of its files, shown below its flags.
    arguments: adds its arguments to a parser.
    run: does the work and prints; returns the exit code, None for 0.
    without: the groups of common flags that it has no use for and refuses.
    ignores: the groups that it takes without a use for them, and does not show: the flags of a
      training can be given to `t5x plan` as they are.
  """

  name: str
  help: str
  epilog: str
  arguments: Callable[[argparse.ArgumentParser], None]
  run: Callable[[argparse.Namespace], int | None]
  without: tuple[str, ...] = ()
  ignores: tuple[str, ...] = ()
