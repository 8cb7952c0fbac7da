import pytest

from flan_jax.errors import UserError
from flan_jax.partitioning import chips


def test_a_topology_says_chip_and_shape():
  topology = chips.parse('v4:4x4x4', slices=2)
  assert topology.devices == 128 and topology.name == 'v4:4x4x4'
  assert topology.chip.hbm_bytes < 32 * chips.GIB


def test_cpu_devices_share_the_memory_of_the_machine():
  one, eight = chips.parse('cpu:1'), chips.parse('cpu:8')
  assert eight.devices == 8 and eight.is_cpu
  assert eight.chip.hbm_bytes == one.chip.hbm_bytes // 8


@pytest.mark.parametrize('text, said', [
    ('v7:4x4', 'v4:4x4x4, v5p:4x4x4, v5e:4x4, v6e:4x4'),
    ('v5e', 'is not a shape'),
    ('v5e:4xx4', 'is not a shape'),
    ('v5e:4x4x4', '2 dimensions'),
    ('v4:4x4', '3 dimensions'),
    ('cpu:0', 'is not a shape'),
])
def test_a_wrong_topology_is_told_the_right_ones(text, said):
  with pytest.raises(UserError, match=said):
    chips.parse(text)
