"""The declared slices of a dataset on the Hugging Face hub as a SeqIO data source."""
from collections.abc import Callable, Iterator, Mapping, Sequence
import functools
from typing import Any

from absl import logging
import numpy as np
import pyarrow as pa
from pyarrow import parquet
import tensorflow as tf

from flan_jax import randomness
from flan_jax.data.sources import choices, hub_columns, hub_files, slices
from flan_jax.data.sources.hub import Hub, page
from flan_jax.data.sources.slice_source import SliceSource, Whereabouts
from flan_jax.data.sources.source import Schema
from flan_jax.errors import UserError, in_one_line

_TOGETHER = 4_096  # rows that are converted to tensors at once
_KEPT = 4  # slices whose rows stay in memory
_ORDER = 1  # seed of the order of a split's rows


def plan(source: Hub) -> hub_columns.ColumnPlan:
  """The columns of a source's rows, from the files of its first slice.

  Raises:
    UserError: the files are missing, or a column that the source names does not exist.
  """
  return _plan(source, hub_files.locate_first(source))


@functools.lru_cache(maxsize=None)
def _plan(source: Hub, located: hub_files.Located) -> hub_columns.ColumnPlan:
  schema = _opened(located.paths[0]).schema_arrow
  return hub_columns.plan(hub_columns.stored_columns(schema), source)


def schema(source: Hub) -> Schema | None:
  """The schema of a dataset on the hub; None if its files are not on this machine yet."""
  try:
    with hub_files.cache_only():
      hub_files.locate_first(source)
  except UserError as error:
    logging.info('The schema of %s is not known before it is read: %s', source.name, error)
    return None
  with hub_files.cache_only():
    made = plan(source)
  flags = {c.path: ('False', 'True') for c in made.columns if c.dtype.name == 'bool'}
  labels = {c.path[0]: c.labels or flags[c.path] for c in made.columns
            if len(c.path) == 1 and not c.depth and (c.labels or c.path in flags)}
  spec = hub_columns.nested({c.path: c.spec for c in made.columns})
  return Schema(tuple(spec), labels, spec, made.left_out)


class HubSlices(SliceSource):
  """The declared slices of a dataset on the hub; see `SliceSource`.

  Files are located when a slice is first used.
  """

  when_missing = 'a command that reads it where the hub can be reached downloads it'

  def __init__(self, source: Hub, check: Callable[[], None]):
    """Args:
      source: the declared source.
      check: raises UserError if the rows do not match the declaration; called once the files are on
        this machine.
    """
    super().__init__(source)
    self._check, self._checked = check, False

  def whereabouts(self) -> Whereabouts:
    """The repository."""
    name = self.source.name.removeprefix('hub:')
    return Whereabouts('hub', (name,), 'the Hugging Face hub ({})')

  def link(self) -> str:
    """The repository's page."""
    return page(self.source.repository)

  def label_names(self) -> dict[str, tuple[str, ...]]:
    """The names of labels, from the files or, for a mirror, from TFDS; by `outer/inner`."""
    return {'/'.join(c.path): c.labels for c in plan(self.source).columns if c.labels}

  def version(self, split: str) -> dict[str, str]:
    """The commit of the files."""
    return {'commit': self.located(split).commit}

  def located(self, split: str) -> hub_files.Located:
    """The files that a slice is cut from. Raises UserError if they are missing."""
    return hub_files.locate(self.source, slices.base_split(self.source.slices[split]))

  def interval(self, split: str) -> slices.Interval:
    """The rows of a split. Raises UserError if it has none."""
    return self._intervals(split, self.source.redraw or choices.redrawing())[split]

  def is_redrawn(self) -> bool:
    """Whether the slices differ from the declared ones. Raises UserError if the data is missing."""
    try:
      for split in self.source.slices:
        self._intervals(split, False)
    except slices.Unfit:
      return True
    return False

  def _intervals(self, split: str, redraw: bool) -> dict[str, slices.Interval]:
    """The slices that are cut from one split of the files."""
    located = self.located(split)
    if not self._checked:
      self._check()
      self._checked = True
    base = slices.base_split(self.source.slices[split])
    same = {name: piece for name, piece in self.source.slices.items()
            if slices.base_split(piece) == base}
    sizes = {base: sum(_opened(path).metadata.num_rows for path in located.paths)}
    try:
      return slices.resolve(same, sizes, self.source.max_train, redraw)
    except slices.Unfit as error:
      raise slices.Unfit(error.what, self.source.name, error.remedy) from error

  def fingerprint(self, split: str) -> str:
    """Identifies the rows: commit, files, slice, and the plan of the columns."""
    located, source = self.located(split), self.source
    made = source.columns, source.without, source.like, source.labels
    return repr((source.repository, located.commit, located.names, str(self.interval(split)),
                 _ORDER, made))

  def rows(self, split: str) -> tf.data.Dataset:
    """The rows of a split in their drawn order."""
    interval = self.interval(split)
    columns = _rows(self.source, self.located(split), str(interval), interval.start, interval.stop)
    return tf.data.Dataset.from_tensor_slices(columns)

  def first_rows(self, split: str, count: int) -> Iterator[Any]:
    """The first rows of a split. Reads only the parts of the files that hold them."""
    interval = self.interval(split)
    stop = min(interval.stop, interval.start + count)
    if stop > interval.start:
      columns = _read(self.source, self.located(split), interval.split, interval.start, stop)
      yield from tf.data.Dataset.from_tensor_slices(columns)

  def get_dataset(self, *args, **kwargs) -> tf.data.Dataset:
    # Without optimization, as in `TfdsSlices`: it would cost more time than it gains.
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    return super().get_dataset(*args, **kwargs).with_options(options)


