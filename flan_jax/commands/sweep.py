"""`t5x sweep`: runs the points of an experiment file, gathers the results, draws the figure."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys

from flan_jax import configuration
from flan_jax.commands import flags, session
from flan_jax.commands.command import Command
from flan_jax.errors import UserError

_ROOT = 'configs.Sweep'


def _sweep(args) -> int | None:
  if args.gather and args.dry_run:
    raise UserError('it has no effect with --gather', '--dry_run', 'Leave one of them out.')
  output_dir = args.output_dir or os.path.join(session.RUNS, pathlib.Path(args.file).stem)
  sweep, for_runs = _declared(args)
  if args.gather:
    return _show(args, sweep, output_dir, {})
  if args.dry_run:
    return _plan(args, sweep, for_runs, output_dir)
  from flan_jax.experiments import directories, running

  claimed = running.claim(output_dir)
  try:
    plan = directories.from_json(json.loads(_planned_elsewhere(args, output_dir))['plan'])
    directories.remember(output_dir, plan)
    failed = _run(args, plan, output_dir)
    return _show(args, sweep, output_dir, failed)
  finally:
    claimed.release()


def _declared(args):
  """The sweep of the file, and the bindings that are meant for its runs."""
  configuration.find_gin_file(args.file, session.search_paths(args), 'FILE')
  known = configuration.macro_names(args.file)
  is_own = lambda binding: binding.partition('=')[0].strip() in known
  own = [b for b in args.bindings if is_own(b)]
  from flan_jax.experiments.declared import Sweep

  loaded = configuration.load([args.file], own, session.search_paths(args), root=_ROOT)
  if not any(s.parsed.selector.endswith('Sweep') for s in loaded.statements if not s.is_import):
    raise UserError('it declares no experiments', args.file,
                    'Name an experiment file, such as gin/experiments/cluster_count.gin.')
  return loaded.build(Sweep), [b for b in args.bindings if not is_own(b)]


def _plan(args, sweep, for_runs, output_dir) -> None:
  """Checks every point, and prints what would run."""
  session.set_up(args)
  from flan_jax.experiments import estimates, plan
  from flan_jax.terminal import sweeps

  with session.quiet_stderr(args):
    made = plan.make(sweep, output_dir, plan.ForAll(
        args.gin_file, for_runs, session.search_paths(args), _data_flags(args)))
    rows, source = estimates.rows(made, output_dir)
  if args.json:
    print(json.dumps({'points': rows, 'estimated': source, 'plan': made.as_json()}))
  else:
    print(sweeps.plan_table(rows, source))


def _data_flags(args) -> list[str]:
  lists = {'module_import': args.module_import,
           'seqio_additional_cache_dirs': args.seqio_additional_cache_dirs}
  found = [f'--{name}={",".join(value)}' for name, value in lists.items() if value]
  if args.tfds_data_dir:
    found.append(f'--tfds_data_dir={args.tfds_data_dir}')
  if args.source != 'tfds':
    found.append(f'--source={args.source}')
  return [*found, *(['--redraw_slices'] if args.redraw_slices else [])]


def _planned_elsewhere(args, output_dir: str) -> str:
  """Makes the plan in a process of its own, which leaves the devices to the runs."""
  command = [sys.executable, '-m', 'flan_jax', 'sweep', *_typed(args), '--dry_run', '--json',
             f'--output_dir={output_dir}']
  done = subprocess.run(
      command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
  if done.returncode:
    said = (done.stderr.strip().splitlines() or ['the plan cannot be made'])[-1]
    error = UserError(said.removeprefix('t5x: ').rstrip('.'))
    error.exit_code = done.returncode
    raise error
  return done.stdout.splitlines()[-1]


def _run(args, plan, output_dir) -> dict[str, str]:
  """Runs what is left; returns the failed runs, and why."""
  from flan_jax.experiments import directories, running
  from flan_jax.terminal import sweeps

  failed, number = {}, {r.directory: i for i, r in enumerate(plan.runs, 1)}
  out = sys.stderr if args.json else sys.stdout
  with contextlib.closing(running.run(plan, output_dir, args.jobs)) as events:
    for event in events:
      folder = event.run.directory
      print(sweeps.event_line(number[folder], len(plan.runs), folder, event.kind, event.seconds,
                              event.why), file=out, flush=True)
      if event.kind in ('fails', 'skipped'):
        failed[folder] = event.why
        log = os.path.join(output_dir, folder, directories.LOG)
        if event.kind == 'fails':
          print(f'  its log: {log}', file=out, flush=True)
  return failed


def _show(args, sweep, output_dir, failed) -> int | None:
  """Gathers, draws and prints; the exit code."""
  from flan_jax.experiments import gathering, summary
  from flan_jax.terminal import sweeps

  lines = gathering.gather(sweep, output_dir)
  if not lines and args.gather:
    raise UserError('it has no results of this file', f'--output_dir={output_dir}',
                    'Run the sweep first, without --gather.')
  figures = gathering.draw_all(sweep, lines, output_dir)
  rows = summary.rows(sweep, lines)
  if args.json:
    print(json.dumps({'results': rows, 'failed': failed, 'figures': figures}))
  else:
    print(sweeps.results_table(rows))
    table = os.path.join(output_dir, gathering.TABLE)
    print(f'\nResults: {table}\nFigures: {", ".join(figures) or "none"}')
  return 1 if failed else None


def _arguments(command) -> None:
  command.add_argument('file', metavar='FILE',
                       help='an experiment file, such as gin/experiments/cluster_count.gin')
  command.add_argument('--dry_run', action='store_true',
                       help='check every point, list them with estimated times, and stop')
  command.add_argument('--gather', action='store_true',
                       help='run nothing: read the results that are there, and draw the figure')
  flags.output_dir_argument(
      command, 'where runs, results.jsonl and figures are written; by default '
      'flan_jax_runs/<name of the file>')
  command.add_argument('--jobs', type=flags.whole(1), default=1, metavar='N',
                       help='how many runs at the same time')
  flags.json_argument(command)


def _typed(args) -> list[str]:
  """The command line without what does not matter for a plan."""
  return [args.file, *(f'--gin_file={f}' for f in args.gin_file),
          *(f'--gin_search_paths={p}' for p in session.search_paths(args)),
          *(f'--gin_bindings={b}' for b in args.bindings), *_data_flags(args)]


COMMAND = Command(
    'sweep', 'Run the points of an experiment, gather their results and draw the figure.',
    """Each point is a training for each seed, in a process and a run directory of its own. Start
the command again to go on after an interruption: what is finished is not run again. --gin.NAME sets
a macro of FILE if FILE has it, such as --gin.QUICK=True, or else of all runs; --gin_file adds files
to all runs. A run that fails is named with its log, the others go on, and the exit code is 1.

examples:
  t5x sweep gin/experiments/cluster_count.gin --dry_run
  t5x sweep gin/experiments/cluster_count.gin --gin.QUICK=True
  t5x sweep gin/experiments/cluster_count.gin --gather""",
    _arguments, _sweep)
