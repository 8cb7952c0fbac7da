"""The `t5x` command in a process of its own, as a person starts it."""
from collections.abc import Sequence
import os
import subprocess
import sys

# -P, since the console script does not look for modules in the working directory first either.
T5X = (sys.executable, '-P', '-c', 'from flan_jax.cli import entry; entry()')
_EACH = '''
import sys
from flan_jax.cli import main
for command in {commands!r}:
  if code := main(command):
    sys.exit(code)
'''


def start(*args, cwd, **environment) -> subprocess.Popen:
  """A running `t5x`, with what it prints in pipes."""
  return _started([*T5X, *map(str, args)], cwd, environment)


def t5x(*args, cwd, expect=0, **environment) -> subprocess.CompletedProcess:
  """Runs `t5x` to its end, which is to have this exit code."""
  return _finished(start(*args, cwd=cwd, **environment), expect)


def t5x_each(*commands: Sequence[str], cwd, expect=0) -> subprocess.CompletedProcess:
  """Runs commands one after the other in one process, up to one that fails: imports are slow."""
  code = _EACH.format(commands=[list(command) for command in commands])
  return _finished(_started([sys.executable, '-P', '-c', code], cwd, {}), expect)


def _started(command, cwd, environment) -> subprocess.Popen:
  return subprocess.Popen(
      command, cwd=cwd, env=os.environ | environment, text=True, stdout=subprocess.PIPE,
      stderr=subprocess.PIPE)


def _finished(process, expect) -> subprocess.CompletedProcess:
  out, err = process.communicate()
  assert process.returncode == expect, f'{process.returncode}\n{out}\n{err[-3000:]}'
  return subprocess.CompletedProcess(process.args, process.returncode, out, err)
