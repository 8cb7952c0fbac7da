"""The `t5x` command: reads flags and gin bindings, and returns an exit code. See commands/."""
import argparse
from collections.abc import Sequence
import os
import re
import sys

from flan_jax import __version__, configuration
from flan_jax.commands import COMMANDS, typed
from flan_jax.commands.command import GIN
from flan_jax.commands.flags import shared_arguments
from flan_jax.commands.help_text import Help
from flan_jax.errors import OutOfMemory, UserError, WorthRetrying, nearest
from flan_jax.terminal import standard_streams

_EXAMPLES = """\
examples:
  t5x train --gin_file=gin/flan_holdout_nli.gin
      a small version of the paper's main experiment, on sample data that the
      package generates
  t5x train --gin_file=gin/flan_holdout_nli.gin --gin.TRAIN_STEPS=50 \\
      --gin.MODEL_DIR=/tmp/run
      the same, shorter and in another directory; --gin.NAME sets any macro
  t5x train --gin_file=gin/flan_holdout_nli.gin,gin/models/t5_1_1_base.gin \\
      --tfds_data_dir=DIR --gin.VOCABULARY=spiece.model \\
      --gin.INITIAL_CHECKPOINT_PATH=HF_DIR
      a real model on real data
  t5x eval --checkpoint=flan_jax_runs/flan_holdout_nli --mixture=rte
  t5x infer --checkpoint=flan_jax_runs/flan_holdout_nli --input=in.jsonl \\
      --output=out.jsonl
  t5x mixture flan_holdout_nli
  t5x preview rte_template_3 --num_examples=2
  t5x doctor flan_holdout_nli --tfds_data_dir=DIR
  t5x task new --jsonl=rows.jsonl
      write a declaration for your own rows

exit codes: 0 done, 1 a fault of the program or the machine, 2 a mistake in the command, its files
or its data, 42 worth retrying: a process of the run did not start, or was lost.

`t5x COMMAND --help` describes a command. Lists are separated by commas. Flags may be written with
dashes or underscores. The flags --limit, --tasks and --output_path of T5X and
lm-evaluation-harness work too."""

_NO_WORKING_DIRECTORY = ('the working directory no longer exists. Change to a directory that '
                         'exists, and start again.')


def main(argv: list[str] | None = None) -> int:
  """Runs the command line; returns the exit code."""
  standard_streams.make_lasting()
  try:
    if os.getcwd() not in sys.path:
      sys.path.append(os.getcwd())  # for the user's modules
    args, bindings = _parsed(sys.argv[1:] if argv is None else argv)
    if args is None:
      return 0
    if bindings and not args.takes_gin:
      raise UserError('this command reads no gin configuration', configuration.flag_of(bindings[0]),
                      'Leave the flag out.')
    args.bindings = [*args.gin_bindings, *bindings]
    code = args.run(args) or 0
    if why := standard_streams.lost_output():
      raise OutOfMemory(f'some output could not be written: {why}', 'standard output')
    return code
  except UserError as error:
    error = configuration.in_typed_words(error)
    # gin appends its own lines to an exception's text, so the text is built again from its parts.
    message = str(UserError(error.what, error.where, error.remedy))
    print('t5x: ' + ' '.join(message.split()), file=sys.stderr)
    if isinstance(error, WorthRetrying):
      _end_at_once(error.exit_code)
    return error.exit_code
  except KeyboardInterrupt:
    print('t5x: interrupted', file=sys.stderr)
    return 1
  except FileNotFoundError:
    if _has_working_directory():
      raise
    print(f't5x: {_NO_WORKING_DIRECTORY}', file=sys.stderr)
    return UserError.exit_code


def _parsed(argv: Sequence[str]) -> tuple[argparse.Namespace | None, list[str]]:
  """The arguments and the gin bindings. The arguments are None if only help was printed."""
  parser = _parser()
  if not argv:
    parser.print_help()
    return None, []
  words = typed.arranged(argv, [command.name for command in COMMANDS])
  bindings, rest = configuration.rewrite_gin_args(words)
  args = parser.parse_args(rest)
  if 'also_named' in args:
    args.names += args.also_named
  return args, bindings


def _has_working_directory() -> bool:
  try:
    return bool(os.getcwd())
  except FileNotFoundError:
    return False


def _end_at_once(code: int) -> None:
  """Ends a process that has lost others. A normal exit would let JAX abort with a stack trace."""
  sys.stdout.flush()
  sys.stderr.flush()
  os._exit(code)


def entry() -> None:
  """The console script."""
  sys.exit(main())


class _Parser(argparse.ArgumentParser):
  """Reports mistakes like the rest of the program: one line, the nearest known name, code 2."""

  def error(self, message: str):
    # argparse names an argument by all its spellings. The message keeps the one that was typed.
    said = re.sub(r'--\w+(/--\w+)+', lambda found: self._typed(found[0].split('/')), message)
    raise UserError(said, '', self._suggestion(said) or f'See {self.prog} --help.')

  def _typed(self, spellings: Sequence[str]) -> str:
    given = {word.partition('=')[0] for word in self._given}
    return next((spelling for spelling in spellings if spelling in given), spellings[0])

  def _suggestion(self, message: str) -> str:
    wrong = next((w.split('=')[0] for w in message.split() if w.startswith('--')), '')
    is_known = wrong.rstrip(':') in self._option_string_actions
    shown = [action.option_strings[0] for action in self._actions
             if action.option_strings and action.help != argparse.SUPPRESS]
    return nearest(wrong, shown) if wrong and not is_known else ''

  def parse_known_args(self, args=None, namespace=None):
    self._given = args or ()
    namespace, unknown = super().parse_known_args(args, namespace)
    if unknown and self.prog != 't5x':
      # argparse ends a list of names at the first flag. It leaves the names behind that one over.
      flags = [word for word in unknown if word.startswith('-')]
      if flags or 'names' not in namespace:
        self.error(f'unknown argument {(flags or unknown)[0]}')
      namespace.names += unknown
      unknown = []
    return namespace, unknown


def _parser() -> argparse.ArgumentParser:
  parser = _Parser(
      prog='t5x', description='Instruction tuning in JAX, in the style of FLAN.',
      epilog=_EXAMPLES, formatter_class=Help)
  parser.add_argument('--version', action='version', version=f'flan-jax {__version__}')
  commands = parser.add_subparsers(metavar='COMMAND', required=True, parser_class=_Parser)
  for command in COMMANDS:
    own = commands.add_parser(
        command.name, help=command.help, description=command.help, epilog=command.epilog,
        allow_abbrev=False, formatter_class=Help)
    shared_arguments(own, command.without, command.ignores)
    command.arguments(own)
    own.set_defaults(
        run=command.run, takes_gin=GIN not in command.without, parser=parser)
  return parser
