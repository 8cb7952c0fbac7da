"""Describes values by their content: two values with the same description behave the same.

Functions count by what they do: instructions, constants, defaults and closures, and everything that
their code names, such as functions and constants of helper modules. So moving a function, or
editing a comment or a docstring, changes nothing. Installed packages count by name, version and
list of files; TensorFlow, NumPy, SeqIO and Python's own library by name alone. A value that cannot
be described is refused: if it changed unnoticed, training would read outdated tokens.
"""
from collections.abc import Mapping
import copyreg
import dataclasses
import enum
import functools
import hashlib
import inspect
import re
import types
from typing import Any

from google.protobuf import message
import numpy as np
import seqio
import tensorflow as tf

from flan_jax.data.vocabulary import identity
from flan_jax.stream.prepared import code_names
from flan_jax.stream.prepared.code_names import installed

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...), range)
# Attributes of a class that have no influence on its instances' behavior.
_NO_BEHAVIOR = {'__module__', '__qualname__', '__doc__', '__dict__', '__weakref__', '__slots__',
                '__annotations__', '__dataclass_fields__', '__dataclass_params__',
                '__match_args__', '__abstractmethods__', '_abc_impl', '__hash__', '__orig_bases__',
                '__parameters__', '__firstlineno__', '__static_attributes__'}
# Methods that `dataclasses` and `typing.NamedTuple` generate. Their fields are described instead.
_GENERATED = {'__init__', '__repr__', '__eq__', '__lt__', '__le__', '__gt__', '__ge__',
              '__setattr__', '__delattr__', '__replace__', '__new__', '_make', '_replace',
              '_asdict', '__getnewargs__'}
_HAS_DOCSTRING = 0x4000000  # a flag of Python 3.13's code objects
_DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType,
                types.ClassMethodDescriptorType, types.GetSetDescriptorType,
                types.MemberDescriptorType, types.MethodWrapperType)


class Indescribable(ValueError):
  """A value that cannot be described, so that a change of it could not be noticed.

  Attributes:
    path: the names that lead to it, the outermost first.
    kind: its type.
  """

  def __init__(self, kind: str):
    super().__init__(kind)
    self.kind, self.path = kind, []

  def __str__(self):
    return f'{".".join(self.path)} of type {self.kind}' if self.path else self.kind


def describe(
    value: Any, by_name: Mapping[str, str] = types.MappingProxyType({}), lenient: bool = False
) -> str:
  """Returns a text that is the same for two values that behave the same.

  Args:
    value: plain values, containers, tensors, arrays, patterns, functions, classes, objects.
    by_name: functions, classes and whole modules that count by name, and the name for each.
    lenient: values that cannot be described count by their type's name.

  Raises:
    Indescribable: a value is none of these and its state cannot be read.
  """
  return _Describer(by_name, lenient).of(value)


