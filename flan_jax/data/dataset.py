"""The declaration of a dataset: everything that is to be known about it, in one place."""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import re
from typing import Any

from flan_jax.data import probe
from flan_jax.data.fields import strip
from flan_jax.data.sources.hub import Mirror
from flan_jax.data.sources.source import RowTest, Schema, Source
from flan_jax.data.templates import (
  OPTIONS_FIELD,
  RELEASED_OPTIONS_FIELD,
  Template,
  parse,
  render_options,
)
from flan_jax.errors import UserError, in_one_line, nearest

Row = Mapping[str, Any]
Fields = Mapping[str, Any]
Keep = Callable[[Row], Any]
Fault = tuple[int | None, UserError]  # number of the template, or None for the whole declaration

# Fields that evaluation reads, whether or not a template does.
ANSWERS_FIELD, VALUE_FIELD, GROUP_FIELD = 'answers', 'value_', 'group_'

_waiting = False  # True: declarations are not checked when they are made
_PROBED: dict[tuple, set[str]] = {}  # names of fields, by what they depend on


@dataclasses.dataclass(frozen=True)
class About:
  """What people want to know of a dataset before they use it.

  Attributes:
    paper: where it was published.
    license: its license as far as known; check before redistributing.
    train_examples: rows of the real training split, uncapped, without the slices taken from it and
      the rows that `keep` leaves out, rounded to tens.
    manual: what has to be done by hand before TFDS can prepare it; empty where nothing has.
    mirror: the repository on the Hugging Face hub that has the same rows, and how far they are the
      same; None without one. A repository's name is enough if it uses TFDS's names throughout.
  """

  paper: str = ''
  license: str = ''
  train_examples: int | None = None
  manual: str = ''
  mirror: Mirror | str | None = None

  def __post_init__(self):
    mirror = Mirror(self.mirror) if isinstance(self.mirror, str) and self.mirror else self.mirror
    object.__setattr__(self, 'mirror', mirror or None)

  def as_json(self) -> dict[str, Any]:
    """The facts as plain values: of the mirror its repository, and what it lacks."""
    facts = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
    mirror = self.mirror or Mirror('none')
    return facts | {'mirror': mirror.repository if self.mirror else '',
                    'mirror_lacks': mirror.lacks}


