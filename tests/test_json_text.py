"""JSON of ours can be read by every reader."""
import json
import math

from flan_jax import json_text


def test_what_is_no_number_becomes_null_at_any_depth():
  value = {'a': math.nan, 'b': [1.5, -math.inf], 'c': {'d': (math.inf, 'é')}, 'e': None}
  text = json_text.dumps(value)
  assert json.loads(text) == {'a': None, 'b': [1.5, None], 'c': {'d': [None, 'é']}, 'e': None}
  assert 'é' in text
