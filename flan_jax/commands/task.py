"""`t5x task new`: drafts a declaration for the user's rows."""
from collections.abc import Collection, Sequence
import os
import pathlib
import re

from flan_jax import storage
from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, GIN, Command
from flan_jax.errors import UserError

_KINDS = ('jsonl', 'csv', 'parquet')
# Names of files and folders that do not describe their content.
_SAYS_NOTHING = re.compile(
    r'((train|training|validation|valid|val|dev|test|eval|data|dataset|datasets|rows|raw|default'
    r'|plain_text|tmp|temp|downloads|desktop|documents|home|root|workspace|work)'
    r'([-_.]?\d+(-of-\d+)?)?|part[-_.]?\d+.*|\W*|\w*:|~)', re.IGNORECASE)


def _task(args) -> None:
  path = _one_source(args)
  name = args.name or _dataset_name(path.split(':')[0] if args.tfds else _telling_name(path))
  if not name.isidentifier():
    raise UserError(f'{name!r} is not a name', '--name', 'Use letters, digits and _.')
  output = pathlib.Path(args.output or f'{name}_task.py')
  _check_output(output, args.force)
  session.set_up(args)
  from flan_jax.data import names
  from flan_jax.data_tools import new_task, new_task_columns, new_task_text
  from flan_jax.terminal import new_task_summary

  names.check_free(name, '--name')
  columns = new_task_columns.columns_of_tfds(path) if args.tfds else (
      new_task_columns.columns_of_files(
      _slices(args, path), str(output.parent), args.skip_bad_rows, args.column_names))
  outline = new_task.outline(
      columns, name, args.cluster, _columns(args.input, columns.types), args.target or '',
      args.options or '', args.labels)
  text = new_task_text.declaration_text(outline)
  findings = _try_out(text, output)
  storage.write_named(output, text, '--output')
  print(new_task_summary.summary(outline, output, findings, _expected(outline), session.RUNS))


def _columns(given: Sequence[str], known: Collection[str]) -> list[str]:
  """The given columns, as separate arguments or separated by commas. A name may have a comma."""
  return [column for text in given
          for column in ([text] if text in known else map(str.strip, text.split(',')))]


def _one_source(args) -> str:
  given = [getattr(args, kind) for kind in (*_KINDS, 'tfds') if getattr(args, kind)]
  if len(given) != 1:
    raise UserError('name one source of rows', 't5x task new',
                    'Give --jsonl=FILE, --csv=FILE, --parquet=FILE or --tfds=NAME.')
  kind = next((k for k in _KINDS if getattr(args, k)), None)
  suffixes = {'jsonl': ('.jsonl', '.ndjson', '.json'), 'csv': ('.csv', '.tsv'),
              'parquet': ('.parquet',)}
  if kind and pathlib.PurePath(given[0]).suffix.lower() not in suffixes[kind]:
    raise UserError(f'{given[0]!r} is not named {" or ".join(suffixes[kind])}', f'--{kind}',
                    'The suffix of the name must match the format.')
  return given[0]


def _telling_name(path: str) -> str:
  """The file's name, or its folder's if the file's says nothing, such as `train.parquet`."""
  full = path if '://' in path else os.path.abspath(path)
  pure = pathlib.PurePath(full)
  for name in (pure.stem, *(folder.name for folder in list(pure.parents)[:2])):
    if not _SAYS_NOTHING.fullmatch(name):
      return name
  raise UserError(f'neither {pure.name} nor its folder says what the rows are', '--name',
                  'Give the dataset a name: --name=NAME.')


def _dataset_name(text: str) -> str:
  """A dataset's name from a file's or a TFDS name: 'my-rows' gives 'my_rows'."""
  name = re.sub(r'\W+', '_', text).strip('_').lower()
  return name if name.isidentifier() else f'data_{name}'


def _slices(args, path: str) -> dict[str, str]:
  given = {'train': path, 'validation': args.validation, 'test': args.test}
  return {split: file for split, file in given.items() if file}


