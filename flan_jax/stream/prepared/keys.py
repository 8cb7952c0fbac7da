"""The key of tokenized data: it changes when anything changes that the data depends on.

Declarations, the code that renders and the vocabulary count by their content (`content`).
"""
from collections.abc import Mapping
import dataclasses
import functools
import hashlib
from typing import Any

import seqio

from flan_jax.data import registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.data.vocabulary import name_of, with_vocabulary
from flan_jax.errors import UserError
from flan_jax.stream import examples
from flan_jax.stream.prepared import content

FORMAT = 4  # of the files

_NOT_RENDERED = (
    'metrics', 'about', 'paper_name', 'in_paper', 'group', 'cluster', 'source', 'baseline')
# The code that makes an example from a row. Everything that it names counts too.
_RENDERERS = (
    registry.training_task, Dataset.row_fields, Dataset.row_options, examples.from_features,
    with_vocabulary, SliceSource.get_dataset)
# Finding rows and reporting errors does not change an example, so this code counts by name only.
_BY_NAME = {name: name for name in (
    'flan_jax.errors', 'flan_jax.data.sources.files', 'flan_jax.data.sources.hub_source',
    'flan_jax.data.sources.hub_columns', 'flan_jax.data.sources.hub_files',
    'flan_jax.data.sources.slices', 'flan_jax.data.dataset.Dataset')}
# The module's former name, so that data from before it moved is still found.
_BY_NAME['flan_jax.data.reading_rows'] = 'flan_jax.data.source'


def pass_key(dataset: Dataset, source: Any, vocabulary: seqio.Vocabulary,
             lengths: Mapping[str, int]) -> str:
  """The key of a dataset's training examples as rendered and tokenized.

  Args:
    dataset: the declaration.
    source: its SeqIO source, whose `fingerprint('train')` differs for another copy of the rows.
    vocabulary: turns texts into tokens.
    lengths: longest `inputs` and `targets`.

  Raises:
    UserError: the declaration uses a value that cannot be checked for changes.
  """
  parts = (str(FORMAT), _renderers(), _declared(dataset), source.fingerprint('train'),
           vocabulary_key(vocabulary), repr(sorted(lengths.items())))
  return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16]


def _declared(dataset: Dataset) -> str:
  declared = {
      f.name: getattr(dataset, f.name) for f in dataclasses.fields(dataset)
      if f.name not in _NOT_RENDERED
  }
  try:
    return content.describe(declared, _BY_NAME, lenient=bool(dataset.version))
  except content.Indescribable as error:
    raise UserError(
        f'it uses {error}, which cannot be checked for changes',
        f'dataset {dataset.name}',
        "Use plain values, tensors, arrays or patterns; or set Dataset(version='1') and change the "
        'version whenever the value changes.') from error


def vocabulary_key(vocabulary: seqio.Vocabulary) -> str:
  """A key of a vocabulary. Raises UserError if its state cannot be read."""
  try:
    return content.vocabulary_key(vocabulary)
  except content.Indescribable as error:
    raise UserError(
        f'it uses {error}, which cannot be checked for changes',
        f'VOCABULARY {name_of(vocabulary)}',
        'Give its class a __reduce__ that returns its state.') from error


@functools.cache
def _renderers() -> str:
  """Changes with the code that renders and tokenizes, but not with its comments."""
  return content.describe(_RENDERERS, _BY_NAME)
