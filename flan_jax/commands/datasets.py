"""`t5x datasets`: the declared datasets."""
import json

from flan_jax.commands import session
from flan_jax.commands.command import DATA, GIN, Command


def _datasets(args) -> None:
  session.load_declarations(args)
  from flan_jax.data_tools import collection
  from flan_jax.terminal import listings

  described = collection.describe_datasets()
  print(json.dumps(described) if args.json else listings.datasets_table(described))


def _datasets_arguments(command) -> None:
  command.add_argument('--json', action='store_true', help='print JSON')


COMMAND = Command(
    'datasets', 'List the declared datasets.', 'example: t5x datasets --json',
    _datasets_arguments, _datasets, without=(GIN, DATA))
