"""Rows of the sample world render as they did when a person last read them."""
import pytest

from flan_jax.data import registry
from tests.regenerate import golden_renderings

registry.load_shipped()
DATASETS = [dataset for members in registry.clusters().values() for dataset in members]
FIRST = {members[0].name for members in registry.clusters().values()}
# One of each cluster is quick enough for the default suite.
PARAMETERS = [pytest.param(d, id=d.name, marks=() if d.name in FIRST else pytest.mark.slow)
              for d in DATASETS]


@pytest.mark.parametrize('dataset', PARAMETERS)
def test_rows_render_as_in_the_golden_file(dataset):
  path = golden_renderings.GOLDEN / f'{dataset.name}.txt'
  assert golden_renderings.golden(dataset) == path.read_text()


@pytest.mark.parametrize('dataset', DATASETS, ids=lambda dataset: dataset.name)
def test_a_golden_file_shows_every_template_and_evaluated_rows(dataset):
  text = (golden_renderings.GOLDEN / f'{dataset.name}.txt').read_text()
  shown = [line for line in text.splitlines() if line.startswith('-- template ')]
  turned = [i for i, line in enumerate(shown) if 'turned around' in line]
  assert len(shown) == (len(dataset.templates) if dataset.source.train else 0)
  assert set(turned) == set(range(len(shown))) - set(dataset.forward_templates)
  assert text.count('-- evaluation') == golden_renderings.EVALUATED
