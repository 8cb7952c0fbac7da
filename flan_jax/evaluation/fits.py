"""Counts the prompts of an evaluated task that were shortened, cut or left out."""
from collections.abc import Mapping, Sequence
from typing import Any

import seqio

from flan_jax.data import fitting, registry
from flan_jax.data import own_features as own

Examples = Sequence[Mapping[str, Any]]


def counts(
    task: seqio.Task, split: str, limit: int | None, lengths: Mapping[str, int], examples: Examples
) -> dict[str, int]:
  """Counts what was shortened, cut and left out.

  Args:
    task: with the vocabulary that was used.
    split: the split that was evaluated.
    limit: the largest number of examples asked for, or None.
    lengths: longest `inputs` and `targets`.
    examples: the evaluated examples, in order.

  Returns:
    `truncated` (shortened prompts), `targets_truncated` (references longer than the generated
    length), `left_out` (prompts that do not fit, among the rows up to the last one evaluated) and
    `needed_inputs` (length of inputs at which all of these fit; 0 if none was left out).
  """
  number = lambda name: sum(int(e.get(name, 0)) > 0 for e in examples)
  ranked = bool(examples) and own.OPTION_IDS in examples[0]  # options are scored whole
  left_out = _left_out(task, split, limit, lengths, examples)
  return {
      'truncated': number(own.TRUNCATED),
      'targets_truncated': 0 if ranked else number(own.TARGETS_TRUNCATED),
      'left_out': len(left_out),
      'needed_inputs': max(left_out, default=0),
  }


def shots(task: seqio.Task, examples: Examples) -> dict[str, Any] | None:
  """Counts the solved examples in front of the prompts; None for a task without.

  Returns:
    `asked` (the most in a prompt), `mean` (the mean number that fit) and `none` (the number of
    prompts without any).
  """
  declared = registry.declaration(task.name)
  if declared is None or not declared.shots or not examples:
    return None
  counts = [len(e[own.EXEMPLARS]) for e in examples]
  return {'asked': declared.shots, 'mean': sum(counts) / len(counts), 'none': counts.count(0)}


def note(found: Mapping[str, int], lengths: Mapping[str, int]) -> str:
  """The note for a task all of whose prompts were left out."""
  return (f'none of its {found["left_out"]:,} prompts fits in {lengths["inputs"]:,} tokens: inputs '
          f'of {found["needed_inputs"]:,} tokens fit all of them')


def _left_out(task, split, limit, lengths, examples) -> list[int]:
  """The tokens that each left-out prompt needs."""
  declared = registry.declaration(task.name)
  if declared is None:
    return []
  last = int(examples[-1][own.POSITION]) if examples else -1
  if last + 1 == len(examples) and len(examples) in (limit, task.num_input_examples(split)):
    return []  # no gaps and no rows behind: the usual case, found without reading the rows again
  to_the_end = limit is None or len(examples) < limit
  return [needs for place, needs in fitting.unfitting(task, split, lengths)
          if to_the_end or place < last]
