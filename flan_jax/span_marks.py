"""Marks around the salient spans of a text: what it says that is worth asking for.

`data.salient_spans` masks them. For all other purposes texts are used without marks.
"""
import re

START, END = '⟦', '⟧'
_MARK = re.compile(f'([{START}{END}])')


def marked(span: object) -> str:
  """The span, as text, between marks."""
  return f'{START}{span}{END}'


def take_off(text: str) -> tuple[str, list[tuple[int, int]]]:
  """The text without marks, and the start and end of each salient span in it, in characters.

  A mark without its partner, as in a part that was cut out of a text, marks nothing.
  """
  plain, spans, start = '', [], None
  for part in _MARK.split(text):
    if part == START:
      start = len(plain)
    elif part == END:
      if start is not None and start < len(plain):
        spans.append((start, len(plain)))
      start = None
    else:
      plain += part
  return plain, spans
