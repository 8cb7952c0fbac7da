"""`t5x datasets`: lists the declared datasets."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, DATA, GIN, SOURCE, Command


def _datasets(args) -> None:
  session.load_declarations(args)
  from flan_jax.data_tools import collection
  from flan_jax.terminal import listings

  described = collection.describe_datasets()
  print(json.dumps(described) if args.json else listings.datasets_table(described))


def _datasets_arguments(command) -> None:
  flags.json_argument(command)


COMMAND = Command(
    'datasets', 'List the declared datasets.', 'example: t5x datasets --json',
    _datasets_arguments, _datasets, without=(GIN, DATA, SOURCE, CACHED))
