"""What options cost: one pass over the input for all of them, against one pass for each.

  python tests/benchmarks/rank_classification.py --size=small --inputs=512

prints, for options as they are in natural language inference (2 of 4 tokens), HellaSwag (4 of 60)
and ReCoRD (25 of 45), the median time of an input, its ratio to that of one short option, and the
same options scored one by one as examples of their own (T5X's way), measured in turn in the same
run; and the highest resident memory of the process so far, in GB.
"""
import argparse
import resource
import statistics
import time

import jax
import numpy as np

from flan_jax import models, partitioning
from flan_jax.evaluation.scoring import Scorer, question

SHAPES = {
    'tiny': dict(d_model=96, mlp_dim=256, num_heads=8, head_dim=16, num_encoder_layers=3,
                 num_decoder_layers=2, vocab_size=2048),
    'small': dict(d_model=512, mlp_dim=1024, num_heads=6, head_dim=64, num_encoder_layers=8,
                  num_decoder_layers=8, vocab_size=32128),
}
OPTIONS = ((1, 4), (2, 4), (4, 60), (25, 45))  # how many of how many tokens


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--size', choices=SHAPES, default='small')
  parser.add_argument('--examples', type=int, default=8)
  parser.add_argument('--inputs', type=int, default=512)
  parser.add_argument('--repeats', type=int, default=3)
  args = parser.parse_args()
  config = models.T5Config(**SHAPES[args.size], dropout_rate=0.0, dtype='float32')
  parameters = models.init_parameters(config, jax.random.PRNGKey(0))
  layout = partitioning.Layout(partitioning.make_mesh({'data': -1}))
  scorer = Scorer(models.build(config), parameters, layout, batch_size=32)
  rng = np.random.default_rng(0)
  draw = lambda length: rng.integers(3, config.vocab_size, length)
  print(f'T5 1.1 {args.size}, {args.examples} inputs of {args.inputs} tokens, '
        f'{jax.devices()[0].device_kind}')
  print(f'{"options":>8}  {"tokens":>6}  {"together":>10}  {"ratio to 1":>10}  {"one by one":>10}  '
        f'{"gain":>6}  {"peak":>5}')
  first = None
  for count, length in OPTIONS:
    asked = [(draw(args.inputs), [draw(length) for _ in range(count)])
             for _ in range(args.examples)]
    together = [question(inputs, options) for inputs, options in asked]
    alone = [question(inputs, [option]) for inputs, options in asked for option in options]
    both, peak = seconds(scorer, together, args.repeats), peak_gigabytes()
    each = seconds(scorer, alone, args.repeats)
    first = first or both
    print(f'{count:>8}  {length:>6}  {both / args.examples:>9.3f}s  {both / first:>10.2f}  '
          f'{each / args.examples:>9.3f}s  {each / both:>5.1f}x  {peak:>5.2f}', flush=True)


def seconds(scorer: Scorer, questions, repeats: int) -> float:
  """The median time of scoring, compiled."""
  times = []
  for _ in range(repeats + 1):
    start = time.perf_counter()
    scorer(questions)
    times.append(time.perf_counter() - start)
  return statistics.median(times[1:])


def peak_gigabytes() -> float:
  return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == '__main__':
  main()
