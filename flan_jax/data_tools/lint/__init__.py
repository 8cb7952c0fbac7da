"""Checks declarations and their templates for mistakes that are easy to overlook.

A `LintRule` checks a `LintSubject`, a declaration with the fields of some rows, and yields faults.
The rules are in `declaration.py` (fields, options, direction), `wording.py` (mistakes in the words
of templates), `voice.py` (how templates address the reader) and `rendering.py` (rendered examples).
To add a rule, write a function, and add an entry to the `RULES` of its file.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
import dataclasses

import seqio

from flan_jax.data import baselines, declarations, mixtures, registry, variants
from flan_jax.data.dataset import Dataset, Row
from flan_jax.data.reading_rows import row_source
from flan_jax.data.vocabulary import load_vocabulary
from flan_jax.data_tools.lint import declaration, rendering, voice, wording
from flan_jax.data_tools.lint.places import location
from flan_jax.data_tools.lint.subject import LintRule, LintSubject, read_fields
from flan_jax.errors import UserError

RULES: tuple[LintRule, ...] = (
    *declaration.RULES, *wording.RULES, *voice.RULES, *rendering.RULES)
LENGTHS = {'inputs': 1024, 'targets': 256}  # paper, section 2.4

_NOT_FOR_BASELINES = ('options-not-shown',)  # they are to be continued, without a list of options
_ROWS = 32  # rows of each dataset that are checked
_READ = 256  # rows that are read to find them, at most, since some are left out


@dataclasses.dataclass(frozen=True)
class Finding:
  """A fault that a rule has found.

  Attributes:
    rule: name of the rule.
    severity: 'error', 'warning' or 'note'.
    dataset: name of the dataset.
    template: number of the template; None if the fault is the declaration's.
    message: what is wrong.
    file: where it was written, relative to the working directory; empty if that is not known.
    line: line of the template, or of the dataset's name; 0 if that is not known.
  """

  rule: str
  severity: str
  dataset: str
  template: int | None
  message: str
  file: str
  line: int

  def __str__(self) -> str:
    where = f'{self.file}:{self.line}: ' if self.file else ''
    number = '' if self.template is None else f' template {self.template}'
    return f'{where}{self.severity}: {self.dataset}{number}: {self.message} [{self.rule}]'


def lint(
    names: Sequence[str] | None,
    vocabulary: seqio.Vocabulary | None = None,
    lengths: Mapping[str, int] = LENGTHS,
) -> list[Finding]:
  """Checks registered declarations with the first rows of each.

  Args:
    names: datasets, clusters and mixtures; None for everything that is registered.
    vocabulary: counts tokens; the shipped one by default.
    lengths: the maximum numbers of tokens of `inputs` and `targets`.

  Raises:
    UserError: a name is unknown, or names nothing that was declared.
  """
  findings = []
  for dataset in chosen(names):
    rows, no_rows = (), ''
    try:
      rows = _sample(dataset)
    except UserError as error:
      no_rows = error.what
    findings += lint_dataset(dataset, rows, vocabulary, lengths, no_rows)
  return findings


def lint_dataset(
    dataset: Dataset,
    rows: Iterable[Row] = (),
    vocabulary: seqio.Vocabulary | None = None,
    lengths: Mapping[str, int] = LENGTHS,
    no_rows: str = '',
) -> list[Finding]:
  """Checks a declaration, registered or not.

  Args:
    dataset: the declaration.
    rows: rows as its source yields them, or with plain Python values; the first few are checked.
      Without rows only the declaration itself is checked.
    vocabulary: counts tokens; the shipped one by default.
    lengths: the maximum numbers of tokens of `inputs` and `targets`.
    no_rows: why there are no rows; it is reported.
  """
  texts, failed = read_fields(dataset, rows, _ROWS)
  subject = LintSubject(dataset, texts, vocabulary or load_vocabulary(), lengths, no_rows, failed)
  findings = list(_findings(subject))
  if dataset.baseline and not any(f.rule == declaration.SCHEMA.name for f in findings):
    findings += _baseline_findings(subject)
  return findings


def _baseline_findings(subject: LintSubject) -> Iterator[Finding]:
  """The faults of the baseline, which is checked as a template is, but for its options."""
  dataset = subject.dataset
  asked = baselines.with_baseline(dataset)
  # With the options of the declaration, because these are in the rows.
  alone = dataclasses.replace(dataset, templates=asked.templates[-1:], baseline=None)
  checked = dataclasses.replace(subject, dataset=alone)
  for rule in RULES:
    if rule.name in _NOT_FOR_BASELINES:
      continue
    for number, message in rule.check(checked):
      if number is not None:
        yield Finding(rule.name, rule.severity, dataset.name, None, f'its baseline: {message}',
                      *location(dataset))


def _findings(subject: LintSubject) -> Iterator[Finding]:
  dataset = subject.dataset
  for rule in RULES:
    faults = list(rule.check(subject))
    for number, message in faults:
      template = None if number is None else dataset.templates[number]
      yield Finding(rule.name, rule.severity, dataset.name, number, message,
                    *location(dataset, template))
    if faults and rule is declaration.SCHEMA:  # the other rules need these columns
      return


def _sample(dataset: Dataset) -> Iterator[Row]:
  """The first training rows; if there are none, the first rows to evaluate."""
  source = row_source(dataset)
  split = next(s for s in ('train', 'validation', 'test') if s in source.splits)
  return source.first_rows(split, _READ)


def chosen(names: Sequence[str] | None) -> list[Dataset]:
  """The declarations that names stand for, each once; a variant stands for its dataset.

  Raises:
    UserError: a name is unknown, or names nothing that was declared.
  """
  declarations.load()
  if names is None:
    return list(registry.datasets().values())
  found = {}
  for name in names:
    members = [registry.find_dataset(variants.split(d.name)[0])
               for d in mixtures.resolve([name]).datasets]
    if not members:
      raise UserError(f'nothing in {name!r} is a declared dataset', '',
                      'Only declarations can be checked, not other SeqIO tasks.')
    found |= {dataset.name: dataset for dataset in members}
  return list(found.values())