class _Describer:
  """Describes one value. A part that came before counts by its number: values may be cyclic."""

  def __init__(self, by_name: Mapping[str, str], lenient: bool):
    self._by_name, self._lenient = by_name, lenient
    self._met: dict[int, int] = {}
    self._alive = []  # a freed temporary object would give its id to another one

  def of(self, value: Any) -> str:
    """The description of a value."""
    if type(value) in _PLAIN:
      return repr(value)
    if isinstance(value, types.ModuleType):
      return self._module(value)
    if id(value) in self._met:
      return f'met {self._met[id(value)]}'
    # Python may or may not share equal tuples and code objects, so their identity says nothing.
    if not isinstance(value, (tuple, types.CodeType)):
      self._met[id(value)] = len(self._met)
    self._alive.append(value)
    for kinds, describer in self._kinds():
      if isinstance(value, kinds):
        return describer(value)
    return self._object(value)

  def _kinds(self):
    yield (tuple, list), self._sequence
    yield Mapping, self._mapping
    yield (set, frozenset), self._set
    yield types.CodeType, _code
    yield types.FunctionType, self._function
    yield types.MethodType, lambda m: f'method({self.of(m.__func__)},{self.of(m.__self__)})'
    yield types.BuiltinFunctionType, self._builtin
    yield _DESCRIPTORS, lambda d: f'{self._name(d.__objclass__)}.{d.__name__}'
    yield functools.partial, lambda p: f'partial{self._sequence((p.func, p.args, p.keywords))}'
    yield (staticmethod, classmethod), lambda m: f'{type(m).__name__}({self.of(m.__func__)})'
    yield property, lambda p: f'property{self._sequence((p.fget, p.fset, p.fdel))}'
    yield enum.Enum, lambda e: f'{self._name(type(e))}.{e.name}={self.of(e.value)}'
    yield type, self._class
    yield re.Pattern, lambda p: f'pattern({p.pattern!r},{p.flags})'
    yield (tf.Tensor, tf.Variable), self._tensor
    yield tf.RaggedTensor, lambda r: f'ragged{self._sequence((r.flat_values, r.nested_row_splits))}'
    yield tf.SparseTensor, lambda s: f'sparse{self._sequence((s.indices, s.values, s.dense_shape))}'
    yield tf.lookup.StaticHashTable, self._table
    yield np.ndarray, self._array
    yield np.generic, lambda n: f'{n.dtype}({n.tobytes()!r})'

  # ---- Containers and numbers ----

  def _sequence(self, values) -> str:
    kind = '' if type(values) in (tuple, list) else self._name(type(values))
    return f'{kind}({",".join(self._inside(i, v) for i, v in enumerate(values))})'

  def _mapping(self, values: Mapping) -> str:
    kind = '' if type(values) is dict else self._name(type(values))
    extra = self.of(values.default_factory) if hasattr(values, 'default_factory') else ''
    pairs = (f'{self.of(k)}:{self._inside(k, v)}' for k, v in values.items())
    return f'{kind}{extra}{{{",".join(pairs)}}}'

  def _set(self, values) -> str:
    # The order of a set follows Python's hashes of texts, which differ from process to process. So
    # the parts are sorted, and each is described by itself: numbers of earlier parts would depend
    # on the order.
    parts = sorted(describe(v, self._by_name, self._lenient) for v in values)
    return f'set({",".join(parts)})'

  def _array(self, array: np.ndarray) -> str:
    head = f'array({array.dtype},{array.shape},'
    if array.dtype.hasobject:
      return f'{head}{self.of(array.tolist())})'
    return f'{head}{hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()})'

  def _tensor(self, tensor) -> str:
    try:
      return f'tensor({tensor.dtype.name},{self._array(np.asarray(tensor.numpy()))})'
    except (AttributeError, NotImplementedError, TypeError):  # a graph's tensor, or a resource
      return self._refuse(f'a {tensor.dtype.name} tensor without a value')

  def _table(self, table) -> str:
    pairs = sorted(zip(*(t.numpy().tolist() for t in table.export())))
    return f'table({self.of(pairs)},{table.value_dtype.name},{self.of(table.default_value)})'

  def _inside(self, name: Any, value: Any) -> str:
    """The description of a part. An error about it carries the part's name."""
    try:
      return self.of(value)
    except Indescribable as error:
      error.path.insert(0, str(name))
      raise

  # ---- Functions ----

  def _function(self, function: types.FunctionType) -> str:
    if known := self._known(function):
      return known + self._wrapped(function)
    code = function.__code__
    parts = [
        ('its defaults', function.__defaults__), ('its defaults', function.__kwdefaults__),
        *((name, _contents(cell)) for name, cell in zip(
            code.co_freevars, function.__closure__ or ())),
        *code_names.used(code, function.__globals__).items(),
        # TensorFlow's AutoGraph leaves notes of its own on functions.
        *((name, value) for name, value in sorted(vars(function).items())
          if not name.startswith(('__', 'ag_', '_tf_'))),
    ]
    named = ','.join(f'{name}:{self._inside(name, value)}' for name, value in parts)
    return f'function({_code(code)},{named})'

  def _wrapped(self, function: types.FunctionType) -> str:
    """What an installed package's decorator holds, where it is around a user's function."""
    innermost = inspect.unwrap(function)
    if innermost is function or self._known(innermost):
      return ''
    held = zip(function.__code__.co_freevars, map(_contents, function.__closure__ or ()))
    return f'({",".join(f"{name}:{self._inside(name, value)}" for name, value in held)})'

  def _builtin(self, function) -> str:
    owner = function.__self__
    if owner is None or isinstance(owner, types.ModuleType):
      return f'{function.__module__}.{function.__qualname__}'
    return f'{self.of(owner)}.{function.__name__}'

  def _known(self, value: Any) -> str:
    """How a function or class counts that counts by name; empty for others."""
    # functools.wraps copies `__module__` to a wrapper; the globals tell where its code really is.
    home = getattr(value, '__globals__', {}).get('__name__')
    module = home or getattr(value, '__module__', None) or ''
    if module in self._by_name:
      return f'{self._by_name[module]}.{value.__qualname__}'
    if named := self._by_name.get(f'{module}.{value.__qualname__}'):
      return named
    if package := installed(module):
      return f'{package}:{module}.{value.__qualname__}'
    return ''

  def _module(self, module: types.ModuleType) -> str:
    package = installed(module.__name__)
    if package or module.__name__ in self._by_name:
      return f'{package}:{self._by_name.get(module.__name__, module.__name__)}'
    return self._refuse(f'module {module.__name__}, of which not only single names are used')

  # ---- Classes and objects ----

  def _name(self, kind: type) -> str:
    return f'{kind.__module__}.{kind.__qualname__}'

  def _class(self, kind: type) -> str:
    if known := self._known(kind):
      return known
    own = {n: v for n, v in sorted(vars(kind).items())
           if n not in _NO_BEHAVIOR and not _is_generated(kind, n, v)
           and not isinstance(v, _DESCRIPTORS)}
    fields = [(f.name, f.default, f.default_factory) for f in dataclasses.fields(kind)
              ] if dataclasses.is_dataclass(kind) else []
    if issubclass(kind, enum.Enum):
      own = {n: v for n, v in own.items() if isinstance(v, (types.FunctionType, kind))}
    parts = ','.join(f'{n}:{self._inside(n, v)}' for n, v in own.items())
    bases = self._sequence(kind.__bases__)
    return f'class({kind.__qualname__},{bases},{self._sequence(fields)},{parts})'

  def _object(self, value: Any) -> str:
    if isinstance(value, functools._lru_cache_wrapper):  # pylint: disable=protected-access
      return f'cached({self.of(value.__wrapped__)})'
    if isinstance(value, tf.types.experimental.PolymorphicFunction):
      return f'graph({self.of(value.python_function)},{self.of(value.input_signature)})'
    if isinstance(value, seqio.Vocabulary):
      return vocabulary_key(value)
    return self.taken_apart(value)

  def taken_apart(self, value: Any) -> str:
    """An object by its class and its state."""
    own = not installed(type(value).__module__)
    if own and type(value).__reduce_ex__ is object.__reduce_ex__:
      return f'{self.of(type(value))}{self._state(value)}'
    reduce = copyreg.dispatch_table.get(type(value), lambda v: v.__reduce_ex__(4))
    try:
      reduced = reduce(value)
    except Exception:  # pylint: disable=broad-except
      # Any error means that the object's state cannot be read.
      return self._refuse(self._name(type(value)))
    if isinstance(reduced, str):
      return f'{self._name(type(value))}.{reduced}'
    # From the fourth on, parts are iterators over items, which are read out here.
    parts = [list(p) if i > 2 and p is not None else p for i, p in enumerate(reduced)]
    return f'{self._name(type(value))}{self._sequence(parts)}'

  def _state(self, value: Any) -> str:
    slots = [s for k in type(value).__mro__ for s in _as_list(vars(k).get('__slots__', ()))]
    state = {s: getattr(value, s) for s in slots if hasattr(value, s)} | getattr(
        value, '__dict__', {})
    state.pop('__dict__', None), state.pop('__weakref__', None)
    return self._mapping(dict(sorted(state.items())))

  def _refuse(self, kind: str) -> str:
    if self._lenient:
      return kind
    raise Indescribable(kind)


