"""What a training step takes: time, tokens and FLOP a second, memory; beside torch if wanted.

  python tests/benchmarks/train_step.py --size=small --batch=8 --inputs=512 --targets=128 \
    --steps=5 --json

needs jax, flax, optax and this repository, no TensorFlow, and takes one device of whatever kind JAX
finds. The share of the device's peak is that of a large matrix product measured in the same run.
`--compare` takes turns with the same step of Hugging Face's T5 on torch (forward, backward,
Adafactor). Tokens are inputs and targets, none of which is padding. The last line of `--json` is an
object of median_seconds, tokens_per_second, target_tokens_per_second, flops_per_second,
matmul_peak_flops_per_second, peak_bytes and more.
"""
import argparse
from collections.abc import Callable
import json
import os
import pathlib
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from flan_jax import models, partitioning
from flan_jax.planning import arithmetic
from flan_jax.stream.batches import ARRAYS
from flan_jax.training import state as state_lib
from flan_jax.training import step as step_lib
from flan_jax.training.config import StepConfig

SHAPES = {
    'tiny': dict(d_model=96, mlp_dim=256, num_heads=8, head_dim=16, layers=3),
    'small': dict(d_model=512, mlp_dim=1024, num_heads=6, head_dim=64, layers=8),
    'base': dict(d_model=768, mlp_dim=2048, num_heads=12, head_dim=64, layers=12),
    'large': dict(d_model=1024, mlp_dim=2816, num_heads=16, head_dim=64, layers=24),
    'xl': dict(d_model=2048, mlp_dim=5120, num_heads=32, head_dim=64, layers=24),
}
VOCABULARY = 32128


def main():
  args = parse_arguments()
  device = jax.devices()[0]
  step, compile_seconds, memory = our_step(args, device)
  ways = {'FLAN-JAX': step}
  if args.compare:
    ways['transformers on torch'] = torch_step(args, device)
  times = {name: [] for name in ways}
  peaks = []
  for turn in range(args.steps + 1):
    for name, run in ways.items():
      seconds = timed(run)
      if turn:  # the first turn warms up
        times[name].append(seconds)
    peaks.append(matmul_flops_per_second(args.dtype, device))
  report(args, device, times, max(peaks), compile_seconds, memory)


def parse_arguments() -> argparse.Namespace:
  on_cpu = jax.default_backend() == 'cpu'
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--size', choices=SHAPES, default='small')
  parser.add_argument('--batch', type=int, default=8)
  parser.add_argument('--inputs', type=int, default=512)
  parser.add_argument('--targets', type=int, default=128)
  parser.add_argument('--steps', type=int, default=5)
  parser.add_argument('--dtype', choices=('float32', 'bfloat16'),
                      default='float32' if on_cpu else 'bfloat16', help='of the activations')
  parser.add_argument('--dropout', type=float, default=0.0)
  parser.add_argument('--remat', choices=('none', 'dots', 'full'), default='none')
  parser.add_argument('--scan', action='store_true', help='scan over layers')
  parser.add_argument('--compare', action='store_true', help='take turns with transformers')
  parser.add_argument('--json', action='store_true', help='end with a line of JSON')
  return parser.parse_args()


def timed(run: Callable[[], None]) -> float:
  began = time.perf_counter()
  run()
  return time.perf_counter() - began


# ---- Ours ----


def our_job(args) -> StepConfig:
  shape = dict(SHAPES[args.size])
  layers = shape.pop('layers')
  model = models.T5Config(
      **shape, vocab_size=VOCABULARY, num_encoder_layers=layers, num_decoder_layers=layers,
      dropout_rate=args.dropout, dtype=args.dtype, remat=args.remat, scan_layers=args.scan)
  return StepConfig(model=model, lengths={'inputs': args.inputs, 'targets': args.targets},
                    batch_size=args.batch, mesh={'data': 1})


def our_step(args, device) -> tuple[Callable[[], None], float, int]:
  """A step to call, the seconds its compilation took, and the bytes it needs by the compiler."""
  job = our_job(args)
  layout = partitioning.Layout(partitioning.make_mesh(job.mesh, [device]))
  began = time.perf_counter()
  compiled = step_lib.lower_step(job, layout, num_tasks=64).compile()
  compile_seconds = time.perf_counter() - began
  with layout.partitioned():
    state = state_lib.create(job, 0, layout)
  batch = jax.device_put(random_batch(args), layout.batch_sharding())
  kept = {'state': state}

  def step():
    kept['state'], sums = compiled(kept['state'], batch)
    jax.block_until_ready((kept['state'], sums))

  analysis = compiled.memory_analysis()
  memory = (analysis.argument_size_in_bytes + analysis.temp_size_in_bytes +
            analysis.output_size_in_bytes - analysis.alias_size_in_bytes)
  return step, compile_seconds, memory


