"""One thing is not called several."""
from flan_jax.terminal.words import counted


def test_one_thing_is_singular_and_many_have_separators():
  assert [counted(n, 'dataset') for n in (0, 1, 1_200)] == [
      '0 datasets', '1 dataset', '1,200 datasets']
