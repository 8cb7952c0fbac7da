"""The `t5x` command: flags and gin in, exit code out. Nothing else prints or exits."""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import sys

from flan_jax import __version__, config
from flan_jax.errors import UserError, nearest

_RUNS = 'flan_jax_runs'

_EXAMPLES = """\
examples:
  t5x train --gin_file=gin/flan_holdout_nli.gin
      the paper's main experiment in small, on sample data the package writes itself
  t5x train --gin_file=gin/flan_holdout_nli.gin --gin.TRAIN_STEPS=50 --gin.MODEL_DIR=/tmp/run
      the same, shorter, elsewhere; any macro of the gin files can be set like this
  t5x train --gin_file=gin/flan_holdout_nli.gin --gin_file=gin/models/t5_1_1_base.gin \\
      --tfds_data_dir=DIR --gin.VOCABULARY=spiece.model --gin.INITIAL_CHECKPOINT_PATH=HF_DIR
      a real model on real data
  t5x eval --checkpoint=flan_jax_runs/flan_holdout_nli --mixture=rte
  t5x infer --checkpoint=flan_jax_runs/flan_holdout_nli --input=in.jsonl --output=out.jsonl
  t5x mixture flan_holdout_nli
  t5x datasets
  t5x preview rte_template_3 --n=2

exit codes: 0 done, 1 a fault of the program or the machine, 2 a mistake in what was asked for.
`t5x COMMAND --help` tells more about a command."""


def main(argv: list[str] | None = None) -> int:
  """Runs the command line; returns the exit code."""
  sys.path.append(os.getcwd())  # for modules of the user's own
  try:
    bindings, rest = config.rewrite_gin_args(sys.argv[1:] if argv is None else argv)
    args = _parser().parse_args(rest)
    args.bindings = [*args.gin_bindings, *bindings]
    return args.run(args) or 0
  except UserError as error:
    # gin appends lines of its own to an exception's text, so the parts are put together again.
    message = str(UserError(error.what, error.where, error.remedy))
    print('t5x: ' + ' '.join(message.split()), file=sys.stderr)
    return 2
  except KeyboardInterrupt:
    print('t5x: interrupted', file=sys.stderr)
    return 1


def entry() -> None:
  """The console script."""
  sys.exit(main())


class _Parser(argparse.ArgumentParser):
  """Reports mistakes as everything else here does: one line, the nearest right name, code 2."""

  def error(self, message: str):
    raise UserError(message, '', self._suggestion(message) or f'See {self.prog} --help.')

  def _suggestion(self, message: str) -> str:
    wrong = next((w for w in message.split() if w.startswith('--')), '')
    return nearest(wrong.split('=')[0], self._option_string_actions) if wrong else ''

  def parse_known_args(self, args=None, namespace=None):
    namespace, unknown = super().parse_known_args(args, namespace)
    if unknown and self.prog != 't5x':
      self.error(f'unknown argument {unknown[0]}')
    return namespace, unknown


