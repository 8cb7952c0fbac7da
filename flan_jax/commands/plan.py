"""`t5x plan`: estimates memory and time of a training step. Shares code with `t5x precompile`."""
import json

from flan_jax import configuration
from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, DATA, MODULES, SOURCE, Command
from flan_jax.errors import UserError

_DEFAULTS = 'gin/runs/plan.gin'
DOES_NOT_FIT = 1
OF_DATA = (DATA, SOURCE, CACHED, MODULES)


def _plan(args) -> int | None:
  job, topology = configured(args)
  from flan_jax.planning import levers
  from flan_jax.planning import plan as planning
  from flan_jax.terminal import plans as tables

  if args.search:
    plans = planning.search(job, topology)
    print(json.dumps([p.as_json() for p in plans]) if args.json else tables.search_table(plans))
    return None if plans[0].fits else DOES_NOT_FIT
  planned = planning.plan(job, topology)
  found = {} if planned.fits else remedy(levers, job, topology, planning.plan)
  if args.json:
    print(json.dumps(planned.as_json() | found))
  else:
    print(tables.plan_table(planned)
          + tables.remedy_text(found, 'would fit, by the same arithmetic'))
  return None if planned.fits else DOES_NOT_FIT


def configured(args):
  """The job that the gin files configure, and the topology. Needs no TensorFlow and no data."""
  if not args.gin_file:
    raise UserError('no gin file is named', '--gin_file',
                    'Give a model, such as gin/models/t5_1_1_xxl.gin, or a whole run.')
  from flan_jax.partitioning import chips
  from flan_jax.planning import compiled

  topology = chips.parse(args.topology, args.slices)
  compiled.start_jax(topology)
  loaded = session.load_gin(
      args, [_DEFAULTS, *args.gin_file], root='configs.StepConfig',
      known=configuration.macro_names('gin/runs/train.gin'))
  from flan_jax.training.config import StepConfig

  return loaded.build(StepConfig), topology


def remedy(levers, job, topology, attempt, trying=lambda lever: None) -> dict:
  """The settings that make a job fit, or else a topology with enough chips."""
  settings, outcome = levers.first_that_fits(job, topology, attempt, trying)
  if settings:
    return {'would_fit_with': settings, 'would_fit': outcome.as_json()}
  more = levers.enough_chips(job, topology)
  return {'would_fit_with': [], 'would_fit_on': more.name if more else None}


def arguments(command) -> None:
  command.add_argument('--topology', default='v5e:4x4', metavar='CHIP:SHAPE',
                       help='v4:4x4x4, v5p:4x4x4, v5e:4x4, v6e:4x4 (of any size) or cpu:8')
  command.add_argument('--slices', type=flags.whole(1), default=1, metavar='N',
                       help='number of such slices, connected by the data-center network')
  flags.json_argument(command)


def _plan_arguments(command) -> None:
  arguments(command)
  command.add_argument('--search', action='store_true',
                       help='compare all meshes, the best first')


SETTINGS = """Settings that the gin files lack come from gin/runs/plan.gin: 64 rows of 1024 + 256
tokens, Adafactor, a mesh by model and devices. All flags of t5x train are accepted; those about
data have no effect and are not listed here. The exit code is 1 if the step does not fit."""

COMMAND = Command(
    'plan', 'Estimate by arithmetic the memory and time of a training step on given chips.',
    SETTINGS + '\n\nexample:\n  t5x plan --gin_file=gin/models/t5_1_1_xxl.gin --topology=v5e:4x4 '
    '--search', _plan_arguments, _plan, ignores=OF_DATA)
