"""Finds the Parquet files of a dataset repository by their names, in the cache or on the hub."""
from collections.abc import Iterator, Sequence
import contextlib
import dataclasses
import functools
import os
import pathlib
import re

from absl import logging

from flan_jax.data.sources import slices
from flan_jax.data.sources.hub import Hub
from flan_jax.errors import UserError, in_one_line

_MAIN, _CONVERTED = 'main', 'refs/convert/parquet'  # the second is the hub's own conversion
_NAMES = tuple(re.compile(r'(?:(?P<folder>.+)/)?' + name) for name in (
    r'(?P<split>\w+)-(?P<number>\d+)(?:-of-(?P<count>\d+))?(?:-\w+)?\.parquet',
    r'(?P<split>\w+)/(?P<number>\d+)\.parquet',
    r'(?P<split>\w+)\.parquet',
))
_NAMED = 12  # configurations or splits that a message names
_ONCE = 'Read it once on a machine that can reach the hub.'
_INSTALL = "Install it: pip install 'flan-jax[hub]'"

_cache_only = False


@dataclasses.dataclass(frozen=True)
class Located:
  """Files of a split on this machine.

  Attributes:
    commit: of the repository, in full.
    names: of the files in the repository, in the order of their rows.
    paths: where they are.
  """

  commit: str
  names: tuple[str, ...]
  paths: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Stored:
  """A Parquet file, described by its name."""

  config: str
  split: str
  number: int
  count: int | None  # number of files of the split, if the name says it
  name: str


def allow_downloads(allowed: bool) -> None:
  """Sets whether files may be downloaded from the hub."""
  global _cache_only
  _cache_only = not allowed


@contextlib.contextmanager
def cache_only() -> Iterator[None]:
  """Within this context, files are looked for only in the hub library's cache."""
  before = _cache_only
  allow_downloads(False)
  try:
    yield
  finally:
    allow_downloads(not before)


def locate(source: Hub, split: str) -> Located:
  """The files of a split, such as 'train'. Downloads them if they are not in the cache.

  The commit of a branch is looked up once in a process.

  Raises:
    UserError: the files are missing or incomplete, the hub cannot be reached, or the library is not
      installed.
  """
  offline = _cache_only or _library().constants.HF_HUB_OFFLINE
  return _locate(source.repository, source.config, split, source.revision, offline)


def locate_first(source: Hub) -> Located:
  """The files of a source's first slice; see `locate`."""
  return locate(source, slices.base_split(next(iter(source.slices.values()))))


@functools.lru_cache(maxsize=None)
def _locate(repository: str, config: str, split: str, revision: str, offline: bool) -> Located:
  where, faults = f'hub:{repository}', []
  for candidate in [revision] if revision else [_MAIN, _CONVERTED]:
    try:
      commit, files = _listing(repository, candidate, offline)
      said = f'{where}@{candidate}' + ' in the cache' * offline
      chosen = _choose(files, config, split, said)
      return _fetched(repository, candidate, commit, chosen, offline)
    except UserError as error:
      faults.append(error)
  # If both branches fail, the error that one has no Parquet files is the less useful one.
  fault = next((f for f in faults if not isinstance(f, _NoFiles)), faults[0])
  if offline and _ONCE[:-1] not in fault.remedy:
    raise UserError(fault.what, fault.where, f'{fault.remedy} {_ONCE}')
  raise fault


class _NoFiles(UserError):
  """A branch does not exist or has no Parquet file."""


def _listing(repository: str, revision: str, offline: bool) -> tuple[str, tuple[str, ...]]:
  """Commit and Parquet files of a branch, from the hub or the cache."""
  if not offline and (found := _asked(repository, revision)):
    return found
  folder = _snapshot(repository, revision, ['.none'], True)
  if folder is None:
    said = 'is not in the cache of the Hugging Face hub, and ' + (
        'nothing may be downloaded' if offline else 'the hub cannot be reached')
    raise _NoFiles(
        f'{revision} {said}', f'hub:{repository}',
        f'{_ONCE[:-1]}, or copy the cache; $HF_HOME says where it is.')
  found = (str(p.relative_to(folder).as_posix()) for p in folder.rglob('*.parquet'))
  return folder.name, tuple(sorted(found))


@functools.lru_cache(maxsize=None)
def _asked(repository: str, revision: str) -> tuple[str, tuple[str, ...]] | None:
  """Commit and Parquet files of a branch on the hub; None if the hub cannot be reached."""
  try:
    info = _library().HfApi().dataset_info(repository, revision=revision)
    return info.sha, tuple(f.rfilename for f in info.siblings if _is_parquet(f.rfilename))
  except Exception as error:  # pylint: disable=broad-except
    # The exceptions of its HTTP library differ from version to version.
    if fault := _refused(repository, revision, error):
      raise fault from error
    logging.warning('The hub cannot be reached, so %s is looked for in its cache: %s',
                    repository, error)
    return None


def _is_parquet(name: str) -> bool:
  return name.endswith('.parquet')


