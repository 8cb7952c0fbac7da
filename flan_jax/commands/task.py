"""`t5x task new`: the first declaration for rows of your own."""
import os
import pathlib
import re
import shlex

from flan_jax import storage
from flan_jax.commands import common, flags
from flan_jax.errors import UserError

_KINDS = ('jsonl', 'csv', 'parquet')


def _task(args) -> None:
  path = _one_source(args)
  name = args.name or _dataset_name(path.split(':')[0] if args.tfds
                                    else pathlib.PurePath(path).stem)
  if not name.isidentifier():
    raise UserError(f'{name!r} is not a name', '--name', 'Use letters, digits and _.')
  output = pathlib.Path(args.output or f'{name}_task.py')
  _check_output(output, args.force)
  common.set_up(args)
  from flan_jax.data import names, new_task, new_task_text

  names.check_free(name, '--name')
  columns = new_task.columns_of_tfds(path) if args.tfds else new_task.columns_of_files(
      _slices(args, path), str(output.parent), args.skip_bad_rows)
  outline = new_task.outline(
      columns, name, args.cluster, args.input, args.target or '', args.options or '')
  text = new_task_text.declaration_text(outline)
  findings = _try_out(text, output)
  with storage.writing(output, '--output'):
    output.parent.mkdir(parents=True, exist_ok=True)
    storage.write_text(output, text)
  print(_summary(outline, output, findings))


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
                    'What a file holds is told by the end of its name.')
  return given[0]


def _dataset_name(text: str) -> str:
  """A dataset's name from a file's or a TFDS name: 'my-rows' gives 'my_rows'."""
  name = re.sub(r'\W+', '_', text).strip('_').lower()
  return name if name.isidentifier() else f'data_{name}'


def _slices(args, path: str) -> dict[str, str]:
  given = {'train': path, 'validation': args.validation, 'test': args.test}
  return {split: file for split, file in given.items() if file}


def _check_output(output: pathlib.Path, force: bool) -> None:
  if output.suffix != '.py' or not output.stem.isidentifier():
    raise UserError(f'{str(output)!r} is no name of a Python module', '--output',
                    'Write it like my_task.py.')
  if output.exists() and not force:
    raise UserError(f'{output} is there already', '--output',
                    'Choose another file with --output=FILE, or write over it with --force.')
  storage.check_file(output, '--output')


def _try_out(text: str, output: pathlib.Path) -> list:
  """Declares the dataset as importing the file would, and checks it."""
  from flan_jax.data import lint

  module = {'__file__': str(output.absolute()), '__name__': output.stem}
  exec(compile(text, str(output), 'exec'), module)  # pylint: disable=exec-used
  return lint.lint([dataset.name for dataset in module['DATASETS']])


def _summary(outline, output: pathlib.Path, findings) -> str:
  options = outline.options
  shown = ', '.join(options) if isinstance(options, tuple) else (
      f'those in {options}' if options else 'none, the answer is free text')
  lines = [
      f'{output}: dataset {outline.name} of cluster {outline.cluster}',
      f'  input    {", ".join(outline.inputs)}',
      f'  answer   {outline.target}',
      f'  options  {shown}',
      f'  metric   {outline.metric}',
  ]
  if outline.target in outline.columns.uneven:
    lines.append(f'Not every slice has every value of {outline.target!r}. If the file is sorted, '
                 'shuffle its rows first.')
  lines += [str(finding) for finding in findings]
  return '\n'.join([*lines, 'Edit it, above all its templates. Then:', *_next(outline, output)])


def _next(outline, output: pathlib.Path) -> list[str]:
  name, run = outline.name, f'{common.RUNS}/{outline.name}'
  path = '' if output.parent in (pathlib.Path(), pathlib.Path(os.getcwd())) else (
      f'PYTHONPATH={shlex.quote(str(output.parent))} ')
  module = f'--module_import={output.stem}'
  return [f'  {path}t5x {command} {module}' for command in (
      f'preview {name} --n=4',
      f'lint {name}',
      f'mixture {name}',
      f'train --gin_file=gin/flan_holdout_nli.gin --gin.MIXTURE_OR_TASK_NAME={name} '
      f'--gin.EVAL_MIXTURE_OR_TASK_NAME={name} --gin.MODEL_DIR={run}',
      f'eval --checkpoint={run} --mixture={name}',
  )]


def _task_arguments(command) -> None:
  command.add_argument('action', choices=['new'], help='what to do: write a new declaration')
  rows = command.add_argument_group('rows, one of')
  rows.add_argument('--jsonl', metavar='FILE', type=flags.path(),
                    help='JSON lines, an object a line')
  rows.add_argument('--csv', metavar='FILE', type=flags.path(), help='CSV (or .tsv) with a header')
  rows.add_argument('--parquet', metavar='FILE', type=flags.path(), help='Parquet')
  rows.add_argument('--tfds', metavar='NAME', help='TFDS name, such as glue/sst2')
  command.add_argument('--validation', metavar='FILE', type=flags.path(),
                       help='rows to choose a template with; by default a tenth of the rows')
  command.add_argument('--test', metavar='FILE', type=flags.path(),
                       help='rows to report; by default a tenth')
  command.add_argument('--name', metavar='NAME', help="the dataset's name; by default the file's")
  command.add_argument('--input', action='append', default=[], metavar='COL',
                       help='column to show in the prompt; may be repeated')
  command.add_argument('--target', metavar='COL', help='column of the answer')
  command.add_argument('--options', metavar='COL|A,B,C',
                       help="column of each row's options, or the options themselves")
  command.add_argument('--cluster', default='own', metavar='NAME', help="by default 'own'")
  command.add_argument('--output', metavar='FILE', type=flags.path(),
                       help='by default NAME_task.py')
  command.add_argument('--skip_bad_rows', action='store_true',
                       help='leave out rows that do not fit, count and log them')
  command.add_argument('--force', action='store_true', help='write over a file')


TASK = common.Command(
    'task', 'Write the declaration of a dataset of your own, to edit and to train on.',
    'examples: t5x task new --jsonl=rows.jsonl\n'
    '          t5x task new --csv=reviews.csv --input=text --target=stars --options=1,2,3,4,5\n'
    '          t5x task new --tfds=imdb_reviews --name=films\n'
    'See docs/your_data.md.',
    _task_arguments, _task, without=(common.GIN,))