def _check_output(output: pathlib.Path, force: bool) -> None:
  if output.suffix != '.py' or not output.stem.isidentifier():
    raise UserError(f'{str(output)!r} is not the name of a Python module', '--output',
                    'Use a name such as my_task.py.')
  if output.exists() and not force:
    raise UserError(f'{output} exists already', '--output',
                    'Choose another file with --output=FILE, or overwrite it with --force.')
  storage.check_file(output, '--output')


def _try_out(text: str, output: pathlib.Path) -> list:
  """Runs the module as an import would, and lints its datasets."""
  from flan_jax.data_tools import lint

  module = {'__file__': str(output.absolute()), '__name__': output.stem}
  exec(compile(text, str(output), 'exec'), module)  # pylint: disable=exec-used
  return lint.lint([dataset.name for dataset in module['DATASETS']])


def _expected(outline):
  """`describe_mixture` for the shipped finetuning on these rows; None without their number."""
  if not outline.columns.sizes:
    return None
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import describe
  from flan_jax.terminal import new_task_summary

  settings = session.shipped_settings(new_task_summary.FINETUNE)
  budget = describe.Budget(settings.steps, settings.batch_size, settings.lengths)
  return describe.describe_mixture(outline.name, budget, load_vocabulary(settings.vocabulary))


def _task_arguments(command) -> None:
  command.add_argument('action', choices=['new'], help='what to do: write a new declaration')
  rows = command.add_argument_group('rows, one of')
  rows.add_argument('--jsonl', metavar='FILE', type=flags.path(),
                    help='JSON lines, one object a line, or a .json file with a list of objects')
  rows.add_argument('--csv', metavar='FILE', type=flags.path(), help='CSV (or .tsv)')
  rows.add_argument('--parquet', metavar='FILE', type=flags.path(), help='Parquet')
  rows.add_argument('--tfds', metavar='NAME', help='TFDS name, such as glue/sst2')
  command.add_argument('--validation', metavar='FILE', type=flags.path(),
                       help='rows that choose a template; by default a tenth of the rows')
  command.add_argument('--test', metavar='FILE', type=flags.path(),
                       help='rows to report; by default a tenth of the rows')
  command.add_argument('--name', metavar='NAME',
                       help='name of the dataset; by default that of the file or its folder')
  command.add_argument('--input', action='append', default=[], metavar='A,B,C',
                       help='columns to show in the prompt; by default those that hold text')
  command.add_argument('--target', metavar='COL',
                       help='column of the answer; by default it is guessed from the names')
  command.add_argument('--options', metavar='COL|A,B,C',
                       help="the column that lists each row's options, columns with one option "
                       'each, or the options themselves; none: free text; by default it is guessed')
  command.add_argument('--labels', metavar='A,B,C', action='extend',
                       type=flags.names(), default=[],
                       help='names for the values of the answer column, in the order of the values')
  command.add_argument('--column_names', metavar='A,B,C', action='extend',
                       type=flags.names(), default=[],
                       help='names of the columns of a CSV file without a header')
  command.add_argument('--cluster', default='own', metavar='NAME',
                       help='cluster of the dataset')
  flags.output_argument(command, 'the module to write; by default NAME_task.py', required=False)
  command.add_argument('--skip_bad_rows', action='store_true',
                       help='leave out malformed rows; they are counted and logged')
  command.add_argument('--force', action='store_true', help='overwrite an existing file')


COMMAND = Command(
    'task', 'Draft a declaration for your own dataset, to edit and to train on.',
    'examples:\n  t5x task new --jsonl=rows.jsonl\n'
    '  t5x task new --csv=mails.csv --input=text --target=spam --labels=no,yes\n'
    '  t5x task new --tfds=imdb_reviews --name=films\n\n'
    'See docs/your_data.md.',
    _task_arguments, _task, without=(GIN, CACHED))
