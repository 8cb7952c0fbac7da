"""Exceptions that tell the user what is wrong, where, and the remedy; shown without a traceback."""
from collections.abc import Iterable, Iterator
import contextlib
import difflib
import pathlib
import re
import traceback

_NODE = re.compile(r'^\{\{.*?\}\} | \[Op:\w+\].*')


class UserError(Exception):
  """A mistake of the user: in a name, a file, a setting or a declaration.

  The command line turns it into one line on stderr and exit code 2.

  Attributes:
    what: what is wrong, in one clause.
    where: the file and line, flag, dataset or parameter with the mistake; may be empty.
    remedy: what the user can do about it; may be empty.
  """

  exit_code = 2

  def __init__(self, what: str, where: str = '', remedy: str = ''):
    self.what, self.where, self.remedy = what, where, remedy
    text = f'{where}: {what}' if where else what
    super().__init__(f'{text.rstrip(".")}. {remedy}'.strip() if remedy else text)


class WorthRetrying(UserError):
  """A temporary problem, such as a machine that did not start. The same command may succeed later.

  The command line turns it into one line on stderr and exit code 42.
  """

  exit_code = 42


class OutOfMemory(UserError):
  """A device or a disk has no room left.

  The command line turns it into one line on stderr and exit code 1.
  """

  exit_code = 1


class Diverged(UserError):
  """Training produced numbers that are not finite.

  The command line turns it into one line on stderr and exit code 1.
  """

  exit_code = 1


@contextlib.contextmanager
def found_in(where: str) -> Iterator[None]:
  """Adds `where` to a UserError that has none."""
  try:
    yield
  except UserError as error:
    if error.where:
      raise
    raise type(error)(error.what, where, error.remedy) from error


def nearest(name: str, known: Iterable[str]) -> str:
  """A remedy with the known names closest to `name`, or with all of them if they are few."""
  known = sorted(set(known))
  close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
  if close:
    return 'Did you mean ' + ' or '.join(repr(c) for c in close) + '?'
  if 0 < len(known) <= 12:
    return 'Known: ' + ', '.join(known) + '.'
  return ''


def in_one_line(error: BaseException) -> str:
  """An exception of user code on one line: its type, first line of text, file and line number."""
  # TensorFlow puts a graph node's name before the text, or a traceback of its own.
  lines = [line.strip() for line in _NODE.sub('', str(error)).splitlines() if line.strip()]
  said = lines[-1 if lines[0].startswith('in user code') else 0] if lines else ''
  text = said if said.startswith(type(error).__name__) else f'{type(error).__name__}: {said}'
  text = text.rstrip(': .')
  frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_theirs(f.filename)]
  return f'{text} ({frames[-1].filename}:{frames[-1].lineno})' if frames else text


def _is_theirs(file: str) -> bool:
  """Whether a file is the user's own: neither installed nor part of this package."""
  path = pathlib.Path(file)
  installed = {'site-packages', 'dist-packages'} & set(path.parts)
  ours = pathlib.Path(__file__).parent in path.parents
  standard = pathlib.Path(traceback.__file__).parent in path.parents
  rewritten = path.name.startswith('__autograph_generated')
  return path.suffix == '.py' and not (installed or ours or standard or rewritten)
