"""Rules about what comes out when rows are filled in."""
from collections.abc import Iterator, Sequence
import re

from flan_jax.data import vocabulary as vocabulary_lib
from flan_jax.data.templates import OPTIONS_FIELD, Part, fill, parse
from flan_jax.data_tools.lint.subject import (
  NO_TEMPLATE,
  Fault,
  LintRule,
  LintSubject,
  Texts,
  input_fields,
  per_cent,
  target_fields,
)
from flan_jax.data_tools.lint.wording import DOUBLED_MARK, shown, takes_an

# Shares of the rows from which something is a fault of the declaration, not of a few rows.
_SOME = 0.1
_MANY = 0.5
_NEARLY_ALL = 0.9
_ENOUGH_ROWS = 8  # to say what fields have in common

_ESCAPE_IN_ROW = re.compile(r'\\n|&(?:amp|quot|lt|gt|nbsp|#\d+);|<br ?/?>')


def _answer_in_inputs(subject: LintSubject) -> Iterator[Fault]:
  """A forward template must not show what it asks for."""
  for number, template in subject.forward:
    for name in target_fields(template):
      for shown_field in input_fields(template):
        if name == shown_field:
          yield number, f'it asks for {{{name}}} and shows it'
        elif _same_in_all_rows(subject, name, shown_field):
          yield number, f'it asks for {{{name}}}, and {{{shown_field}}} is the same text'


def _same_in_all_rows(subject: LintSubject, one: str, other: str) -> bool:
  pairs = [(row.get(one), row.get(other)) for row in subject.rows]
  return len({a for a, _ in pairs}) > 1 and all(a == b for a, b in pairs)


def _answer_gives_itself_away(subject: LintSubject) -> Iterator[Fault]:
  """A field of a forward template holds the answer in nearly all rows."""
  answer = subject.dataset.answer
  answers = {row.get(answer) for row in subject.rows}
  if len(subject.rows) < _ENOUGH_ROWS or len(answers) < 2:
    return
  for number, template in subject.forward:
    if target_fields(template) != (answer,) or number not in subject.rendered:
      continue
    for name in input_fields(template):
      telling = sum(_gives_away(subject, row, row[name]) for row in subject.rows)
      if name != answer and telling >= _NEARLY_ALL * len(subject.rows):
        yield number, (f'{{{name}}} gives the answer away in '
                       f'{per_cent(telling, len(subject.rows))} of the rows')


def _gives_away(subject: LintSubject, row: Texts, text: str) -> bool:
  """Whether a text holds the answer where it should not.

  A text to find the answer in holds it rightly, unless it is hardly more than the answer. Words
  such as "yes" are found in no text: there it is enough if the right one occurs and no wrong one.
  """
  answer, fixed = row[subject.dataset.answer], isinstance(subject.dataset.options, tuple)
  if not answer or not _has_words(text, answer):
    return False
  if fixed:
    return not any(_has_words(text, o) for o in subject.options(row) if o != answer)
  return len(answer) > _MANY * len(text)


def _has_words(text: str, words: str) -> bool:
  return re.search(rf'(?<!\w){re.escape(words)}(?!\w)', text) is not None


def _answer_no_option(subject: LintSubject) -> Iterator[Fault]:
  rows = [row for row in subject.rows if subject.options(row)]
  lost = [row for row in rows if row.get(subject.dataset.answer) not in subject.options(row)]
  if lost:
    yield NO_TEMPLATE, (f'the answer is none of the options in {per_cent(len(lost), len(rows))} '
                        f'of the rows, such as {lost[0].get(subject.dataset.answer)!r}')


def _repeated_options(subject: LintSubject) -> Iterator[Fault]:
  rows = [row for row in subject.rows if subject.options(row)]
  repeated = sum(len(set(subject.options(r))) < len(subject.options(r)) for r in rows)
  if repeated >= _SOME * max(len(rows), 1):
    yield NO_TEMPLATE, f'an option is listed twice in {per_cent(repeated, len(rows))} of the rows'


def _options_alike(subject: LintSubject) -> Iterator[Fault]:
  """Fixed options of which the vocabulary makes the same tokens: rounding would choose."""
  if isinstance(subject.dataset.options, tuple):
    for group in vocabulary_lib.alike(subject.vocabulary, subject.dataset.options):
      yield NO_TEMPLATE, f'the vocabulary cannot tell apart the options {_listed(group)}'


def _options_of_rows_alike(subject: LintSubject) -> Iterator[Fault]:
  if isinstance(subject.dataset.options, tuple):
    return
  groups = [vocabulary_lib.alike(subject.vocabulary, subject.options(r)) for r in subject.rows]
  found = [group for group in groups if group]
  if found:
    yield NO_TEMPLATE, (
        f'in {per_cent(len(found), len(groups))} of the rows the vocabulary cannot tell options '
        f'apart, such as {_listed(found[0][0])}')


def _listed(texts: Sequence[str]) -> str:
  return ' and '.join(map(repr, texts))


def _empty_texts(subject: LintSubject) -> Iterator[Fault]:
  for number, texts in subject.rendered.items():
    for side, name in enumerate(('inputs', 'targets')):
      empty = sum(not text[side].strip() for text in texts)
      if empty:
        yield number, f'its {name} are empty in {per_cent(empty, len(texts))} of the rows'


def _empty_fields(subject: LintSubject) -> Iterator[Fault]:
  for name in subject.shown_fields:
    empty = sum(not row[name] for row in subject.rows)
    if empty > _MANY * len(subject.rows):
      yield NO_TEMPLATE, (f'the field {{{name}}} is empty in '
                          f'{per_cent(empty, len(subject.rows))} of the rows')


