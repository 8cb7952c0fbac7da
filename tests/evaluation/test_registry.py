"""An evaluation leaves SeqIO's registry as it was, also when it fails."""
import types

import jax
import pytest
import seqio

from flan_jax import partitioning
from flan_jax.data import registry
from flan_jax.evaluation import harness


class Broken:
  """A model that cannot score."""

  config = types.SimpleNamespace(dtype='float32', vocab_size=32_128)

  def apply(self, *unused, **also_unused):
    raise ZeroDivisionError


def registered():
  return [(name, id(seqio.TaskRegistry.get(name))) for name in seqio.TaskRegistry.names()]


def test_a_failing_evaluation_of_a_variant_registers_nothing(vocabulary):
  registry.load_shipped()
  before = registered()
  config = harness.Evaluation(
      'copa_no_options_template_0,copa_template_1', {'inputs': 64, 'targets': 16}, num_examples=4,
      dev_examples=0)
  layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
  outcomes = harness.evaluate(Broken(), {}, config, vocabulary, layout)
  with pytest.raises(ZeroDivisionError):
    next(outcomes)
  assert registered() == before
