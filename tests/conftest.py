"""Shared fixtures: the sample world, its vocabulary, a tiny model."""
import json
import os
import pathlib
import sys
import tempfile

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
# What a test run makes once, for all its processes: the sample world, and the programs of the same
# small models, which would be compiled hundreds of times.
if 'FLAN_JAX_CACHE' not in os.environ:
  _cache = tempfile.TemporaryDirectory(prefix='flan_jax_tests_')
  os.environ['FLAN_JAX_CACHE'] = _cache.name
os.environ.setdefault(
    'JAX_COMPILATION_CACHE_DIR', os.path.join(os.environ['FLAN_JAX_CACHE'], 'compiled'))
os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0')
# Optimizing machine code takes half of the time that compiling does, and small models gain nothing.
_QUICK = '--xla_backend_optimization_level=0'
if _QUICK not in os.environ.get('XLA_FLAGS', ''):
  os.environ['XLA_FLAGS'] = f'{_QUICK} {os.environ.get("XLA_FLAGS", "")}'.strip()

import pytest  # noqa: E402 (JAX, which a plugin may import, reads what is set above)

REAL_ROWS = pathlib.Path(__file__).parents[2] / 'shared/data/tfds_jsonl'


@pytest.fixture(scope='session')
def vocabulary():
  from flan_jax.data.vocabulary import load_vocabulary

  return load_vocabulary()


@pytest.fixture(scope='module', autouse=True)
def nothing_registered_stays():
  """Declarations that the tests of a file register are gone for the next file."""
  yield
  registry = sys.modules.get('flan_jax.data.registry')
  for name in list(registry.datasets()) if registry else ():
    if not str(registry.datasets()[name].fields.__module__).startswith('flan_jax.'):
      registry.unregister(name)


@pytest.fixture(scope='module', autouse=True)
def logging_is_as_before():
  """A command sets for its whole process how much is logged: not for the next file of tests."""
  from absl import logging

  before = logging.get_verbosity()
  yield
  logging.set_verbosity(before)


@pytest.fixture
def declared():
  """The shipped declarations by name."""
  from flan_jax.data import registry

  registry.load_shipped()
  return registry.datasets()


@pytest.fixture
def registered():
  """Registers a dataset for one test."""
  from flan_jax.data import registry

  names = []

  def register(dataset):
    registry.register(dataset)
    names.append(dataset.name)
    return dataset

  yield register
  for name in names:
    registry.unregister(name)


@pytest.fixture(scope='session')
def write_rows(tmp_path_factory):
  """Writes rows as prepared TFDS data; returns the data directory."""
  import tensorflow_datasets as tfds

  def write(name, version, splits, directory=None):
    directory = directory or tmp_path_factory.mktemp('tfds')
    dataset, _, config = name.partition('/')
    tfds.dataset_builders.store_as_tfds_dataset(
        name=dataset, version=version, data_dir=str(directory),
        features=tfds.builder(f'{name}:{version}', try_gcs=False).info.features,
        split_datasets={s: list(enumerate(rows)) for s, rows in splits.items()},
        **({'config': config} if config else {}))
    return directory

  return write


@pytest.fixture(scope='session')
def real_rows():
  """Reads real excerpts, where they are at hand."""

  def read(name):
    folder = REAL_ROWS / name.replace('/', '__')
    if not folder.exists():
      pytest.skip('the excerpts of real rows are not here')
    return {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in folder.glob('*.jsonl')
    }

  return read


@pytest.fixture
def data_dir():
  """Points SeqIO to a data directory for one test; an excerpt's slices may be redrawn."""
  import seqio

  from flan_jax.data.sources import choices

  def give(directory, redraw=False):
    seqio.set_tfds_data_dir_override(directory)
    choices.allow_redrawing(redraw)

  yield give
  give(None)
