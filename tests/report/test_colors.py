"""Texts can be read: contrast computed from the colors of the page (WCAG 2, 1.4.3)."""
from importlib import resources
import re

import pytest

STYLE = (resources.files('flan_jax.report.data') / 'page' / 'style.css').read_text('utf-8')
LEAST, LEAST_OF_BARS = 4.5, 3.0
# Texts and what they stand on.
TEXTS = [
    *[(text, ground) for text in ('ink', 'soft', 'blue', 'teal', 'plum', 'warn', 'bad')
      for ground in ('paper', 'raised')],
    ('blue', 'blue-tint'), ('teal', 'teal-tint'), ('plum', 'plum-tint'), ('warn', 'warn-tint'),
    ('bad', 'bad-tint'), ('ink', 'warn-tint'), ('ink', 'loss'), ('paper', 'ink')]
BARS = [('blue', 'raised'), ('blue', 'paper'), ('loss-edge', 'paper'), ('edge', 'paper')]


def colors(scheme):
  blocks = re.findall(r':root \{(.*?)\}', STYLE, re.DOTALL)
  found = dict(re.findall(r'--([\w-]+): (#\w{6})', blocks[0]))
  return found | (dict(re.findall(r'--([\w-]+): (#\w{6})', blocks[1])) if scheme == 'dark' else {})


def luminance(color):
  parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
  linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
  light, dark = sorted((luminance(one), luminance(other)), reverse=True)
  return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard():
  assert contrast('#000000', '#ffffff') == pytest.approx(21)
  assert contrast('#767676', '#ffffff') == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_texts_and_bars_stand_out(scheme):
  found = colors(scheme)
  assert set(found) == set(colors('light'))
  faint = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2)
           for pairs, least in ((TEXTS, LEAST), (BARS, LEAST_OF_BARS))
           for pair in pairs if contrast(found[pair[0]], found[pair[1]]) < least}
  assert not faint


def test_no_text_is_made_faint_in_another_way():
  for rule in re.findall(r'[^{}]+\{[^{}]*\}', STYLE):
    opacity = re.search(r'opacity: ([\d.]+)', rule)
    assert not opacity or opacity[1] == '1' or 'input' in rule, rule
    assert not re.search(r'(^|[ ;])color: (?!var\(--)', rule), rule
