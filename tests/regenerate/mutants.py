"""Holds the tests against wrong code: one-place changes, the room's own tests run on each.

  python tests/regenerate/mutants.py [--only=step] [--list]

A mutant that no test notices survives: it needs a test, or an entry in `mutations.HARMLESS` that
says why it changes nothing. Each takes the time of its room's tests up to the first failure; all
of them about an hour on two cores, so this is not part of CI. A room's tests are first run on the
code as it is: where they fail already, they would tell nothing. Exits with 1 where one survives or
where a mutation no longer fits the code.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import mutations

ROOT = pathlib.Path(__file__).resolve().parents[2]
_LONGEST = 900  # seconds; tests that take longer hang, which is noticed


@dataclasses.dataclass(frozen=True)
class Mutant:
  """A change of one place.

  Attributes:
    file: which file, from the root.
    text: what stands there, once.
    wrong: what is put there instead.
    tests: the room's tests, separated by blanks.
  """

  file: str
  text: str
  wrong: str
  tests: str

  def __str__(self):
    return f'{self.file}: {" ".join(self.text.split())[:60]} -> {" ".join(self.wrong.split())[:60]}'


def main() -> int:
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--only', default='', metavar='TEXT', help='files whose path has this in it')
  parser.add_argument('--list', action='store_true', help='show the mutants and whether they fit')
  args = parser.parse_args()
  mutants = [
      Mutant(file, text, wrong, tests)
      for file, (tests, pairs) in mutations.MUTATIONS.items() for text, wrong in pairs
      if args.only in file
  ]
  harmless = [Mutant(file, text, wrong, '') for file, text, wrong, _ in mutations.HARMLESS
              if args.only in file]
  stale = [m for m in mutants + harmless if (ROOT / m.file).read_text().count(m.text) != 1]
  for mutant in stale:
    print(f'no longer fits  {mutant}')
  if args.list:
    print('\n'.join(str(m) for m in mutants if m not in stale))
    return bool(stale)
  mutants = [m for m in mutants if m not in stale]
  survivors = _survivors(mutants)
  print(f'{len(mutants)} mutants: {len(mutants) - len(survivors)} noticed, {len(survivors)} '
        f'survived; {len(stale)} no longer fit')
  return bool(survivors or stale)


def _survivors(mutants: list[Mutant]) -> list[Mutant]:
  survivors, rooms = [], set()
  with tempfile.TemporaryDirectory() as folder:
    copy = _copy(pathlib.Path(folder))
    for mutant in mutants:
      if mutant.tests not in rooms and (failed := _first_failure(mutant.tests, copy)):
        raise SystemExit(f'without any change {failed}')
      rooms.add(mutant.tests)
      started = time.monotonic()
      noticed = _what_notices(mutant, copy)
      verdict = 'noticed ' if noticed else 'SURVIVED'
      print(f'{verdict} {time.monotonic() - started:5.0f} s  {mutant}  {noticed}', flush=True)
      if not noticed:
        survivors.append(mutant)
  return survivors


def _copy(folder: pathlib.Path) -> pathlib.Path:
  """The package as it is installed, so that nothing is imported from the checkout."""
  copy = folder / 'checkout'
  ignore = shutil.ignore_patterns('__pycache__')
  for name, where in (('flan_jax', 'flan_jax'), ('tests', 'tests'), ('tasks', 'tasks'),
                      ('gin', 'gin'), ('tasks', 'flan_jax/tasks'), ('gin', 'flan_jax/gin')):
    shutil.copytree(ROOT / name, copy / where, ignore=ignore)
  for name in ('pyproject.toml', 'setup.py', 'README.md'):
    shutil.copy(ROOT / name, copy)
  return copy


def _what_notices(mutant: Mutant, copy: pathlib.Path) -> str:
  path = copy / mutant.file
  right = path.read_text()
  path.write_text(right.replace(mutant.text, mutant.wrong))
  try:
    return _first_failure(mutant.tests, copy)
  finally:
    path.write_text(right)


def _first_failure(tests: str, copy: pathlib.Path) -> str:
  """Which test fails first, or that they take too long; '' where none does."""
  # Prepared data of wrong code must not meet the next mutant. The sample world and compiled
  # programs, which are keyed by what they compute, may be shared.
  cache = copy.parent / 'cache'
  for kept in cache.glob('*'):
    if kept.name != 'sample_world':
      shutil.rmtree(kept)
  try:
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-x', '-q', '-p', 'no:cacheprovider', *tests.split()],
        cwd=copy, capture_output=True, check=False, text=True, timeout=_LONGEST,
        env={**os.environ, 'FLAN_JAX_CACHE': str(cache),
             'JAX_COMPILATION_CACHE_DIR': str(copy.parent / 'compiled')})
  except subprocess.TimeoutExpired:
    return f'no end within {_LONGEST} s'
  if done.returncode not in (0, 1, 2):
    raise RuntimeError(done.stdout[-2000:])
  failed = re.findall(r'^(?:FAILED|ERROR) (\S+)', done.stdout, re.MULTILINE)
  return ' '.join(failed) if done.returncode else ''


if __name__ == '__main__':
  sys.exit(main())
