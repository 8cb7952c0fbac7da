"""`t5x infer`: generates from prompts, or ranks their options."""
from collections.abc import Mapping

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, DATA, GIN, MODULES, SOURCE, Command
from flan_jax.errors import UserError
from flan_jax.evaluation import prompts
from flan_jax.terminal import written
from flan_jax.terminal.words import counted

_NAMED = 10  # lines without a prediction that the error names, at most


def _infer(args) -> None:
  prompts.check_output(args.output, args.input)
  lines = prompts.read(args.input)
  faults = {line.number: line.fault for line in lines if line.fault}
  if len(faults) == len(lines):
    raise _left_out(args.input, faults, len(lines))
  first = session.start_processes(args)
  session.set_up(args)
  from flan_jax import distributed
  from flan_jax.checkpoints import loading
  from flan_jax.evaluation import inference

  with distributed.together():
    model = loading.load(args.checkpoint, vocabulary=args.vocabulary, dtype=args.dtype)
    for line in lines:
      if not line.fault and (fault := inference.fault(model, line.record, args.max_input_tokens)):
        faults[line.number] = fault
    good = [line for line in lines if line.number not in faults]
    if good:
      faults |= _predict(args, model, good, first)
  if faults:
    raise _left_out(args.input, faults, len(lines))


def _predict(args, model, lines, first: bool) -> dict[int, str]:
  """Writes predictions. Returns why lines have none, by their number."""
  from flan_jax import distributed
  from flan_jax.evaluation import inference

  output = prompts.Output(args.output, prompts.identity(
      model.path, args.input, dtype=model.config.dtype, lines=len(lines),
      vocabulary=args.vocabulary, max_new_tokens=args.max_new_tokens)) if first else None
  done = distributed.as_first_says(output.done if output else 0)
  if done and first:
    print(written.going_on(done), flush=True)
  records = inference.infer(
      model, [line.record for line in lines[done:]], args.max_new_tokens, args.batch_size,
      max_input_tokens=args.max_input_tokens)
  without = {}
  for line, record in zip(lines[done:], records):
    if record['prediction'] is None:
      without[line.number] = 'its scores are NaN, or it is too long for the memory'
    if output:
      output.write(record)
  if output:
    output.finish()
    print(written.predictions(len(lines), model.config.dtype, args.output))
  return without


def _left_out(path: str, faults: Mapping[int, str], count: int) -> UserError:
  """The error about the lines that have no prediction."""
  shown = '; '.join(f'line {n}: {faults[n]}' for n in sorted(faults)[:_NAMED])
  more = f'; and {len(faults) - _NAMED} more' if len(faults) > _NAMED else ''
  done = f'; predictions of the other {count - len(faults)} were written' * (len(faults) < count)
  return UserError(
      f'{len(faults)} of {counted(count, "line")} without a prediction: {shown}{more}{done}', path,
      'Write {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]} in UTF-8. Allow '
      'longer lines with --max_input_tokens=N.')


def _arguments(command) -> None:
  command.add_argument('--checkpoint', required=True, metavar='DIR', type=flags.path(),
                       help=flags.CHECKPOINT)
  command.add_argument('--input', required=True, metavar='FILE', type=flags.path(),
                       help='prompts: JSON lines, or text with one prompt a line')
  flags.output_argument(
      command, 'predictions: JSON lines; the file appears once all are written; after an '
      'interruption, the same command goes on where it stopped')
  command.add_argument('--max_new_tokens', type=flags.whole(1), default=256, metavar='N',
                       help='maximum number of tokens to generate')
  command.add_argument('--max_input_tokens', type=flags.whole(1), metavar='N',
                       help='lines with more tokens in their prompt or an option are left out; by '
                       'default 2,048, or the length that the checkpoint was trained on if larger')
  command.add_argument('--batch_size', type=flags.whole(1), default=32, metavar='N',
                       help='prompts in a batch, at most; long prompts get smaller batches')
  command.add_argument('--vocabulary', metavar='MODEL', type=flags.path(),
                       help='SentencePiece model; by default the one stored with the checkpoint')
  flags.dtype_argument(command)
  flags.process_arguments(command)


COMMAND = Command(
    'infer', 'Generate from prompts, or rank their options.',
    'An input line is {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]};\n'
    'an output line repeats it and adds "prediction" and, with options, "scores". Lines in\n'
    'another form and lines that are too long get no output line; they are named at the end,\n'
    'with exit code 2.',
    _arguments, _infer, without=(GIN, DATA, SOURCE, CACHED, MODULES))
