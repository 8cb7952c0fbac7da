"""Our packing against Grain's: the same examples in the same order, taking turns in one process.

  pip install grain
  python tests/benchmarks/packing.py [--mixture=flan_all] [--inputs=512] [--targets=128]

Prints how full the rows are, on both sides and on the fuller one, the rows that the examples make,
and examples and rows a second. Ours picks rows one by one, from the 64 draws that have waited
longest; Grain fills as many bins at once as `--bins` says.
"""
import argparse
import os
import time

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')


def main() -> None:
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--mixture', default='flan_all')
  parser.add_argument('--inputs', type=int, default=512)
  parser.add_argument('--targets', type=int, default=128)
  parser.add_argument('--examples', type=int, default=20_000)
  parser.add_argument('--bins', type=int, default=64)
  parser.add_argument('--repeats', type=int, default=3)
  args = parser.parse_args()
  capacity = {'inputs': args.inputs, 'targets': args.targets}
  examples = drawn(args, capacity)
  packers = {
      'ours': ours,
      'grain, first fit': lambda e, c: grains('FirstFitPackIterDataset', e, c, args.bins),
      'grain, best fit': lambda e, c: grains('BestFitPackIterDataset', e, c, args.bins),
  }
  runs = {name: [] for name in packers}
  for _ in range(args.repeats):
    for name, pack in packers.items():
      began = time.perf_counter()
      rows = pack(examples, capacity)
      runs[name].append((time.perf_counter() - began, rows))
  show(args, capacity, runs)


def drawn(args, capacity) -> list[tuple]:
  """Examples of the mixture as row 0 of 1 draws them, each a pair of token arrays."""
  from flan_jax.data import registry
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.stream import RowDraws
  from flan_jax.stream.prepared import PreparedExamples
  from flan_jax.stream.prepared.pipeline import Stream
  from flan_jax.stream.prepared.renderable import Settings

  registry.load_shipped()
  vocabulary = load_vocabulary()
  stream = Stream(args.mixture, capacity, 1, vocabulary, seed=0)
  stream.prepare(steps=1)
  settings = Settings(vocabulary, capacity)
  tasks = [PreparedExamples(registry.find_dataset(task.name), settings, 0, True)
           for task in stream.tasks]
  draws = RowDraws(0, 0, 1, [task.rate for task in stream.tasks])
  found = (tasks[draw.task][draw.place] for draw in map(draws.__getitem__, range(args.examples)))
  return [(example.inputs, example.targets) for example in found]


def ours(examples, capacity) -> list[tuple[int, int, int]]:
  """(examples, input tokens, target tokens) of each row."""
  from flan_jax.stream import packing

  room, rows, first = (capacity['inputs'], capacity['targets']), [], 0
  waiting = []
  while first < len(examples) or waiting:
    more = examples[first : first + packing.LOOKAHEAD - len(waiting)]
    first += len(more)
    waiting += more
    taken = packing.choose([(len(i), len(t)) for i, t in waiting], room)
    chosen = [waiting[n] for n in taken]
    waiting = [e for n, e in enumerate(waiting) if n not in set(taken)]
    rows.append((len(chosen), sum(len(i) for i, _ in chosen), sum(len(t) for _, t in chosen)))
  return rows


def grains(packer, examples, capacity, bins) -> list[tuple[int, int, int]]:
  """(examples, input tokens, target tokens) of each row."""
  import grain
  from grain import experimental

  source = grain.MapDataset.source([{'inputs': i, 'targets': t} for i, t in examples])
  packed = getattr(experimental, packer)(
      source.to_iter_dataset(grain.ReadOptions(num_threads=0)), length_struct=capacity,
      num_packing_bins=bins, shuffle_bins=False)
  return [
      (int(row['inputs_segment_ids'].max()), int((row['inputs_segment_ids'] > 0).sum()),
       int((row['targets_segment_ids'] > 0).sum()))
      for row in packed]


def show(args, capacity, runs) -> None:
  print(f'{args.mixture}: {args.examples:,} examples, rows of {args.inputs} + {args.targets} '
        f'tokens; sample data; medians of {args.repeats}\n')
  print(f'{"":18}{"rows":>8}{"inputs":>9}{"targets":>9}{"fuller":>9}{"examples/s":>12}'
        f'{"rows/s":>10}')
  for name, measured in runs.items():
    seconds = sorted(seconds for seconds, _ in measured)[len(measured) // 2]
    rows = measured[0][1]
    fill = [sum(row[side] for row in rows) / len(rows) / room
            for side, room in ((1, capacity['inputs']), (2, capacity['targets']))]
    fuller = sum(max(i / capacity['inputs'], t / capacity['targets'])
                 for _, i, t in rows) / len(rows)
    examples = sum(row[0] for row in rows)
    print(f'{name:18}{len(rows):>8,}{fill[0]:>9.1%}{fill[1]:>9.1%}{fuller:>9.1%}'
          f'{examples / seconds:>12,.0f}{len(rows) / seconds:>10,.0f}')


if __name__ == '__main__':
  main()
