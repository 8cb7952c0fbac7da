"""Renders facts as one HTML page that contains its style, script and data."""
from collections.abc import Mapping
import html
from importlib import resources
import json
import re
from typing import Any

# The order in which the page runs them. main.js uses all others, so it comes last.
_SCRIPTS = ('dom.js', 'copy.js', 'clusters.js', 'table.js', 'lengths.js', 'rows.js', 'templates.js',
            'lint.js', 'search.js', 'main.js')


def render(facts: Mapping[str, Any]) -> str:
  """The page for the facts of `collect`.

  The script puts texts of rows into text nodes only, and the page's policy forbids requests. So a
  text can neither become markup nor load anything.
  """
  parts = {
      'title': html.escape(facts['title']),
      'style': _file('style.css'),
      'facts': _embeddable(facts),
      'script': '\n'.join(_file(name) for name in _SCRIPTS),
  }
  return re.sub(r'\{\{(\w+)\}\}', lambda match: parts[match[1]], _file('page.html'))


def _file(name: str) -> str:
  return (resources.files('flan_jax.report.data') / 'page' / name).read_text('utf-8')


def _embeddable(facts: Mapping[str, Any]) -> str:
  """JSON without '<', so that a text such as '</script>' cannot end the element around it."""
  text = json.dumps(facts, ensure_ascii=False, separators=(',', ':'))
  return text.replace('<', '\\u003c')
