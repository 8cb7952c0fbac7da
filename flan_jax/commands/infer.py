"""`t5x infer`."""
from collections.abc import Mapping

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, DATA, GIN, MODULES, SOURCE, Command
from flan_jax.errors import UserError
from flan_jax.evaluation import prompts
from flan_jax.terminal import written

_NAMED = 10  # lines that could not be done, in the message at the end


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
  """Writes predictions for lines; returns why some have none, by number."""
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
      without[line.number] = 'its numbers are NaN, or memory is too little for its length'
    if output:
      output.write(record)
  if output:
    output.finish()
    print(written.predictions(len(lines), model.config.dtype, args.output))
  return without


def _left_out(path: str, faults: Mapping[int, str], count: int) -> UserError:
  """What is said at the end of the lines that could not be done."""
  shown = '; '.join(f'line {n}: {faults[n]}' for n in sorted(faults)[:_NAMED])
  more = f'; and {len(faults) - _NAMED} more' if len(faults) > _NAMED else ''
  done = f'; the other {count - len(faults)} are done' if len(faults) < count else ''
  return UserError(
      f'{len(faults)} of {count} lines have no prediction: {shown}{more}{done}', path,
      'Write {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]} in UTF-8; '
      '--max_input_tokens=N allows longer ones.')


def _arguments(command) -> None:
  command.add_argument('--checkpoint', required=True, metavar='DIR', type=flags.path(),
                       help='run directory, checkpoint or Hugging Face directory')
  command.add_argument('--input', required=True, metavar='FILE', type=flags.path(),
                       help='prompts: JSON lines, or text with one prompt a line')
  flags.output_argument(
      command, 'predictions: JSON lines; appears when all are made, and goes on where an earlier '
      'start stopped')
  command.add_argument('--max_new_tokens', type=flags.whole(1), default=256, metavar='N',
                       help='tokens to generate, at most')
  command.add_argument('--max_input_tokens', type=flags.whole(1), metavar='N',
                       help='prompts and options of more tokens are left out and named; by default '
                       '2,048, or what the checkpoint was trained on where that is more')
  command.add_argument('--batch_size', type=flags.whole(1), default=32, metavar='N',
                       help='prompts at once, at most; fewer where they are long')
  command.add_argument('--vocabulary', metavar='MODEL', type=flags.path(),
                       help='SentencePiece model; by default the one the checkpoint names')
  flags.dtype_argument(command)
  flags.process_arguments(command)


COMMAND = Command(
    'infer', 'Generate from prompts, or rank their options.',
    'An input line is {"inputs": "text"} or {"inputs": "text", "options": ["a", "b"]};\n'
    'an output line repeats it and adds "prediction" and, with options, "scores". Lines that are\n'
    'none of these, or too long, have no output line: they are named at the end (exit code 2).',
    _arguments, _infer, without=(GIN, DATA, SOURCE, CACHED, MODULES))
