"""Keeps a run's vocabulary: its class and arguments, its files, and a digest to recognize it.

A checkpoint describes its vocabulary in JSON,

    {'class': 'seqio.vocabularies:SentencePieceVocabulary', 'arguments': {...}, 'digest': '...',
     'files': {'sentencepiece_model_file': 'vocabulary/<digest>-spiece.model'}}

and the files are in the run directory, so that a copied directory is complete. Reading it back
calls only the constructor of a SeqIO vocabulary, or of a class in a module that the user has
imported: a foreign checkpoint must not be able to run other code.
"""
from collections.abc import Mapping
import hashlib
import importlib
import inspect
import pathlib
import sys
from typing import Any

from etils import epath
import seqio

from flan_jax import storage
from flan_jax.data import vocabulary as vocabulary_lib
from flan_jax.errors import UserError

FOLDER = 'vocabulary'
_MISSING = object()


def describe(vocabulary: seqio.Vocabulary) -> dict[str, Any]:
  """Describes how to make a vocabulary again; JSON-able.

  Raises:
    UserError: it cannot be made again from its attributes.
  """
  kind = type(vocabulary)
  described = {
      'class': f'{kind.__module__}:{kind.__qualname__}',
      'arguments': _arguments(vocabulary),
      'digest': digest(vocabulary),
  }
  described['files'] = {
      name: f'{FOLDER}/{_file_digest(path)[:16]}-{epath.Path(path).name}'
      for name, path in described['arguments'].items() if _is_file(path)}
  return described


def digest(vocabulary: seqio.Vocabulary) -> str:
  """A digest of a vocabulary's content. It does not depend on the file's name."""
  return hashlib.sha256(vocabulary_lib.identity(vocabulary).encode()).hexdigest()[:16]


def copy_files(described: Mapping[str, Any], directory: str | epath.Path) -> None:
  """Copies a described vocabulary's files into a run directory, unless they are there already."""
  for name, kept in described['files'].items():
    target = epath.Path(directory) / kept
    if target.exists():
      continue
    target.parent.mkdir(parents=True, exist_ok=True)
    with storage.whole_file(target) as unfinished:
      epath.Path(described['arguments'][name]).copy(unfinished)


def read_back(described: Mapping[str, Any], directory: str | epath.Path | None = None,
              where: str = '') -> seqio.Vocabulary:
  """Makes a described vocabulary again.

  Args:
    described: the result of `describe`.
    directory: the run directory with its files; None takes them from their original place.
    where: the checkpoint, for error messages.

  Raises:
    UserError: its class or a file is missing, or its digest is another one.
  """
  arguments = dict(described['arguments'])
  if directory is not None:
    # Only the last part of the path counts: a foreign checkpoint must not name files elsewhere.
    arguments |= {name: str(epath.Path(directory) / FOLDER / pathlib.PurePosixPath(kept).name)
                  for name, kept in described['files'].items()}
    for name, kept in described['files'].items():
      _check_file(arguments[name], pathlib.PurePosixPath(kept).name, where)
  vocabulary = _class(described['class'], where)(**arguments)
  check_same(described, vocabulary, where)
  return vocabulary


def _check_file(path: str, name: str, where: str) -> None:
  """Compares a file with the digest in its name.

  This must come before SeqIO opens the file: it caches models by path and would not read it again.
  """
  problem = ''
  if not epath.Path(path).exists():
    problem = f'its vocabulary is gone: {path}'
  elif not name.startswith(_file_digest(path)[:16]):
    problem = f'{path} is another vocabulary than the one it was trained with'
  if problem:
    raise UserError(problem, where, 'Put it back, or name a copy with --vocabulary=FILE.')


def check_same(described: Mapping[str, Any] | None, vocabulary: seqio.Vocabulary, where: str,
               remedy: str = '') -> None:
  """Raises UserError if a vocabulary is not the one that a checkpoint was trained with.

  Args:
    described: the checkpoint's description of it; None if it has none.
    vocabulary: the vocabulary to use.
    where: the checkpoint.
    remedy: what the user can do.
  """
  if described and described['digest'] != digest(vocabulary):
    raise UserError(
        f'{vocabulary_lib.name_of(vocabulary)} is another vocabulary than the one it was trained '
        f'with (digest {digest(vocabulary)}, not {described["digest"]})', where,
        remedy or "Leave it out to use the run's own vocabulary.")


def check_same_pieces(file: str | epath.Path, vocabulary: seqio.Vocabulary, where: str) -> None:
  """Raises UserError if a vocabulary is not made of a SentencePiece model. Ignores a missing model.

  Args:
    file: the model, which lies beside the weights that were trained with it.
    vocabulary: the vocabulary to use. It may have more or fewer sentinels than those weights.
    where: the directory of the weights.
  """
  if not epath.Path(file).is_file():
    return
  theirs = vocabulary_lib.load_vocabulary(str(file))
  if vocabulary_lib.pieces(vocabulary) != vocabulary_lib.pieces(theirs):
    raise UserError(
        f'{vocabulary_lib.name_of(vocabulary)} has other pieces than the vocabulary that it was '
        'trained with', where, f'Set VOCABULARY (or --vocabulary) to {file}.')


def _arguments(vocabulary: seqio.Vocabulary) -> dict[str, Any]:
  """The arguments of its constructor, taken from its attributes and tested."""
  kind, found = type(vocabulary), {}
  for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
      continue
    value = getattr(vocabulary, name, getattr(vocabulary, f'_{name}', _MISSING))
    if value is _MISSING and parameter.default is not parameter.empty:
      continue
    if not _is_plain(value):
      raise _unkept(vocabulary, f'no attribute has a plain value for its argument {name!r}')
    found[name] = list(value) if isinstance(value, tuple) else value
  try:
    same = digest(kind(**found)) == digest(vocabulary)
  except Exception as error:  # a user's constructor may raise anything
    raise _unkept(vocabulary, f'made again with {found} it fails: {error}') from error
  if not same:
    raise _unkept(vocabulary, f'made again with {found} it is another vocabulary')
  return found


def _unkept(vocabulary: seqio.Vocabulary, why: str) -> UserError:
  return UserError(
      f'{type(vocabulary).__qualname__} cannot be kept with a checkpoint: {why}', 'VOCABULARY',
      'Store each argument of __init__ as an attribute of that name, with a plain value.')


def _is_plain(value: Any) -> bool:
  if isinstance(value, (list, tuple)):
    return all(map(_is_plain, value))
  return value is None or isinstance(value, (str, int, float, bool))


def _is_file(value: Any) -> bool:
  return isinstance(value, str) and bool(value) and epath.Path(value).is_file()


def _file_digest(path: str) -> str:
  return hashlib.sha256(epath.Path(path).read_bytes()).hexdigest()


def _class(name: str, where: str) -> type:
  module, _, qualified = name.partition(':')
  if module.partition('.')[0] == 'seqio':
    importlib.import_module('seqio')
  found = sys.modules.get(module)
  for part in qualified.split('.'):
    found = getattr(found, part, None)
  if not (isinstance(found, type) and issubclass(found, seqio.Vocabulary)):
    raise UserError(f'its vocabulary has the class {qualified} of {module}, which is not available',
                    where, f'Import it: --module_import={module}.')
  return found
