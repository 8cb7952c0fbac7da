"""The names for gin files, so that classes can move without breaking gin files.

A gin file has `from flan_jax import configs` and `configs.TrainConfig.seed = 1`. A module is
imported when one of its names is first used, so a command about data does not import training.
"""
import importlib
from typing import Any

# Name -> the module that has it.
_HOMES = {
    **dict.fromkeys(('EvalRun', 'Run'), 'flan_jax.api'),
    **dict.fromkeys(('DataSettings', 'TrainedOn'), 'flan_jax.configuration.settings'),
    **dict.fromkeys(('Experiment', 'Point', 'Sweep'), 'flan_jax.experiments.declared'),
    'Evaluation': 'flan_jax.evaluation.harness',
    'DecoderOnlyConfig': 'flan_jax.models.decoder_only',
    'T5Config': 'flan_jax.models.t5',
    'Policy': 'flan_jax.checkpoints.policy',
    **dict.fromkeys(('Guards', 'Loss', 'StepConfig', 'TrainConfig'), 'flan_jax.training.config'),
    **dict.fromkeys(('Adafactor', 'AdamW', 'Group', 'ScaledAdamW', 'Schedule'),
                    'flan_jax.training.optimizers'),
    'Text': 'flan_jax.data.sources.documents',
    'Tuning': 'flan_jax.models.tuning',
}

# Version 0.1 wrote `from flan_jax.training import optimizers` and `optimizers.Adafactor` into the
# `config.gin` of a run, and people have such lines in their own files. Those names stay good.
FORMER_MODULES = (
    'flan_jax.api', 'flan_jax.evaluation.harness', 'flan_jax.models.decoder_only',
    'flan_jax.models.t5', 'flan_jax.planning.job', 'flan_jax.training.checkpoints',
    'flan_jax.training.guards', 'flan_jax.training.loop', 'flan_jax.training.optimizers',
    'flan_jax.training.step', 'flan_jax.training.tuning')

# A class that had another name.
FORMER_CLASSES = {'Job': 'StepConfig'}


def __getattr__(name: str) -> Any:
  if name in _HOMES:
    return getattr(importlib.import_module(_HOMES[name]), name)
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> list[str]:
  return sorted(_HOMES)
