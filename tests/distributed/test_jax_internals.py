"""The names of JAX's inside that are used: all are there, and what is said when one is not."""
import pathlib

import jax
import pytest

from flan_jax.distributed import jax_internals
from flan_jax.errors import UserError

ROOT = pathlib.Path(jax_internals.__file__).parents[2]


@pytest.mark.parametrize('name', jax_internals.NAMES)
def test_the_installed_jax_has_the_name(name):
  assert jax_internals.find(name) is not None


def test_what_is_asked_of_the_names_is_there():
  state = jax_internals.find('jax._src.distributed.global_state')
  assert state.client is None and state.service is None and jax_internals.client() is None
  found = jax_internals.detect_processes('host:1', 2, 1, 1)
  assert found[:3] == ('host:1', 2, 1)


def test_a_name_that_is_gone_is_named_with_the_remedy(monkeypatch):
  monkeypatch.setitem(jax_internals.NAMES, 'jax._src.distributed.gone', 'this test')
  with pytest.raises(UserError) as problem:
    jax_internals.find('jax._src.distributed.gone')
  for word in (jax.__version__, 'jax._src.distributed.gone', 'this test', 'pip install'):
    assert word in str(problem.value)


def test_no_other_file_uses_such_names():
  files = [*ROOT.glob('flan_jax/**/*.py'), *ROOT.glob('tasks/*.py')]
  using = [f.name for f in files if 'jax._src' in f.read_text()]
  assert using == ['jax_internals.py']
