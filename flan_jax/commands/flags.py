"""Types of flags, and the flags that commands share."""
import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flan_jax import checks, storage
from flan_jax.commands.command import CACHED, DATA, GIN, MODULES, SOURCE
from flan_jax.commands.help_text import NEEDED

# What --checkpoint takes, for the help of the commands that have it.
CHECKPOINT = ('run directory, checkpoint or Hugging Face directory, or the name of one that ships '
              '(tiny)')
_Value = TypeVar('_Value')


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
  """A whole number from `least` up to `most`."""
  return _checked(int, checks.whole(least, most))


def seconds() -> Callable[[str], float]:
  """A time above 0."""
  return _checked(float, checks.number(above=0))


def path() -> Callable[[str], str]:
  """A path, with `~` as the home directory."""
  return lambda text: storage.expand(_checked(str, checks.path())(text))


def paths() -> Callable[[str], list[str]]:
  """Paths separated by commas, each with `~` as the home directory."""
  return lambda text: [path()(part) for part in text.split(',')]


def name() -> Callable[[str], str]:
  """A name, or several separated by commas."""
  return _checked(str, checks.names())


def names() -> Callable[[str], list[str]]:
  """Names separated by commas."""
  return lambda text: [part.strip() for part in name()(text).split(',')]


def _checked(convert: Callable[[str], _Value], rule: checks.Rule) -> Callable[[str], _Value]:
  def parse(text: str) -> _Value:
    value: _Value | None
    try:
      value = convert(text)
    except ValueError:
      value = None
    if value is None or not rule.holds(value):
      raise argparse.ArgumentTypeError(f'{text!r} is not {rule.expected}')
    return value

  return parse


# ---- Flags that commands share ----


def shared_arguments(
    command: argparse.ArgumentParser, without: Sequence[str] = (), ignores: Sequence[str] = ()
) -> None:
  """Adds the shared flags.

  Args:
    command: its parser.
    without: the groups that it refuses; their arguments get their defaults.
    ignores: the groups that it accepts and does not show.
  """
  shown = {GIN: 'configuration', DATA: 'data'}
  titles = [title for part, title in shown.items() if part not in (*without, *ignores)]
  group = command.add_argument_group(' and '.join(titles)) if titles else command
  for name_of_group, (add, defaults) in _GROUPS.items():
    if name_of_group in without:
      command.set_defaults(**defaults)
      continue
    known = len(command._actions)
    add(group)
    for action in command._actions[known:] if name_of_group in ignores else ():
      action.help = argparse.SUPPRESS
  group.add_argument('--verbose', action='store_true', help='log what the library does')


def _gin_arguments(group) -> None:
  group.add_argument('--gin_file', action='extend', default=[], metavar='FILE', type=paths(),
                     help='gin files, separated by commas; later ones override earlier ones; they '
                     'are looked for in the working directory, then among the shipped files')
  group.add_argument('--gin.NAME=VALUE', dest='_gin', metavar='', action='append', default=[],
                     help='set a macro or a parameter, such as --gin.TRAIN_STEPS=100')
  group.add_argument('--gin_bindings', action='append', default=[], metavar='BINDING',
                     help="the same in gin syntax: 'TRAIN_STEPS = 100'")
  group.add_argument('--gin_search_paths', action='extend', default=[], metavar='DIRS',
                     type=paths(), help='more folders in which to look for gin files')


def _data_arguments(group) -> None:
  group.add_argument('--tfds_data_dir', metavar='DIR', type=path(),
                     help='directory of prepared TFDS datasets; by default sample data, which the '
                     'package generates')


def _source_arguments(group) -> None:
  group.add_argument('--source', choices=('tfds', 'hub'), default='tfds',
                     help='where rows are read from; hub: from mirrors on the Hugging Face hub, or '
                     'from TFDS for datasets without a mirror')
  group.add_argument('--redraw_slices', action='store_true',
                     help='if a copy is too small for its declared slices, divide its rows 8:1:1 '
                     'instead of refusing it')


