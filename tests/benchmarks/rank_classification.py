"""What K options cost: one pass over the input for all of them, against one pass for each.

  python tests/benchmarks/rank_classification.py --size=small --batch=8 --inputs=512

prints, for K = 1, 2, 4, 8 options of a few tokens, the median time of a batch, its ratio to that
of one option, and the same options scored one by one as examples of their own (T5X's way),
measured in turn in the same run.
"""
import argparse
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

from flan_jax import models
from flan_jax.evaluation.scoring import score_options

SHAPES = {
    'tiny': dict(d_model=128, mlp_dim=256, num_heads=4, head_dim=32, num_encoder_layers=3,
                 num_decoder_layers=3, vocab_size=2432),
    'small': dict(d_model=512, mlp_dim=1024, num_heads=6, head_dim=64, num_encoder_layers=8,
                  num_decoder_layers=8, vocab_size=32128),
}


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--size', choices=SHAPES, default='small')
  parser.add_argument('--batch', type=int, default=8)
  parser.add_argument('--inputs', type=int, default=512)
  parser.add_argument('--option_length', type=int, default=4)
  parser.add_argument('--repeats', type=int, default=5)
  args = parser.parse_args()
  config = models.T5Config(**SHAPES[args.size], dropout_rate=0.0, dtype='float32')
  model = models.build(config)
  parameters = jax.jit(lambda: models.init_parameters(config, jax.random.PRNGKey(0)))()
  score = jax.jit(lambda p, i, n, o, ids, k: score_options(model, p, i, n, o, ids, k),
                  static_argnums=5)
  rng = np.random.default_rng(0)
  inputs = jnp.asarray(rng.integers(3, config.vocab_size, (args.batch, args.inputs)))
  lengths = jnp.full(args.batch, args.inputs)

  def together(k):
    shape = (args.batch, k * args.option_length)
    options = jnp.asarray(rng.integers(3, config.vocab_size, shape))
    ids = jnp.asarray(np.tile(np.repeat(np.arange(1, k + 1), args.option_length), (args.batch, 1)))
    return lambda: score(parameters, inputs, lengths, options, ids, k).block_until_ready()

  one = together(1)
  cases = {k: (together(k), lambda k=k: [one() for _ in range(k)]) for k in (1, 2, 4, 8)}
  times = {(k, way): [] for k in cases for way in (0, 1)}
  for repeat in range(args.repeats + 1):
    for k, ways in cases.items():
      for way, run in enumerate(ways):
        start = time.perf_counter()
        run()
        if repeat:  # the first round compiles
          times[k, way].append(time.perf_counter() - start)
  medians = {case: statistics.median(t) for case, t in times.items()}
  print(f'T5 1.1 {args.size}, {args.batch} inputs of {args.inputs} tokens, options of '
        f'{args.option_length} tokens, {jax.devices()[0].device_kind}')
  print(f'{"options":>7}  {"together":>10}  {"ratio to 1":>10}  {"one by one":>10}  {"gain":>6}')
  for k in cases:
    both, each = medians[k, 0], medians[k, 1]
    print(f'{k:>7}  {both:>9.3f}s  {both / medians[1, 0]:>10.2f}  {each:>9.3f}s  '
          f'{each / both:>5.1f}x')


if __name__ == '__main__':
  main()
