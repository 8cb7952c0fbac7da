"""Writes the sample world as prepared TFDS data, so that `tfds.load` reads it like real data.

A dataset is written into a temporary folder and renamed when it is complete. So readers and other
writers see a complete dataset or none.
"""
from collections.abc import Iterable
import contextlib
import pathlib
import time
import uuid

from absl import logging

from flan_jax import errors, storage, tfds_builders
from flan_jax.sample_world.catalog import SAMPLES
from flan_jax.sample_world.draws import draw_rows

FORMAT_VERSION = 7
MARKER = 'SAMPLE_DATA.txt'

_MARKER_TEXT = '''\
Sample data, format {format}, seed {seed}.
The files in this directory are not the real datasets. They are small synthetic rows about an
invented world, written by FLAN-JAX from a seed, stored under the names, versions and schemas of
the real TFDS datasets so that everything runs without a download. Figures measured on them say
nothing about the real datasets. The directory may be deleted at any time.
'''


def write_sample_world(to=None, seed: int = 0,
                       names: Iterable[str] | None = None) -> pathlib.Path:
  """Writes the missing datasets of the sample world, and returns its directory.

  Args:
    to: the directory; by default `directory(seed)`. It must be new, empty, or hold sample data of
      this seed, so that real data and sample data never mix.
    seed: the world's seed.
    names: the datasets to write, as TFDS `name` or `name/config`; by default all of them.

  Raises:
    UserError: a name is unknown, the directory has other contents, or it is not writable.
  """
  world = pathlib.Path(to) if to else directory(seed)
  names = list(SAMPLES) if names is None else list(dict.fromkeys(names))
  for name in names:
    check_name(name)
  try:
    _claim(world, seed)
    missing = [name for name in names if not _is_written(world, name)]
    if missing:
      _write_all(world, missing, seed)
  except OSError as error:
    raise errors.UserError(
        f'cannot write the sample data: {error.strerror or error}', str(world),
        'Set FLAN_JAX_CACHE to a writable directory.') from error
  return world


def directory(seed: int = 0) -> pathlib.Path:
  """The directory of a seed's sample world: in the user's cache, apart from real TFDS data."""
  return storage.cache_dir() / 'sample_world' / f'v{FORMAT_VERSION}-seed{seed}'


def is_sample_data(directory) -> bool:
  """Whether a directory of TFDS data holds sample data."""
  return (pathlib.Path(directory) / MARKER).is_file()


def check_name(name: str) -> None:
  """Raises UserError for a dataset that the sample world does not write."""
  if name not in SAMPLES:
    raise errors.UserError(f'the sample world has no dataset {name!r}', '',
                           errors.nearest(name, SAMPLES))


def _claim(directory: pathlib.Path, seed: int) -> None:
  """Marks the directory as sample data of this seed. Raises UserError if it has other contents."""
  directory.mkdir(parents=True, exist_ok=True)
  text = _MARKER_TEXT.format(format=FORMAT_VERSION, seed=seed)
  marker = directory / MARKER
  # Files are listed before the marker is looked for. If another process begins to write in between,
  # it writes the marker first, so its files are never mistaken for foreign ones.
  foreign = [e for e in directory.iterdir() if not e.name.endswith(storage.INCOMPLETE)]
  if is_sample_data(directory):
    if marker.read_text() != text:
      raise errors.UserError('the directory holds sample data of another seed or format',
                             str(directory), 'Use another directory for each seed.')
    return
  if foreign:
    raise errors.UserError('the directory holds something other than sample data',
                           str(directory), 'Name a new directory for the sample data.')
  storage.write_text(marker, text)


def _final_folder(directory: pathlib.Path, name: str) -> pathlib.Path:
  return directory / name / SAMPLES[name].version


def _is_written(directory: pathlib.Path, name: str) -> bool:
  return (_final_folder(directory, name) / 'dataset_info.json').is_file()


def _write_all(directory: pathlib.Path, names: list[str], seed: int) -> None:
  start = time.monotonic()
  logging.info('Writing sample data (synthetic, not the real datasets) for %d datasets to %s',
               len(names), directory)
  storage.remove_leftovers(directory)
  for name in names:
    with storage.scratch_folder(directory) as scratch:
      _write(scratch, name, seed)
      _move_into_place(scratch, _final_folder(directory, name), directory)
  logging.info('Sample data written in %.1f seconds', time.monotonic() - start)


def _move_into_place(scratch: pathlib.Path, final: pathlib.Path, directory: pathlib.Path) -> None:
  """Renames the written folder. If another writer was faster, its equal folder is kept."""
  final.parent.mkdir(parents=True, exist_ok=True)
  name = str(final.parent.relative_to(directory))
  # A folder cannot be renamed onto another one, so a broken one leaves first.
  if final.exists() and not _is_written(directory, name):
    with contextlib.suppress(FileNotFoundError):
      final.rename(directory / f'.{uuid.uuid4().hex}{storage.INCOMPLETE}')
  try:
    scratch.rename(final)
  except OSError:
    if not _is_written(directory, name):
      raise


def _write(folder: pathlib.Path, name: str, seed: int) -> None:
  """Writes all splits of a dataset and TFDS's metadata into `folder`.

  As TFDS documents for files that it did not write: the dataset's features serialize the records,
  and `tfds.folder_dataset.write_metadata` writes the metadata. This prints nothing and needs no
  network.
  """
  import tensorflow as tf
  import tensorflow_datasets as tfds
  sample, dataset = SAMPLES[name], name.partition('/')[0]
  builder = tfds_builders.builder(f'{name}:{sample.version}', str(folder))
  features, splits = builder.info.features, []
  template = tfds.core.ShardedFileTemplate(
      data_dir=folder, dataset_name=dataset, filetype_suffix='tfrecord')
  for split in sample.sizes:
    records = [_in_one_order(features.serialize_example(features.encode_example(row)))
               for row in draw_rows(name, sample, split, seed)]
    path = folder / f'{dataset}-{split}.tfrecord-00000-of-00001'
    # TensorFlow and TFDS write by themselves; `folder` gets its name when all of it is written.
    with tf.io.TFRecordWriter(str(path)) as writer:
      for record in records:
        writer.write(record)
    splits.append(tfds.core.SplitInfo(
        name=split, shard_lengths=[len(records)], num_bytes=sum(map(len, records)),
        filename_template=template))
  tfds.folder_dataset.write_metadata(
      data_dir=str(folder), features=features, split_infos=splits, version=sample.version,
      check_data=False, description='Synthetic sample data, not the real dataset.',
      disable_shuffling=True)


def _in_one_order(record: bytes) -> bytes:
  """The record with its features in a fixed order, so that files are the same in every run.

  Protocol Buffers do not fix the order of the entries of a map.
  """
  import tensorflow as tf
  return tf.train.Example.FromString(record).SerializeToString(deterministic=True)
