"""Tokenized examples on disk: an ArrayRecord file and a manifest for each pass over a dataset.

A pass is written to a temporary folder and moved into place when it is complete. The manifest is
moved last, so a pass with a manifest is complete. The manifest holds the file's checksum.
"""
from collections.abc import Iterable, Mapping
import contextlib
import dataclasses
import functools
import json
import os
from typing import Any
import zlib

from absl import logging
from array_record.python import array_record_module
from etils import epath
import numpy as np

from flan_jax import storage
from flan_jax.stream.examples import Example
from flan_jax.stream.prepared.keys import FORMAT

_HEADER = 5  # index, template, tokens cut from inputs and targets, length of inputs: int32 each
_GROUP = 'group_size:1'  # without groups each record can be read alone, as random access needs
_BINS = 32


def token_type(vocabulary_size: int) -> np.dtype:
  """The narrowest type that holds every token."""
  return np.dtype(np.uint16 if vocabulary_size <= 2**16 else np.int32)


@dataclasses.dataclass(frozen=True)
class PassFiles:
  """The files of a pass over a dataset.

  Attributes:
    directory: the folder of the dataset and key.
    number: the pass, from 0.
  """

  directory: epath.Path
  number: int

  @property
  def records(self) -> epath.Path:
    return self.directory / f'pass_{self.number}.array_record'

  @property
  def manifest(self) -> epath.Path:
    return self.directory / f'pass_{self.number}.json'

  def read_manifest(self) -> dict[str, Any] | None:
    """The manifest; None if the pass is missing, incomplete or of another format."""
    try:
      manifest = json.loads(self.manifest.read_text())
    except (OSError, ValueError):
      return None
    return manifest if manifest.get('format') == FORMAT else None


def write(place: PassFiles, examples: Iterable[Example], facts: Mapping[str, Any],
          lengths: Mapping[str, int], tokens: np.dtype) -> dict[str, Any]:
  """Writes a pass; returns its manifest.

  Args:
    place: the files to write.
    examples: all examples in the order of their rows; those that do not fit are only counted.
    facts: further entries of the manifest.
    lengths: longest inputs and targets.
    tokens: the type that tokens are stored in.

  Raises:
    OSError: the disk is full or cannot be written to. Nothing is left behind.
  """
  place.directory.mkdir(parents=True, exist_ok=True)
  counts = _Counts(lengths)
  with storage.scratch_folder(place.directory) as scratch:
    local = str(scratch / 'records')
    writer = array_record_module.ArrayRecordWriter(local, _GROUP)
    try:
      for example in examples:
        counts.add(example)
        if example.fits:
          writer.write(_encode(example, tokens))
    finally:
      with _as_os_error(scratch):
        writer.close()
    manifest = {
        'format': FORMAT, **facts, 'pass': place.number, **counts.summary(),
        'token_type': tokens.name, 'bytes': os.path.getsize(local), 'crc32': _checksum(local),
    }
    storage.move_into_place(local, place.records)
    storage.write_text(place.manifest, json.dumps(manifest, indent=1))
  return manifest


class Reader:
  """A prepared pass, read by index."""

  def __init__(self, place: PassFiles, cache: epath.Path):
    """Opens a pass after checking it.

    Args:
      place: its files.
      cache: the local directory that a remote pass is copied to.

    Raises:
      ValueError: it is missing, incomplete, or damaged.
    """
    manifest = place.read_manifest()
    if manifest is None:
      raise ValueError(f'{place.manifest} is missing or cannot be read')
    path = _local(place.records, cache, manifest)
    if not _agrees(path, manifest):
      raise ValueError(f'{path} does not match {place.manifest}: it is incomplete or damaged')
    self.manifest = manifest
    self._tokens = np.dtype(manifest['token_type'])
    # Reading ahead only slows down random access.
    self._records = array_record_module.ArrayRecordReader(path, 'readahead_buffer_size:0')

  def __len__(self) -> int:
    return self.manifest['examples']

  def __getitem__(self, number: int) -> Example:
    return _decode(self._records.read([number])[0], self._tokens)


def is_whole(place: PassFiles) -> bool:
  """Whether a pass exists and, if it is on a local disk, is undamaged."""
  manifest = place.read_manifest()
  if manifest is None:
    return False
  return not storage.is_local(place.records) or _agrees(str(place.records), manifest)


