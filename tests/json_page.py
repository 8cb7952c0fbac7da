"""Compares JSON with the keys that docs/json.md lists."""
import pathlib
import re

PAGE = pathlib.Path(__file__).parents[1] / 'docs/json.md'


def documented(title):
  """Whether each key of a section's table is always there, by the key."""
  section = PAGE.read_text().partition(f'## `{title}`\n')[2].partition('\n## ')[0]
  rows = re.findall(r'^\| `([^`]+)` \| (.*) \|$', section, re.MULTILINE)
  assert rows, f'docs/json.md has no section {title!r}'
  return {key: not value.startswith('only ') for key, value in rows}


def check(value, path, keys):
  """Compares an object with the documented keys, as deep as these go."""
  below = {key for key in keys if key.startswith((f'{path}.', f'{path}[]')) or not path}
  if isinstance(value, list):
    inside = {key for key in below if key.startswith(f'{path}[].')}
    for entry in value if inside else ():
      check(entry, f'{path}[]', keys)
  elif isinstance(value, dict) and (path == '' or below):
    stem = f'{path}.' if path else ''
    if any(key.startswith(f'{stem}*') for key in keys):
      for entry in value.values():
        check(entry, f'{stem}*', keys)
      return
    names = {re.split(r'[.\[]', key.removeprefix(stem))[0] for key in below}
    needed = {name for name in names
              if keys.get(f'{stem}{name}', keys.get(f'{stem}{name}[]', True))}
    assert needed <= set(value) <= names, (path, needed - set(value), set(value) - names)
    for name, entry in value.items():
      check(entry, stem + name, keys)
