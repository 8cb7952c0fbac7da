"""Finds what each dataset needs before it can train, without the network.

It looks on disk whether a dataset is prepared, and estimates the cost of a missing one: TFDS's
checksum lists give the sizes of downloads, and the declaration gives the number of rows.
"""
from collections.abc import Iterable, Sequence
import dataclasses
import re
from typing import Any

from etils import epath
import tensorflow_datasets as tfds

from flan_jax import sample_world
from flan_jax.data import declarations, mixtures, registry, trying
from flan_jax.data.dataset import About, Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources import choices, hub_files, slices
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.data.sources.tfds_source import given_data_dir, prepared_builder
from flan_jax.errors import UserError
from flan_jax.stream import prepared

READY, SAMPLE, MISSING, OWN = 'ready', 'sample', 'missing', 'own'
UNFIT = 'too small'

# What users of TFDS reported (numbers: issues of tensorflow/datasets).
_REPORTED = {
    'cnn_dailymail': 'the download fails its checksum at times (#5232, #8981)',
    'multi_news': 'before TFDS 4.9.10 the download fails (#5232, #11100)',
}
_DRIVE = 'the download is on Google Drive, which refuses files that many people request (#1482)'
_TO_BUCKET = ('preparing straight into object storage can hang (#3747, #4115): prepare into a '
              'local directory and copy it')

# Prepared bytes a row, within a factor of two: by cluster, then datasets far from their cluster's.
_ROW_BYTES = {
    'nli': 250, 'commonsense': 600, 'sentiment': 500, 'paraphrase': 250, 'closed_book_qa': 250,
    'struct_to_text': 500, 'translation': 300, 'reading_comprehension': 1_200,
    'reading_comprehension_with_commonsense': 1_200, 'coreference': 250, 'miscellaneous': 300,
    'summarization': 3_500,
}
_LONG_OR_SHORT_ROWS = {
    'ag_news_subset': 300, 'coqa': 2_500, 'gigaword': 250, 'imdb_reviews': 5_000,
    'multi_news': 12_000, 'quac': 3_500, 'samsum': 700, 'sentiment140': 200, 'trivia_qa': 160_000,
}
_OTHER_ROW_BYTES = 1_000
_COMPRESSION = 3  # prepared bytes per downloaded byte, if the size of the download is not listed
_BYTES_PER_SECOND = 10e6
_ROWS_PER_SECOND = 3_000


@dataclasses.dataclass(frozen=True)
class DatasetState:
  """What is known about a dataset on this machine.

  Attributes:
    name: of the declaration or the foreign task.
    cluster: of the declaration.
    source: its TFDS name, its files, or its repository on the Hugging Face hub.
    state: 'ready' (prepared by TFDS, or in readable files), 'sample' (read from the sample world),
      'missing', 'too small' (for its declared slices), or 'own' (a foreign task, not examined).
    directory: the data directory that it is read from; None if none was given.
    rows: rows in each declared slice.
    empty: declared slices in which no row exists or no row is kept.
    passes: number of its tokenized passes on disk (see `prepared`); None if not looked for.
    why: what is missing or too small.
    other_versions: prepared versions of a dataset whose declared version is missing.
    command: the command that prepares it.
    manual: what must be done by hand before that; empty if nothing.
    versions: versions that the installed TFDS can prepare.
    trouble: known trouble with preparing it.
    license: as declared.
    mirror: its repository on the Hugging Face hub; empty if none is known.
    mirror_works: whether the mirror can replace it (`--source=hub`), as far as known.
    mirror_lacks: why the mirror cannot replace it.
    download_bytes: estimated download of a missing dataset; None if not known.
    disk_bytes: size once prepared; an estimate unless the dataset is ready.
    seconds: estimated time to download and prepare a missing dataset.
  """

  name: str
  cluster: str | None = None
  source: str | None = None
  state: str = OWN
  directory: str | None = None
  rows: dict[str, int] = dataclasses.field(default_factory=dict)
  empty: tuple[str, ...] = ()
  passes: int | None = None
  why: str = ''
  other_versions: tuple[str, ...] = ()
  command: str = ''
  manual: str = ''
  versions: tuple[str, ...] = ()
  trouble: tuple[str, ...] = ()
  license: str = ''
  mirror: str = ''
  mirror_works: bool | None = None
  mirror_lacks: str = ''
  download_bytes: int | None = None
  disk_bytes: int | None = None
  seconds: int | None = None

  def as_json(self) -> dict[str, Any]:
    return dataclasses.asdict(self)


