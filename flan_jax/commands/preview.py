"""`t5x preview`: rendered examples with their tokens."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import Command


def _preview(args) -> None:
  names = session.split_names(args.names)
  settings = session.data_settings(args, names[0])
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import describe
  from flan_jax.terminal import listings

  vocabulary = load_vocabulary(settings.vocabulary)
  shown = [one for name in names
           for one in describe.preview(name, args.n, settings.lengths, vocabulary)]
  print(json.dumps(shown, ensure_ascii=False) if args.json
        else listings.previews(shown, session.data_text(names)))


def _preview_arguments(command) -> None:
  command.add_argument('names', nargs='+', metavar='NAME',
                       help='evaluation task (rte_template_3), dataset, mixture or task')
  command.add_argument('--n', type=flags.whole(1), default=3, metavar='N',
                       help='examples of each task')
  command.add_argument('--json', action='store_true', help='print JSON')


COMMAND = Command(
    'preview', 'Show rendered examples with the tokens the loss is taken on.',
    'example: t5x preview rte_template_3 --n=2', _preview_arguments, _preview)
