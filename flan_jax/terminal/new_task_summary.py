"""The output of `t5x task new`: what it has written, and the next commands."""
from collections.abc import Iterator, Mapping
import os
import pathlib
import shlex
from typing import Any

FINETUNE = 'gin/runs/finetune.gin'  # the gin file of the commands that are suggested
_FEW_TO_REPORT = 100
_MANY_EPOCHS = 30
_ENOUGH_EPOCHS = 10
_LONG_TEXT = 40  # mean characters; shorter texts are often equal by chance


def summary(outline, output: pathlib.Path, findings, expected: Mapping[str, Any] | None,
            runs: str) -> str:
  """A summary of the declaration, warnings, and the next commands.

  Args:
    outline: the declaration was written from it.
    output: the file of the declaration.
    findings: from lint.
    expected: `describe_mixture` for finetuning on this dataset alone with `FINETUNE`; None if the
      number of rows is not known.
    runs: the folder of runs.
  """
  options, columns = outline.options, outline.columns
  shown = _labels(outline) if isinstance(options, tuple) else (
      f'those in {options}' if options else 'none, the answer is free text')
  lines = [
      f'{output}: dataset {outline.name} of cluster {outline.cluster}',
      f'  input    {", ".join(outline.inputs)}',
      f'  answer   {outline.target}',
      f'  options  {shown}',
      f'  metric   {outline.metric}',
      f'  rows     {_rows(columns)}',
      *columns.notes,
  ]
  if outline.needed or outline.from_zero:
    lacking = ' or '.join(outline.needed or [outline.target])
    lines.append(f'Rows with an empty {lacking} are left out.')
  if outline.target in columns.uneven:
    lines.append(f'Some slices lack some values of {outline.target!r}.')
  lines += [*_shared(outline), *_few(outline, expected), *map(str, findings),
            'Edit the file, above all its templates. Then:', *_next(outline, output, runs)]
  return '\n'.join(lines)


def _labels(outline) -> str:
  """The fixed options, each with the value that it stands for if that differs."""
  options, keys = outline.options, outline.choice.keys or outline.options
  return ', '.join(option if str(key) == option else f'{option} ({key})'
                   for option, key in zip(options, keys))


def _rows(columns) -> str:
  """The number of rows for each use, or the slices if the numbers are not known."""
  counts = columns.sizes or {
      split: columns.source[1][split] for split in ('train', 'validation', 'test')
      if split in columns.source[1]}
  uses = {'train': 'to train on', 'validation': 'to choose a template with', 'test': 'to report'}
  drawn = f'; drawn with seed {columns.source[1]["seed"]}' if 'seed' in columns.source[1] else ''
  return ', '.join(f'{count:,} {uses[split]}' if isinstance(count, int) else
                   f'{count} {uses[split]}' for split, count in counts.items()) + drawn


def _shared(outline) -> Iterator[str]:
  """Warns of texts that training and test rows share, such as a passage with several questions."""
  columns = outline.columns
  for name in outline.inputs:
    is_long = len(outline.inputs) == 1 or columns.lengths.get(name, 0) >= _LONG_TEXT
    if is_long and columns.shared.get(name):
      yield (f'Warning: {columns.shared[name]:,} of the rows to report share their {name!r} with '
             'rows to train on. Give rows that do not with --test=FILE.')


def _few(outline, expected: Mapping[str, Any] | None) -> Iterator[str]:
  """Warns of too few rows, with the numbers."""
  sizes = outline.columns.sizes
  if 0 < (count := sizes.get('test', 0)) < _FEW_TO_REPORT:
    yield (f'Warning: {count} rows to report are few: a single answer changes a score by '
           f'{100 / count:.1f} points.')
  if expected is None:
    return
  task, = expected['tasks']
  epochs = task['expected_epochs'] or 0
  if epochs > _MANY_EPOCHS:
    steps = expected['steps']
    fewer = max(1, round(steps * _ENOUGH_EPOCHS / epochs))
    yield (f'Warning: {task["examples"]:,} rows to train on are few: {steps} steps of '
           f'{expected["batch_size"]} packed rows repeat them {epochs:,.0f} times, '
           f'--gin.TRAIN_STEPS={fewer} about {epochs * fewer / steps:,.0f} times.')


def _next(outline, output: pathlib.Path, runs: str) -> list[str]:
  name, run = outline.name, f'{runs}/{outline.name}'
  path = '' if output.parent in (pathlib.Path(), pathlib.Path(os.getcwd())) else (
      f'PYTHONPATH={shlex.quote(str(output.parent))} ')
  module, gin = f'--module_import={output.stem}', f'--gin_file={FINETUNE}'
  return [f'  {path}t5x {command} {module}' for command in (
      f'preview {name} --num_examples=4 {gin}',
      f'lint {name}',
      f'mixture {name} {gin}',
      f'train {gin} --gin.MIXTURE_OR_TASK_NAME={name} --gin.MODEL_DIR={run} '
      '--gin.INITIAL_CHECKPOINT_PATH=DIR',
      f'eval --checkpoint={run} --mixture={name}',
  )] + ['DIR is a run, a checkpoint or a Hugging Face T5 1.1 directory; without '
        'INITIAL_CHECKPOINT_PATH the weights are random.']