def examine(names: Sequence[str] = (), settings: prepared.Settings | None = None
            ) -> list[DatasetState]:
  """Examines the datasets of mixtures, clusters, datasets or tasks; by default all that ship.

  Args:
    names: what to examine.
    settings: vocabulary, lengths and directory of the tokenized data to look for.

  Raises:
    UserError: a name is unknown.
  """
  declarations.load()
  chosen = _chosen(names) if names else registry.datasets()
  return [_examine(name, dataset, settings) for name, dataset in chosen.items()]


def _chosen(names: Sequence[str]) -> dict[str, Dataset | None]:
  """Declarations by name, None for a task that has none."""
  return {registry.dataset_name(task.name): registry.declaration(task.name)
          for task in mixtures.resolve(names).tasks}


def _examine(
    name: str, dataset: Dataset | None, settings: prepared.Settings | None) -> DatasetState:
  if dataset is None:
    return DatasetState(name)
  rows = row_source(dataset)
  if rows.tfds_name:
    return _examine_tfds(dataset, rows, settings)
  finding = DatasetState(name, dataset.cluster, rows.source.name, license=dataset.about.license,
                         **_mirror(dataset))
  with hub_files.cache_only():
    found = _rows(dataset, rows, settings)
  if rows.when_missing and found['state'] == MISSING:
    found['why'] += f'; {rows.when_missing}'
  return dataclasses.replace(finding, **found)


def _rows(
    dataset: Dataset, rows: SliceSource, settings: prepared.Settings | None) -> dict[str, Any]:
  """The rows of each slice, or why they cannot be read."""
  try:
    sizes = {split: rows.num_input_examples(split) for split in dataset.source.slices}
  except UserError as error:
    state = UNFIT if isinstance(error, slices.Unfit) else MISSING
    return {'state': state, 'why': ': '.join(p for p in (error.where, error.what) if p)}
  looked_for = settings and dataset.source.train
  passes = len(prepared.state(prepared.Declared(dataset), settings)) if looked_for else None
  empty = tuple(split for split in sizes if not trying.has_rows(dataset, split))
  return {'state': READY, 'rows': sizes, 'empty': empty, 'passes': passes}


def _examine_tfds(
    dataset: Dataset, rows: SliceSource, settings: prepared.Settings | None) -> DatasetState:
  name, _, version = dataset.source.name.partition(':')
  given = given_data_dir()
  builder_class = _builder_class(name)
  versions = _versions(builder_class, name)
  finding = DatasetState(
      dataset.name, dataset.cluster, dataset.source.name,
      directory=given,
      command=f'tfds build {dataset.source.name} --data_dir={given or "DIR"}',
      manual=_manual(dataset.about, builder_class),
      versions=versions,
      trouble=tuple(_trouble(builder_class, name, version, versions, given)),
      license=dataset.about.license,
      **_mirror(dataset),
  )
  return dataclasses.replace(finding, **_look(dataset, rows, given, builder_class, settings))


def _look(dataset: Dataset, rows: SliceSource, given: str | None, builder_class, settings
          ) -> dict[str, Any]:
  """The attributes that depend on whether the rows exist."""
  name = dataset.source.name.split(':')[0]
  if given is None and choices.chosen_place() == choices.HUB:
    return {'state': MISSING, 'why': 'no mirror on the hub can replace it, and no data directory '
            'was given', **_costs(dataset, builder_class)}
  if given is None and name in sample_world.SAMPLE_DATASETS:
    return {'state': SAMPLE, 'directory': str(sample_world.directory()),
            **_costs(dataset, builder_class)}
  if given is None:
    why = 'no data directory was given, and the sample world does not have this dataset'
    return {'state': MISSING, 'why': why, **_costs(dataset, builder_class)}
  found = _rows(dataset, rows, settings)
  if found['state'] == MISSING:
    others = _other_versions(given, dataset.source.name)
    return found | {'other_versions': others, **_costs(dataset, builder_class)}
  if found['state'] == READY and sample_world.is_sample_data(given):
    found['state'] = SAMPLE
  stored = prepared_builder(dataset.source.name, given).info
  return found | {'disk_bytes': int(stored.dataset_size)}


