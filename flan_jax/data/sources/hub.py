"""Rows on the Hugging Face hub: as the source of a dataset, and as the mirror of a TFDS dataset.

Only Parquet files are read. No code of a repository is executed.
"""
from collections.abc import Callable, Mapping
import dataclasses
import re
from typing import TYPE_CHECKING

from flan_jax.data.sources.slices import MAX_TRAIN_EXAMPLES, check_written
from flan_jax.data.sources.source import Schema, Source
from flan_jax.errors import UserError

if TYPE_CHECKING:
  from flan_jax.data.sources.hub_source import HubSlices
  from flan_jax.data.sources.tfds import Tfds

Pairs = Mapping[str, str] | tuple[tuple[str, str], ...]
Labels = Mapping[str, Mapping[str, str]] | tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

SCRIPT = 'Parquet files: a loading script makes its rows'  # which is not run

_REPOSITORY = re.compile(r'[\w.-]+(/[\w.-]+)?')


@dataclasses.dataclass(frozen=True)
class Hub(Source):
  """A source of rows: a dataset repository on the hub, and its slices.

  The files of a split are found by their names: `data/train-00000-of-00001.parquet`,
  `CONFIG/train-00000-of-00001.parquet`, `CONFIG/train/0000.parquet`, `train.parquet`. They are
  downloaded into the hub library's cache when they are first read. With `HF_HUB_OFFLINE=1` they are
  read from the cache only. Private and gated repositories need the library's token (`HF_TOKEN`,
  `hf auth login`).

  Rows have the form of TFDS's: texts and numbers of the stored types, labels as numbers, an object
  as a mapping, a list of objects as a mapping of lists. Files are often sorted by label. So the
  rows of a split are put into a fixed random order, as in TFDS, and slices refer to this order.

  Attributes:
    repository: such as 'nyu-mll/glue'.
    config: its configuration; may be left out if it has only one.
    train: slice to train on, such as 'train[:-200]'; None if there is none.
    validation: slice to choose a template with.
    test: slice to report.
    revision: branch, tag or commit; by default the main branch or, if that has no Parquet files,
      the hub's own conversion, `refs/convert/parquet`.
    columns: renames columns: name in rows -> stored column. `outer/inner` is a column inside
      another, `outer/0` the first entry of a list.
    without: stored columns that are not read.
    max_train: use at most so many rows of the training slice, from its beginning.
    redraw: as in `Tfds`.
    like: a TFDS dataset, `dataset/config:version`. Rows get its columns, types and order of labels.
      A column that does not match cannot be used; a message says why. By default rows are as
      stored.
    labels: with `like`, renames labels: for each column in rows, stored name -> TFDS's name.

  Raises:
    UserError: an attribute is invalid. Faults of the files are found when they are read.
  """

  repository: str
  config: str = ''
  train: str | None = None
  validation: str | None = None
  test: str | None = None
  revision: str = ''
  columns: Pairs = ()
  without: tuple[str, ...] = ()
  max_train: int = MAX_TRAIN_EXAMPLES
  redraw: bool = False
  like: str = ''
  labels: Labels = ()

  def __post_init__(self):
    _make_hashable(self)
    if not _REPOSITORY.fullmatch(self.repository):
      raise UserError(f'{self.repository!r} is no repository of the hub', 'Hub',
                      "Write it like 'nyu-mll/glue'.")
    if not self.slices:
      raise UserError('it names no slice', f'Hub {self.repository}', "Give at least train='train'.")
    check_written(self.slices, f'Hub {self.repository}')

  @property
  def name(self) -> str:
    """Repository, configuration and revision in one: 'hub:nyu-mll/glue/rte@main'."""
    return _name(self.repository, self.config) + (f'@{self.revision}' if self.revision else '')

  def open(self, check: Callable[[], None], mirror: 'Mirror | None' = None) -> 'HubSlices':
    """See `Source`. Calls `check` once its files are on this machine."""
    from flan_jax.data.sources.hub_source import HubSlices

    del mirror
    return HubSlices(self, check)

  def schema(self) -> Schema | None:
    """The schema of the files; None if they are not on this machine yet."""
    from flan_jax.data.sources import hub_source

    return hub_source.schema(self)


@dataclasses.dataclass(frozen=True)
class Mirror:
  """A repository of the hub with the rows of a TFDS dataset.

  Attributes:
    repository: such as 'nyu-mll/glue'.
    config: its configuration there; None if it has TFDS's name.
    splits: names of splits that differ: TFDS's name -> name there.
    columns: names of columns that differ: TFDS's name -> stored column; see `Hub`.
    labels: see `Hub`.
    without: stored columns that are not read.
    lacks: what it lacks or stores differently, so that it cannot replace the original; empty if it
      can.
  """

  repository: str
  config: str | None = None
  splits: Pairs = ()
  columns: Pairs = ()
  labels: Labels = ()
  without: tuple[str, ...] = ()
  lacks: str = ''

  def __post_init__(self):
    _make_hashable(self)

  def source(self, tfds: 'Tfds') -> Hub:
    """The same slices of the mirror. The order of its rows differs from TFDS's."""
    names = dict(self.splits)
    base = lambda piece: re.match(r'\w+', piece)[0]
    slices = {split: names.get(base(piece), base(piece)) + piece[len(base(piece)):]
              for split, piece in tfds.slices.items()}
    return Hub(
        self.repository, self.config_of(tfds.name), **slices, columns=self.columns,
        without=self.without, max_train=tfds.max_train, redraw=tfds.redraw, like=tfds.name,
        labels=self.labels)

  def config_of(self, tfds_name: str) -> str:
    """The configuration that holds the rows of a TFDS dataset."""
    in_tfds = tfds_name.partition(':')[0].partition('/')[2]
    return in_tfds if self.config is None else self.config

  def name_of(self, tfds_name: str) -> str:
    """The name of a `Hub` source with its rows."""
    return _name(self.repository, self.config_of(tfds_name))


def page(repository: str) -> str:
  """The URL of a repository's page."""
  return f'https://huggingface.co/datasets/{repository}'


def _name(repository: str, config: str) -> str:
  return f'hub:{repository}' + (f'/{config}' if config else '')


def _make_hashable(declared: Hub | Mirror) -> None:
  """Turns mappings into tuples, so that a source that was read already can be looked up."""
  pairs = lambda value: tuple(dict(value).items())
  frozen = {name: pairs(getattr(declared, name)) for name in ('columns', 'splits')
            if hasattr(declared, name)}
  frozen['labels'] = tuple((column, pairs(names)) for column, names in pairs(declared.labels))
  frozen['without'] = tuple(declared.without)
  for name, value in frozen.items():
    object.__setattr__(declared, name, value)
