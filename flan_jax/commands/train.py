"""`t5x train`: trains, and evaluates during training and at the end."""
import contextlib
import dataclasses
import sys

from flan_jax import configuration
from flan_jax.commands import flags, run_directory, session
from flan_jax.commands.command import Command
from flan_jax.errors import OutOfMemory, UserError


def _train(args) -> None:
  run, model_dir, first = _training_run(args)
  from flan_jax import api, distributed
  from flan_jax.data import pretraining
  from flan_jax.terminal import progress, run_summary
  from flan_jax.terminal.bars import Bars

  if args.dry_run:
    built = api.check(run)
    if first:
      print(run_summary.dry_run(run, built, session.data_text(run.training.mixture)))
    return
  # The run may bring what it trains on.
  pretraining.register_own(run.module, run.text)
  with _explained_when_memory_is_short(run, first), distributed.together(), Bars() as bars:
    observers = []
    if first:
      observers = [run_directory.keeps_configuration(model_dir),
                   *progress.observers(run, session.data_text(run.training.mixture), bars)]
    api.train(run, observers)


@contextlib.contextmanager
def _explained_when_memory_is_short(run, first: bool):
  """If the devices run out of memory, shows the plan of the run and a setting that saves memory."""
  import jax

  try:
    yield
  except jax.errors.JaxRuntimeError as error:
    if 'RESOURCE_EXHAUSTED' not in str(error):
      raise
    from flan_jax.partitioning import chips
    from flan_jax.planning import levers, plan
    from flan_jax.terminal import plans

    job = run.training.step_config()
    topology = chips.here()
    if first:
      print(plans.plan_table(plan.plan(job, topology)), file=sys.stderr)
    lever = levers.first_lever(job, topology) or 'Use a smaller model or more devices'
    raise OutOfMemory(
        f'the devices have too little memory: {str(error).splitlines()[0]}', 'training',
        f'{lever} would save some. Checkpoints written so far are complete.') from error


def _training_run(args):
  """The run that the gin files configure, its directory, and whether this is the first process."""
  if not args.gin_file:
    raise UserError('no gin file is named', '--gin_file',
                    f'Choose one: {", ".join(_experiments())}.')
  # Before any heavy import, so that wrong names of files and macros are reported at once.
  loaded = session.load_gin(args, args.gin_file)
  loaded.check_flags('Run')
  from flan_jax.training import profiling

  profile = profiling.parse(args.profile) if args.profile else None
  first = session.start_processes(args)
  session.set_up(args)
  from flan_jax import api

  run = loaded.build(api.Run)
  model_dir = run_directory.of(args, run.training.model_dir)
  training = dataclasses.replace(run.training, model_dir=model_dir, profile=profile)
  return dataclasses.replace(run, training=training), model_dir, first


def _experiments() -> list[str]:
  return [f for f in configuration.shipped_gin_files() if f.count('/') == 1]


def _train_arguments(command) -> None:
  command.add_argument('--dry_run', action='store_true',
                       help='check everything, show what would be done, and stop')
  command.add_argument('--profile', metavar='FIRST:LAST',
                       help='trace these steps for TensorBoard and XProf, into MODEL_DIR/profile')
  flags.process_arguments(command)


COMMAND = Command(
    'train', 'Train, evaluate during training and at the end, and show a table.',
    'example: t5x train --gin_file=gin/flan_holdout_nli.gin --gin.TRAIN_STEPS=100',
    _train_arguments, _train)
