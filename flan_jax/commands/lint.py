"""`t5x lint`: checks declarations and templates."""
import dataclasses
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command
from flan_jax.errors import UserError


def _lint(args) -> int | None:
  if not (args.names or args.all or args.rules):
    raise UserError('nothing to check is named', '', 'Name datasets, clusters or mixtures, or '
                    'give --all.')
  if args.rules:
    session.refuse_beside(args, '--rules', ('names', '--all'))
  elif args.all:
    session.refuse_beside(args, '--all', ('names',), with_gin=True)
  from flan_jax.data import dataset

  given = {}
  with dataset.checked_later():  # a faulty declaration must not hide the faults of the others
    if args.gin_file or args.bindings or args.names:
      settings = session.data_settings(args, *args.names[:1])
      from flan_jax.data.vocabulary import load_vocabulary

      given = {'vocabulary': load_vocabulary(settings.vocabulary), 'lengths': settings.lengths}
    else:
      session.set_up(args)
  from flan_jax.data_tools import lint
  from flan_jax.terminal import lint_report

  if args.rules:
    print(json.dumps([
        {'rule': r.name, 'severity': r.severity, 'explanation': r.explanation} for r in lint.RULES])
        if args.json else lint_report.rules(lint.RULES))
    return None
  names = None if args.all else session.split_names(args.names)
  findings = sorted(lint.lint(names, **given), key=lambda f: (f.file, f.line, f.dataset))
  if args.json:
    print(json.dumps([dataclasses.asdict(f) for f in findings], ensure_ascii=False))
  else:
    print(lint_report.report(
        findings, len(lint.chosen(names)), given.get('lengths', lint.LENGTHS),
        session.data_text(names or ())))
  return 2 if any(f.severity == 'error' for f in findings) else None


def _arguments(command) -> None:
  flags.names_argument(command, 'datasets, clusters or mixtures')
  command.add_argument('--all', action='store_true', help='everything that is declared')
  command.add_argument('--rules', action='store_true', help='list the rules and check nothing')
  flags.json_argument(command)


COMMAND = Command(
    'lint', 'Check declarations and templates, with rows filled in; errors give exit code 2.',
    'examples:\n'
    '  t5x lint --all\n'
    '  t5x lint my_dataset --module_import=my_tasks\n\n'
    'Vocabulary and lengths decide what is too long. They come from --gin_file, else from the\n'
    'shipped gin file of the first name, else from the main experiment; with --all they are the\n'
    "paper's.",
    _arguments, _lint, without=(CACHED,))
