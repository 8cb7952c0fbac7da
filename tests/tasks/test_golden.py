"""Real rows render as they did when a person last read them."""
import pytest

from tests.regenerate import golden_renderings

FILES = sorted(golden_renderings.GOLDEN.glob('*.txt'))


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_real_rows_render_as_in_the_golden_file(path, declared, real_rows, tmp_path):
  dataset = declared[path.stem]
  rows = real_rows(golden_renderings.excerpt_name(dataset))
  assert golden_renderings.golden(dataset, rows, str(tmp_path)) == path.read_text()


def test_every_declaration_with_real_rows_has_a_golden_file(declared):
  at_hand = {d.name for d in declared.values() if golden_renderings.excerpts(d).exists()}
  assert at_hand <= {path.stem for path in FILES}


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_a_golden_file_shows_every_template_and_three_evaluated_rows(path, declared):
  dataset, text = declared[path.stem], path.read_text()
  shown = [line for line in text.splitlines() if line.startswith('-- template ')]
  turned = [i for i, line in enumerate(shown) if 'turned around' in line]
  assert len(shown) == len(dataset.templates)
  assert set(turned) == set(range(len(shown))) - set(dataset.forward_templates)
  assert text.count('-- evaluation') == golden_renderings.EVALUATED
