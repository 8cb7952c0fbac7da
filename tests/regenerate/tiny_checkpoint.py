"""Makes the checkpoint that ships with the package from a finished run of gin/pretrain/tiny.gin.

  t5x train --gin_file=gin/pretrain/tiny.gin --gin.MODEL_DIR=DIR
  python tests/regenerate/tiny_checkpoint.py DIR

writes flan_jax/pretrained/tiny/: weights in bfloat16, the model's shape, its vocabulary and a card.
"""
import hashlib
import json
import pathlib
import shutil
import sys

import jax

import flan_jax
from flan_jax.checkpoints import convert
from flan_jax.checkpoints.store import Checkpoints

TARGET = pathlib.Path(__file__).parents[2] / 'flan_jax/pretrained/tiny'

CARD = """# tiny

A T5 1.1 for laptops, tests and demonstrations: {parameters:,} parameters, pretrained on generated
text about an invented world. `INITIAL_CHECKPOINT_PATH = 'tiny'` trains from it,
`t5x infer --checkpoint=tiny` asks it, and transformers loads this folder.

- **Data**: `sample_world`, generated text about invented people, mostly English. No example,
  template or options block of any task is in it.
- **Recipe**: `gin/pretrain/tiny.gin`: salient spans and salient completion in equal parts, the
  simplest documents first.
- **Steps**: {steps:,} of {batch} rows with {inputs} + {targets} tokens; {tokens:.0f} million tokens
  without padding; seed {seed}.
- **Time**: {minutes:.0f} minutes on two CPU cores.
- **Last 500 steps**: loss {loss:.3f}, accuracy {accuracy:.3f}.
- **Vocabulary**: `spiece.model`, the sample vocabulary (`VOCABULARY = 'sample'`).
- **Weights**: `model.safetensors` in bfloat16, sha256
  `{digest}`.
- **License**: Apache-2.0.

It knows the world of the sample data and nothing else. It cannot be used on real text.
"""


def main(run_dir: str) -> None:
  model = flan_jax.load(run_dir, dtype='float32')
  convert.save_huggingface(TARGET, model.parameters, model.config, 'bfloat16')
  shutil.copyfile(model.vocabulary.sentencepiece_model_file, TARGET / 'spiece.model')
  (TARGET / 'README.md').write_text(CARD.format(**facts(pathlib.Path(run_dir), model)))
  for file in sorted(TARGET.iterdir()):
    print(f'{file}: {file.stat().st_size:,} bytes')


def facts(run_dir: pathlib.Path, model: flan_jax.Model) -> dict[str, object]:
  reports = [json.loads(line) for line in (run_dir / 'train_metrics.jsonl').open()]
  last = [r for r in reports if r['step'] > model.step - 500]
  weights = sum(r['weights'] for r in last)
  weighted = lambda name: sum(r[name] * r['weights'] for r in last) / weights
  _, stream = Checkpoints(run_dir, read_only=True).data_position(model.step)
  return {
      'parameters': sum(leaf.size for leaf in jax.tree.leaves(model.parameters)),
      'steps': model.step, 'loss': weighted('loss'), 'accuracy': weighted('accuracy'),
      'minutes': sum(r['seconds'] for r in reports) / 60,
      'tokens': sum(r['input_tokens'] + r['target_tokens'] for r in reports) / 1e6,
      'digest': hashlib.sha256((TARGET / 'model.safetensors').read_bytes()).hexdigest(),
      'batch': stream['rows'], 'seed': stream['seed'], **stream['lengths']}


if __name__ == '__main__':
  main(sys.argv[1])
