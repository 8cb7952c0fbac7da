"""What prepared data depends on, as a short key: when any of it changes, the key does.

A function counts by what it does (its bytecode, constants and what it refers to), not by where it
stands, so that moving a declaration or mending a comment rebuilds nothing.
"""
from collections.abc import Callable, Mapping
import dataclasses
import functools
import hashlib
import pathlib
import types
from typing import Any

import seqio

from flan_jax.data.dataset import Dataset

FORMAT = 1  # of the prepared files

_NOT_RENDERED = ('metrics', 'about', 'paper_name', 'in_paper', 'group', 'cluster', 'source')
_RENDERERS = ('preprocess.py', 'templates.py', 'few_shot.py')


def pass_key(dataset: Dataset, source: Any, vocabulary: seqio.Vocabulary,
             lengths: Mapping[str, int]) -> str:
  """The key of a dataset's training examples as rendered and tokenised.

  Args:
    dataset: the declaration.
    source: its SeqIO source, whose `fingerprint('train')` tells one copy of the rows from another.
    vocabulary: turns texts into tokens.
    lengths: longest `inputs` and `targets`.
  """
  declared = {
      f.name: getattr(dataset, f.name) for f in dataclasses.fields(dataset)
      if f.name not in _NOT_RENDERED
  }
  parts = (FORMAT, _renderers(), declared, source.fingerprint('train'),
           vocabulary_key(vocabulary), sorted(lengths.items()))
  return hashlib.sha256(describe(parts).encode()).hexdigest()[:16]


def vocabulary_key(vocabulary: seqio.Vocabulary) -> str:
  """Tells one vocabulary from another: by its SentencePiece model, or by what it does to a text."""
  model = getattr(vocabulary, 'sp_model', None)
  if model is not None:
    return f'{hashlib.sha256(model).hexdigest()} {vocabulary.vocab_size}'
  probe = ''.join(map(chr, range(32, 127))) + ' the quick brown fox jumps over 12,345.67 lazy dogs'
  return repr((type(vocabulary).__qualname__, vocabulary.vocab_size, vocabulary.encode(probe)))


def describe(value: Any) -> str:
  """A text that is the same for two values that behave the same.

  Understands functions, plain values, containers and dataclasses; anything else counts by its
  type's name.
  """
  return _describe(value, ())


def _describe(value, around: tuple[int, ...]) -> str:
  if id(value) in around:
    return 'recursion'
  inner = functools.partial(_describe, around=(*around, id(value)))
  if isinstance(value, (str, bytes, int, float, bool, type(None))):
    return repr(value)
  if isinstance(value, Mapping):
    return '{' + ','.join(f'{inner(k)}:{inner(v)}' for k, v in value.items()) + '}'
  if isinstance(value, (tuple, list, frozenset, set)):
    parts = [inner(v) for v in value]
    return '(' + ','.join(sorted(parts) if isinstance(value, (set, frozenset)) else parts) + ')'
  if isinstance(value, functools.partial):
    return inner((value.func, value.args, value.keywords))
  if isinstance(value, types.CodeType):
    return inner((value.co_code, value.co_names, value.co_varnames, value.co_consts))
  if isinstance(value, types.FunctionType):
    return inner(_function_parts(value))
  if dataclasses.is_dataclass(value) and not isinstance(value, type):
    return type(value).__name__ + inner(
        {f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
  return getattr(value, '__name__', type(value).__qualname__)


def _function_parts(function: Callable[..., Any]) -> tuple:
  """What a function does, and the functions and constants of ours and the user's that it uses."""
  if function.__module__.partition('.')[0] in ('tensorflow', 'numpy'):
    return (function.__module__, function.__qualname__)
  closure = [cell.cell_contents for cell in function.__closure__ or ()]
  used = {
      name: function.__globals__[name] for name in _names(function.__code__)
      if name in function.__globals__
  }
  return (function.__code__, function.__defaults__, closure, used)


def _names(code: types.CodeType) -> list[str]:
  """Global names that a function or one inside it may refer to."""
  inside = [c for c in code.co_consts if isinstance(c, types.CodeType)]
  return [*code.co_names, *(name for c in inside for name in _names(c))]


@functools.cache
def _renderers() -> str:
  """Changes with the code that renders and tokenises."""
  folder = pathlib.Path(__file__).parents[1]
  return hashlib.sha256(b''.join((folder / name).read_bytes() for name in _RENDERERS)).hexdigest()
