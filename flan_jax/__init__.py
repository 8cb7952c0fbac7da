"""FLAN-JAX: instruction tuning in JAX, in the style of FLAN (arXiv 2109.01652).

`flan_jax.load(path)`, `flan_jax.score(model, inputs, options)`, `flan_jax.generate(model, inputs)`,
`flan_jax.evaluate(...)` and `flan_jax.train(...)` are what the command `t5x` does. Nothing heavy
is imported until one of them is used.
"""
__version__ = '0.1.0'

_CALLS = ('Model', 'Monitor', 'Run', 'evaluate', 'generate', 'infer', 'load', 'score', 'train')


def __getattr__(name: str):
  if name in _CALLS:
    from flan_jax import api

    return getattr(api, name)
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__():
  return sorted([*globals(), *_CALLS])
