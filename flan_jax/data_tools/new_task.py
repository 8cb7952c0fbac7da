"""Drafts a declaration for rows that have none: which columns are input, answer and options.

new_task_columns.py inspects the rows or their schema. `outline` decides what each column is for;
new_task_options.py finds the options. new_task_text.py writes the result as a Python file, with the
starter templates of new_task_templates.py, for a person to edit.
"""
from collections.abc import Sequence
import dataclasses
import re

from flan_jax.data_tools import new_task_options
from flan_jax.data_tools.new_task_columns import Columns
from flan_jax.data_tools.new_task_options import Options
from flan_jax.errors import UserError, nearest

# Names of answer columns, the likelier ones first. Nested columns match by their outermost name.
_ANSWERS = ('answer', 'target', 'label', 'output', 'completion', 'response', 'answers', 'targets',
            'labels', 'answerkey', 'answer_key', 'correct_answer', 'correct', 'gold_label', 'gold',
            'cop', 'summary', 'highlights', 'translation', 'sentiment', 'category', 'class',
            'topic', 'intent', 'rating', 'score', 'tldr', 'headline', 'abstract')
_SUMMARIES = ('summary', 'highlights', 'abstract', 'tldr', 'headline')
_REQUESTS = ('instruction', 'instructions', 'prompt', 'inputs')
_REQUESTS_MORE = ('input', 'context')
_CONVERSATIONS = ('messages/content', 'conversations/value')
_NO_INPUTS = re.compile(
    r'(.*[_/])?(id|ids|idx|index|uid|uuid|guid|url|split|split_type|source|date)'
    r'|exp|explanation|rationale|reasoning|annotation', re.IGNORECASE)
_SHORT_ANSWER = 40  # characters; longer answers are scored with ROUGE
LANGUAGES = {
    'ar': 'Arabic', 'bg': 'Bulgarian', 'bn': 'Bengali', 'ca': 'Catalan', 'cs': 'Czech',
    'da': 'Danish', 'de': 'German', 'el': 'Greek', 'en': 'English', 'es': 'Spanish',
    'et': 'Estonian', 'fa': 'Persian', 'fi': 'Finnish', 'fr': 'French', 'gu': 'Gujarati',
    'he': 'Hebrew', 'hi': 'Hindi', 'hr': 'Croatian', 'hu': 'Hungarian', 'id': 'Indonesian',
    'it': 'Italian', 'ja': 'Japanese', 'kk': 'Kazakh', 'ko': 'Korean', 'lt': 'Lithuanian',
    'lv': 'Latvian', 'nl': 'Dutch', 'no': 'Norwegian', 'pl': 'Polish', 'pt': 'Portuguese',
    'ro': 'Romanian', 'ru': 'Russian', 'sk': 'Slovak', 'sl': 'Slovenian', 'sr': 'Serbian',
    'sv': 'Swedish', 'sw': 'Swahili', 'ta': 'Tamil', 'th': 'Thai', 'tr': 'Turkish',
    'uk': 'Ukrainian', 'ur': 'Urdu', 'vi': 'Vietnamese', 'zh': 'Chinese'}


@dataclasses.dataclass(frozen=True)
class Outline:
  """What a declaration will say.

  Attributes:
    name, cluster: of the dataset.
    columns: what is known of its rows.
    inputs: columns that a prompt shows.
    target: column of the answer.
    choice: the options of the answer, or None for free text.
    metric: name of the metric.
    kind: chooses the templates: 'request', 'summary', 'translation', 'question' (each row has its
      own options), 'label', 'score' or 'text'.
    needed: columns that must not be empty. Rows in which one is empty are left out.
    may_be_empty: input columns that may be empty.
    from_zero: the answer is a number, and -1 means that the row has no answer.
  """

  name: str
  cluster: str
  columns: Columns
  inputs: tuple[str, ...]
  target: str
  choice: Options | None
  metric: str
  kind: str
  needed: tuple[str, ...] = ()
  may_be_empty: tuple[str, ...] = ()
  from_zero: bool = False

  @property
  def options(self) -> tuple[str, ...] | str | None:
    """The fixed options, or the columns that hold each row's options, or None for free text."""
    return self.choice and (self.choice.fixed or ', '.join(self.choice.columns))


def outline(
    columns: Columns,
    name: str,
    cluster: str = 'own',
    inputs: Sequence[str] = (),
    target: str = '',
    options: str = '',
    labels: Sequence[str] = (),
) -> Outline:
  """Decides what each column is for. Arguments that are given are used; the rest is guessed.

  Args:
    columns: what is known of the rows.
    name: of the dataset; letters, digits and _.
    cluster: of the dataset.
    inputs: columns to show in the prompt.
    target: column of the answer.
    options: the column that lists each row's options, columns with one option each, fixed options
      separated by commas, or 'none'.
    labels: names for the values of the answer column, in the order of the values.

  Raises:
    UserError: a column is missing, no column looks like an answer or an input, labels are numbers
      without names, or a split has no answers.
  """
  _check_known(columns, (*inputs, target) if target else inputs)
  languages = _languages(columns, inputs, target, is_free=not (options or labels))
  if languages:
    inputs, target = languages[:1], languages[1]
  target = target or _guess_target(columns, inputs)
  choice = None if languages else new_task_options.decide(columns, target, options, labels)
  inputs = tuple(inputs) or _guess_inputs(columns, target, choice)
  if target in inputs and target not in _CONVERSATIONS:
    raise UserError(f'the column {target!r} cannot be both input and answer', '--input, --target')
  kind = 'translation' if languages else _kind(target, inputs, choice)
  from_zero = bool(choice and choice.fixed and _lacks_least(columns, target, choice))
  _check_labeled(columns, target, from_zero)
  blank = tuple(name for name in inputs if name in columns.blank and name != target)
  needed = (target,) if target in columns.blank else ()
  needed, may_be_empty = (needed + blank, ()) if len(inputs) == 1 else (needed, blank)
  return Outline(
      name, cluster, _with_declared_types(columns, target, choice), inputs, target, choice,
      _metric(columns, target, choice, kind), kind, needed, may_be_empty,
      from_zero)


