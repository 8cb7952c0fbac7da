"""Flags: what their values may be, and those that commands share."""
import argparse
from collections.abc import Callable, Sequence

from flan_jax import checks, storage
from flan_jax.commands.command import DATA, GIN


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
  """A whole number from `least` up to `most`."""
  return _checked(int, checks.whole(least, most))


def seconds() -> Callable[[str], float]:
  """A time above 0."""
  return _checked(float, checks.number(above=0))


def path() -> Callable[[str], str]:
  """A path, with `~` as the home directory."""
  return lambda text: storage.expand(_checked(str, checks.path())(text))


def path_list() -> Callable[[str], str]:
  """Paths with commas between, with `~` as the home directory in each."""
  return lambda text: ','.join(map(storage.expand, text.split(',')))


def name() -> Callable[[str], str]:
  """A name, or several with commas between."""
  return _checked(str, checks.names())


def names() -> Callable[[str], tuple[str, ...]]:
  """Names with commas between."""
  return lambda text: tuple(part.strip() for part in name()(text).split(','))


def _checked(convert: Callable[[str], object], rule: checks.Rule) -> Callable[[str], object]:
  def parse(text: str) -> object:
    try:
      value = convert(text)
    except ValueError:
      value = text
    if not rule.holds(value):
      raise argparse.ArgumentTypeError(f'{text!r} is not {rule.expected}')
    return value

  return parse


# ---- Flags that commands share ----


def shared_arguments(command: argparse.ArgumentParser, without: Sequence[str] = ()) -> None:
  """Adds the common flags, save the groups that a command is without; these have their defaults."""
  group = command.add_argument_group('configuration and data')
  if GIN in without:
    command.set_defaults(gin_file=[], gin_bindings=[], gin_search_paths='')
  else:
    _gin_arguments(group)
  if DATA in without:
    command.set_defaults(tfds_data_dir=None, source='tfds', redraw_slices=False,
                         seqio_additional_cache_dirs='')
  else:
    _data_arguments(group)
  group.add_argument('--module_import', action='append', default=[], metavar='MODULE',
                     type=name(),
                     help='import a module that registers SeqIO tasks of your own')
  group.add_argument('--verbose', action='store_true', help='log what the library does')


def _gin_arguments(group) -> None:
  group.add_argument('--gin_file', action='append', default=[], metavar='FILE', type=path(),
                     help='gin file; may be repeated, the later one wins; looked for from the '
                     'working directory, then among the shipped ones')
  group.add_argument('--gin.NAME=VALUE', dest='_gin', metavar='', action='append', default=[],
                     help='set a macro or a parameter, such as --gin.TRAIN_STEPS=100')
  group.add_argument('--gin_bindings', action='append', default=[], metavar='BINDING',
                     help="the same, written as in a gin file: 'TRAIN_STEPS = 100'")
  group.add_argument('--gin_search_paths', default='', metavar='DIRS', type=path_list(),
                     help='further folders to look for gin files in, separated by commas')


def _data_arguments(group) -> None:
  group.add_argument('--tfds_data_dir', metavar='DIR', type=path(),
                     help='where prepared TFDS datasets are; by default sample data that the '
                     'package writes itself')
  group.add_argument('--source', choices=('tfds', 'hub'), default='tfds',
                     help='where the rows of the collection are read from: hub takes the mirrors '
                     'on the Hugging Face hub, and TFDS for the datasets without one')
  group.add_argument('--redraw_slices', action='store_true',
                     help='divide the rows of excerpts, which are too small for their declared '
                     'slices, anew instead of refusing them')
  group.add_argument('--seqio_additional_cache_dirs', default='', metavar='DIRS',
                     type=path_list(),
                     help="where SeqIO's cached tasks are, separated by commas")


def dtype_argument(command: argparse.ArgumentParser) -> None:
  """Adds --dtype."""
  command.add_argument('--dtype', choices=('float32', 'bfloat16'),
                       help='of activations and parameters; by default float32 on CPUs, bfloat16 '
                       'on accelerators')


def process_arguments(command: argparse.ArgumentParser) -> None:
  """Adds the flags of commands that several processes can run together."""
  group = command.add_argument_group(
      'several processes', 'Found out by itself on Cloud TPU, GKE, SLURM and with Open MPI; '
      'otherwise start this command once for each, with:')
  group.add_argument('--coordinator_address', metavar='HOST:PORT',
                     help='where process 0 can be reached, or $JAX_COORDINATOR_ADDRESS')
  group.add_argument('--num_processes', '--process_count', type=whole(1), metavar='N',
                     help='how many there are, or $JAX_NUM_PROCESSES; 1 is for this one alone')
  group.add_argument('--process_id', '--process_index', type=whole(0), metavar='I',
                     help='the number of this one, from 0, or $JAX_PROCESS_ID')
  group.add_argument('--startup_timeout', type=seconds(), default=300.0, metavar='SECONDS',
                     help='how long to wait for the others; then who is missing is named, and the '
                     'exit code is 42')
