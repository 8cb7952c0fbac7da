"""What `t5x task new` has written, and what follows."""
from collections.abc import Iterator, Mapping
import os
import pathlib
import shlex
from typing import Any

FINETUNE = 'gin/runs/finetune.gin'  # what the commands that follow train with
_FEW_TO_REPORT = 100
_MANY_EPOCHS = 30
_ENOUGH_EPOCHS = 10
_LONG_TEXT = 40  # characters, on average; shorter ones are alike by chance


def summary(outline, output: pathlib.Path, findings, expected: Mapping[str, Any] | None,
            runs: str) -> str:
  """What the declaration holds, what to think about, and the commands that follow.

  Args:
    outline: what it was written from.
    output: the file it was written to.
    findings: lint's.
    expected: the mixture of it alone, as `describe_mixture` describes it for a finetuning with
      `FINETUNE`; None where the number of rows is not known.
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
    lines.append(f'Rows that have nothing in {lacking} are left out.')
  if outline.target in columns.uneven:
    lines.append(f'Not every slice has every value of {outline.target!r}.')
  lines += [*_shared(outline), *_few(outline, expected), *map(str, findings),
            'Edit it, above all its templates. Then:', *_next(outline, output, runs)]
  return '\n'.join(lines)


def _labels(outline) -> str:
  """The fixed options, each with the value that it stands for where that is another."""
  options, keys = outline.options, outline.choice.keys or outline.options
  return ', '.join(option if str(key) == option else f'{option} ({key})'
                   for option, key in zip(options, keys))


def _rows(columns) -> str:
  """How many rows serve for what, or which slices where that is not known."""
  counts = columns.sizes or {
      split: columns.source[1][split] for split in ('train', 'validation', 'test')
      if split in columns.source[1]}
  uses = {'train': 'to train on', 'validation': 'to choose a template with', 'test': 'to report'}
  drawn = f'; drawn with seed {columns.source[1]["seed"]}' if 'seed' in columns.source[1] else ''
  return ', '.join(f'{count:,} {uses[split]}' if isinstance(count, int) else
                   f'{count} {uses[split]}' for split, count in counts.items()) + drawn


def _shared(outline) -> Iterator[str]:
  """Warns of texts that stand on both sides, as the passages of several questions do."""
  columns = outline.columns
  for name in outline.inputs:
    is_long = len(outline.inputs) == 1 or columns.lengths.get(name, 0) >= _LONG_TEXT
    if is_long and columns.shared.get(name):
      yield (f'Warning: {columns.shared[name]:,} of the rows to report have a {name!r} that rows '
             'to train on have too. --test=FILE names rows without.')


def _few(outline, expected: Mapping[str, Any] | None) -> Iterator[str]:
  """Warns of too few rows, with the numbers."""
  sizes = outline.columns.sizes
  if 0 < (count := sizes.get('test', 0)) < _FEW_TO_REPORT:
    yield (f'Warning: {count} rows to report are few: one answer more or less moves a score by '
           f'{100 / count:.1f} points.')
  if expected is None:
    return
  task, = expected['tasks']
  epochs = task['expected_epochs'] or 0
  if epochs > _MANY_EPOCHS:
    steps = expected['steps']
    fewer = max(1, round(steps * _ENOUGH_EPOCHS / epochs))
    yield (f'Warning: {task["examples"]:,} rows to train on are few: {steps} steps of '
           f'{expected["batch_size"]} packed rows go through them {epochs:,.0f} times, '
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
  )] + ['DIR is a run, a checkpoint or a Hugging Face T5 1.1; without it the weights are random.']
