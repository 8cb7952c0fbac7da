"""`t5x preview`: shows rendered examples with their tokens."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command


def _preview(args) -> None:
  names = session.split_names(args.names)
  settings = session.data_settings(args, names[0])
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import describe
  from flan_jax.terminal import listings

  vocabulary = load_vocabulary(settings.vocabulary)
  shown = [one for name in names
           for one in describe.preview(name, args.num_examples, settings.lengths, vocabulary)]
  print(json.dumps(shown, ensure_ascii=False) if args.json
        else listings.previews(shown, session.data_text(names)))


def _preview_arguments(command) -> None:
  flags.names_argument(
      command, 'evaluation tasks (rte_template_3), datasets, mixtures or tasks', needed=True)
  flags.examples_argument(command, 'examples of each task', default=3)
  flags.json_argument(command)


COMMAND = Command(
    'preview', 'Show rendered examples, and the tokens that count in the loss.',
    'example: t5x preview rte_template_3 --num_examples=2', _preview_arguments, _preview,
    without=(CACHED,))
