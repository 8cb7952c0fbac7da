"""`t5x prepare`: builds the tokenized data that training reads."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command


def _prepare(args) -> None:
  name = session.names_given(args)
  settings = session.data_settings(args, name)
  from flan_jax.data import mixtures
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.stream import prepared
  from flan_jax.stream.prepared import advice
  from flan_jax.terminal import listings, progress, written
  from flan_jax.terminal.bars import Bars

  tasks = mixtures.training_tasks(name)
  wanted = prepared.Settings(
      load_vocabulary(settings.vocabulary), settings.lengths,
      args.output_dir or settings.prepared_dir)
  found = {task.name: prepared.of_task(task, wanted) for task, _ in tasks}
  indexed = [task for task in found.values() if task]
  demand = prepared.Demand(settings.steps * settings.batch_size,
                           {task.name: rate for task, rate in tasks if found[task.name]})
  with Bars() as bars:
    told = (lambda *unused: None) if args.json else progress.Preparation(bars).prepared
    manifests = prepared.prepare(indexed, wanted, demand, args.workers, told)
  freed = prepared.prune(indexed, wanted) if args.prune else 0
  if args.json:
    print(json.dumps({'directory': str(wanted.root), 'datasets': manifests}))
    return
  print(listings.prepared_table(
      manifests, wanted.root, session.data_text(name),
      advice.advice({n: advice.of_manifests(p[:1]) for n, p in manifests.items()},
                    settings.lengths)))
  if args.prune:
    print(written.deleted(freed))
  streamed = [name for name, task in found.items() if task is None]
  if streamed:
    print(written.streamed(streamed))


def _arguments(command) -> None:
  flags.names_argument(command, 'mixtures, datasets or clusters', needed=True)
  flags.output_dir_argument(
      command, 'where to write, local or gs://; by default PREPARED_DATA_DIR, else the cache '
      'directory',
      '--directory')
  command.add_argument('--workers', type=flags.whole(0), metavar='N',
                       help='number of worker processes; by default up to one for each core, fewer '
                       'for little data; 0 works in this process')
  command.add_argument('--prune', action='store_true',
                       help='delete tokenized data of earlier versions of these datasets')
  flags.json_argument(command, 'the manifests as JSON')


COMMAND = Command(
    'prepare', 'Render, tokenize and index training data, once for all runs.',
    'Training does this itself if needed; doing it before saves time on the accelerator. Finished\n'
    'parts are kept, also after a kill, and not written again.\n'
    '\nexample:\n  t5x prepare flan_holdout_nli --gin_file=gin/flan_holdout_nli.gin '
    '--workers=8',
    _arguments, _prepare, without=(CACHED,))
