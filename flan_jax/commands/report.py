"""`t5x report`: writes HTML pages."""
from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command
from flan_jax.errors import UserError, nearest
from flan_jax.terminal import written

_KINDS = ('data',)


def _report(args) -> None:
  if args.what not in _KINDS:
    raise UserError(f'there is no report on {args.what!r}', '', nearest(args.what, _KINDS))
  _data_card(args)


def _data_card(args) -> None:
  from flan_jax import storage

  storage.check_file(args.output, '--output')
  name = session.names_given(args, needed=False)
  settings = session.data_settings(args, name)
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.report import data as data_card

  facts = data_card.collect(
      name or None, load_vocabulary(settings.vocabulary), settings.lengths)
  page = data_card.render(facts)
  storage.write_named(args.output, page, '--output')
  print(written.data_card(
      len(facts['datasets']), session.data_text(name), args.output, len(page.encode())))


def _arguments(command) -> None:
  command.add_argument(
      'what', metavar='data', help='data: the datasets of the collection or of a mixture')
  flags.names_argument(
      command, 'mixtures, clusters, datasets or tasks; by default everything')
  flags.output_argument(command, 'the HTML page to write')


COMMAND = Command(
    'report', 'Write a page that shows the data: sizes, rates, lengths, templates, examples.',
    'examples:\n'
    '  t5x report data --output=data.html\n'
    '  t5x report data flan_holdout_nli --output=nli.html',
    _arguments, _report, without=(CACHED,))
