"""Rules about the words of templates, before any field is filled in."""
from collections.abc import Iterator
import re

from flan_jax.data.variants import without_options
from flan_jax.data_tools.lint.subject import FIELD, Fault, LintRule, LintSubject, literal

# A doubled mark, except an ellipsis or a mark after an abbreviation, or a blank before a mark.
DOUBLED_MARK = re.compile(
    r'(?<!\.)(?<!\.\w)(?<!etc)(?!\?!)[.,;:?!][.,;:?!](?!\.)|[.,;:]["\'][.,;:?!]'
    r'|(?<=\S) [.,;:?!](?!\.)')

_ESCAPE = re.compile(
    r'\\["\'/\\nrt]'  # \n or \" with the backslash left in
    rf'|(?:^|(?<=[\n.,:;?!]))n+(?=[A-Z{FIELD}])'  # or with only the n left
    r'|&(?:#\w+|[a-zA-Z]{2,8});|</?[a-zA-Z]+ ?/?>')
_DOUBLED_BLANK = re.compile(r'(?<=\S)  +(?=\S)| \n')
_DOUBLED_WORD = re.compile(r'\b(?!(?:had|that)\b)([a-z]+)(?: +|\n)\1\b', re.IGNORECASE)
_ARTICLE = re.compile(  # not "A" as a name
    r'(?:\b(an?)|(?:^|(?<=[\n.?!"] )|(?<=\n))(An?)) (?!(?:and|are|as|in|is|or)\b)([a-z]\w*)')
_AN_DESPITE_CONSONANT = re.compile(r'hour|heir|hon(est|our)')
_A_DESPITE_VOWEL = re.compile(r'one\b|once|uni(?![nm])|us[aeu]|eu|ut[ei]|ubi')
_SMALL_START = re.compile(  # neither "a)" nor the word after "e.g."
    r'\A[a-z](?!\))|(?<![. ]\w)(?<!etc)(?<!vs)(?<=[\w"\')])[.?!]["\')]?\s+[a-z](?!\))')
_BRACKETS = {')': '(', ']': '[', '}': '{'}
_OF_A_LIST = re.compile(
    r'(?<!no )\b(?:options?|choices|alternatives|this list|which of the two)\b'
    r'|\b(?:choose|pick|select|tick)(?:ed)?\b'
    r'|\b(?:one|which|each|any|either|both|none|all|out) of these\b(?! (?:lines|people))'
    r'|\b(?:from|among|between) these\b'
    r'|\b(?:both|the two|the three|the four) (?:answers|candidates|endings|suggestions|ways)\b'
    r'|\b(?:answers|endings|phrases) (?:above|below)\b', re.IGNORECASE)


def shown(text: str, start: int, end: int) -> str:
  """A piece of a text with the characters around it, for a message."""
  piece = text[max(start - 12, 0):end + 12].replace(FIELD, '{}')
  return repr(piece)


def takes_an(word: str) -> bool:
  """Whether 'an' goes before a word, by its first letters."""
  word = word.lower()
  if word[:1] in 'aeiou':
    return not _A_DESPITE_VOWEL.match(word)
  return _AN_DESPITE_CONSONANT.match(word) is not None


def _patterns(subject: LintSubject) -> Iterator[tuple[int, str]]:
  """The literal text of every pattern, with its template's number."""
  for number, template in enumerate(subject.dataset.templates):
    yield number, literal(template.inputs)
    yield number, literal(template.targets)


def _searched(regex: re.Pattern, says: str):
  """A check that finds a regular expression in the patterns."""

  def check(subject: LintSubject) -> Iterator[Fault]:
    for number, text in _patterns(subject):
      if found := regex.search(text):
        yield number, f'{says}: {shown(text, *found.span())}'

  return check


def _articles(subject: LintSubject) -> Iterator[Fault]:
  for number, text in _patterns(subject):
    for found in _ARTICLE.finditer(text):
      article, word = found[1] or found[2], found[3]
      if (article.lower() == 'an') != takes_an(word):
        yield number, f'wrong article: {article} {word}'


def _starts(subject: LintSubject) -> Iterator[Fault]:
  for number, template in enumerate(subject.dataset.templates):
    text = literal(template.inputs)
    if found := _SMALL_START.search(text):
      yield number, f'a sentence begins with a small letter: {shown(text, *found.span())}'


def _blank_ends(subject: LintSubject) -> Iterator[Fault]:
  for number, text in _patterns(subject):
    if text != text.strip():
      yield number, 'it begins or ends with blanks, or consists of blanks'


def _unbalanced(subject: LintSubject) -> Iterator[Fault]:
  for number, text in _patterns(subject):
    if mark := unbalanced_mark(text):
      yield number, f'a {mark} has no partner'


def unbalanced_mark(text: str) -> str:
  """A bracket or double quote that is not closed or not opened, or ''."""
  opened = []
  for place, mark in enumerate(text):
    if mark in '([{':
      opened.append(mark)
    elif mark in _BRACKETS:
      if not opened and re.search(r'(^|\s)\w$', text[:place]):
        continue  # "1)" and "a)" open no bracket
      if not opened or opened.pop() != _BRACKETS[mark]:
        return mark
  if opened:
    return opened[-1]
  return '"' if text.count('"') % 2 else ''


def _speaks_of_options(subject: LintSubject) -> Iterator[Fault]:
  if subject.dataset.options is None:
    return
  for number, template in subject.forward:
    text = literal(without_options(template).inputs)
    if found := _OF_A_LIST.search(text):
      yield number, f'it mentions its options even without them: {shown(text, *found.span())}'


RULES = (
    LintRule('stray-escape', 'error',
         r'A template has a literal \n, the n of one, or HTML such as &amp; and <br />.',
         _searched(_ESCAPE, 'a stray escape')),
    LintRule('unbalanced', 'error', 'A bracket or a double quote in a template has no partner.',
         _unbalanced),
    LintRule('blank-ends', 'error', 'A template begins or ends with blanks.', _blank_ends),
    LintRule('doubled-blank', 'warning', 'Two blanks in a row, or blanks at the end of a line.',
         _searched(_DOUBLED_BLANK, 'a blank too many')),
    LintRule('doubled-mark', 'warning', 'Two punctuation marks in a row, or a blank before one.',
         _searched(DOUBLED_MARK, 'punctuation')),
    LintRule('doubled-word', 'warning', 'A word occurs twice in a row.',
         _searched(_DOUBLED_WORD, 'a doubled word')),
    LintRule('article', 'warning', "'a' before a vowel, or 'an' before a consonant.", _articles),
    LintRule(
        'small-start', 'warning', 'A sentence of a template begins with a small letter.', _starts),
    LintRule('speaks-of-options', 'warning',
         "A template without its options, as in FLAN's variants without options, still mentions a "
         'list.', _speaks_of_options),
)