def _builder_class(name: str):
  """TFDS's builder class for a dataset; None if the installed TFDS has none."""
  try:
    return tfds.builder_cls(name.split('/')[0])
  except tfds.core.DatasetNotFoundError:
    return None


def _versions(builder_class, name: str) -> tuple[str, ...]:
  if builder_class is None:
    return ()
  config = builder_class.builder_configs.get(name.partition('/')[2])
  offered = [
      config and config.version or builder_class.VERSION,
      *(config and config.supported_versions or builder_class.SUPPORTED_VERSIONS),
  ]
  return tuple(dict.fromkeys(str(v) for v in offered if v))


def _manual(about: About, builder_class) -> str:
  """The declaration's instructions, or TFDS's if the declaration has no `About`."""
  if about != About() or builder_class is None:
    return about.manual
  return ' '.join((builder_class.MANUAL_DOWNLOAD_INSTRUCTIONS or '').split())


def _trouble(builder_class, name: str, version: str, versions: Sequence[str],
             given: str | None) -> Iterable[str]:
  if builder_class is None:
    yield f'the installed TFDS ({tfds.__version__}) has no dataset of this name'
  elif version and versions and version not in versions:
    yield f'the installed TFDS ({tfds.__version__}) prepares {", ".join(versions)}, not {version}'
  dataset = name.split('/')[0]
  if dataset in _REPORTED:
    yield _REPORTED[dataset]
  elif any('drive.google.com' in url for url in _downloads(builder_class, name)):
    yield _DRIVE
  if given and given.startswith('gs://'):
    yield _TO_BUCKET


def _mirror(dataset: Dataset) -> dict[str, Any]:
  mirror = dataset.about.mirror
  if not mirror:
    return {}
  return {'mirror': mirror.repository, 'mirror_works': not mirror.lacks,
          'mirror_lacks': mirror.lacks}


def _other_versions(directory: str, tfds_name: str) -> tuple[str, ...]:
  """The prepared versions of a dataset other than the declared one."""
  name, _, wanted = tfds_name.partition(':')
  folder = epath.Path(directory) / name
  if not folder.is_dir():
    return ()
  return tuple(sorted(p.name for p in folder.iterdir()
                      if re.fullmatch(r'\d+\.\d+\.\d+', p.name) and p.name != wanted))


# ---- Estimates ----


def _downloads(builder_class, name: str) -> dict[str, int]:
  """Bytes of each file that TFDS downloads for a dataset, by URL, from its checksum list.

  The list covers all configurations. Files named after this one count, or else all files.
  """
  infos = builder_class and builder_class.url_infos or {}
  listed = {url: info.size for url, info in infos.items()}
  config = _letters(name.partition('/')[2])
  own = {url: size for url, size in listed.items()
         if config and config in _letters(url.rsplit('/', 1)[-1])}
  return own or listed


def _letters(text: str) -> str:
  return re.sub(r'[^a-z0-9]', '', text.lower())


def _costs(dataset: Dataset, builder_class) -> dict[str, int | None]:
  """Estimates of the download, the disk space once prepared, and the time."""
  name, rows = dataset.source.name.split(':')[0], dataset.about.train_examples
  a_row = _LONG_OR_SHORT_ROWS.get(
      name.split('/')[0], _ROW_BYTES.get(dataset.cluster, _OTHER_ROW_BYTES))
  disk = None if rows is None else rows * a_row
  download = sum(_downloads(builder_class, name).values())
  if not download and disk is not None and not dataset.about.manual:
    download = disk // _COMPRESSION
  seconds = (download or 0) / _BYTES_PER_SECOND + (rows or 0) / _ROWS_PER_SECOND
  return {'download_bytes': download or None, 'disk_bytes': disk, 'seconds': round(seconds) or 1}
