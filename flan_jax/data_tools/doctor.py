"""What each dataset needs before it can be trained on, found out without the network.

The disk tells whether a dataset is prepared. The cost of a missing one is estimated: TFDS's lists
of checksums give the sizes of downloads, and the declaration gives the number of rows.
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
_DRIVE = 'the download is on Google Drive, which turns it down when many ask for it (#1482)'
_TO_BUCKET = ('preparing straight into object storage can hang (#3747, #4115): prepare into a '
              'local directory and copy it')

# Prepared bytes a row, by cluster and for what is far from its cluster's; good to a factor of two.
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
_COMPRESSION = 3  # prepared bytes for a downloaded one, where the download's size is not listed
_BYTES_PER_SECOND = 10e6
_ROWS_PER_SECOND = 3_000


@dataclasses.dataclass(frozen=True)
class DatasetState:
  """What is known of a dataset on this machine.

  Attributes:
    name: the declaration, or the SeqIO task of somebody's own.
    cluster: of the declaration.
    source: its TFDS name, its files, or its repository on the Hugging Face hub.
    state: 'ready' (prepared by TFDS, or in files that can be read), 'sample' (read from the sample
      world), 'missing', 'too small' (for its declared slices), or 'own' (somebody's own SeqIO task,
      not looked into).
    directory: the data directory that it is read from; None where none was given.
    rows: rows of each declared slice in the copy that is there.
    empty: declared slices of which no row is there, or none is kept.
    passes: tokenized passes over it that are there (see `prepared`); None where not looked for.
    why: what is missing or too small.
    other_versions: of a missing dataset that are there.
    command: what prepares it.
    manual: what has to be done by hand before that; empty where nothing has.
    versions: those that the installed TFDS can prepare.
    trouble: known trouble with preparing it.
    license: as declared.
    mirror: its repository on the Hugging Face hub; empty where none is known.
    mirror_works: whether it can stand in (`--source=hub`), as far as known.
    mirror_lacks: why it cannot.
    download_bytes: of a missing dataset, estimated; None where not known.
    disk_bytes: once prepared; estimated unless it is ready.
    seconds: to download and prepare a missing one, estimated.
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


def examine(names: Sequence[str] = (), made_with: prepared.Settings | None = None
            ) -> list[DatasetState]:
  """Looks at the datasets of mixtures, clusters, datasets or tasks; at all that ship by default.

  Args:
    names: what to look at.
    made_with: vocabulary, lengths and directory of the tokenized examples to look for.

  Raises:
    UserError: a name is unknown.
  """
  declarations.load()
  chosen = _chosen(names) if names else registry.datasets()
  return [_examine(name, dataset, made_with) for name, dataset in chosen.items()]


def _chosen(names: Sequence[str]) -> dict[str, Dataset | None]:
  """Declarations by name, None for a task that has none."""
  return {registry.dataset_name(task.name): registry.declaration(task.name)
          for task in mixtures.resolve(names).tasks}


def _examine(
    name: str, dataset: Dataset | None, made_with: prepared.Settings | None) -> DatasetState:
  if dataset is None:
    return DatasetState(name)
  rows = row_source(dataset)
  if rows.tfds_name:
    return _examine_tfds(dataset, rows, made_with)
  finding = DatasetState(name, dataset.cluster, rows.source.name, license=dataset.about.license,
                         **_mirror(dataset))
  with hub_files.cache_only():
    found = _rows(dataset, rows, made_with)
  if rows.when_missing and found['state'] == MISSING:
    found['why'] += f'; {rows.when_missing}'
  return dataclasses.replace(finding, **found)


def _rows(
    dataset: Dataset, rows: SliceSource, made_with: prepared.Settings | None) -> dict[str, Any]:
  """The rows of each slice, or why they cannot be read."""
  try:
    sizes = {split: rows.num_input_examples(split) for split in dataset.source.slices}
  except UserError as error:
    state = UNFIT if isinstance(error, slices.Unfit) else MISSING
    return {'state': state, 'why': ': '.join(p for p in (error.where, error.what) if p)}
  looked_for = made_with and dataset.source.train
  passes = len(prepared.state(prepared.Declared(dataset), made_with)) if looked_for else None
  empty = tuple(split for split in sizes if not trying.has_rows(dataset, split))
  return {'state': READY, 'rows': sizes, 'empty': empty, 'passes': passes}


def _examine_tfds(
    dataset: Dataset, rows: SliceSource, made_with: prepared.Settings | None) -> DatasetState:
  name, _, version = dataset.source.name.partition(':')
  given = given_data_dir(dataset.source.name)
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
  return dataclasses.replace(finding, **_look(dataset, rows, given, builder_class, made_with))


def _look(dataset: Dataset, rows: SliceSource, given: str | None, builder_class, made_with
          ) -> dict[str, Any]:
  """What depends on whether the rows are there."""
  name = dataset.source.name.split(':')[0]
  if given is None and choices.chosen_place() == choices.HUB:
    return {'state': MISSING, 'why': 'it has no mirror on the hub that can stand in, and no data '
            'directory was given', **_costs(dataset, builder_class)}
  if given is None and name in sample_world.SAMPLE_DATASETS:
    return {'state': SAMPLE, 'directory': str(sample_world.directory()),
            **_costs(dataset, builder_class)}
  if given is None:
    why = 'no data directory was given, and the sample world has no such dataset'
    return {'state': MISSING, 'why': why, **_costs(dataset, builder_class)}
  found = _rows(dataset, rows, made_with)
  if found['state'] == MISSING:
    others = _other_versions(given, dataset.source.name)
    return found | {'other_versions': others, **_costs(dataset, builder_class)}
  if found['state'] == READY and sample_world.is_sample_data(given):
    found['state'] = SAMPLE
  stored = prepared_builder(dataset.source.name, given).info
  return found | {'disk_bytes': int(stored.dataset_size)}


def _builder_class(name: str):
  """TFDS's class for a dataset; None where the installed TFDS has none of this name."""
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
  """The declaration's words, or TFDS's where the declaration says nothing about itself."""
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
  """Versions of a dataset that are prepared beside the one that is asked for."""
  name, _, wanted = tfds_name.partition(':')
  folder = epath.Path(directory) / name
  if not folder.is_dir():
    return ()
  return tuple(sorted(p.name for p in folder.iterdir()
                      if re.fullmatch(r'\d+\.\d+\.\d+', p.name) and p.name != wanted))


# ---- Estimates ----


def _downloads(builder_class, name: str) -> dict[str, int]:
  """Bytes by address of what TFDS downloads for a dataset, as its list of checksums has them.

  The list is of all configurations. Files named after this one are taken, or else all of them.
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
  """Estimates of a download, of the disk it takes once prepared and of the time."""
  name, rows = dataset.source.name.split(':')[0], dataset.about.train_examples
  a_row = _LONG_OR_SHORT_ROWS.get(
      name.split('/')[0], _ROW_BYTES.get(dataset.cluster, _OTHER_ROW_BYTES))
  disk = None if rows is None else rows * a_row
  download = sum(_downloads(builder_class, name).values())
  if not download and disk is not None and not dataset.about.manual:
    download = disk // _COMPRESSION
  seconds = (download or 0) / _BYTES_PER_SECOND + (rows or 0) / _ROWS_PER_SECOND
  return {'download_bytes': download or None, 'disk_bytes': disk, 'seconds': round(seconds) or 1}
