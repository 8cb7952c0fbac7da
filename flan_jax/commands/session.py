"""Sets up a command: processes, gin files, heavy imports, the location of data."""
import argparse
from collections.abc import Sequence
import contextlib
import dataclasses
import gc
import os
import sys
from typing import Any

from flan_jax import __version__, configuration
from flan_jax.configuration import ConfigPart
from flan_jax.configuration.settings import DataSettings, TrainedOn
from flan_jax.errors import UserError
from flan_jax.terminal import standard_streams

RUNS = 'flan_jax_runs'
# Commands about data read the data settings of a training's gin files, and do not import training.
DATA_SETTINGS = ConfigPart(
    'configs.DataSettings', 'from flan_jax import configs', takes={
        'TrainConfig': [f.name for f in dataclasses.fields(DataSettings)],
        'Run': ['module', 'text']})

_TRAINED_ON = ConfigPart('configs.TrainedOn', 'from flan_jax import configs',
                   takes={'TrainConfig': ['mixture']})


def start_processes(args: argparse.Namespace) -> bool:
  """Joins the other processes of this run, if any; returns whether this is the first one."""
  from flan_jax import distributed

  count = distributed.start(
      args.coordinator_address, args.num_processes, args.process_id,
      timeout=args.startup_timeout, settings=lambda: what_was_given(args))
  if count > 1:
    _keep_stdout_for_results(args)
  first = count == 1 or distributed.is_first()
  args.verbose = args.verbose and first
  return first


# Flags that may differ between the processes of a run, or that `configuration.bound` covers.
_OWN_FLAGS = (
    'coordinator_address', 'num_processes', 'process_id', 'startup_timeout', 'verbose', 'output',
    'tfds_data_dir', 'seqio_additional_cache_dirs', 'gin_search_paths', 'run', 'bindings',
    'gin_bindings', '_gin', 'takes_gin', 'parser')
_CHECKPOINTS = ('INITIAL_CHECKPOINT_PATH', 'CHECKPOINT_PATH', '--checkpoint')


def what_was_given(args: argparse.Namespace) -> dict[str, str]:
  """What a process was started with, by name: flags, configuration, and digests of files."""
  from flan_jax.distributed import fingerprints

  flags = {f'--{name}': str(value) for name, value in vars(args).items()
           if name not in _OWN_FLAGS and value is not None}
  flags['--gin_file'] = ', '.join(args.gin_file)
  bound = configuration.bound()
  texts = flags | {name: value[1:-1] for name, value in bound.items() if value[:1] in '\'"'}
  module = texts.get('MIXTURE_OR_TASK_MODULE')
  modules = fingerprints.of_modules(
      [*args.module_import, *configuration.imported_modules(), *([module] if module else [])])
  checkpoints = {name: fingerprints.of_checkpoint(texts[name])
                 for name in _CHECKPOINTS if texts.get(name)}
  return {
      'the version of FLAN-JAX': __version__, **flags, **bound,
      **fingerprints.of_values(texts),
      **{f'the source of module {name}': digest for name, digest in modules.items()},
      **{f'the checkpoint of {name}': digest for name, digest in checkpoints.items() if digest},
  }


def _keep_stdout_for_results(args: argparse.Namespace) -> None:
  """Keeps Gloo's messages out of the results: it connects CPU processes and prints to stdout."""
  sys.stdout.flush()
  sys.stdout = standard_streams.open_stream(os.dup(1), sys.stdout, line_buffering=True)
  with open(os.devnull, 'w') as nowhere:
    os.dup2(2 if args.verbose else nowhere.fileno(), 1)


def load_gin(
    args: argparse.Namespace, files: Sequence[str], root: str | ConfigPart | None = None,
    known: Sequence[str] = (),
) -> configuration.Loaded:
  """Reads gin files and the command line's bindings; see `configuration.load`."""
  with quiet_stderr(args):
    return configuration.load(files, args.bindings, search_paths(args), known, root)


def search_paths(args: argparse.Namespace) -> list[str]:
  return [path for path in args.gin_search_paths if path]


def set_up(args: argparse.Namespace) -> None:
  """Imports the heavy libraries and tells them where data is."""
  with quiet_stderr(args), _no_garbage():
    from absl import logging
    import tensorflow as tf

    from flan_jax.data import declarations, registry
    from flan_jax.data.sources import choices

    tf.config.set_visible_devices([], 'GPU')  # or TensorFlow would reserve memory that JAX needs
  logging.set_verbosity(logging.INFO if args.verbose else logging.ERROR)
  logging.use_absl_handler()
  _say_failed_saves_once(not args.verbose)
  _tell_seqio(args.tfds_data_dir, [d for d in args.seqio_additional_cache_dirs if d])
  choices.allow_redrawing(args.redraw_slices)
  choices.read_from(args.source)
  declarations.load_without_seqio()
  for module in args.module_import:
    registry.import_module(module)
  registry.check_names_of_others()


# What the last command of this process told SeqIO. The next command takes it back.
_told = {'data_dir': None, 'caches': []}


