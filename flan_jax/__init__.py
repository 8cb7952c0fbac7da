"""FLAN-JAX: instruction tuning in JAX, in the style of FLAN (arXiv 2109.01652).

`flan_jax.load(path)`, `flan_jax.score(model, inputs, options)`, `flan_jax.generate(model, inputs)`,
`flan_jax.evaluate(...)` and `flan_jax.train(...)` do the work of the command `t5x`; docs/python.md
explains them. Heavy modules are imported when one of them is first used.
"""
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers; at run time a name is imported when it is used
  from flan_jax.api import EvalRun, Run, evaluate, evaluate_checkpoint, train
  from flan_jax.checkpoints.loading import Model, load
  from flan_jax.configuration.sizes import model_size
  from flan_jax.errors import UserError
  from flan_jax.evaluation.harness import Evaluation
  from flan_jax.evaluation.inference import generate, infer, score
  from flan_jax.experiments.declared import Experiment, Point, Sweep
  from flan_jax.experiments.sweeping import sweep
  from flan_jax.models.decoder_only import DecoderOnlyConfig
  from flan_jax.models.t5 import T5Config
  from flan_jax.models.tuning import Tuning
  from flan_jax.training.config import TrainConfig
  from flan_jax.training.observing import Cadence, Observer
  from flan_jax.training.optimizers import Adafactor, AdamW, ScaledAdamW, Schedule

__version__ = '0.1.0'

# Name -> the module that has it.
_CALLS = {
    **dict.fromkeys(('evaluate', 'evaluate_checkpoint', 'train'), 'flan_jax.api'),
    **dict.fromkeys(('Cadence', 'Observer'), 'flan_jax.training.observing'),
    **dict.fromkeys(('generate', 'infer', 'score'), 'flan_jax.evaluation.inference'),
    **dict.fromkeys(('Model', 'load'), 'flan_jax.checkpoints.loading'),
    **dict.fromkeys(('Experiment', 'Point', 'Sweep'), 'flan_jax.experiments.declared'),
    'sweep': 'flan_jax.experiments.sweeping',
    **dict.fromkeys(('Adafactor', 'AdamW', 'DecoderOnlyConfig', 'EvalRun', 'Evaluation', 'Run',
                     'ScaledAdamW', 'Schedule', 'T5Config', 'TrainConfig', 'Tuning'),
                    'flan_jax.configs'),
    'UserError': 'flan_jax.errors',
    'model_size': 'flan_jax.configuration.sizes',
}


def __getattr__(name: str) -> Any:
  if name in _CALLS:
    return getattr(importlib.import_module(_CALLS[name]), name)
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> list[str]:
  return sorted([*globals(), *_CALLS])
