"""Rows on the Hugging Face hub: as the source of a dataset, and as the mirror of a TFDS one.

Only Parquet files are read. Nothing that a repository holds is executed.
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
  """Where rows come from: a dataset repository on the hub, and which slice serves for what.

  The files of a split are found by their names: `data/train-00000-of-00001.parquet`,
  `CONFIG/train-00000-of-00001.parquet`, `CONFIG/train/0000.parquet`, `train.parquet`. They are
  downloaded into the hub library's cache when they are first read, and read from there where
  `HF_HUB_OFFLINE=1` is set. Private and gated repositories take the library's token (`HF_TOKEN`,
  `hf auth login`).

  Rows look like TFDS's: texts and numbers of the stored types, labels as numbers, an object as a
  mapping, a list of objects as a mapping of lists. Files are often sorted by label. So the rows of
  a split come in a fixed random order, as in TFDS, and slices count them in this order.

  Attributes:
    repository: such as 'nyu-mll/glue'.
    config: its configuration; may be left out where it has one only.
    train: slice to tune on, such as 'train[:-200]'; None where there is none.
    validation: slice to choose a template with.
    test: slice to report.
    revision: branch, tag or commit; by default the newest files of the main branch or, where that
      holds no Parquet, of the hub's own conversion, `refs/convert/parquet`.
    columns: renames columns: the stored column by its name in rows. `outer/inner` is a column
      inside another, `outer/0` the first entry of a list.
    without: stored columns that are not read.
    max_train: rows of the training slice to use, the first ones.
    redraw: as in `Tfds`.
    like: a TFDS dataset, `dataset/config:version`. Rows get its columns, types and order of labels.
      A column that does not fit cannot be used; a message says why. By default rows stay as stored.
    labels: with `like`, renames labels: TFDS's name by the stored name, for each column in rows.

  Raises:
    UserError: an attribute makes no sense. What is wrong with the files shows when they are read.
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
    """The form of the rows as its files say; None where they are not on this machine yet."""
    from flan_jax.data.sources import hub_source

    return hub_source.schema(self)


@dataclasses.dataclass(frozen=True)
class Mirror:
  """The rows of a TFDS dataset in a repository of the hub, as far as they are the same.

  Attributes:
    repository: such as 'nyu-mll/glue'.
    config: its configuration there; None where it is called as in TFDS.
    splits: name of a split there, by its name in TFDS, where that is another.
    columns: stored column by its name in TFDS, where that is another; see `Hub`.
    labels: see `Hub`.
    without: stored columns that are not read.
    lacks: what it lacks or stores differently, so that it cannot stand in; empty if it can.
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
    """The same slices of the mirror. Slices count rows in another order than TFDS's."""
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
    """What a `Hub` source of its rows is called."""
    return _name(self.repository, self.config_of(tfds_name))


def page(repository: str) -> str:
  """The address of a repository's page."""
  return f'https://huggingface.co/datasets/{repository}'


def _name(repository: str, config: str) -> str:
  return f'hub:{repository}' + (f'/{config}' if config else '')


def _make_hashable(declared: Hub | Mirror) -> None:
  """Turns mappings into tuples, so that a source can be looked up among those read already."""
  pairs = lambda value: tuple(dict(value).items())
  frozen = {name: pairs(getattr(declared, name)) for name in ('columns', 'splits')
            if hasattr(declared, name)}
  frozen['labels'] = tuple((column, pairs(names)) for column, names in pairs(declared.labels))
  frozen['without'] = tuple(declared.without)
  for name, value in frozen.items():
    object.__setattr__(declared, name, value)