def _escapes_in_rows(subject: LintSubject) -> Iterator[Fault]:
  for name in subject.shown_fields:
    found = [m[0] for row in subject.rows if (m := _ESCAPE_IN_ROW.search(row[name]))]
    if len(found) >= _SOME * max(len(subject.rows), 1):
      yield NO_TEMPLATE, (f'the field {{{name}}} holds {found[0]!r} in '
                          f'{per_cent(len(found), len(subject.rows))} of the rows')


def _seams(pattern: str) -> Iterator[tuple[Part, Part]]:
  parts = parse(pattern)
  yield from zip(parts, parts[1:])


def _marks_at_fields(subject: LintSubject) -> Iterator[Fault]:
  """Punctuation that is doubled where a field and the template's own words meet."""
  for number, template in enumerate(subject.dataset.templates):
    if number not in subject.rendered:
      continue
    for left, right in [*_seams(template.inputs), *_seams(template.targets)]:
      pieces = [_pieces(left, right, row) for row in subject.rows]
      bad = [a + b for a, b in pieces if _doubled_at_seam(a, b)]
      if len(bad) >= _SOME * max(len(pieces), 1):
        yield number, (f'punctuation: {shown(bad[0], 0, len(bad[0]))} where a field is filled in, '
                       f'in {per_cent(len(bad), len(pieces))} of the rows')


def _pieces(left: Part, right: Part, row) -> tuple[str, str]:
  text = lambda part: row[part.text] if part.is_field else part.text
  return text(left)[-3:], text(right)[:3]


def _doubled_at_seam(left: str, right: str) -> bool:
  over = [m for m in DOUBLED_MARK.finditer(left + right) if m.start() < len(left) < m.end()]
  return bool(over)


def _articles_before_fields(subject: LintSubject) -> Iterator[Fault]:
  for number, template in enumerate(subject.dataset.templates):
    if number not in subject.rendered:
      continue
    for left, right in _seams(template.inputs):
      article = re.search(r'\b([Aa]n?) $', left.text) if right.is_field else None
      if not article:
        continue
      values = [row[right.text] for row in subject.rows]
      values = [v for v in values if v[:1].isalpha() and not v[:2].isupper()]  # 11 and FBI apart
      bad = [v for v in values if (article[1].lower() == 'an') != takes_an(v)]
      if values and len(bad) >= _SOME * len(values):
        yield number, f'wrong article before {{{right.text}}}: {article[1]} {bad[0]}'


def _over_length(subject: LintSubject) -> Iterator[Fault]:
  for side, feature in enumerate(('inputs', 'targets')):
    texts = [text[side] for texts in subject.rendered.values() for text in texts]
    most = subject.lengths[feature] - 1  # the end mark takes one
    long = sum(_tokens_exceed(text, most, subject.vocabulary) for text in texts)
    if long > _MANY * len(texts):
      yield NO_TEMPLATE, (f'{per_cent(long, len(texts))} of the {feature} are longer than '
                          f'{most + 1:,} tokens')


def _does_not_fit(subject: LintSubject) -> Iterator[Fault]:
  """Prompts whose instruction and options alone take all the room: they are left out."""
  most, needed, prompts = subject.lengths['inputs'] - 1, [], 0
  for number in subject.rendered:
    inputs = subject.dataset.templates[number].inputs
    for row in subject.rows:
      frame = {**dict.fromkeys(row, ''), OPTIONS_FIELD: row.get(OPTIONS_FIELD, '')}
      text, prompts = fill(inputs, frame), prompts + 1
      if _tokens_exceed(text, most, subject.vocabulary):
        needed.append(len(subject.vocabulary.encode(text)) + 1)
  if needed:
    yield NO_TEMPLATE, (
        f'{per_cent(len(needed), prompts)} of the prompts are left out: instruction and options '
        f'take up to {max(needed):,} tokens of {most + 1:,}')


def _tokens_exceed(text: str, most: int, vocabulary) -> bool:
  # A token is at least a byte, so that most texts need no tokenizer.
  return len(text.encode()) > most and len(vocabulary.encode(text)) > most


RULES = (
    LintRule('answer-in-inputs', 'error', 'A template shows the very field that it asks for.',
         _answer_in_inputs),
    LintRule('answer-given-away', 'error',
         'A field that a template shows gives the answer away in nearly all rows.',
         _answer_gives_itself_away),
    LintRule(
        'answer-no-option', 'error', "A row's answer is none of its options.", _answer_no_option),
    LintRule('repeated-option', 'warning', 'Rows list an option twice.', _repeated_options),
    LintRule('options-alike', 'error', 'The vocabulary makes the same tokens of two fixed options.',
         _options_alike),
    LintRule('options-of-rows-alike', 'warning',
         'The vocabulary makes the same tokens of two options of a row.', _options_of_rows_alike),
    LintRule('empty-text', 'error', 'Inputs or targets are empty.', _empty_texts),
    LintRule('empty-field', 'warning', 'A field is empty in most rows.', _empty_fields),
    LintRule('escapes-in-rows', 'warning',
         r'Rows hold a literal \n or HTML that the declaration should turn into text.',
         _escapes_in_rows),
    LintRule('mark-at-field', 'warning',
         'Punctuation is doubled where a field meets the words of a template.', _marks_at_fields),
    LintRule('article-at-field', 'warning', "'a' or 'an' does not go with the field behind it.",
         _articles_before_fields),
    LintRule('prompt-does-not-fit', 'warning',
         'Instruction and options, which are never cut, are longer than a row has room for.',
         _does_not_fit),
    LintRule('over-length', 'warning', 'Most inputs or targets are longer than a row has room for.',
         _over_length),
)
