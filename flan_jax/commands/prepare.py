"""`t5x prepare`: builds the tokenised data that training reads."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import Command


def _prepare(args) -> None:
  settings = session.data_settings(args, args.name)
  from flan_jax.data import mixtures, registry
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.stream import prepared
  from flan_jax.stream.prepared import advice
  from flan_jax.terminal import listings
  from flan_jax.terminal import progress as console

  tasks = mixtures.training_tasks(args.name)
  rates = {task.name: rate for task, rate in tasks if registry.trained_on(task.name)}
  datasets = [registry.find_dataset(name) for name in rates]
  made_with = prepared.Settings(
      load_vocabulary(settings.vocabulary), settings.lengths,
      args.directory or settings.prepared_dir)
  demand = prepared.Demand(settings.steps * settings.batch_size, rates)
  progress = console.Preparation().prepared if not args.json else lambda *unused: None
  manifests = prepared.prepare(datasets, made_with, demand, args.workers, progress)
  freed = prepared.prune(datasets, made_with) if args.prune else 0
  if args.json:
    print(json.dumps({'directory': str(made_with.root), 'datasets': manifests}))
    return
  print(listings.prepared_table(
      manifests, made_with.root, session.data_text(args.name),
      advice.advice({n: advice.of_manifests(p[:1]) for n, p in manifests.items()},
                    settings.lengths)))
  if args.prune:
    print(f'Deleted {freed / 1e6:.1f} MB that belonged to earlier declarations.')
  streamed = [task.name for task, _ in tasks if task.name not in rates]
  if streamed:
    print(f'Streamed through SeqIO as they are: {", ".join(streamed)}.')


def _arguments(command) -> None:
  command.add_argument('name', help='mixture, dataset or cluster, or several with commas')
  command.add_argument('--directory', metavar='DIR', type=flags.path(),
                       help='where to, local or gs://; by default PREPARED_DATA_DIR, else the '
                       'cache directory')
  command.add_argument('--workers', type=flags.whole(0), metavar='N',
                       help='processes; by default as many as there are cores when there is enough '
                       'to do, 0 works in this one')
  command.add_argument('--prune', action='store_true',
                       help='delete what was prepared for earlier forms of these datasets')
  command.add_argument('--json', action='store_true', help='print the manifests as JSON')


COMMAND = Command(
    'prepare', 'Render, tokenise and index training data, once for all runs.',
    'Training does this by itself; doing it before saves an accelerator\'s time. What is there\n'
    'already is not done again, also after a kill.\n'
    'example: t5x prepare flan_holdout_nli --gin_file=gin/flan_holdout_nli.gin --workers=8',
    _arguments, _prepare)