def discard(place: PassFiles) -> None:
  """Deletes a damaged pass."""
  for path in (place.manifest, place.records):
    path.unlink(missing_ok=True)


def _encode(example: Example, tokens: np.dtype) -> bytes:
  header = np.array([example.index, example.template, example.truncated,
                     example.targets_truncated, len(example.inputs)], np.int32)
  return b''.join((header.tobytes(), np.asarray(example.inputs).astype(tokens).tobytes(),
                   np.asarray(example.targets).astype(tokens).tobytes()))


def _decode(record: bytes, tokens: np.dtype) -> Example:
  *facts, split = np.frombuffer(record, np.int32, _HEADER).tolist()
  both = np.frombuffer(record, tokens, offset=4 * _HEADER)
  return Example(both[:split], both[split:], *facts)


class _Counts:
  """Counts examples and tokens as they are written."""

  def __init__(self, lengths: Mapping[str, int]):
    self._edges = {f: np.linspace(0, lengths[f], _BINS + 1) for f in ('inputs', 'targets')}
    self._sizes = {'inputs': [], 'targets': []}
    self._truncated = {'inputs': 0, 'targets': 0}
    self._whole = {'inputs': 0, 'targets': 0}
    self._tokens = {'inputs': [0, 0], 'targets': [0, 0]}
    self._left_out = self._needs = 0

  def add(self, example: Example) -> None:
    self._needs = max(self._needs, example.needs)
    if not example.fits:
      self._left_out += 1
      return
    for feature, tokens, lost in (
        ('inputs', example.inputs, example.truncated),
        ('targets', example.targets, example.targets_truncated)):
      self._sizes[feature].append(len(tokens))
      self._truncated[feature] += lost > 0
      self._whole[feature] = max(self._whole[feature], len(tokens) + lost)
      if len(tokens):
        least, most = self._tokens[feature]
        self._tokens[feature] = [min(least, int(np.min(tokens))), max(most, int(np.max(tokens)))]

  def summary(self) -> dict[str, Any]:
    examples = len(self._sizes['inputs'])
    summary = {
        'examples': examples,
        'truncated': self._truncated['inputs'],
        'truncated_share': self._truncated['inputs'] / max(examples, 1),
        'targets_truncated': self._truncated['targets'],
        'left_out': self._left_out,
        'needed_inputs': self._needs,
    }
    for feature, sizes in self._sizes.items():
      summary[feature] = {
          'longest_whole': self._whole[feature],
          'least_and_largest_token': self._tokens[feature],
          'tokens': int(np.sum(sizes)), 'mean': float(np.mean(sizes)) if sizes else 0.0,
          'longest': max(sizes, default=0),
          'histogram': np.histogram(sizes, self._edges[feature])[0].tolist(),
          'histogram_edges': self._edges[feature].tolist(),
      }
    return summary


@contextlib.contextmanager
def _as_os_error(directory: os.PathLike[str]):
  """ArrayRecord reports a full disk with errors of other types."""
  try:
    yield
  except (RuntimeError, ValueError) as error:
    raise OSError(f'cannot write to {directory}: {error}') from error


def _local(records: epath.Path, cache: epath.Path, manifest: Mapping[str, Any]) -> str:
  """The path of the records on this machine; copies them if they are remote."""
  if storage.is_local(records):
    return str(records)
  path = cache / f'{manifest["crc32"]:08x}-{manifest["bytes"]}.array_record'
  if not path.exists():
    logging.info('Copying %s to %s.', records, path)
    cache.mkdir(parents=True, exist_ok=True)
    with storage.whole_file(path) as partial:
      records.copy(partial)
  return str(path)


def _agrees(path: str, manifest: Mapping[str, Any]) -> bool:
  """Whether a local file matches a manifest."""
  if not os.path.exists(path) or os.path.getsize(path) != manifest['bytes']:
    return False
  return _checksum_once(path, os.stat(path).st_mtime_ns) == manifest['crc32']


@functools.lru_cache(maxsize=None)
def _checksum_once(path: str, modified: int) -> int:
  """The checksum, computed once in a process for each modification time of a file."""
  del modified
  return _checksum(path)


def _checksum(path: str) -> int:
  value = 0
  with open(path, 'rb') as file:
    while block := file.read(1 << 20):
      value = zlib.crc32(block, value)
  return value
