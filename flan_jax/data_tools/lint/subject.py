"""What lint rules check: a declaration, and some of its rows as plain texts."""
from collections.abc import Callable, Iterable, Iterator, Mapping
import dataclasses
import functools
import itertools

import seqio
import tensorflow as tf

from flan_jax.data import probe
from flan_jax.data.dataset import Dataset, Row
from flan_jax.data.templates import OPTIONS_FIELD, Template, fill, parse
from flan_jax.errors import in_one_line

FIELD = '\ufffc'  # stands for a field in `literal`: neither a letter nor a blank
NO_TEMPLATE = None

Texts = Mapping[str, str | tuple[str, ...]]
Fault = tuple[int | None, str]  # number of the template, or NO_TEMPLATE, and what is wrong


@dataclasses.dataclass(frozen=True)
class LintRule:
  """A check for one kind of fault.

  Attributes:
    name: its name in the findings.
    severity: 'error', 'warning', or 'note' for what may be intended.
    explanation: one line that says what it finds.
    check: yields the faults.
  """

  name: str
  severity: str
  explanation: str
  check: Callable[['LintSubject'], Iterator[Fault]]


@dataclasses.dataclass(frozen=True)
class LintSubject:
  """A declaration and what its rows become.

  Attributes:
    dataset: the declaration.
    rows: for each row, its fields as texts, `options_` included; lists are tuples.
    vocabulary: counts tokens.
    lengths: most tokens of `inputs` and `targets`.
    no_rows: why there are no rows to check; empty if there are rows.
    failed_row: the error of turning a row into fields; empty if there was none.
  """

  dataset: Dataset
  rows: tuple[Texts, ...]
  vocabulary: seqio.Vocabulary
  lengths: Mapping[str, int]
  no_rows: str = ''
  failed_row: str = ''

  @property
  def forward(self) -> list[tuple[int, Template]]:
    """The templates that are evaluated, with their numbers."""
    return [(n, t) for n, t in enumerate(self.dataset.templates) if not t.turned_around]

  @functools.cached_property
  def field_names(self) -> frozenset[str] | None:
    """The fields of a row, or None if neither rows nor a schema are known."""
    if self.rows:
      return frozenset(self.rows[0])
    schema = self.dataset.source.schema()
    return frozenset(probe.field_names(self.dataset.row_fields, schema)) if schema else None

  @functools.cached_property
  def text_fields(self) -> frozenset[str]:
    """The fields that the rows hold as plain texts."""
    first = self.rows[0] if self.rows else {}
    return frozenset(name for name, value in first.items() if isinstance(value, str))

  @functools.cached_property
  def shown_fields(self) -> tuple[str, ...]:
    """The text fields that some template uses, in alphabetical order."""
    used = {name for template in self.dataset.templates for name in template.fields}
    return tuple(sorted(used & self.text_fields))

  @functools.cached_property
  def rendered(self) -> dict[int, list[tuple[str, str]]]:
    """By template, the inputs and targets of each row; templates with missing fields are absent."""
    return {
        number: [(fill(template.inputs, row), fill(template.targets, row)) for row in self.rows]
        for number, template in enumerate(self.dataset.templates)
        if set(template.fields) <= self.text_fields
    }

  def options(self, row: Texts) -> tuple[str, ...]:
    """The options of a row; none if the answer is free text."""
    options = self.dataset.options
    return row[options] if isinstance(options, str) else options or ()


def read_fields(
    dataset: Dataset, rows: Iterable[Row], most: int
) -> tuple[tuple[Texts, ...], str]:
  """The fields of the first rows that are kept, and the error if there was one."""
  try:
    keeps = dataset.keeps.values()
    kept = (row for row in rows if all(bool(keep(row)) for keep in keeps))
    return tuple(_texts(dataset.row_fields(row)) for row in itertools.islice(kept, most)), ''
  except KeyError as error:
    return (), f'rows have no column {error}'
  except Exception as error:  # pylint: disable=broad-except
    # A user's functions may raise anything.
    return (), in_one_line(error)


def _texts(fields) -> Texts:
  values = {name: tf.convert_to_tensor(value).numpy() for name, value in fields.items()}
  decode = lambda text: text.decode(errors='replace')
  return {
      name: decode(value) if isinstance(value, bytes) else tuple(map(decode, value.tolist()))
      for name, value in values.items()
  }


def literal(pattern: str) -> str:
  """The text of a pattern, with `FIELD` in place of each field."""
  return ''.join(FIELD if part.is_field else part.text for part in parse(pattern))


def input_fields(template: Template) -> tuple[str, ...]:
  """The fields that the model reads, without the options."""
  names = dict.fromkeys(p.text for p in parse(template.inputs) if p.is_field)
  return tuple(name for name in names if name != OPTIONS_FIELD)


def target_fields(template: Template) -> tuple[str, ...]:
  """The fields that the model writes."""
  return tuple(dict.fromkeys(p.text for p in parse(template.targets) if p.is_field))


def per_cent(count: int, total: int) -> str:
  return f'{100 * count / total:.0f} %'