def _check_known(columns: Columns, names: Sequence[str]) -> None:
  for column in names:
    if column not in columns.types:
      raise UserError(f'rows have no column {column!r}', '--input, --target',
                      nearest(column, columns.types) or _known(columns))


def last_word(column: str) -> str:
  """The last part of a nested column's name, in lower case."""
  return column.split('/')[-1].lower()


def language(column: str) -> str:
  """The English name of the language that a column is named after, or ''."""
  word = last_word(column)
  return LANGUAGES.get(word) or (word.title() if word.title() in LANGUAGES.values() else '')


def _languages(
    columns: Columns, inputs: Sequence[str], target: str, is_free: bool) -> tuple[str, ...]:
  """The columns of a text and its translation, if these two are the only languages."""
  found = [name for name, kind in columns.types.items() if kind is str and language(name)
           and (name.startswith('translation/') or not _NO_INPUTS.fullmatch(name))]
  if any(name.lower() in _ANSWERS for name in columns.types if name not in found):
    return ()
  found.sort(key=lambda name: language(name) != 'English')
  if len(found) != 2 or not is_free or not {*inputs, *([target] if target else [])} <= set(found):
    return ()
  if target == found[0] or inputs[:1] == [found[1]]:
    found.reverse()
  return tuple(found)


def _kind(target: str, inputs: Sequence[str], choice: Options | None) -> str:
  if choice:
    return 'question' if choice.columns else 'label' if choice.least is None else 'score'
  if inputs[0].lower() in (*_REQUESTS, *_CONVERSATIONS):
    return 'request'
  return 'summary' if _is_summary(target) else 'text'


def _is_summary(column: str) -> bool:
  return any(part in _SUMMARIES for part in column.lower().split('/'))


def _metric(columns: Columns, target: str, choice: Options | None, kind: str) -> str:
  if choice:
    return 'correlation' if kind == 'score' else 'accuracy'
  if kind in ('translation', 'summary'):
    return 'bleu' if kind == 'translation' else 'rouge'
  if columns.types[target] in (int, float):
    return 'exact_text'
  if columns.types[target] is list:  # most lists of references hold names and numbers
    return 'rouge' if target in _CONVERSATIONS else 'squad'
  is_short = columns.lengths.get(target, _SHORT_ANSWER) < _SHORT_ANSWER
  return 'squad' if is_short else 'rouge'


def _known(columns: Columns) -> str:
  return f'The columns are {", ".join(columns.types)}.'


def _lacks_least(columns: Columns, target: str, choice: Options) -> bool:
  """Whether -1 is one of the values but not one of the options."""
  values = columns.values.get(target, ())
  return values[:1] == (-1,) and isinstance(choice.keys, tuple) and -1 not in choice.keys


def _check_labeled(columns: Columns, target: str, from_zero: bool) -> None:
  is_text = columns.types[target] in (str, list)
  for split in columns.unlabeled.get(target, ()) if is_text or from_zero else ():
    raise UserError(
        f'no row has an answer in {target!r}', columns.source[1][split],
        'Leave this file out: rows of the training file are then held out instead.'
        if split != 'train' else 'Give rows with answers, or another --target.')


def _with_declared_types(columns: Columns, target: str, choice: Options | None) -> Columns:
  """Types of CSV columns: text, except for lists and for an answer that is not text."""
  if not columns.cells:
    return columns
  lists = choice and [*choice.columns, choice.keys] or []
  kinds = {name: kind for name, kind in columns.types.items()
           if kind is not str and (name == target or (kind is list and name in lists))}
  how = columns.source[1] | ({'columns': kinds} if kinds else {})
  return dataclasses.replace(
      columns, source=('Files', how),
      types={name: kinds.get(name, str) for name in columns.types})


# ---- Guesses ----


def _guess_target(columns: Columns, inputs: Sequence[str]) -> str:
  free = [name for name in columns.types if name not in inputs]
  for column in _CONVERSATIONS:
    if columns.types.get(column) is list:
      return column
  for wanted in _ANSWERS:
    for name in free:
      if name.split('/')[0].lower() == wanted:
        return name
  labels = [name for name in free if name in columns.labels]
  if len(labels) == 1:
    return labels[0]
  raise UserError('no column looks like the answer', '--target',
                  f'Name it with --target=COLUMN. {_known(columns)}')


def _guess_inputs(columns: Columns, target: str, choice: Options | None) -> tuple[str, ...]:
  if target in _CONVERSATIONS:
    return (target,)
  taken = {target, *(choice.columns if choice else ())}
  texts = [name for name, kind in columns.types.items()
           if kind is str and name not in taken and not _NO_INPUTS.fullmatch(name)]
  by_name = {name.lower(): name for name in texts}
  requests = [by_name[wanted] for wanted in _REQUESTS if wanted in by_name]
  if requests and choice is None:
    return (requests[0], *(by_name[more] for more in _REQUESTS_MORE if more in by_name))
  # Columns such as `label_text` or `short_label` beside `label` would give the answer away.
  telling = re.compile(rf'({re.escape(target)}_.*|.*_{re.escape(target)})', re.IGNORECASE)
  inputs = [name for name in texts if not telling.fullmatch(name)
            and name not in columns.mostly_blank]
  if not inputs:
    raise UserError('no column looks like an input', '--input',
                    f'Name them with --input=COLUMN. {_known(columns)}')
  return tuple(inputs)