@dataclasses.dataclass(frozen=True)
class Dataset:
  """One dataset phrased as instructions.

  Attributes:
    name: name of its training task; the evaluation tasks are called `<name>_template_<i>`.
    cluster: the paper's cluster it belongs to (paper, figure 3).
    source: where its rows come from.
    fields: maps a row to named scalar string tensors, in the TensorFlow graph; one of them is
      the answer. String tensors `[n]`, or lists of scalar ones, are allowed as options and as
      further reference answers. Three names mean something to metrics: `answers` are further
      references, `value_` is a number to hold a predicted one against, and rows of the same
      `group_` are judged together.
    templates: its phrasings. A plain (inputs, targets) pair serves as well: it is turned around
      unless its targets are the answer and nothing else, and its inputs hold another field and not
      the answer.
    metrics: functions of (targets, scores) or (targets, predictions), as SeqIO takes them. The
      first value of the first one is the headline; more of it is better.
    options: what the answer is one of: a fixed tuple, or the name of the field that holds each
      row's own options, or None where the answer is free text.
    answer: name of the field that holds the reference answer.
    keep: which rows to keep, as a truth value tensor; None keeps all. Several such functions go by
      what the rows are that one leaves out: {'neutral': lambda row: row['polarity'] != 2}.
    may_be_empty: texts that rows may lack. A row is left out where any other text that a template
      uses, or the answer, is empty.
    paper_name: the paper's own name for it, where several declarations share one.
    in_paper: the paper counts it; False for what only the released code has.
    group: the released code's group of tasks it belongs to; the cluster where not given.
    about: paper, license and size.
    shots: solved examples shown in front of each prompt; 0 for zero-shot.
    version: change it when something changes that `fields` or `keep` use and that tokenized data
      cannot inspect, such as a handle of another library. The rows are then rendered again.
  """

  name: str
  cluster: str
  source: Source
  fields: Callable[[Row], Fields]
  templates: tuple[Template, ...]
  metrics: tuple[Callable[..., Any], ...]
  options: tuple[str, ...] | str | None = None
  answer: str = 'answer'
  keep: 'Keep | Mapping[str, Keep] | None' = None
  may_be_empty: tuple[str, ...] = ()
  paper_name: str = ''
  in_paper: bool = True
  group: str = ''
  about: About = About()
  shots: int = 0
  version: str = ''

  def __post_init__(self):
    set_once = lambda name, value: object.__setattr__(self, name, value)
    set_once('templates', tuple(_as_template(t, self) for t in self.templates))
    if isinstance(self.keep, Mapping):
      set_once('keep', tuple(self.keep.items()))  # so that declarations can be hashed
    set_once('paper_name', self.paper_name or self.name)
    set_once('group', self.group or self.cluster)
    if not re.fullmatch(r'\w+', self.name):
      raise UserError(f'{self.name!r} is not a name', 'Dataset', 'Use letters, digits and _.')
    if not _waiting:
      _raise_first(_faults_of_form(self) if _ships(self) else self.faults())

  def check(self) -> None:
    """Tries the declaration on rows of its source's schema, or on all rows of files.

    The check runs when the declaration is made; for those that ship with the package, at first use.

    Raises:
      UserError: a field is missing, or an answer is not among the options.
    """
    _raise_first(self.faults())

  def faults(self) -> Iterator[Fault]:
    """Whatever `check` would refuse, with the number of the template if it is one's."""
    found = list(_faults_of_form(self))
    yield from found or _faults_on_rows(self)

  @property
  def forward_templates(self) -> tuple[int, ...]:
    """Numbers of the templates that are evaluated."""
    return tuple(i for i, t in enumerate(self.templates) if not t.turned_around)

  @property
  def keeps(self) -> dict[str, Keep]:
    """The functions of `keep`, by the reason for which each leaves rows out."""
    if self.keep is None:
      return {}
    return dict(self.keep) if isinstance(self.keep, tuple) else {'left out by `keep`': self.keep}

  @property
  def asked_for(self) -> tuple[str, ...]:
    """The fields that a forward template may ask for: the answer, or a translation's two sides."""
    sides = [side for metric in self.metrics for side in getattr(metric, 'sides', ())]
    return tuple(dict.fromkeys(sides)) or (self.answer,)

  @property
  def needed_fields(self) -> frozenset[str]:
    """The fields that must not be empty: what templates use and the answer."""
    used = {name for template in self.templates for name in template.fields}
    return frozenset((used | {self.answer}) - {OPTIONS_FIELD, *self.may_be_empty})

  def row_fields(self, row: Row) -> dict[str, Any]:
    """The fields of a row without blanks at their ends, the rendered options among them."""
    fields = {name: strip(value) for name, value in self.fields(row).items()}
    if self.options is not None:
      fields[OPTIONS_FIELD] = render_options(self.row_options(fields))
    return fields

  def row_options(self, fields: Fields) -> Any:
    """The options of a row with these fields: string tensor or tuple `[choices]`."""
    return fields[self.options] if isinstance(self.options, str) else self.options


def _as_template(template: Template | tuple[str, str], dataset: Dataset) -> Template:
  if isinstance(template, Template):
    return template
  inputs, targets = template
  if dataset.options is not None:
    inputs = inputs.replace(f'{{{RELEASED_OPTIONS_FIELD}}}', f'{{{OPTIONS_FIELD}}}')
  return Template(inputs, targets, turned_around=not _is_forward(inputs, targets, dataset))


def _is_forward(inputs: str, targets: str, dataset: Dataset) -> bool:
  """Whether a pair of patterns asks for the answer alone, and not without what it is about."""
  asked = next((n for n in dataset.asked_for if targets.strip() == f'{{{n}}}'), None)
  try:
    read = {part.text for part in parse(inputs) if part.is_field} - {OPTIONS_FIELD}
  except ValueError:
    return asked is not None  # the pattern is refused anyway
  if asked is None or asked in read:
    return False
  others = set(dataset.asked_for) - {asked}  # the side that a translation is made from
  return bool(read & others if others else read)


@contextlib.contextmanager
def checked_later() -> Iterator[None]:
  """Declarations made inside are not checked. Whoever wants the check calls `Dataset.faults`."""
  global _waiting
  _waiting, before = True, _waiting
  try:
    yield
  finally:
    _waiting = before


def _raise_first(faults: Iterable[Fault]) -> None:
  for _, error in faults:
    raise error


def _faults_of_form(dataset: Dataset) -> Iterator[Fault]:
  """What is wrong with a declaration by itself: its options and the patterns of its templates."""
  where, options = f'dataset {dataset.name}', dataset.options
  if not (options is None or isinstance(options, str)) and (
      len(options) < 2 or len(set(options)) < len(options) or not all(options)):
    yield None, UserError(f'options {options!r} must be at least two different texts', where)
  if not dataset.templates:
    yield None, UserError('it has no templates', where, 'Give at least one Template.')
  for number, template in enumerate(dataset.templates):
    for pattern in (template.inputs, template.targets):
      try:
        parse(pattern)
      except ValueError as error:
        yield number, UserError(str(error), f'{where}, template {number}')


