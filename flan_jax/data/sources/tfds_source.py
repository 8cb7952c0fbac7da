"""The declared slices of a TFDS dataset as a SeqIO data source."""
from collections.abc import Iterator
import functools
import os
import re
from typing import Any

from absl import logging
from etils import epath
import tensorflow as tf
import tensorflow_datasets as tfds

from flan_jax import sample_world, storage, tfds_builders
from flan_jax.data.sources import file_digests, slices, tfds_schema
from flan_jax.data.sources.choices import HUB, TFDS, chosen_place, redrawing, tfds_data_dir
from flan_jax.data.sources.hub import Mirror
from flan_jax.data.sources.slice_source import SAMPLE, SliceSource, Whereabouts
from flan_jax.data.sources.tfds import Tfds
from flan_jax.errors import UserError


def given_data_dir() -> str | None:
  """The directory that was given to read TFDS datasets from, or None.

  SeqIO's override (`--tfds_data_dir`, `seqio.set_tfds_data_dir_override`) comes first, then
  `$TFDS_DATA_DIR`.
  """
  return tfds_data_dir() or storage.expand(os.environ.get('TFDS_DATA_DIR'))


def data_dir(tfds_name: str) -> str:
  """The directory that a dataset is read from.

  If none was given, it is the sample world, which is written on first use.

  Raises:
    UserError: the sample world does not have the dataset, or rows should come from the hub, where
      sample data must not replace them.
  """
  if given := given_data_dir():
    return given
  if chosen_place() == HUB:
    raise UserError(f'{tfds_name} cannot be read from the hub', '--source=hub',
                    'Give --tfds_data_dir for it as well, or leave it out.')
  return str(sample_data(tfds_name))


@functools.lru_cache(maxsize=None)
def sample_data(tfds_name: str) -> str:
  """The sample world's directory, with this dataset written.

  Raises:
    UserError: the sample world has no such dataset.
  """
  name = tfds_name.split(':')[0]
  if name not in sample_world.SAMPLE_DATASETS:
    raise UserError(f'the sample world has no {name}', '', 'Give --tfds_data_dir.')
  logging.log_first_n(
      logging.WARNING, 'No data directory given: reading SAMPLE DATA, not the real datasets.', 1)
  return str(sample_world.write_sample_world(names=[name]))


@functools.lru_cache(maxsize=None)
def prepared_builder(tfds_name: str, directory: str) -> tfds.core.DatasetBuilder:
  """The TFDS builder of a dataset that is prepared in a directory; never downloads.

  Raises:
    UserError: it is not prepared there.
  """
  try:
    builder = tfds_builders.builder(tfds_name, directory)
    prepared = bool(builder.info.splits) and builder.is_prepared()
  except (tfds.core.DatasetNotFoundError, AssertionError, ValueError) as error:
    logging.info('TFDS on %s: %s', tfds_name, error)
    prepared = False
  if not prepared:
    name, _, version = tfds_name.partition(':')
    raise UserError(
        f'dataset {name}, version {version}, is not prepared in {directory}', '',
        f'Prepare it with: tfds build {tfds_name} --data_dir={directory}',
    )
  return builder


def whereabouts(given: str | None) -> Whereabouts:
  """Where TFDS reads rows from: a given directory, or the sample world."""
  if given is None:
    world = sample_world.directory()
    return Whereabouts(SAMPLE, (f'SAMPLE DATA in {world} (real data: --tfds_data_dir=DIR)',))
  if sample_world.is_sample_data(given):
    return Whereabouts(SAMPLE, (f'SAMPLE DATA in {given}',))
  return Whereabouts('directory', (given,))


@functools.cache
def _published() -> frozenset[str]:
  """The datasets in TFDS's catalog, which has no datasets of users."""
  return frozenset(tfds.list_builders(with_community_datasets=False))


