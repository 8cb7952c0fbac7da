"""Messages about prompts that do not fit, targets that are cut and options with equal tokens."""
from collections.abc import Iterable, Mapping, Sequence
import dataclasses
from typing import Any

import seqio

from flan_jax.data.dataset import Dataset
from flan_jax.data.vocabulary import alike
from flan_jax.stream.examples import Example

_NAMED = 6  # tasks that a message names; it only counts the others


@dataclasses.dataclass(frozen=True)
class Tally:
  """How many examples of a task fit.

  Attributes:
    examples: number of examples looked at.
    truncated: those with a shortened prompt.
    targets_truncated: those with a cut target.
    left_out: those whose prompt does not fit; they are not read.
    needed_inputs: length of inputs at which every prompt fits.
    needed_targets: length of targets at which no target is cut.
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
  """The tally of passes, from their manifests."""
  manifests = list(manifests)
  total = lambda name: sum(m[name] for m in manifests)
  return Tally(
      total('examples') + total('left_out'), total('truncated'), total('targets_truncated'),
      total('left_out'),
      max((m['needed_inputs'] for m in manifests), default=0),
      max((m['targets']['longest_whole'] for m in manifests), default=0))


def advice(tallies: Mapping[str, Tally], lengths: Mapping[str, int]) -> list[str]:
  """Messages about what each task leaves out or cuts, and the length that would be enough.

  Args:
    tallies: by task.
    lengths: the lengths of `inputs` and `targets` that the tallies are for.
  """
  lines = []
  if left := {n: t for n, t in tallies.items() if t.left_out}:
    counts = _counts({n: (t.left_out, t.examples) for n, t in left.items()})
    lines.append(
        f'Left out, because instruction and options do not fit in {lengths["inputs"]:,} tokens: '
        f'{counts}. With inputs of {max(t.needed_inputs for t in left.values()):,} tokens in '
        'TASK_FEATURE_LENGTHS, none would be left out.')
  if cut := {n: t for n, t in tallies.items() if t.targets_truncated}:
    counts = _counts({n: (t.targets_truncated, t.examples) for n, t in cut.items()})
    lines.append(
        f'Targets cut at {lengths["targets"]:,} tokens: {counts}. Targets of '
        f'{max(t.needed_targets for t in cut.values()):,} tokens cut none of them.')
  return lines


def alike_options(
    datasets: Iterable[Dataset | None], vocabulary: seqio.Vocabulary) -> list[str]:
  """Messages about fixed options that the vocabulary encodes as the same tokens."""
  return [
      f'The vocabulary encodes the options {" and ".join(map(repr, group))} of {dataset.name} '
      'as the same tokens, so scoring cannot choose between them.'
      for dataset in datasets if dataset and isinstance(dataset.options, tuple)
      for group in alike(vocabulary, dataset.options)]


def _counts(shares: Mapping[str, tuple[int, int]]) -> str:
  ordered: Sequence[str] = sorted(shares, key=lambda name: -shares[name][0])
  named = [f'{name} {shares[name][0]:,} of {shares[name][1]:,}' for name in ordered[:_NAMED]]
  more = len(ordered) - _NAMED
  return ', '.join(named) + (f' and {more} more' if more > 0 else '')
