"""What every model family owes the rest of the library."""
import inspect

import pytest

from flan_jax import models
from flan_jax.models.families import FAMILIES

FUNCTIONS = [name for name in vars(models.LanguageModel)
             if inspect.isfunction(getattr(models.LanguageModel, name))
             and (not name.startswith('_') or name == '__call__')]


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('function', FUNCTIONS)
def test_each_family_has_each_function_with_the_arguments_that_callers_give(family, function):
  owed = inspect.signature(getattr(models.LanguageModel, function)).parameters
  given = inspect.signature(getattr(FAMILIES[family][1], function)).parameters
  assert {name: (p.kind, p.default) for name, p in given.items()} == {
      name: (p.kind, p.default) for name, p in owed.items()}


def test_the_functions_that_are_owed_are_those_that_scoring_and_generation_call():
  assert set(FUNCTIONS) == {
      '__call__', 'encode', 'decode_states', 'logits', 'start_cache', 'decode_token'}
