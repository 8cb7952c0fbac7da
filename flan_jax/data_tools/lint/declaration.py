"""Rules about a declaration: its fields, its options and the direction of its templates."""
from collections.abc import Iterator
import difflib

from flan_jax.data import probe
from flan_jax.data.dataset import ANSWERS_FIELD, GROUP_FIELD, VALUE_FIELD
from flan_jax.data.templates import OPTIONS_FIELD, RELEASED_OPTIONS_FIELD
from flan_jax.data_tools.lint.subject import (
  NO_TEMPLATE,
  Fault,
  LintRule,
  LintSubject,
  input_fields,
  literal,
  target_fields,
)

_TEMPLATES = 10  # paper, section 2.1: ten for each dataset, up to three of them turned around
_MOST_TURNED_AROUND = 3
_ALIKE = 0.9
_NOT_FOR_TEMPLATES = {
    OPTIONS_FIELD, RELEASED_OPTIONS_FIELD, ANSWERS_FIELD, VALUE_FIELD, GROUP_FIELD}


def _schema(subject: LintSubject) -> Iterator[Fault]:
  for number, error in subject.dataset.faults():
    yield number, f'{error.what.rstrip(".")}. {error.remedy}'.removesuffix('. ')


def _no_rows(subject: LintSubject) -> Iterator[Fault]:
  if subject.no_rows:
    yield NO_TEMPLATE, f'checked without rows: {subject.no_rows}'


def _failed_rows(subject: LintSubject) -> Iterator[Fault]:
  if subject.failed_row:
    yield NO_TEMPLATE, f'a row cannot be turned into fields: {subject.failed_row}'


def _missing_fields(subject: LintSubject) -> Iterator[Fault]:
  if subject.field_names is None:
    return
  for number, template in enumerate(subject.dataset.templates):
    for name in template.fields:
      if name not in subject.field_names:
        yield number, f'there is no field {{{name}}}'
      elif subject.rows and name not in subject.text_fields:
        yield number, f'the field {{{name}}} is a list, not a text'


def _unused_fields(subject: LintSubject) -> Iterator[Fault]:
  dataset = subject.dataset
  used = {name for template in dataset.templates for name in template.fields}
  used |= {dataset.answer, dataset.options} | _NOT_FOR_TEMPLATES
  for name in sorted((subject.field_names or set()) - used):
    yield NO_TEMPLATE, f'no template uses the field {{{name}}}'


def _number_of_templates(subject: LintSubject) -> Iterator[Fault]:
  found = len(subject.dataset.templates)
  if subject.dataset.in_paper and found != _TEMPLATES:
    yield NO_TEMPLATE, f'it has {found} templates, not {_TEMPLATES}'


def _number_turned_around(subject: LintSubject) -> Iterator[Fault]:
  found = sum(t.turned_around for t in subject.dataset.templates)
  if found > _MOST_TURNED_AROUND:
    yield NO_TEMPLATE, f'{found} templates are turned around, more than {_MOST_TURNED_AROUND}'


def _not_marked(subject: LintSubject) -> Iterator[Fault]:
  dataset = subject.dataset
  for number, template in subject.forward:
    if not set(dataset.asked_for) & set(target_fields(template)):
      yield number, f'its targets lack {{{dataset.answer}}}: mark it turned_around=True'


def _wrongly_marked(subject: LintSubject) -> Iterator[Fault]:
  """A template is forward if it asks for the answer and reads what all forward templates read."""
  answer = subject.dataset.answer
  asking = [t for _, t in subject.forward if target_fields(t) == (answer,)]
  needed = set.intersection(*(set(input_fields(t)) for t in asking)) if asking else set()
  for number, template in enumerate(subject.dataset.templates):
    if (template.turned_around and target_fields(template) == (answer,) and needed
        and needed <= set(input_fields(template))):
      yield number, 'it asks for the answer, but is marked as turned around'


def _duplicates(subject: LintSubject) -> Iterator[Fault]:
  first = {}
  for number, template in enumerate(subject.dataset.templates):
    same = first.setdefault((template.inputs, template.targets), number)
    if same != number:
      yield number, f'it is the same as template {same}'


def _near_duplicates(subject: LintSubject) -> Iterator[Fault]:
  templates = subject.dataset.templates
  texts = [' '.join(f'{literal(t.inputs)} > {literal(t.targets)}'.split()) for t in templates]
  for number, text in enumerate(texts):
    for other in range(number):
      matcher = difflib.SequenceMatcher(None, texts[other].lower(), text.lower(), autojunk=False)
      if matcher.quick_ratio() < _ALIKE or templates[other] == templates[number]:
        continue
      if (ratio := matcher.ratio()) >= _ALIKE:
        yield number, f'its wording matches template {other} by {100 * ratio:.0f} %'


def _options_not_shown(subject: LintSubject) -> Iterator[Fault]:
  # Only fixed options: options of a row are possible continuations, which a reader can think of.
  options = subject.dataset.options
  if not isinstance(options, tuple):
    return
  for number, template in subject.forward:
    unknown = [o for o in options if o.lower() not in literal(template.inputs).lower()]
    if OPTIONS_FIELD not in template.fields and unknown:
      yield number, f'it does not say that the answer may be {unknown[0]!r}; add {{options_}}'


def _order_of_options(subject: LintSubject) -> Iterator[Fault]:
  # F1 and Matthews' correlation take an option's position for its label.
  dataset = subject.dataset
  schema = dataset.source.schema()
  if not isinstance(dataset.options, tuple) or schema is None:
    return
  answers = probe.answers_by_label(dataset.fields, dataset.answer, schema).by_label
  in_order = tuple(dict.fromkeys(answers.values()))
  if set(in_order) == set(dataset.options) and in_order != dataset.options:
    yield NO_TEMPLATE, f'its options are {dataset.options}, but its labels are {in_order}'


SCHEMA = LintRule(
    'schema', 'error', 'It does not match its source. No other rule is checked then.', _schema)
RULES = (
    SCHEMA,
    LintRule('no-rows', 'warning', 'There are no rows to check the templates with.', _no_rows),
    LintRule('row-mapping', 'error', 'A row cannot be turned into fields.', _failed_rows),
    LintRule('missing-field', 'error', 'A template names a field that is missing or not a text.',
         _missing_fields),
    LintRule('unused-field', 'warning', 'Neither a template nor a metric uses a field.',
         _unused_fields),
    LintRule('number-of-templates', 'warning',
         f'A dataset of the paper does not have {_TEMPLATES} templates.', _number_of_templates),
    LintRule('number-turned-around', 'warning',
         f'More than {_MOST_TURNED_AROUND} templates are turned around.', _number_turned_around),
    LintRule('not-marked', 'error',
         'A template does not ask for the answer, but is not marked as turned around.',
         _not_marked),
    LintRule('wrongly-marked', 'error', 'A forward template is marked as turned around.',
         _wrongly_marked),
    LintRule('duplicate', 'error', 'Two templates are the same.', _duplicates),
    LintRule('near-duplicate', 'warning', 'Two templates differ only in a few letters.',
         _near_duplicates),
    LintRule('options-not-shown', 'error',
         'A template expects a fixed option, but neither lists nor names the options.',
         _options_not_shown),
    LintRule('order-of-options', 'error', 'The options are in another order than the labels.',
         _order_of_options),
)
