"""`t5x eval`: the evaluation of a checkpoint."""
import dataclasses
import os

from flan_jax.commands import flags, run_directory, session
from flan_jax.commands.command import Command


def _eval(args) -> None:
  given = {
      'CHECKPOINT_PATH': args.checkpoint, 'EVAL_MIXTURE_OR_TASK_NAME': args.mixture,
      'EVAL_OUTPUT_DIR': args.output_dir, 'EVALUATOR_NUM_EXAMPLES': args.num_examples,
      'EVAL_DTYPE': args.dtype,
      'EVAL_SPLIT': args.split,
      'VOCABULARY': args.vocabulary,
  }
  # That of a training file is about other runs than the one evaluated.
  args.bindings.insert(0, 'VOCABULARY = None')
  args.bindings += [f'{name} = {value!r}' for name, value in given.items() if value is not None]
  loaded = session.load_gin(args, ['gin/runs/eval.gin', *args.gin_file])
  loaded.check_flags('EvalRun')
  first = session.start_processes(args)
  session.set_up(args)
  from flan_jax import api, distributed
  from flan_jax.terminal import progress

  run = loaded.build(api.EvalRun)
  if args.gin_file:
    run = dataclasses.replace(run, model_dir=run_directory.of(args, run.model_dir))
  if run.checkpoint and not run.model_dir:  # for the results of a model that is no run of ours
    name = os.path.basename(os.path.abspath(run.checkpoint))
    run = dataclasses.replace(run, model_dir=os.path.join(session.RUNS, name))
  with distributed.together():
    api.evaluate_checkpoint(run, [progress.EvaluationProgress()] if first else [])


def _eval_arguments(command) -> None:
  command.add_argument('--checkpoint', metavar='DIR', type=flags.path(),
                       help='run directory, checkpoint or Hugging Face directory')
  command.add_argument('--mixture', metavar='NAME', type=flags.name(),
                       help='cluster, dataset, mixture or task; by default what the run evaluates')
  command.add_argument('--num_examples', type=flags.whole(1), metavar='N',
                       help='at most N of each task')
  command.add_argument('--vocabulary', metavar='MODEL', type=flags.path(),
                       help="a copy of the checkpoint's vocabulary; by default the one that it "
                       'keeps')
  command.add_argument('--split', type=flags.name(), metavar='NAME',
                       help='the rows to report: test (by default), validation, which stands in '
                       'where test rows have no labels, or another')
  command.add_argument('--output_dir', metavar='DIR', type=flags.path(), help='where results go, '
                       'into eval/STEP/MIXTURE/; by default the run directory')
  flags.dtype_argument(command)
  flags.process_arguments(command)


COMMAND = Command(
    'eval', 'Evaluate a checkpoint: results.json, predictions and a table.',
    'example: t5x eval --checkpoint=flan_jax_runs/flan_holdout_nli --mixture=rte',
    _eval_arguments, _eval)