def random_batch(args) -> dict[str, np.ndarray]:
  """Rows of one example each, without padding."""
  rng = np.random.default_rng(0)
  batch = {}
  for side, names in ARRAYS.items():
    shape = (args.batch, getattr(args, side))
    for name in names:
      tokens = name.endswith('_tokens')
      batch[name] = (rng.integers(3, VOCABULARY, shape) if tokens else np.ones(shape)).astype(
          np.int32)
  batch['truncated'][:] = 0
  return batch


def matmul_flops_per_second(dtype: str, device) -> float:
  """Of a product of square matrices, the better of two."""
  width = 2048 if device.platform == 'cpu' else 8192
  repeats = 1 if device.platform == 'cpu' else 20
  x = jax.device_put(jnp.ones((width, width), dtype), device)
  product = jax.jit(lambda a, b: a @ b)

  def run():
    y = x
    for _ in range(repeats):
      y = product(x, y)
    y.block_until_ready()

  run()
  return 2 * width**3 * repeats / min(timed(run) for _ in range(2))


# ---- Hugging Face's ----


def torch_step(args, device) -> Callable[[], None]:
  import torch
  from transformers import T5Config, T5ForConditionalGeneration
  from transformers.optimization import Adafactor

  torch.set_num_threads(os.cpu_count())
  shape = SHAPES[args.size]
  where = 'cuda' if device.platform == 'gpu' else 'cpu'
  config = T5Config(
      vocab_size=VOCABULARY, d_model=shape['d_model'], d_kv=shape['head_dim'],
      d_ff=shape['mlp_dim'], num_layers=shape['layers'], num_heads=shape['num_heads'],
      feed_forward_proj='gated-gelu', dropout_rate=args.dropout, tie_word_embeddings=False,
      decoder_start_token_id=0, use_cache=False)
  model = T5ForConditionalGeneration(config).to(where).train()
  optimizer = Adafactor(model.parameters(), lr=1e-3, relative_step=False, scale_parameter=True)
  batch = random_batch(args)
  inputs, labels = (
      torch.tensor(batch[name].astype(np.int64), device=where)
      for name in ('encoder_input_tokens', 'decoder_target_tokens'))

  def step():
    with torch.autocast(where, torch.bfloat16, enabled=args.dtype == 'bfloat16'):
      loss = model(input_ids=inputs, labels=labels).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    loss.item()  # waits for the device

  return step


# ---- What comes of it ----


def report(args, device, times, peak, compile_seconds, memory) -> None:
  flops = arithmetic.flops(our_job(args))
  needed = flops.forward + flops.backward
  tokens = args.batch * (args.inputs + args.targets)
  print(f'T5 1.1 {args.size}, {args.batch} rows of {args.inputs} + {args.targets} tokens, '
        f'{args.dtype}, {device.device_kind}, {os.cpu_count()} CPU cores')
  print(f'{needed / 1e12:.3f} TFLOP a step; matrix products reach {peak / 1e9:,.0f} GFLOP/s; '
        f'compiled in {compile_seconds:.1f} s')
  print(f'{"":<22}{"s/step":>8}{"tokens/s":>10}{"GFLOP/s":>10}{"of peak":>9}')
  medians = {name: statistics.median(t) for name, t in times.items()}
  for name, seconds in medians.items():
    print(f'{name:<22}{seconds:>8.3f}{tokens / seconds:>10,.0f}{needed / seconds / 1e9:>10,.0f}'
          f'{needed / seconds / peak:>9.0%}')
  stats = device.memory_stats() or {}
  result = {
      'median_seconds': medians['FLAN-JAX'],
      'tokens_per_second': tokens / medians['FLAN-JAX'],
      'target_tokens_per_second': args.batch * args.targets / medians['FLAN-JAX'],
      'flops_per_second': needed / medians['FLAN-JAX'],
      'matmul_peak_flops_per_second': peak,
      'share_of_matmul_peak': needed / medians['FLAN-JAX'] / peak,
      'peak_bytes': stats.get('peak_bytes_in_use', memory),
      'seconds_compile': compile_seconds,
      'device': device.device_kind,
  }
  if args.compare:
    result['torch_median_seconds'] = medians['transformers on torch']
  print(f'peak memory {result["peak_bytes"] / 2**30:.2f} GiB')
  if args.json:
    print(json.dumps(result))


if __name__ == '__main__':
  main()
