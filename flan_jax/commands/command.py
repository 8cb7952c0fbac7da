"""The form of a command."""
import argparse
from collections.abc import Callable
import dataclasses

GIN, DATA = 'gin', 'data'  # groups of flags that commands share


@dataclasses.dataclass(frozen=True)
class Command:
  """A command of `t5x`.

  Attributes:
    name: how it is called.
    help: one sentence.
    epilog: an example or the form of its files, shown below its flags.
    arguments: adds its arguments to a parser.
    run: does the work and prints; returns the exit code, None for 0.
    without: the groups of common flags that it has no use for and refuses: `GIN`, `DATA`.
  """

  name: str
  help: str
  epilog: str
  arguments: Callable[[argparse.ArgumentParser], None]
  run: Callable[[argparse.Namespace], int | None]
  without: tuple[str, ...] = ()
