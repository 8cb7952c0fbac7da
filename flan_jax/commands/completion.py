"""`t5x completion`: a script with which a shell completes commands and flags."""
import argparse
from collections.abc import Iterator

from flan_jax.commands.command import CACHED, DATA, GIN, MODULES, SOURCE, Command


def _run(args) -> None:
  import shtab

  files = {'FILE': shtab.FILE, 'PATH': shtab.FILE, 'DIR': shtab.DIRECTORY, 'DIRS': shtab.DIRECTORY}
  for action in _actions(args.parser):
    if action.metavar in files:
      action.complete = files[action.metavar]
  print(shtab.complete(args.parser, args.shell))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
  for action in parser._actions:
    yield action
    if isinstance(action, argparse._SubParsersAction):
      for command in action.choices.values():
        yield from _actions(command)


def _arguments(command) -> None:
  command.add_argument('shell', choices=('bash', 'zsh', 'fish'), help='the shell to use it in')


COMMAND = Command(
    'completion', 'Print a script that lets a shell complete commands and flags.',
    'examples:\n'
    '  bash: t5x completion bash > ~/.local/share/bash-completion/completions/t5x\n'
    '  zsh:  t5x completion zsh > DIR/_t5x, where DIR is in $fpath\n'
    '  fish: t5x completion fish > ~/.config/fish/completions/t5x.fish',
    _arguments, _run, without=(GIN, DATA, SOURCE, CACHED, MODULES))
