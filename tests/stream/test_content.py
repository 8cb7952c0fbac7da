"""Values are told apart by what they do and hold; what cannot be told apart is refused."""
import collections
import dataclasses
import enum
import functools
import importlib
import operator
import re
import subprocess
import sys
import textwrap
import threading
import types
from typing import NamedTuple

import numpy as np
import pytest
import seqio
import tensorflow as tf

from flan_jax.data import fields, templates
from flan_jax.stream.prepared import content, keys
from flan_jax.stream.prepared.content import Indescribable, describe


def module_of(text, name='a_module', **values):
  """A module of somebody's own with this source."""
  module = types.ModuleType(name)
  vars(module).update(values)
  code = compile(textwrap.dedent(text), f'{name}.py', 'exec')
  exec(code, vars(module))  # pylint: disable=exec-used
  return module


def function_of(text, **values):
  return module_of(text, **values).f


def same(one, other):
  return describe(one) == describe(other)


class Shout:
  """A callable object."""

  def __init__(self, mark):
    self.mark = mark

  def __call__(self, row):
    return row + self.mark

  def again(self, row):
    return self(self(row))


@dataclasses.dataclass(frozen=True)
class Suffix:
  text: str

  def add(self, row):
    return row + self.text


class Pair(NamedTuple):
  one: int
  other: int


class Tone(enum.Enum):
  LOUD = '!'
  SOFT = '.'


USING = 'def f(row): return row, VALUE'

DIFFERENT = {
    'tensors': lambda x: tf.constant(['a', x]),
    'ragged tensors': lambda x: tf.ragged.constant([['a'], [x, 'b']]),
    'variables': tf.Variable,
    'tables': lambda x: tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(['k'], [x]),
                                                  'none'),
    'arrays': lambda x: np.array(['a', x]),
    'arrays of objects': lambda x: np.array([{'a': x}], object),
    'numbers of NumPy': lambda x: np.int32(len(x)),
    'patterns': re.compile,
    'flags of patterns': lambda x: re.compile('a', re.I if x == 'xx' else 0),
    'dictionaries': lambda x: {'a': [x]},
    'default dictionaries': lambda x: collections.defaultdict(list, {'a': x}),
    'named tuples': lambda x: Pair(1, x),
    'sets': lambda x: {'a', x},
    'members of an enumeration': lambda x: Tone.LOUD if x == 'x' else Tone.SOFT,
    'partials': lambda x: functools.partial(max, x),
    'getters': operator.itemgetter,
    'bound methods of patterns': lambda x: re.compile(x).sub,
    'callable objects': Shout,
    'bound methods': lambda x: Shout(x).again,
    'data classes': Suffix,
    'methods of data classes': lambda x: Suffix(x).add,
    'functions of NumPy': lambda x: np.exp if x == 'x' else np.log,
    'types of tensors': lambda x: tf.int32 if x == 'x' else tf.int64,
    'vocabularies': lambda x: seqio.PassThroughVocabulary(len(x)),
    'graph functions': lambda x: tf.function(lambda row: row + x),
    'cached functions': lambda x: functools.lru_cache(lambda row: row + x),
    'closures': lambda x: lambda row: row + x,
    'defaults': lambda x: function_of(f'def f(row, y={x!r}): return y'),
    'keyword defaults': lambda x: function_of(f'def f(row, *, y={x!r}): return y'),
    'nested functions': lambda x: function_of(f'def f(row): return (lambda: {x!r})()'),
    'operators': lambda x: function_of(f'def f(row): return row {"+" if x == "x" else "-"} row'),
    'handlers': lambda x: function_of(f'def f(row):\n  try: g()\n  except {"K" if x == "x" else ""}'
                                      'Exception: pass'),
}


@pytest.mark.parametrize('kind', DIFFERENT)
def test_what_a_function_uses_counts_by_its_content(kind):
  make = DIFFERENT[kind]
  one, like_it, other = (function_of(USING, VALUE=make(x)) for x in ('x', 'x', 'xx'))
  assert same(one, like_it) and not same(one, other)
  assert same(make('x'), make('x')) and not same(make('x'), make('xx'))


HELPER = 'import re\nMARK = {mark!r}\ndef clean(text): return strip(text)\n' \
         'def strip(text): return re.sub(MARK, "", text)\ndef other(): return {other!r}'


@pytest.mark.parametrize('using', [
    'def f(row): return helpers.clean(row)', 'def f(row): return package.helpers.clean(row)',
    'def f(row): return [helpers.clean(r) for r in row]',
    'def f(row):\n  import the_helpers\n  return the_helpers.clean(row)',
    'def f(row):\n  from the_helpers import clean as c\n  return c(row)',
])
def test_functions_of_helper_modules_count_with_all_that_they_name(using, monkeypatch):
  def f(mark='x', other=1):
    helpers = module_of(HELPER.format(mark=mark, other=other), 'the_helpers')
    monkeypatch.setitem(sys.modules, 'the_helpers', helpers)
    package = types.ModuleType('package')
    package.helpers = helpers
    return describe(function_of(using, helpers=helpers, package=package))

  assert f() == f() != f(mark='y')
  assert f() == f(other=2)  # nobody names it