def _ships(dataset: Dataset) -> bool:
  """Whether a declaration is one of the package's, which its tests try out."""
  return str(getattr(dataset.fields, '__module__', '')).startswith('flan_jax.tasks.')


def _faults_on_rows(dataset: Dataset) -> Iterator[Fault]:
  """Templates against the fields, and the answer against the options, on rows of the schema."""
  where = f'dataset {dataset.name}'
  try:
    rows = dataset.source.schema()
    known = rows and _known_fields(dataset, rows, where)
  except UserError as error:
    yield None, error
    return
  if known is None:
    return
  names, faults = known
  yield from ((None, fault) for fault in faults)
  if dataset.answer not in names:
    yield None, UserError(f'no field {dataset.answer!r} holds the answer', where,
                          nearest(dataset.answer, names))
  for number, template in enumerate(dataset.templates):
    for name in template.fields:
      if name not in names:
        yield number, UserError(f'there is no field {name!r}', f'{where}, template {number}',
                                nearest(name, names))


def _known_fields(
    dataset: Dataset, rows: Schema, where: str
) -> tuple[set[str], list[UserError]]:
  """Names of the fields, and why the answers are not the options.

  Raises:
    UserError: there are no fields, since rows have not what they are made of.
  """
  # The variants of a declaration differ in templates only.
  key = (dataset.fields, repr(dataset.options), dataset.answer, dataset.source.name,
         rows.columns, tuple(rows.labels.items()))
  if key in _PROBED:
    return _PROBED[key], []
  try:
    names = set(probe.field_names(dataset.row_fields, rows))
  except KeyError as error:
    name = str(error.args[0])
    why = rows.left_out.get(name)
    raise UserError(f'rows have no column {name!r} (or fields no entry)', where,
                    f'In {dataset.source.name} {why}.' if why else nearest(name, rows.columns)
                    ) from error
  except Exception as error:  # pylint: disable=broad-except
    # A function of somebody's own may raise anything.
    raise UserError(f'a row cannot be turned into fields: {in_one_line(error)}', where) from error
  faults = list(_faults_of_answers(dataset, rows, where)) if dataset.answer in names else []
  if not faults:
    _PROBED[key] = names
  return names, faults


def _faults_of_answers(
    dataset: Dataset, rows: Schema, where: str) -> Iterator[UserError]:
  """The answers against the options: in all rows where the source reads them now, or by label."""
  if dataset.options is None:
    return
  stray = dataset.source.check(_answer_is_option(dataset), tuple(dataset.keeps.values()))
  if stray:
    yield _stray_answers(stray, dataset.options, where)
  elif stray is None and isinstance(dataset.options, tuple):
    answers = probe.answers_by_label(dataset.fields, dataset.answer, rows)
    yield from _wrong_answers(answers, dataset.options, where)


def _answer_is_option(dataset: Dataset) -> RowTest:
  """Whether the answer of a row is one of the row's options, in the TensorFlow graph."""

  def is_option(row):
    import tensorflow as tf

    fields = dataset.row_fields(row)
    return tf.reduce_any(
        tf.convert_to_tensor(dataset.row_options(fields)) == fields[dataset.answer])

  return is_option


def _stray_answers(stray: Sequence[str], options: tuple[str, ...] | str, where: str) -> UserError:
  return UserError(
      f'the answers of {len(stray):,} rows are not among the options, first in '
      + ', '.join(stray[:3]), where,
      f'The options are {list(options)}.' if isinstance(options, tuple) else
      f'The options are those in the field {options!r}.')


def _wrong_answers(
    answers: probe.Answers, options: tuple[str, ...], where: str) -> Iterator[UserError]:
  if answers.error:
    yield UserError(
        f'a label has no option among {list(options)}: {answers.error}', where,
        'List one option for each label, in the order of the labels.')
    return
  wrong = {label: answer for label, answer in answers.by_label.items() if answer not in options}
  for label, answer in wrong.items():
    yield UserError(f'the answer {answer!r} (label {label}) is not among the options', where,
                    nearest(answer, options))
  unused = [o for o in options if o not in answers.by_label.values()]
  if len(answers.by_label) > 1 and unused and not wrong:
    yield UserError(f'the option {unused[0]!r} is no label\'s answer', where,
                    f'The labels are {list(answers.by_label)}.')
