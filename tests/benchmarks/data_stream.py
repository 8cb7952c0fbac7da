"""The stream of training batches against the same mixture read through plain SeqIO.

  python tests/benchmarks/data_stream.py [--mixture=flan_all] [--inputs=1024] [--targets=256]

Prints the seconds from starting Python to the first batch of prepared data, examples and tokens a
second, how full the rows are on the side that is short of room, how fast data is prepared on one
core, and the memory taken.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--mixture', default='flan_all')
  parser.add_argument('--inputs', type=int, default=1024)
  parser.add_argument('--targets', type=int, default=256)
  parser.add_argument('--rows', type=int, default=32)
  parser.add_argument('--batches', type=int, default=60)
  parser.add_argument('--repeats', type=int, default=3)
  parser.add_argument('--part', help='what one of the processes of the benchmark does')
  parser.add_argument('--directory')
  args = parser.parse_args()
  if args.part:
    print(json.dumps(PARTS[args.part](args)))
    return
  with tempfile.TemporaryDirectory() as directory:
    args.directory = directory
    built = run('prepare', args)
    ours = [run('stream', args) for _ in range(args.repeats)]
    theirs = [run('seqio', args) for _ in range(args.repeats)]
  show(args, built, ours, theirs)


def run(part: str, args) -> dict:
  """One part in a process of its own; adds the seconds from its start to its first batch."""
  flags = [f'--{name}={getattr(args, name)}'
           for name in ('mixture', 'inputs', 'targets', 'rows', 'batches', 'directory')]
  started = time.time()
  done = subprocess.run([sys.executable, __file__, f'--part={part}', *flags], check=True,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
  result = json.loads(done.stdout.splitlines()[-1])
  return result | {'first': result.get('first_at', started) - started}


def set_up():
  from absl import logging

  logging.set_verbosity(logging.ERROR)
  from flan_jax.data import registry
  from flan_jax.data.vocabulary import load_vocabulary

  registry.load_shipped()
  return load_vocabulary()


def open_stream(args):
  vocabulary = set_up()
  from flan_jax.stream.prepared.pipeline import Stream

  return Stream(args.mixture, {'inputs': args.inputs, 'targets': args.targets}, args.rows,
                vocabulary, seed=0, prepared_dir=args.directory)


def prepare(args) -> dict:
  opened = open_stream(args)
  told = []
  started = time.process_time()
  opened.prepare(steps=1, workers=0, progress=lambda manifest, *unused: told.append(manifest))
  return {
      'tasks': len(opened.tasks),
      'examples': sum(m['examples'] for m in told),
      'tokens': sum(m[f]['tokens'] for m in told for f in ('inputs', 'targets')),
      'seconds': time.process_time() - started,
      'megabytes': sum(m['bytes'] for m in told) / 1e6,
  }


def stream(args) -> dict:
  batches = open_stream(args).batches()
  next(batches)
  return measure(batches, args, time.time())


def seqio_stream(args) -> dict:
  set_up()
  import seqio

  from flan_jax.data import mixtures

  lengths = {'inputs': args.inputs, 'targets': args.targets}
  examples = mixtures.find(args.mixture).get_dataset(
      lengths, 'train', shuffle=True, seed=0, num_epochs=None)
  rows = seqio.EncDecFeatureConverter(pack=True)(examples, lengths)
  batches = rows.batch(args.rows, drop_remainder=True).prefetch(2).as_numpy_iterator()
  next(batches)
  return measure(batches, args, time.time())


def measure(batches, args, first_at: float) -> dict:
  import numpy as np

  examples = tokens = 0
  filled = []
  started = time.perf_counter()
  for _, batch in zip(range(args.batches), batches):
    inputs, targets = (batch[f'{side}_segment_ids'] for side in ('encoder', 'decoder'))
    examples += int(targets.max(1).sum())
    tokens += int((inputs > 0).sum() + (targets > 0).sum())
    filled.append(np.maximum((inputs > 0).mean(1), (targets > 0).mean(1)).mean())
  seconds = time.perf_counter() - started
  return {
      'first_at': first_at, 'examples': examples / seconds, 'tokens': tokens / seconds,
      'filled': float(np.mean(filled)),
      'gigabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
  }


def show(args, built: dict, ours: list[dict], theirs: list[dict]) -> None:
  median = lambda runs, name: sorted(r[name] for r in runs)[len(runs) // 2]
  print(f'{args.mixture}: {built["tasks"]} tasks, rows of {args.inputs} + {args.targets} tokens, '
        f'{args.rows} rows a batch; sample data; medians of {args.repeats}\n')
  print(f'{"":34}{"stream":>12}{"plain SeqIO":>14}{"ratio":>8}')
  for title, name, form in (
      ('seconds to the first batch', 'first', '.1f'), ('examples a second', 'examples', ',.0f'),
      ('tokens a second', 'tokens', ',.0f'), ('filled tokens, fuller side', 'filled', '.1%'),
      ('resident memory, GB', 'gigabytes', '.2f')):
    one, other = median(ours, name), median(theirs, name)
    print(f'{title:34}{one:>12{form}}{other:>14{form}}{one / other:>8.2f}')
  rate = built['examples'] / built['seconds']
  print(f'\nprepare: {built["examples"]:,} examples in {built["seconds"]:.1f} s of processor time, '
        f'{rate:,.0f} examples and {built["tokens"] / built["seconds"]:,.0f} tokens a second and '
        f'core; {built["megabytes"]:.1f} MB')


PARTS = {'prepare': prepare, 'stream': stream, 'seqio': seqio_stream}

if __name__ == '__main__':
  main()
