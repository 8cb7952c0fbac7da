"""`t5x export-data`: writes rendered examples to files, for other trainers."""
from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command


def _run(args) -> None:
  name, seed = session.names_given(args), args.seed
  if args.gin_file or args.bindings:
    settings = session.data_settings(args)
    seed = settings.seed if seed is None else seed
  else:
    session.set_up(args)
  from flan_jax.data_tools import export
  from flan_jax.terminal import written

  request = export.Request(name, args.split, args.templates, args.num_examples, seed or 0)
  counts = export.export(request, args.output, args.format, args.force)
  print(written.exported(counts, session.data_text(name)))


def _arguments(command) -> None:
  flags.names_argument(command, 'mixtures, tasks, datasets or clusters', needed=True)
  command.add_argument('--output', '--output_path', '--output_dir', required=True, metavar='PATH',
                       type=flags.path(),
                       help='a file that ends in .jsonl or .parquet, or a directory, which gets a '
                       'file for each dataset; local or gs://')
  command.add_argument('--format', choices=('jsonl', 'parquet'),
                       help='by default the suffix of --output, else jsonl')
  command.add_argument('--split', default='train', choices=('train', 'validation', 'test'),
                       help='validation and test have forward templates only')
  command.add_argument('--templates', default='dealt', choices=('dealt', 'all'),
                       help='dealt: each row once, with the templates in turn (the default); all: '
                       'each row with every template')
  flags.examples_argument(
      command, 'for train: N in total, drawn in the proportions of the mixture; otherwise at most '
      'N rows of each dataset; by default everything, dataset after dataset')
  command.add_argument('--seed', type=flags.whole(0, 2**32 - 1), metavar='N',
                       help="seed of the draws; by default a gin file's RANDOM_SEED, else 0")
  command.add_argument('--force', action='store_true', help='overwrite existing files')


COMMAND = Command(
    'export-data', 'Write rendered examples as JSONL or Parquet, for other trainers.',
    'A record: {"inputs", "targets", "options": [...], "option": index of the right one or null,\n'
    '"answers": [all right answers], "dataset", "cluster", "template", "index": of its row}.\n\n'
    'examples:\n  t5x export-data flan_holdout_nli --output=train.parquet \\\n'
    '      --num_examples=100000\n'
    '  t5x export-data nli --split=test --templates=all --output=nli_test',
    _arguments, _run, without=(CACHED,))