def test_relative_imports_are_followed(tmp_path, monkeypatch):
  package = tmp_path / 'a_package'
  package.mkdir()
  (package / '__init__.py').touch()
  (package / 'deep.py').write_text('def f(row):\n  from .help import g\n  return g(row)')
  monkeypatch.syspath_prepend(tmp_path)

  def described(text):
    (package / 'help.py').write_text(text)
    for name in [n for n in sys.modules if n.startswith('a_package')]:
      del sys.modules[name]
    importlib.invalidate_caches()
    sys.dont_write_bytecode = True
    return describe(importlib.import_module('a_package.deep').f)

  try:
    assert described('def g(r): return r') != described('def g(r): return 2 * r')
  finally:
    sys.dont_write_bytecode = False


def test_comments_docstrings_and_places_do_not_count():
  plain = 'def f(row):\n  def g(x):\n    return x\n  return g(row), 257'
  told = ('"""A module."""\n\n\ndef f(row):\n  """Says much."""\n  # And more.\n  def g(x):\n'
          '    """Inside."""\n    return x\n\n  return g(row), 257')
  assert same(function_of(plain), function_of(told))
  of_class = 'class C:\n  {}\n  x = 0\n  def __call__(self, row):\n    {}\n    return row\nf = C()'
  assert same(function_of(of_class.format('#', '#')),
              function_of(of_class.format('"""A class."""', '"""A method."""')))
  assert not same(function_of(of_class.format('#', '#')),
                  function_of(of_class.format('pass', 'row = 2 * row')))


def test_a_wrapper_is_not_taken_for_what_it_wraps():
  wrap = 'import functools\n@functools.wraps(lower)\ndef f(row): return lower(row) + {!r}'
  one, other = (function_of(wrap.format(x), lower=tf.strings.lower) for x in 'ab')
  assert not same(one, other)


def test_what_refers_to_itself_has_a_description():
  ring = []
  ring.append(ring)
  assert describe(ring) == describe(ring)
  assert same(function_of('def f(row): return f(row)'), function_of('def f(row): return f(row)'))
  assert not same(function_of('def f(row): return f(row)'),
                  function_of('def f(row): return g(row)\ndef g(row): return f(row)'))


@pytest.mark.parametrize('value, words', [
    (threading.Lock(), 'VALUE of type _thread.lock'),
    ((n for n in 'ab'), 'VALUE of type builtins.generator'),
    ({'a': [threading.Lock()]}, 'VALUE.a.0 of type _thread.lock'),
    (Shout(threading.Lock()), 'VALUE.mark of type _thread.lock'),
    (types.ModuleType('somebodys'), 'VALUE of type module somebodys'),
])
def test_what_cannot_be_told_apart_is_refused_with_the_way_to_it(value, words):
  function = function_of(USING, VALUE=value)
  with pytest.raises(Indescribable, match=re.escape(words)):
    describe(function)
  assert describe(function, lenient=True)


def test_the_code_that_renders_counts_without_its_comments(monkeypatch):
  described = lambda: content.describe(keys._RENDERERS, keys._BY_NAME)
  before = described()
  for module, name in ((fields, 'strip'), (templates, 'render_options'), (templates, 'tabulate'),
                       (templates, 'render')):
    with monkeypatch.context() as patch:
      patch.setattr(module, name, lambda *args: None)
      for user in ('flan_jax.data.dataset', 'flan_jax.data.preprocess'):
        if hasattr(sys.modules[user], name):
          patch.setattr(sys.modules[user], name, lambda *args: None)
      assert described() != before, name
  assert described() == before


@pytest.mark.slow
def test_another_process_gives_the_same_description(tmp_path):
  (tmp_path / 'mine.py').write_text(textwrap.dedent('''
      import re, tensorflow as tf
      WORDS = {'a', 'b', 'c', 'dd', 'eee'}
      class Mark:
        def __init__(self): self.table = {'x': tf.constant('y'), 'p': re.compile('a|b')}
        def __call__(self, row): return row in {'a', 'b', 'c', 'd'}, self.table, WORDS
      def f(row): return Mark()(row), MARK(row)
      MARK = Mark()
  '''))
  code = ('from flan_jax.stream.prepared.content import describe; import mine; '
          'print(describe(mine.f))')
  said = {
      subprocess.run([sys.executable, '-c', code], cwd=tmp_path, env=None, capture_output=True,
                     check=True, text=True).stdout
      for _ in range(2)
  }
  assert len(said) == 1 and '0x' not in said.pop()
