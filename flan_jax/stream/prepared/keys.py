"""What prepared data depends on, as a short key: when any of it changes, the key does.

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

FORMAT = 4  # of the prepared files

_NOT_RENDERED = ('metrics', 'about', 'paper_name', 'in_paper', 'group', 'cluster', 'source')
# What makes an example of a row; all that these name counts with them.
_RENDERERS = (
    registry.training_task, Dataset.row_fields, Dataset.row_options, examples.from_features,
    with_vocabulary, SliceSource.get_dataset)
# How rows are found and what people are told makes no difference to an example.
_BY_NAME = {name: name for name in (
    'flan_jax.errors', 'flan_jax.data.sources.files', 'flan_jax.data.sources.hub_source',
    'flan_jax.data.sources.hub_columns', 'flan_jax.data.sources.hub_files',
    'flan_jax.data.sources.slices', 'flan_jax.data.dataset.Dataset')}
# Its former name, so that data prepared before it moved is found.
_BY_NAME['flan_jax.data.reading_rows'] = 'flan_jax.data.source'


def pass_key(dataset: Dataset, source: Any, vocabulary: seqio.Vocabulary,
             lengths: Mapping[str, int]) -> str:
  """The key of a dataset's training examples as rendered and tokenised.

  Args:
    dataset: the declaration.
    source: its SeqIO source, whose `fingerprint('train')` tells one copy of the rows from another.
    vocabulary: turns texts into tokens.
    lengths: longest `inputs` and `targets`.

  Raises:
    UserError: the declaration uses a value of which nobody can tell whether it has changed.
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
        f'prepared data cannot tell when {error} changes, which it uses',
        f'dataset {dataset.name}',
        "Use plain values, tensors, arrays or patterns; or give Dataset(version='1') and another "
        'version whenever it changes.') from error


def vocabulary_key(vocabulary: seqio.Vocabulary) -> str:
  """Tells one vocabulary from another. Raises UserError where it cannot be looked into."""
  try:
    return content.vocabulary_key(vocabulary)
  except content.Indescribable as error:
    raise UserError(
        f'prepared data cannot tell when {error} changes, which it uses',
        f'VOCABULARY {name_of(vocabulary)}',
        'Let its class have a __reduce__ that gives what it is made of.') from error


@functools.cache
def _renderers() -> str:
  """Changes with the code that renders and tokenises, not with comments in it."""
  return content.describe(_RENDERERS, _BY_NAME)
