"""Programs here run once and are small: compiling them without optimizations takes a third."""
import jax
import pytest


@pytest.fixture(scope='module', autouse=True)
def quick_compilation():
  previous = jax.config.read('jax_disable_most_optimizations')
  jax.config.update('jax_disable_most_optimizations', True)
  yield
  jax.config.update('jax_disable_most_optimizations', previous)