def _cached_arguments(group) -> None:
  group.add_argument('--seqio_additional_cache_dirs', action='extend', default=[], metavar='DIRS',
                     type=paths(), help="directories of SeqIO's cached tasks")


def _module_arguments(group) -> None:
  group.add_argument('--module_import', action='extend', default=[], metavar='MODULES',
                     type=names(),
                     help='import modules that register your datasets or SeqIO tasks')


# Group -> the function that adds its flags, and the defaults for commands without them.
_GROUPS: Mapping[str, tuple[Callable[[Any], None], Mapping[str, Any]]] = {
    GIN: (_gin_arguments, {'gin_file': [], 'gin_bindings': [], 'gin_search_paths': []}),
    DATA: (_data_arguments, {'tfds_data_dir': None}),
    SOURCE: (_source_arguments, {'source': 'tfds', 'redraw_slices': False}),
    CACHED: (_cached_arguments, {'seqio_additional_cache_dirs': []}),
    MODULES: (_module_arguments, {'module_import': []}),
}


# ---- Flags with the same name in several commands ----


def names_argument(
    command: argparse.ArgumentParser, help: str, needed: bool = False
) -> None:
  """Adds NAMES, which can also be given with `--mixture` or `--tasks`.

  So argparse cannot check that a name is given; `session.split_names` does.
  """
  argument = command.add_argument('names', nargs='*', metavar='NAMES', help=help)
  vars(argument)[NEEDED] = needed
  command.add_argument('--mixture', '--tasks', dest='also_named', action='extend', default=[],
                       type=names(), help=argparse.SUPPRESS)


def examples_argument(
    command: argparse.ArgumentParser, help: str, default: int | None = None
) -> None:
  """Adds --num_examples."""
  command.add_argument('--num_examples', '--limit', '--n', type=whole(1), metavar='N',
                       default=default, help=help)


def output_argument(command: argparse.ArgumentParser, help: str, required: bool = True) -> None:
  """Adds --output, a file to write."""
  command.add_argument('--output', '--output_path', metavar='FILE', type=path(),
                       required=required, help=help)


def output_dir_argument(command: argparse.ArgumentParser, help: str, *former: str) -> None:
  """Adds --output_dir, a folder to write into, with its former names."""
  command.add_argument('--output_dir', '--output_path', *former, metavar='DIR', type=path(),
                       help=help)


def json_argument(command: argparse.ArgumentParser, what: str = 'JSON') -> None:
  """Adds --json."""
  command.add_argument('--json', action='store_true', help=f'print {what}, for programs')


def dtype_argument(command: argparse.ArgumentParser) -> None:
  """Adds --dtype."""
  command.add_argument('--dtype', choices=('float32', 'bfloat16'),
                       help='type of activations and parameters; by default float32 on CPUs, '
                       'bfloat16 on accelerators')


def process_arguments(command: argparse.ArgumentParser) -> None:
  """Adds the flags of commands that several processes can run together."""
  group = command.add_argument_group(
      'several processes', 'Detected on Cloud TPU, GKE, SLURM and with Open MPI. Elsewhere, start '
      'this command once for each process, with:')
  group.add_argument('--coordinator_address', metavar='HOST:PORT',
                     help='address of process 0; by default $JAX_COORDINATOR_ADDRESS')
  group.add_argument('--num_processes', '--process_count', type=whole(1), metavar='N',
                     help='number of processes; by default $JAX_NUM_PROCESSES; 1 turns detection '
                     'off')
  group.add_argument('--process_id', '--process_index', type=whole(0), metavar='I',
                     help='number of this process, from 0; by default $JAX_PROCESS_ID')
  group.add_argument('--startup_timeout', type=seconds(), default=300, metavar='SECONDS',
                     help='how long to wait for the others; after that the missing ones are named, '
                     'and the exit code is 42')
