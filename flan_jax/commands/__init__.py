"""The commands of `t5x`, one file each, in the order of its help."""
import importlib

_NAMES = ('train', 'eval', 'infer', 'plan', 'precompile', 'prepare', 'mixture', 'datasets',
          'preview', 'lint', 'doctor', 'export_data', 'report', 'sweep', 'task', 'completion')

COMMANDS = tuple(importlib.import_module(f'{__name__}.{name}').COMMAND for name in _NAMES)