def _parser() -> argparse.ArgumentParser:
  parser = _Parser(
      prog='t5x', description='Instruction tuning in JAX, in the style of FLAN.',
      epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument('--version', action='version', version=f'flan-jax {__version__}')
  commands = parser.add_subparsers(metavar='COMMAND', required=True, parser_class=_Parser)
  for name, run, text, epilog, arguments in _COMMANDS:
    command = commands.add_parser(
        name, help=text, description=text, epilog=epilog, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    _shared_arguments(command)
    arguments(command)
    command.set_defaults(run=run)
  return parser


def _shared_arguments(command: argparse.ArgumentParser) -> None:
  group = command.add_argument_group('configuration and data')
  group.add_argument('--gin_file', action='append', default=[], metavar='FILE',
                     help='gin file; may be repeated, the later one wins; looked for from the '
                     'working directory, then among the shipped ones')
  group.add_argument('--gin.NAME=VALUE', dest='_gin', metavar='', action='append', default=[],
                     help='set a macro or a parameter, such as --gin.TRAIN_STEPS=100')
  group.add_argument('--gin_bindings', action='append', default=[], metavar='BINDING',
                     help="the same, written as in a gin file: 'TRAIN_STEPS = 100'")
  group.add_argument('--gin_search_paths', default='', metavar='DIRS',
                     help='further folders to look for gin files in, separated by commas')
  group.add_argument('--tfds_data_dir', metavar='DIR',
                     help='where prepared TFDS datasets are; by default sample data that the '
                     'package writes itself')
  group.add_argument('--seqio_additional_cache_dirs', default='', metavar='DIRS',
                     help="where SeqIO's cached tasks are, separated by commas")
  group.add_argument('--module_import', action='append', default=[], metavar='MODULE',
                     help='import a module that registers SeqIO tasks of your own')
  group.add_argument('--verbose', action='store_true', help='log what the library does')


# ---- train ----


def _train(args) -> None:
  run, model_dir = _training_run(args)
  from flan_jax import api, console

  if args.dry_run:
    print(console.dry_run(run, api.check(run)))
    return
  monitor = console.monitor(run, _data(args))

  def started(built, first_step):
    _write_config(model_dir)
    monitor.started(built, first_step)

  api.train(run, dataclasses.replace(monitor, started=started))


def _training_run(args):
  """The run that the gin files configure, and its directory."""
  if not args.gin_file:
    raise UserError('no gin file is named', '--gin_file',
                    f'Choose one: {", ".join(_experiments())}.')
  # Before anything heavy is imported: most mistakes are in the names of files and macros.
  _load_gin(args, args.gin_file)
  _set_up(args)
  from flan_jax import api

  run = _configured(api.Run, args.gin_file[-1])
  model_dir = run.training.model_dir or os.path.join(
      _RUNS, pathlib.Path(args.gin_file[0]).stem)
  return dataclasses.replace(
      run, training=dataclasses.replace(run.training, model_dir=model_dir)), model_dir


def _experiments() -> list[str]:
  return [f for f in config.shipped_gin_files() if f.count('/') == 1]


def _configured(configurable, gin_file: str):
  import gin

  try:
    return gin.get_configurable(configurable)()
  except TypeError as error:
    raise UserError(f'it does not say enough: {error}', gin_file,
                    f"Include 'gin/runs/train.gin' in it and set {configurable.__name__}'s macros."
                    ) from error


def _write_config(model_dir: str) -> None:
  from etils import epath

  directory = epath.Path(model_dir)
  directory.mkdir(parents=True, exist_ok=True)
  (directory / 'config.gin').write_text(config.operative_config())


def _train_arguments(command) -> None:
  command.add_argument('--dry_run', action='store_true',
                       help='check everything, say what would be done, and stop')


# ---- eval ----


def _eval(args) -> None:
  flags = {
      'CHECKPOINT_PATH': args.checkpoint, 'EVAL_MIXTURE_OR_TASK_NAME': args.mixture,
      'EVAL_OUTPUT_DIR': args.output_dir, 'EVALUATOR_NUM_EXAMPLES': args.num_examples,
  }
  args.bindings += [f'{name} = {value!r}' for name, value in flags.items() if value is not None]
  _load_gin(args, ['gin/runs/eval.gin', *args.gin_file])
  _set_up(args)
  from flan_jax import api, console

  run = _configured(api.EvalRun, 'gin/runs/eval.gin')
  if args.gin_file and not run.model_dir:
    run = dataclasses.replace(
        run, model_dir=os.path.join(_RUNS, pathlib.Path(args.gin_file[0]).stem))
  api.evaluate_checkpoint(run, console.evaluation_monitor(_data(args)))


def _eval_arguments(command) -> None:
  command.add_argument('--checkpoint', metavar='DIR',
                       help='run directory, checkpoint or Hugging Face directory')
  command.add_argument('--mixture', metavar='NAME',
                       help='cluster, dataset, mixture or task; by default what the run evaluates')
  command.add_argument('--num_examples', type=int, metavar='N', help='at most N of each task')
  command.add_argument('--output_dir', metavar='DIR', help='by default the run directory')


# ---- infer ----


def _infer(args) -> None:
  from flan_jax import prompts

  records = prompts.read(args.input)
  _set_up(args)
  from flan_jax import api

  model = api.load(args.checkpoint, vocabulary=args.vocabulary)
  count = prompts.write(
      args.output, api.infer(model, records, args.max_new_tokens, args.batch_size))
  print(f'{count} predictions written to {args.output}')


def _infer_arguments(command) -> None:
  command.add_argument('--checkpoint', required=True, metavar='DIR',
                       help='run directory, checkpoint or Hugging Face directory')
  command.add_argument('--input', required=True, metavar='FILE',
                       help='prompts: JSON lines, or text with one prompt a line')
  command.add_argument('--output', required=True, metavar='FILE', help='predictions: JSON lines')
  command.add_argument('--max_new_tokens', type=int, default=256, metavar='N')
  command.add_argument('--batch_size', type=int, default=32, metavar='N')
  command.add_argument('--vocabulary', metavar='MODEL',
                       help='SentencePiece model; by default the one the checkpoint names')


# ---- mixture, datasets, preview ----


def _mixture(args) -> None:
  settings = _data_settings(args, args.name)
  from flan_jax import listing
  from flan_jax.data import describe

  budget = describe.Budget(
      args.steps or settings['steps'], args.batch_size or settings['batch_size'],
      settings['lengths'])
  described = describe.describe_mixture(args.name, budget, settings['vocabulary'])
  described['sample_data'] = not args.tfds_data_dir
  print(json.dumps(described) if args.json else listing.mixture_table(described, _data(args)))


def _mixture_arguments(command) -> None:
  command.add_argument('name', help='mixture, task, dataset or cluster')
  command.add_argument('--steps', type=int, metavar='N', help='training steps to reckon with')
  command.add_argument('--batch_size', type=int, metavar='N', help='packed rows a step')
  command.add_argument('--json', action='store_true', help='print JSON')


def _datasets(args) -> None:
  _set_up(args)
  from flan_jax import listing
  from flan_jax.data import describe

  described = describe.describe_datasets()
  print(json.dumps(described) if args.json else listing.datasets_table(described))


def _datasets_arguments(command) -> None:
  command.add_argument('--json', action='store_true', help='print JSON')


def _preview(args) -> None:
  settings = _data_settings(args, args.task)
  from flan_jax import listing
  from flan_jax.data import describe

  shown = describe.preview(args.task, args.n, settings['lengths'], settings['vocabulary'])
  print(json.dumps(shown, ensure_ascii=False) if args.json
        else listing.previews(shown, _data(args)))


def _preview_arguments(command) -> None:
  command.add_argument('task', help='evaluation task (rte_template_3), dataset, mixture or task')
  command.add_argument('--n', type=int, default=3, metavar='N', help='examples of each task')
  command.add_argument('--json', action='store_true', help='print JSON')


def _data_settings(args, name: str) -> dict:
  """Vocabulary, lengths, steps and batch size: from the gin files given, or the shipped file of
  this name, or the main experiment's."""
  shipped = f'gin/{name}.gin'
  files = args.gin_file or [
      shipped if shipped in config.shipped_gin_files() else 'gin/flan_holdout_nli.gin']
  macros = config.read_macros(files, args.bindings, _search_paths(args))
  _set_up(args)
  from flan_jax.data.vocabulary import load_vocabulary

  return {
      'vocabulary': load_vocabulary(macros.get('VOCABULARY', 'sample')),
      'lengths': macros['TASK_FEATURE_LENGTHS'],
      'steps': macros['TRAIN_STEPS'],
      'batch_size': macros['BATCH_SIZE'],
  }


# ---- Set-up ----


def _load_gin(args, files: list[str]) -> None:
  with _quiet(args):
    config.load(files, args.bindings, _search_paths(args))


def _search_paths(args) -> list[str]:
  return [p for p in args.gin_search_paths.split(',') if p]


@contextlib.contextmanager
def _quiet(args):
  """Keeps from the terminal what TensorFlow's C++ parts say while they are imported.

  They write to the process's standard error before any setting of theirs takes effect.
  """
  if args.verbose:
    yield
    return
  os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
  os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')  # it only serves models, and complains
  sys.stderr.flush()
  saved = os.dup(2)
  with open(os.devnull, 'w') as nowhere:
    os.dup2(nowhere.fileno(), 2)
    try:
      yield
    finally:
      os.dup2(saved, 2)
      os.close(saved)


def _set_up(args) -> None:
  """Imports the heavy libraries and tells them where data is."""
  with _quiet(args):
    from absl import logging
    import seqio
    import tensorflow as tf

    from flan_jax.data import registry

    tf.config.set_visible_devices([], 'GPU')  # they are for JAX
  logging.set_verbosity(logging.INFO if args.verbose else logging.ERROR)
  logging.use_absl_handler()
  if args.tfds_data_dir:
    seqio.set_tfds_data_dir_override(args.tfds_data_dir)
  caches = [d for d in args.seqio_additional_cache_dirs.split(',') if d]
  if caches:
    seqio.add_global_cache_dirs(caches)
  registry.load_shipped()
  for module in args.module_import:
    registry.import_module(module)


def _data(args) -> str:
  """Where rows come from, for people."""
  if args.tfds_data_dir:
    return args.tfds_data_dir
  from flan_jax.data import samples

  return f'SAMPLE DATA in {samples.sample_world_dir()} (real data: --tfds_data_dir=DIR)'


_COMMANDS = (
    ('train', _train, 'Train, evaluate on the way and at the end, show a table.',
     'example: t5x train --gin_file=gin/flan_holdout_nli.gin --gin.TRAIN_STEPS=100',
     _train_arguments),
    ('eval', _eval, 'Evaluate a checkpoint: results.json, predictions and a table.',
     'example: t5x eval --checkpoint=flan_jax_runs/flan_holdout_nli --mixture=rte',
     _eval_arguments),
    ('infer', _infer, 'Generate from prompts, or rank their options.',
     'An input line is {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]};\n'
     'an output line repeats it and adds "prediction" and, with options, "scores".',
     _infer_arguments),
    ('mixture', _mixture, 'Show what a mixture trains on, and what it leaves out and why.',
     'example: t5x mixture flan_holdout_nli', _mixture_arguments),
    ('datasets', _datasets, 'List the declared datasets.', 'example: t5x datasets --json',
     _datasets_arguments),
    ('preview', _preview, 'Show rendered examples with the tokens the loss is taken on.',
     'example: t5x preview rte_template_3 --n=2', _preview_arguments),
)
