"""Marks around the salient spans of a text: what it says that is worth asking for.

`data.salient_spans` masks them. For all other purposes texts are used without marks.
"""
import re

START, END = '⟦', '⟧'
_MARK = re.compile(f'[{START}{END}]')


def marked(span: object) -> str:
  """The span, as text, between marks."""
  return f'{START}{span}{END}'


def take_off(text: str) -> tuple[str, list[tuple[int, int]]]:
  """The text without marks, and the start and end of each salient span in it, in characters.

  A mark without its partner, as in a part that was cut out of a text, marks nothing.
  """
  parts, spans, at, start = [], [], 0, None
  length = 0
  for mark in _MARK.finditer(text):
    parts.append(text[at : mark.start()])
    length += mark.start() - at
    at = mark.end()
    if mark.group() == START:
      start = length
    elif start is not None:
      spans.append((start, length))
      start = None
  return ''.join([*parts, text[at:]]), [span for span in spans if span[0] < span[1]]
