"""FLAN-JAX: instruction tuning in JAX, in the style of FLAN (arXiv 2109.01652).

`flan_jax.load(path)`, `flan_jax.score(model, inputs, options)`, `flan_jax.generate(model, inputs)`,
`flan_jax.evaluate(...)` and `flan_jax.train(...)` are what the command `t5x` does; docs/python.md
goes through them. Nothing heavy is imported until one of them is used.
"""
import importlib

__version__ = '0.1.0'

# Name -> the module that has it.
_CALLS = {
    **dict.fromkeys(('evaluate', 'evaluate_checkpoint', 'train'), 'flan_jax.api'),
    **dict.fromkeys(('Cadence', 'Observer'), 'flan_jax.training.observing'),
    **dict.fromkeys(('generate', 'infer', 'score'), 'flan_jax.evaluation.inference'),
    **dict.fromkeys(('Model', 'load'), 'flan_jax.checkpoints.loading'),
    **dict.fromkeys(('Adafactor', 'AdamW', 'DecoderOnlyConfig', 'EvalRun', 'Evaluation', 'Run',
                     'ScaledAdamW', 'Schedule', 'T5Config', 'TrainConfig', 'Tuning'),
                    'flan_jax.configs'),
    'UserError': 'flan_jax.errors',
    'model_size': 'flan_jax.configuration.sizes',
}


def __getattr__(name: str):
  if name in _CALLS:
    return getattr(importlib.import_module(_CALLS[name]), name)
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__():
  return sorted([*globals(), *_CALLS])