def _tell_seqio(data_dir: str | None, caches: list[str]) -> None:
  """Tells SeqIO where data is. What a user's module has told it is kept."""
  import seqio

  if data_dir or _told['data_dir']:
    seqio.set_tfds_data_dir_override(data_dir)
  of_others = [d for d in seqio.get_global_cache_dirs() if d not in _told['caches']]
  seqio.set_global_cache_dirs([*of_others, *caches])
  _told.update(data_dir=data_dir, caches=caches)


def load_declarations(args: argparse.Namespace) -> None:
  """Sets up a command that reads declarations and no data, in a tenth of the time.

  A user's modules import SeqIO, so with them the whole set-up is needed.
  """
  if args.module_import:
    set_up(args)
    return
  from flan_jax.data import declarations

  declarations.load_without_seqio()


def _say_failed_saves_once(once: bool) -> None:
  """Hides what Orbax logs about a failed save from several threads, because it also raises it.

  Also hides TensorStore's errors about threads of Orbax that have ended.
  """
  from absl import logging

  logging.get_absl_logger().removeFilter(_is_not_of_orbax)
  sys.unraisablehook = sys.__unraisablehook__
  if not once:
    return
  logging.get_absl_logger().addFilter(_is_not_of_orbax)
  show = sys.unraisablehook

  def shown(unraisable) -> None:
    if 'Event loop is closed' not in str(unraisable.exc_value):
      show(unraisable)

  sys.unraisablehook = shown


def _is_not_of_orbax(record) -> bool:
  return f'{os.sep}orbax{os.sep}' not in record.pathname


def data_text(names: str | Sequence[str] = ()) -> str:
  """Where the rows of mixtures are from, as text; by default of all declared datasets."""
  from flan_jax.data import naming, registry

  return naming.rows_of(names or list(registry.datasets())).text


def names_given(args: argparse.Namespace, needed: bool = True) -> str:
  """The given NAMES, separated by commas; '' if there are none and none are needed.

  Raises:
    UserError: there is none, and one is needed.
  """
  return ','.join(split_names(args.names) if needed else args.names)


def split_names(arguments: Sequence[str]) -> list[str]:
  """The given names, as separate arguments or separated by commas.

  Raises:
    UserError: there is none.
  """
  names = [name.strip() for argument in arguments for name in argument.split(',') if name.strip()]
  if not names:
    raise UserError(f'{" ".join(arguments)!r} names nothing', '', 'Name a dataset or a mixture.')
  return names


def refuse_beside(
    args: argparse.Namespace, flag: str, others: Sequence[str], with_gin: bool = False
) -> None:
  """Refuses arguments that have no effect together with a flag.

  Args:
    args: as parsed.
    flag: the flag that was given.
    others: the arguments without an effect, such as 'names' and '--steps'.
    with_gin: gin files and macros have an effect, so they are allowed.

  Raises:
    UserError: one of them is given.
  """
  given = [other for other in others if getattr(args, other.removeprefix('--'))]
  if not with_gin:
    given += [f'--gin_file={file}' for file in args.gin_file]
    given += map(configuration.flag_of, args.bindings)
  if given:
    raise UserError(f'{given[0]} has no effect with this flag', flag, 'Leave one of them out.')


def data_settings(args: argparse.Namespace, name: str = '') -> DataSettings:
  """The data settings of a training with these gin files. Also sets up the command.

  Without gin files, they come from the shipped file with this name, or from the main experiment.
  """
  shipped = f'gin/{name}.gin'
  files = args.gin_file or [
      shipped if shipped in configuration.shipped_gin_files() else 'gin/flan_holdout_nli.gin']
  loaded = load_gin(args, files, DATA_SETTINGS)
  if not any(s.parsed.arg_name for s in loaded.statements if not s.is_import):
    raise UserError('it configures no training', f'--gin_file={files[-1]}',
                    "Put an experiment's file in front of it, such as gin/flan_holdout_nli.gin.")
  settings = loaded.build(DataSettings)
  set_up(args)
  if settings.module or settings.text:
    from flan_jax.data import pretraining

    pretraining.register_own(settings.module, settings.text)
  return settings


def shipped_settings(file: str) -> DataSettings:
  """The data settings of a shipped gin file, regardless of the user's gin files."""
  return configuration.load([file], root=DATA_SETTINGS).build(DataSettings)


def configured_mixture(args: argparse.Namespace) -> Any:
  """What a training with these gin files and flags trains on."""
  return load_gin(args, args.gin_file, _TRAINED_ON).build(TrainedOn).mixture


@contextlib.contextmanager
def _no_garbage():
  """Turns garbage collection off during imports, which takes a fifth of their time and finds none.

  Objects of the imports are frozen, so later collections skip them.
  """
  gc.disable()
  try:
    yield
  finally:
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def quiet_stderr(args: argparse.Namespace):
  """Hides the messages of TensorFlow's and libtpu's C++ code, unless --verbose.

  They are written to file descriptor 2 while modules are imported, before any setting that silences
  them takes effect. So the descriptor itself is redirected, not `sys.stderr`.
  """
  if args.verbose:
    yield
    return
  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')  # logs warnings, and only speeds up models
  sys.stderr.flush()
  saved = os.dup(2)
  with open(os.devnull, 'w') as nowhere:
    os.dup2(nowhere.fileno(), 2)
    try:
      yield
    finally:
      os.dup2(saved, 2)
      os.close(saved)
