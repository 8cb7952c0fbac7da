"""`t5x precompile`: compiles the training step for chips that need not be attached."""
import json
import sys

from flan_jax.commands import plan as plan_command
from flan_jax.commands import session
from flan_jax.commands.command import Command


def _precompile(args) -> int | None:
  job, topology = plan_command.configured(args)
  from flan_jax.planning import compiled, levers
  from flan_jax.planning import plan as planning
  from flan_jax.terminal import plans as tables

  planned = planning.plan(job, topology)
  if not args.json:
    print(tables.plan_table(planned) + '\n', flush=True)
  with session.quiet_stderr(args):
    outcome = compiled.compile_step(job, topology)
  if not args.json:
    print(tables.compiled_table(outcome), flush=True)
  found = {}
  if not outcome.fits:
    found = plan_command.remedy(levers, job, topology, _compile_quietly(args), _tell(args))
  if args.json:
    print(json.dumps(planned.as_json() | outcome.as_json() | found))
  else:
    print(tables.remedy_text(found, 'compiles and fits'), end='')
  return None if outcome.fits else plan_command.DOES_NOT_FIT


def _compile_quietly(args):
  from flan_jax.planning import compiled

  def attempt(job, topology):
    with session.quiet_stderr(args):
      return compiled.compile_step(job, topology)

  return attempt


def _tell(args):
  def trying(lever):
    print(f'Compiling with {lever.setting}', file=sys.stderr if args.json else sys.stdout,
          flush=True)

  return trying


COMMAND = Command(
    'precompile', 'Compile the training step for chips that need not be attached: does it fit?',
    plan_command.SETTINGS + '\nIf it does not fit, other settings are compiled until one fits. '
    'TPUs need libtpu.\n\nexample:\n'
    '  t5x precompile --gin_file=gin/models/t5_1_1_xxl.gin --topology=v5e:4x4',
    plan_command.arguments, _precompile, ignores=plan_command.OF_DATA)
