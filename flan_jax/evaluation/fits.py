"""How the prompts of an evaluated task fit: counted beside its metrics."""
from collections.abc import Mapping, Sequence
from typing import Any

import seqio

from flan_jax.data import fitting, registry
from flan_jax.data import own_features as own

Examples = Sequence[Mapping[str, Any]]


def counts(
    task: seqio.Task, split: str, limit: int | None, lengths: Mapping[str, int], examples: Examples
) -> dict[str, int]:
  """What of a task was shortened, cut and left out.

  Args:
    task: with the vocabulary that was used.
    split: that was evaluated.
    limit: the most examples that were asked for, or None.
    lengths: longest `inputs` and `targets`.
    examples: those evaluated, in order.

  Returns:
    `truncated` (shortened prompts), `targets_truncated` (references that are longer than what is
    generated), `left_out` (prompts that do not fit, among the rows up to the last one evaluated)
    and `needed_inputs` (tokens of inputs that would leave none of these out; 0 where none is).
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
  """How many solved examples stand in front of the prompts; None for a task that has none.

  Returns:
    `asked` (the most in a prompt), `mean` (of those that fit) and `none` (prompts without any).
  """
  declared = registry.declaration(task.name)
  if declared is None or not declared.shots or not examples:
    return None
  counts = [len(e[own.EXEMPLARS]) for e in examples]
  return {'asked': declared.shots, 'mean': sum(counts) / len(counts), 'none': counts.count(0)}


def note(found: Mapping[str, int], lengths: Mapping[str, int]) -> str:
  """What a reader has to know where every prompt was left out."""
  return (f'none of its {found["left_out"]:,} prompts fits in {lengths["inputs"]:,} tokens: inputs '
          f'of {found["needed_inputs"]:,} take all of them')


def _left_out(task, split, limit, lengths, examples) -> list[int]:
  """The tokens that each prompt needs which was left out."""
  declared = registry.declaration(task.name)
  if declared is None:
    return []
  last = int(examples[-1][own.POSITION]) if examples else -1
  if last + 1 == len(examples) and len(examples) in (limit, task.num_input_examples(split)):
    return []  # no gap, and nothing behind: the usual case, told without reading the rows again
  to_the_end = limit is None or len(examples) < limit
  return [needs for place, needs in fitting.unfitting(task, split, lengths)
          if to_the_end or place < last]
