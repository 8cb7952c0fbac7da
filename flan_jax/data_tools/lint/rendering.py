"""Rules about rendered examples: templates with the fields of rows filled in."""
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

# From this share of the rows on, a fault is the declaration's and not that of a few rows.
_SOME = 0.1
_MANY = 0.5
_NEARLY_ALL = 0.9
_ENOUGH_ROWS = 8  # with fewer, fields may agree by chance

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
  """Whether a text gives the answer away.

  A fixed option, such as "yes", is given away if the text holds it and no other option. Any other
  answer may well be found in the text; it is given away only if it is most of the text.
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
    yield NO_TEMPLATE, (f'the answer is not among the options in {per_cent(len(lost), len(rows))} '
                        f'of the rows, such as {lost[0].get(subject.dataset.answer)!r}')


def _repeated_options(subject: LintSubject) -> Iterator[Fault]:
  rows = [row for row in subject.rows if subject.options(row)]
  repeated = sum(len(set(subject.options(r))) < len(subject.options(r)) for r in rows)
  if repeated >= _SOME * max(len(rows), 1):
    yield NO_TEMPLATE, f'an option is listed twice in {per_cent(repeated, len(rows))} of the rows'


def _options_alike(subject: LintSubject) -> Iterator[Fault]:
  # Options with the same tokens get the same score, so the choice between them is arbitrary.
  if isinstance(subject.dataset.options, tuple):
    for group in vocabulary_lib.alike(subject.vocabulary, subject.dataset.options):
      yield NO_TEMPLATE, f'the vocabulary gives the same tokens to the options {_listed(group)}'


def _options_of_rows_alike(subject: LintSubject) -> Iterator[Fault]:
  if isinstance(subject.dataset.options, tuple):
    return
  groups = [vocabulary_lib.alike(subject.vocabulary, subject.options(r)) for r in subject.rows]
  found = [group for group in groups if group]
  if found:
    yield NO_TEMPLATE, (
        f'in {per_cent(len(found), len(groups))} of the rows the vocabulary gives options the same '
        f'tokens, such as {_listed(found[0][0])}')


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
  """Punctuation that is doubled where a field meets the words of the template."""
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
      # Neither numbers nor acronyms: the article of "11" and "FBI" depends on how they are read.
      values = [v for v in values if v[:1].isalpha() and not v[:2].isupper()]
      bad = [v for v in values if (article[1].lower() == 'an') != takes_an(v)]
      if values and len(bad) >= _SOME * len(values):
        yield number, f'wrong article before {{{right.text}}}: {article[1]} {bad[0]}'


def _over_length(subject: LintSubject) -> Iterator[Fault]:
  for side, feature in enumerate(('inputs', 'targets')):
    texts = [text[side] for texts in subject.rendered.values() for text in texts]
    most = subject.lengths[feature] - 1  # one token is the end mark
    long = sum(_tokens_exceed(text, most, subject.vocabulary) for text in texts)
    if long > _MANY * len(texts):
      yield NO_TEMPLATE, (f'{per_cent(long, len(texts))} of the {feature} are longer than '
                          f'{most + 1:,} tokens')


def _does_not_fit(subject: LintSubject) -> Iterator[Fault]:
  """Prompts that are left out because their instruction and options alone exceed the length."""
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
        f'take up to {max(needed):,} tokens, more than {most + 1:,}')


def _tokens_exceed(text: str, most: int, vocabulary) -> bool:
  # A token is at least one byte, so short texts need no tokenizer.
  return len(text.encode()) > most and len(vocabulary.encode(text)) > most


RULES = (
    LintRule('answer-in-inputs', 'error', 'A template shows the field that it asks for.',
         _answer_in_inputs),
    LintRule('answer-given-away', 'error',
         'A field that a template shows gives the answer away in nearly all rows.',
         _answer_gives_itself_away),
    LintRule(
        'answer-no-option', 'error', "A row's answer is not one of its options.",
        _answer_no_option),
    LintRule('repeated-option', 'warning', 'Rows list an option twice.', _repeated_options),
    LintRule('options-alike', 'error', 'The vocabulary gives two fixed options the same tokens.',
         _options_alike),
    LintRule('options-of-rows-alike', 'warning',
         'The vocabulary gives two options of a row the same tokens.', _options_of_rows_alike),
    LintRule('empty-text', 'error', 'Inputs or targets are empty.', _empty_texts),
    LintRule('empty-field', 'warning', 'A field is empty in most rows.', _empty_fields),
    LintRule('escapes-in-rows', 'warning',
         r'Rows hold a literal \n or HTML that the declaration should turn into text.',
         _escapes_in_rows),
    LintRule('mark-at-field', 'warning',
         'Punctuation is doubled where a field meets the words of a template.', _marks_at_fields),
    LintRule('article-at-field', 'warning', "'a' or 'an' does not fit the field after it.",
         _articles_before_fields),
    LintRule('prompt-does-not-fit', 'warning',
         'Instruction and options, which are never cut, exceed the length of inputs.',
         _does_not_fit),
    LintRule('over-length', 'warning', 'Most inputs or targets exceed their length in tokens.',
         _over_length),
)