def _refused(repository: str, revision: str, error: Exception) -> UserError | None:
  """The error for the hub's answer; None if it gave none."""
  errors, where = _library().errors, f'hub:{repository}'
  if isinstance(error, errors.GatedRepoError):
    return UserError('its owners must grant you access first', where,
                     f'Request access on its page, {repository}, and log in: hf auth login, or '
                     'HF_TOKEN.')
  if isinstance(error, errors.RepositoryNotFoundError):
    return UserError(
        'there is no such dataset repository, or it is private', where,
        'Check its name; for a private one log in: hf auth login, or HF_TOKEN.')
  if isinstance(error, errors.RevisionNotFoundError):
    return _NoFiles(f'it has no revision {revision}', where, 'Give a branch, a tag or a commit.')
  if isinstance(error, errors.HFValidationError):
    return UserError(in_one_line(error), where)
  answer = getattr(error, 'response', None)
  if answer is not None and answer.status_code in (401, 403):
    return UserError(f'the hub refuses it: {in_one_line(error)}', where,
                     'Log in with another token: hf auth login, or HF_TOKEN.')
  return None


def _fetched(
    repository: str, revision: str, commit: str, chosen: Sequence[_Stored], offline: bool
) -> Located:
  names = tuple(stored.name for stored in chosen)
  # All files with this pattern: newer libraries know from a listing whether some are missing.
  wanted = sorted({re.sub(r'\d+(-of-\d+)?(-\w+)?\.parquet$', '*.parquet', n) for n in names})
  where = f'hub:{repository}'
  paths = _paths(_snapshot(repository, revision, wanted, True), commit, names)
  if not paths and not offline:
    try:
      folder = _snapshot(repository, revision, wanted, False)
      if folder.name != commit:  # the branch has moved meanwhile
        folder = _snapshot(repository, commit, wanted, False)
    except Exception as error:  # pylint: disable=broad-except
      raise _refused(repository, revision, error) or UserError(
          f'its files cannot be downloaded: {in_one_line(error)}', where,
          'Try again later, or on a machine that has them in its cache.') from error
    paths = _paths(folder, commit, names)
  if not paths:
    raise UserError(
        f'not all of its files {wanted[0]} are in the cache', where,
        _ONCE)
  return Located(commit, names, paths)


def _paths(
    folder: pathlib.Path | None, commit: str, names: Sequence[str]) -> tuple[str, ...]:
  """The paths of the files of a commit; empty if one is missing."""
  if folder is None or folder.name != commit:
    return ()
  paths = [folder / name for name in names]
  return tuple(map(str, paths)) if all(path.is_file() for path in paths) else ()


def _snapshot(
    repository: str, revision: str, wanted: list[str], offline: bool) -> pathlib.Path | None:
  """The folder of a commit in the cache; None if it is missing or incomplete."""
  library = _library()
  try:
    # The library writes its cache itself: under temporary names, then renamed.
    folder = library.snapshot_download(
        repository, repo_type='dataset', revision=revision, allow_patterns=wanted,
        local_files_only=offline)
  except library.errors.LocalEntryNotFoundError:
    if not offline:
      raise
    return None
  return pathlib.Path(folder)


def _library():
  try:
    import huggingface_hub
    import huggingface_hub.constants
    import huggingface_hub.errors
  except ImportError as error:
    raise UserError(
        'reading datasets of the Hugging Face hub needs huggingface_hub', '', _INSTALL) from error
  os.environ.setdefault('HF_HUB_DISABLE_TELEMETRY', '1')
  return huggingface_hub


# ---- Names of files ----


def _choose(
    files: Sequence[str], config: str, split: str, where: str) -> tuple[_Stored, ...]:
  """The files of a split, in order."""
  if not files:
    raise _NoFiles('it has no Parquet files, and no other files are read', where,
                   f"The hub's own conversion may have them: revision='{_CONVERTED}'.")
  stored = [s for s in map(_parsed, files) if s]
  config = _config(stored, config, where)
  chosen = sorted((s for s in stored if (s.config, s.split) == (config, split)),
                  key=lambda s: (s.number, s.name))
  if not chosen:
    there = dict.fromkeys(s.split for s in stored if s.config == config)
    if any(re.search(rf'(^|/)partial-{split}/', name) for name in files):
      raise UserError(f'it has only a part of split {split!r}', where,
                      'Read it from the main branch or another source.')
    raise UserError(f'it has no split {split!r}', where, f'It has: {_listed(there)}.')
  counts = {s.count for s in chosen}
  expected = range(chosen[0].number, chosen[0].number + (chosen[0].count or len(chosen)))
  if len(counts) > 1 or [s.number for s in chosen] != list(expected) or chosen[0].number > 1:
    raise UserError(
        f'the files of split {split!r} are not a complete set: {_listed([s.name for s in chosen])}',
        where, 'Download what is missing, or pin a revision that has all of them.')
  return tuple(chosen)


def _parsed(name: str) -> _Stored | None:
  for pattern in _NAMES:
    if found := pattern.fullmatch(name):
      parts = {'number': '0', 'count': None} | found.groupdict()
      folder = re.sub(r'^(data|default)(/|$)', '', parts['folder'] or '')
      count = parts['count'] and int(parts['count'])
      return _Stored(folder, parts['split'], int(parts['number']), count, name)
  return None


def _config(stored: Sequence[_Stored], config: str, where: str) -> str:
  there = dict.fromkeys(s.config for s in stored)
  wanted = '' if config == 'default' else config
  if wanted in there:
    return wanted
  if not config and len(there) == 1:
    return next(iter(there))
  if config:
    raise UserError(f'it has no configuration {config!r}', where,
                    f'It has: {_listed(name or "default" for name in there)}.')
  raise UserError('it has several configurations', where,
                  f'Name one of them: {_listed(there)}.')


def _listed(names) -> str:
  names = list(names)
  more = f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''
  return ', '.join(names[:_NAMED]) + more if names else 'none'