class TfdsSlices(SliceSource):
  """The declared slices of a TFDS dataset; see `SliceSource`."""

  def __init__(self, source: Tfds, mirror: Mirror | None = None):
    """Args:
      source: the declared source.
      mirror: the same rows on the hub, for messages about missing rows.
    """
    super().__init__(source)
    self.tfds_name, self._mirror = source.name, mirror

  def whereabouts(self) -> Whereabouts:
    """The directory; without one, the rows are missing if the hub was chosen."""
    given = given_data_dir()
    if given is None and chosen_place() == HUB:
      return Whereabouts('directory', (), missing=True)
    return whereabouts(given)

  def link(self) -> str:
    """The page of TFDS's catalog."""
    name = re.split('[/:]', self.source.name)[0]
    return f'https://www.tensorflow.org/datasets/catalog/{name}' if name in _published() else ''

  def directory(self) -> str:
    """The directory that the dataset is read from. Raises UserError if there is none."""
    return data_dir(self.source.name)

  def is_sample(self) -> bool:
    """Whether the directory is the sample world's. Raises UserError if there is none."""
    if chosen_place() == HUB and not given_data_dir():
      return False
    return sample_world.is_sample_data(self.directory())

  def label_names(self) -> dict[str, tuple[str, ...]]:
    """The names of TFDS's class labels."""
    _, labels = tfds_schema.columns_of(self.builder().info.features)
    return {'/'.join(path): names for path, names in labels.items()}

  def builder(self) -> tfds.core.DatasetBuilder:
    """The prepared dataset. Raises UserError if there is none."""
    try:
      return prepared_builder(self.source.name, data_dir(self.source.name))
    except UserError as error:
      remedy = '; '.join([error.remedy.rstrip('.'), *self._way_out()])
      raise UserError(error.what, error.where, remedy) from error

  def _way_out(self) -> Iterator[str]:
    """A remedy for missing rows: whether the mirror can replace them."""
    if self._mirror is None:
      return
    name = self._mirror.name_of(self.source.name)
    if self._mirror.lacks:
      yield f'{name} cannot replace it: it lacks {self._mirror.lacks}'
    elif chosen_place() == TFDS:
      yield f'or read the same rows from {name}: --source=hub'

  def interval(self, split: str) -> slices.Interval:
    """The rows of a split, in the copy that is read. Raises UserError if it has none."""
    redraw = self.source.redraw or redrawing() or self.is_sample()
    return self._intervals(redraw)[split]

  def is_redrawn(self) -> bool:
    """Whether the slices differ from the declared ones. Raises UserError if the data is missing."""
    try:
      self._intervals(redraw=False)
    except slices.Unfit:
      return True
    return False

  def _intervals(self, redraw: bool) -> dict[str, slices.Interval]:
    stored, directory = self.builder().info.splits, data_dir(self.source.name)
    missing = [s for s in self.source.slices.values() if slices.base_split(s) not in stored]
    if missing:
      raise UserError(
          f'{self.source.name} in {directory} has no split '
          f'{slices.base_split(missing[0])!r}', '', f'It has: {", ".join(stored)}.')
    sizes = {name: info.num_examples for name, info in stored.items()}
    try:
      return slices.resolve(self.source.slices, sizes, self.source.max_train, redraw)
    except slices.Unfit as error:
      where = f'{self.source.name} in {directory}'
      raise slices.Unfit(error.what, where, error.remedy) from error

  def fingerprint(self, split: str) -> str:
    """Identifies a copy of the rows: name, slice, and the contents of the files."""
    interval, stored = self.interval(split), self.builder().info.splits
    files = [epath.Path(path) for path in stored[interval.split].filepaths]
    held = [(path.name, file_digests.of_much(path)) for path in files]
    return repr((self.source.name, str(interval), held))

  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split as TFDS stores them."""
    return self.builder().as_dataset(
        split=str(self.interval(split)),
        shuffle_files=False,
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )

  def first_rows(self, split: str, count: int) -> Iterator[Any]:
    """The first rows of a split, read one by one. Building a pipeline would take longer.

    Raises:
      UserError: the data is missing. Raised at once, not with the first row.
    """
    info = self.builder().info
    if info.file_format != tfds.core.FileFormat.TFRECORD:
      return super().first_rows(split, count)
    return self._records(info, str(self.interval(split)), count)

  def _records(self, info: tfds.core.DatasetInfo, interval: str, count: int) -> Iterator[Any]:
    for file in info.splits[interval].file_instructions:
      records = tf.data.TFRecordDataset(file.filename).skip(file.skip).take(file.take)
      for record in records.take(count):
        yield info.features.deserialize_example(record)
        count -= 1
      if not count:
        return

  def get_dataset(self, *args, **kwargs) -> tf.data.Dataset:
    # tf.data optimizes a pipeline whenever an iterator is made. An evaluation makes three for each
    # of hundreds of small tasks, so this costs more than it gains.
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return super().get_dataset(*args, **kwargs).with_options(options)
