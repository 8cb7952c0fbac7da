"""The declaration of a dataset: everything about it in one place."""
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
  Baseline,
  Template,
  field_names,
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

_waiting = False  # True: new declarations are not checked yet
_PROBED: dict[tuple, set[str]] = {}  # names of fields, by everything that they depend on


@dataclasses.dataclass(frozen=True)
class About:
  """Facts about a dataset for people who want to use it.

  Attributes:
    paper: where it was published.
    license: its license as far as known; check before redistributing.
    train_examples: rows of the real training split, uncapped, without the slices taken from it and
      the rows that `keep` leaves out, rounded to tens.
    manual: what must be done by hand before TFDS can prepare it; empty if nothing.
    mirror: the repository on the Hugging Face hub with the same rows, and how they differ; None if
      there is none. A repository's name is enough if it uses TFDS's names throughout.
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
    """The facts as plain values. The mirror becomes its repository and what it lacks."""
    facts = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
    mirror = self.mirror or Mirror('none')
    return facts | {'mirror': mirror.repository if self.mirror else '',
                    'mirror_lacks': mirror.lacks}


@dataclasses.dataclass(frozen=True)
class Dataset:
  """One dataset phrased as instructions.

  Attributes:
    name: name of its training task; the evaluation tasks are called `<name>_template_<i>`.
    cluster: the paper's cluster that it belongs to (paper, figure 3).
    source: where its rows come from.
    fields: maps a row to named scalar string tensors, in the TensorFlow graph; one of them is
      the answer. Options and further reference answers may be string tensors `[n]` or lists of
      scalar ones. Metrics use three names: `answers` are further references, `value_` is a number
      that a predicted number is compared with, and rows with the same `group_` are judged together.
    templates: its phrasings. A pair (inputs, targets) is allowed too. It is forward if its targets
      are just the answer, and its inputs have another field but not the answer; otherwise it is
      turned around.
    metrics: functions of (targets, scores) or (targets, predictions), as in SeqIO. The first value
      of the first metric is the headline; larger is better.
    options: a tuple of fixed options, the name of the field with each row's options, or None if the
      answer is free text.
    answer: name of the field with the reference answer.
    keep: a function of a row that returns a bool tensor: whether to keep the row. None keeps all.
      Several functions are named after the rows that they leave out:
      {'neutral': lambda row: row['polarity'] != 2}.
    may_be_empty: fields that may be empty. A row is left out if the answer or any other field that
      a template uses is empty.
    paper_name: the paper's name for it, if several declarations share one.
    in_paper: whether the paper counts it; False if only the released code has it.
    group: its group of tasks in the released code; by default the cluster.
    about: paper, license and size.
    shots: solved examples before each prompt; 0 for zero-shot.
    baseline: the prompt for untuned models, evaluated as `<name>_baseline` and never trained on;
      None for none.
    version: change it if something has changed that `fields` or `keep` use and that tokenized data
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
  baseline: Baseline | None = None

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
    """Tries the declaration on rows made from its source's schema, or on all rows of files.

    This runs when a declaration is made, except for shipped declarations, which tests check.

    Raises:
      UserError: a field is missing, or an answer is not among the options.
    """
    _raise_first(self.faults())

  def faults(self) -> Iterator[Fault]:
    """All faults that `check` would raise, each with the number of its template."""
    found = list(_faults_of_form(self))
    yield from found or _faults_on_rows(self)

  @property
  def forward_templates(self) -> tuple[int, ...]:
    """Numbers of the templates that are evaluated."""
    return tuple(i for i, t in enumerate(self.templates) if not t.turned_around)

  @property
  def keeps(self) -> dict[str, Keep]:
    """The functions of `keep`, by their reason for leaving rows out."""
    if self.keep is None:
      return {}
    return dict(self.keep) if isinstance(self.keep, tuple) else {'left out by `keep`': self.keep}

  @property
  def asked_for(self) -> tuple[str, ...]:
    """The fields that forward templates may ask for: the answer, or both sides of a translation."""
    sides = [side for metric in self.metrics for side in getattr(metric, 'sides', ())]
    return tuple(dict.fromkeys(sides)) or (self.answer,)

  @property
  def needed_fields(self) -> frozenset[str]:
    """The fields that must not be empty: those that templates use, and the answer."""
    used = {name for template in self.templates for name in template.fields}
    return frozenset((used | {self.answer}) - {OPTIONS_FIELD, *self.may_be_empty})

  def row_fields(self, row: Row) -> dict[str, Any]:
    """The fields of a row, stripped, with the rendered options."""
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
  """Whether a pair of patterns asks for the answer alone, and shows another field."""
  asked = next((n for n in dataset.asked_for if targets.strip() == f'{{{n}}}'), None)
  try:
    read = {part.text for part in parse(inputs) if part.is_field} - {OPTIONS_FIELD}
  except ValueError:
    return asked is not None  # the pattern is refused anyway
  if asked is None or asked in read:
    return False
  others = set(dataset.asked_for) - {asked}  # the other side of a translation
  return bool(read & others if others else read)


@contextlib.contextmanager
def checked_later() -> Iterator[None]:
  """Declarations made inside this context are not checked. Call `Dataset.faults` to check them."""
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
  """The faults of a declaration that need no rows: in its options and its templates' patterns."""
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
  yield from ((None, UserError(*fault)) for fault in _faults_of_baseline(dataset))


def _faults_of_baseline(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
  """What is wrong with the form of its baseline, where, and the remedy."""
  baseline, where = dataset.baseline, f'dataset {dataset.name}, baseline'
  if baseline is None:
    return
  try:
    shown = field_names(baseline.inputs)
  except ValueError as error:
    yield str(error), where, ''
    return
  if OPTIONS_FIELD in shown:
    yield 'it lists the options', where, f'An untuned model continues a text: no {OPTIONS_FIELD}.'
  if dataset.answer in shown:
    yield f'it shows the answer {dataset.answer!r}', where, 'Leave out what the model shall write.'
  fixed = dataset.options if isinstance(dataset.options, tuple) else ()
  if baseline.options and len(set(baseline.options)) != len(fixed):
    yield (f'its options {baseline.options!r} do not match those of the dataset, {fixed!r}', where,
           'Give a different text for each, in the same order, or none.')


def _ships(dataset: Dataset) -> bool:
  """Whether a declaration ships with the package, so that the package's tests check it."""
  return str(getattr(dataset.fields, '__module__', '')).startswith('flan_jax.tasks.')


def _faults_on_rows(dataset: Dataset) -> Iterator[Fault]:
  """Faults that rows of the schema show: missing fields, and answers that are not options."""
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
  for name in field_names(dataset.baseline.inputs) if dataset.baseline else ():
    if name not in names:
      yield None, UserError(f'there is no field {name!r}', f'{where}, baseline',
                            nearest(name, names))


def _known_fields(
    dataset: Dataset, rows: Schema, where: str
) -> tuple[set[str], list[UserError]]:
  """Names of the fields, and faults of the answers against the options.

  Raises:
    UserError: a row cannot be turned into fields, for instance because it lacks a column.
  """
  # The key leaves out the templates, because the variants of a declaration differ only in these.
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
    # A user's function may raise anything.
    raise UserError(f'a row cannot be turned into fields: {in_one_line(error)}', where) from error
  faults = list(_faults_of_answers(dataset, rows, where)) if dataset.answer in names else []
  if not faults:
    _PROBED[key] = names
  return names, faults


def _faults_of_answers(
    dataset: Dataset, rows: Schema, where: str) -> Iterator[UserError]:
  """Answers that are not options: in all rows if the source has read them, otherwise by label."""
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