@functools.lru_cache(maxsize=None)
def _code(code: types.CodeType) -> str:
  """What a code object does: its instructions. No instruction loads a docstring."""
  of = _Describer({}, False).of
  steps = (f'{step.opname} {of(step.argval) if step.argval is not step.arg else step.arg}'
           for step in code_names.steps(code))
  arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
               code.co_flags & ~_HAS_DOCSTRING)
  return f'code({arguments},{";".join(steps)},{code.co_exceptiontable!r})'


def vocabulary_key(vocabulary: seqio.Vocabulary) -> str:
  """A key of a vocabulary, which also changes with its code.

  It covers the SentencePiece model and settings, or the object's state. Checkpoints use `identity`
  instead, which must stay the same over versions; tokenized data is simply built again if in doubt.

  Raises:
    Indescribable: its state cannot be read.
  """
  describer, kind = _Describer({}, False), type(vocabulary)
  if getattr(vocabulary, 'sp_model', None) is None:
    return describer.taken_apart(vocabulary)
  state = {name: value for name, value in sorted(vars(vocabulary).items()) if 'file' not in name}
  settings = {name: value for name, value in state.items() if type(value) in _PLAIN}
  key = f'{kind.__qualname__} {identity(vocabulary)} {settings}'
  if installed(kind.__module__):
    return key
  rest = {name: value for name, value in state.items()
          # Protocol buffers repeat what `identity` has from the model.
          if name not in settings and not isinstance(value, message.Message)}
  return f'{key} {describer.of(kind)} {describer.of(rest)}'


def _contents(cell: types.CellType) -> Any:
  try:
    return cell.cell_contents
  except ValueError:  # the variable has no value yet
    return ()


def _is_generated(kind: type, name: str, value: Any) -> bool:
  """Whether `dataclasses` or `typing.NamedTuple` generated a method of a class."""
  if name not in _GENERATED:
    return False
  function = getattr(value, '__func__', value)
  code = getattr(getattr(function, '__wrapped__', function), '__code__', None)
  made = dataclasses.is_dataclass(kind) and code and code.co_filename == '<string>'
  return bool(made) or hasattr(kind, '_field_defaults')


def _as_list(names: str | tuple[str, ...]) -> list[str]:
  return [names] if isinstance(names, str) else list(names)
