"""Facts become one HTML page: style, script and data are all inside it."""
from collections.abc import Mapping
import html
from importlib import resources
import json
import re
from typing import Any

# In the order in which the page runs them.
_SCRIPTS = ('dom.js', 'copy.js', 'clusters.js', 'table.js', 'lengths.js', 'rows.js', 'templates.js',
            'lint.js', 'search.js', 'main.js')


def render(facts: Mapping[str, Any]) -> str:
  """The page that shows what `collect` gathered.

  The script builds everything from text nodes, and the page forbids itself any request, so texts of
  the rows can neither become markup nor load anything.
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
  """JSON that cannot end the script element it stands in."""
  text = json.dumps(facts, ensure_ascii=False, separators=(',', ':'))
  return text.replace('<', '\\u003c')
