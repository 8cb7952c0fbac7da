"""The commands of `t5x`, in the order in which its help lists them; one file for each."""
import importlib

_NAMES = ('train', 'eval', 'infer', 'plan', 'precompile', 'prepare', 'mixture', 'datasets',
          'preview', 'lint', 'doctor', 'export_data', 'report', 'task', 'completion')

COMMANDS = tuple(importlib.import_module(f'{__name__}.{name}').COMMAND for name in _NAMES)
