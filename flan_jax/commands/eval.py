"""`t5x eval`: evaluates a checkpoint."""
import dataclasses
import os

from flan_jax import configuration
from flan_jax.commands import flags, run_directory, session
from flan_jax.commands.command import Command

_MIXTURE, _EVALUATED = 'MIXTURE_OR_TASK_NAME', 'EVAL_MIXTURE_OR_TASK_NAME'


def _eval(args) -> None:
  given = {
      'CHECKPOINT_PATH': args.checkpoint, _EVALUATED: ','.join(args.mixture) or None,
      'EVAL_OUTPUT_DIR': args.output_dir, 'EVALUATOR_NUM_EXAMPLES': args.num_examples,
      'EVAL_DTYPE': args.dtype,
      'EVAL_SPLIT': args.split, 'EVAL_PROMPTS': args.prompts,
      'VOCABULARY': args.vocabulary,
  }
  # A gin file's VOCABULARY need not be that of the checkpoint, which keeps its own.
  args.bindings.insert(0, 'VOCABULARY = None')
  args.bindings += [f'{name} = {value!r}' for name, value in given.items() if value is not None]
  _take_mixture_of_t5x(args)
  loaded = session.load_gin(args, ['gin/runs/eval.gin', *args.gin_file])
  loaded.check_flags('EvalRun')
  first = session.start_processes(args)
  session.set_up(args)
  from flan_jax import api, distributed
  from flan_jax.terminal import progress
  from flan_jax.terminal.bars import Bars

  run = dataclasses.replace(loaded.build(api.EvalRun), num_fewshot=args.num_fewshot)
  if args.gin_file:
    run = dataclasses.replace(run, model_dir=run_directory.of(args, run.model_dir))
  if run.checkpoint and not run.model_dir:  # a foreign checkpoint has no run directory for results
    name = os.path.basename(os.path.abspath(run.checkpoint))
    run = dataclasses.replace(run, model_dir=os.path.join(session.RUNS, name))
  with distributed.together(), Bars() as bars:
    api.evaluate_checkpoint(run, [progress.EvaluationProgress(bars)] if first else [])


def _take_mixture_of_t5x(args) -> None:
  """Evaluates MIXTURE_OR_TASK_NAME, as T5X does, if nothing else names what to evaluate."""
  given = {binding.partition('=')[0].strip() for binding in args.bindings}
  if _EVALUATED in given:
    return
  paths = session.search_paths(args)
  in_files = lambda name: any(
      configuration.macro_in_file(file, name, paths) for file in args.gin_file)
  if _MIXTURE in given or (in_files(_MIXTURE) and not in_files(_EVALUATED)):
    args.bindings.append(f'{_EVALUATED} = %{_MIXTURE}')


def _eval_arguments(command) -> None:
  command.add_argument('--checkpoint', metavar='DIR', type=flags.path(),
                       help=f'{flags.CHECKPOINT}; by default the run of --gin_file')
  command.add_argument('--mixture', '--tasks', metavar='NAMES', action='extend', default=[],
                       type=flags.names(),
                       help='clusters, datasets, mixtures or tasks; by default what the run '
                       'evaluates')
  command.add_argument('--num_fewshot', type=flags.whole(0), default=0, metavar='N',
                       help='solved examples before each prompt; the same as adding _few_shot_N to '
                       'each name')
  flags.examples_argument(
      command, 'maximum number of examples of each task; by default EVALUATOR_NUM_EXAMPLES')
  command.add_argument('--vocabulary', metavar='MODEL', type=flags.path(),
                       help="a copy of the checkpoint's vocabulary; by default the one stored with "
                       'the checkpoint')
  command.add_argument('--split', type=flags.name(), metavar='NAME',
                       help='the split to report: test (by default), validation (for example if '
                       'test rows have no labels), or another')
  command.add_argument('--prompts', type=flags.name(), metavar='KINDS',
                       help='templates (by default), baseline (the prompts of untuned models), or '
                       'templates,baseline')
  flags.output_dir_argument(
      command, 'where results are written, in eval/STEP/MIXTURE/; by default the run directory')
  flags.dtype_argument(command)
  flags.process_arguments(command)


COMMAND = Command(
    'eval', 'Evaluate a checkpoint: results.json, predictions and a table.',
    'example: t5x eval --checkpoint=flan_jax_runs/flan_holdout_nli --mixture=rte',
    _eval_arguments, _eval)