@functools.lru_cache(maxsize=_KEPT)
def _rows(
    source: Hub, located: hub_files.Located, interval: str, start: int, stop: int
) -> Mapping[str, Any]:
  return _read(source, located, interval.partition('[')[0], start, stop)


def _read(
    source: Hub, located: hub_files.Located, split: str, start: int, stop: int
) -> dict[str, Any]:
  """Rows `start` to `stop` of the drawn order as tensors `[rows, ...]`, nested as a row is."""
  counts = [_opened(path).metadata.num_rows for path in located.paths]
  key = randomness.name_key(f'{source.repository} {source.config} {split}')
  wanted = randomness.permutation(sum(counts), _ORDER, key)[start:stop]
  columns, parts = _plan(source, located).columns, []
  for table in _tables(source, located, np.sort(wanted)):
    parts.append(hub_columns.tensors(table, columns))
  places = np.argsort(np.argsort(wanted))  # positions of the wanted rows among the sorted ones
  values = {column.path: tf.gather(tf.concat(pieces, 0), places)
            for column, *pieces in zip(columns, *parts)}
  return hub_columns.nested(values)


def _tables(
    source: Hub, located: hub_files.Located, wanted: np.ndarray) -> Iterator[pa.Table]:
  """Rows by their ascending numbers, some at a time; at least one table, which may be empty."""
  names = sorted({c.stored.path[0] for c in _plan(source, located).columns})
  pending, held, first = [], 0, 0
  for path in located.paths:
    file = _opened(path)
    for group in range(file.metadata.num_row_groups):
      size = file.metadata.row_group(group).num_rows
      low, high = np.searchsorted(wanted, (first, first + size))
      if high > low:
        pending.append(_taken(file, path, group, names, wanted[low:high] - first))
        held += high - low
      if held >= _TOGETHER:
        yield _together(pending, path)
        pending, held = [], 0
      first += size
  yield _together(pending or [_taken(_opened(located.paths[0]), located.paths[0], 0, names, [])],
                  located.paths[0])


def _taken(file, path: str, group: int, names: Sequence[str], numbers) -> pa.Table:
  try:
    return file.read_row_group(group, columns=names).take(pa.array(numbers, pa.int64()))
  except (pa.ArrowException, OSError) as error:
    raise _unreadable(path, error) from error


def _together(tables: Sequence[pa.Table], path: str) -> pa.Table:
  try:
    return pa.concat_tables(tables, promote_options='permissive')
  except pa.ArrowException as error:
    raise UserError(f'its files do not fit together: {in_one_line(error)}', path) from error


@functools.lru_cache(maxsize=64)
def _opened(path: str) -> parquet.ParquetFile:
  try:
    return parquet.ParquetFile(path)
  except (pa.ArrowException, OSError) as error:
    raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> UserError:
  return UserError(
      f'it is not a readable Parquet file: {in_one_line(error)}', path,
      'Remove it from the cache, and read it again on a machine that can reach the hub.')
