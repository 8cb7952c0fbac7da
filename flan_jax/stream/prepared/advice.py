"""What to say of prompts that do not fit, targets that are cut and options that are alike."""
from collections.abc import Iterable, Mapping, Sequence
import dataclasses
from typing import Any

import seqio

from flan_jax.data.dataset import Dataset
from flan_jax.data.vocabulary import alike
from flan_jax.stream.examples import Example

_NAMED = 6  # tasks that are named; more are counted


@dataclasses.dataclass(frozen=True)
class Tally:
  """How the examples of a task fit.

  Attributes:
    examples: that were looked at.
    truncated: of these, with a shortened prompt.
    targets_truncated: with a cut target.
    left_out: whose prompt does not fit, so that they are not read.
    needed_inputs: tokens of inputs that leave none out.
    needed_targets: tokens of targets that cut none.
  """

  examples: int = 0
  truncated: int = 0
  targets_truncated: int = 0
  left_out: int = 0
  needed_inputs: int = 0
  needed_targets: int = 0


def of_examples(examples: Iterable[Example]) -> Tally:
  """The tally of some examples."""
  examples = list(examples)
  return Tally(
      len(examples),
      sum(e.fits and e.truncated > 0 for e in examples),
      sum(e.fits and e.targets_truncated > 0 for e in examples),
      sum(not e.fits for e in examples),
      max((e.needs for e in examples), default=0),
      max((len(e.targets) + e.targets_truncated for e in examples), default=0))


def of_manifests(manifests: Iterable[Mapping[str, Any]]) -> Tally:
  """The tally of prepared passes, from what their manifests say."""
  manifests = list(manifests)
  total = lambda name: sum(m[name] for m in manifests)
  return Tally(
      total('examples') + total('left_out'), total('truncated'), total('targets_truncated'),
      total('left_out'),
      max((m['needed_inputs'] for m in manifests), default=0),
      max((m['targets']['longest_whole'] for m in manifests), default=0))


def advice(tallies: Mapping[str, Tally], lengths: Mapping[str, int]) -> list[str]:
  """Lines for people: what is left out or cut by task, and the length that would do.

  Args:
    tallies: by task.
    lengths: the tokens of `inputs` and `targets` that they were tallied for.
  """
  lines = []
  if left := {n: t for n, t in tallies.items() if t.left_out}:
    counts = _counts({n: (t.left_out, t.examples) for n, t in left.items()})
    lines.append(
        f'Left out, since instruction and options do not fit in {lengths["inputs"]:,} tokens: '
        f'{counts}. Inputs of {max(t.needed_inputs for t in left.values()):,} tokens in '
        'TASK_FEATURE_LENGTHS take all of them.')
  if cut := {n: t for n, t in tallies.items() if t.targets_truncated}:
    counts = _counts({n: (t.targets_truncated, t.examples) for n, t in cut.items()})
    lines.append(
        f'Targets cut at {lengths["targets"]:,} tokens: {counts}. Targets of '
        f'{max(t.needed_targets for t in cut.values()):,} tokens cut none of them.')
  return lines


def alike_options(
    datasets: Iterable[Dataset | None], vocabulary: seqio.Vocabulary) -> list[str]:
  """Lines for people: the fixed options that a vocabulary makes the same tokens of."""
  return [
      f'The vocabulary cannot tell apart the options {" and ".join(map(repr, group))} of '
      f'{dataset.name}: rounding would choose between them.'
      for dataset in datasets if dataset and isinstance(dataset.options, tuple)
      for group in alike(vocabulary, dataset.options)]


def _counts(shares: Mapping[str, tuple[int, int]]) -> str:
  ordered: Sequence[str] = sorted(shares, key=lambda name: -shares[name][0])
  named = [f'{name} {shares[name][0]:,} of {shares[name][1]:,}' for name in ordered[:_NAMED]]
  more = len(ordered) - _NAMED
  return ', '.join(named) + (f' and {more} more' if more > 0 else '')
